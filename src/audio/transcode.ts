/** From one audio format to another: decode → resample → encode, picked once per call for two formats. */
import { type AudioFormat, type Encoding, sameFormat } from './format.ts'
import { decodeAlaw, decodeMulaw, encodeAlaw, encodeMulaw } from './g711.ts'
import { createResampler } from './resample.ts'
import { createScratch } from './scratch.ts'

export interface Transcoder {
  /**
   * Converts the next bytes of a stream, any number of them at any alignment: half a PCM16 sample at the end waits for
   * its other half.
   * @returns a view that the next call overwrites; the input itself where the two formats are equal
   */
  transcode(bytes: Uint8Array): Uint8Array
  /** Forgets the filter's history and a waiting half sample: on `clear`, so that no tail of one sentence leaks into the next. */
  reset(): void
}

/** A transcoder for one direction of one call. Quality and delay are the resampler's (resample.ts). */
export function createTranscoder(from: AudioFormat, to: AudioFormat): Transcoder {
  if (sameFormat(from, to)) return PASS_THROUGH
  const reader = createReader(from.encoding)
  const resampler = createResampler(from.sampleRateHz, to.sampleRateHz)
  const write = createWriter(to.encoding)
  return {
    transcode: (bytes) => write(resampler.resample(reader.read(bytes))),
    reset() {
      reader.reset()
      resampler.reset()
    },
  }
}

const PASS_THROUGH: Transcoder = { transcode: (bytes) => bytes, reset() {} }

// PCM16 on the wire is little-endian, and typed arrays read the machine's order.
if (new Uint8Array(Uint16Array.of(1).buffer)[0] !== 1) throw new Error('Earshot runs on little-endian machines only')

interface Reader {
  read(bytes: Uint8Array): Int16Array
  reset(): void
}

function createReader(encoding: Encoding): Reader {
  if (encoding === 'pcm16') return createPcm16Reader()
  const decode = encoding === 'mulaw' ? decodeMulaw : decodeAlaw
  const scratch = createScratch()
  return {
    read(bytes) {
      const pcm = scratch.samples(bytes.length)
      decode(bytes, pcm)
      return pcm
    },
    reset() {},
  }
}

/** Copies always: that costs 0.03 µs a frame, works at odd addresses, and makes no view of memory that is not its own. */
function createPcm16Reader(): Reader {
  const scratch = createScratch()
  let half: number | undefined // the first byte of a sample whose second has not come
  return {
    read(bytes) {
      const waiting = half === undefined ? 0 : 1
      const length = waiting + bytes.length
      const pcm = scratch.bytes(length + (length % 2))
      if (half !== undefined) pcm[0] = half
      pcm.set(bytes, waiting)
      half = length % 2 === 1 ? pcm[length - 1] : undefined
      return scratch.samples(Math.floor(length / 2))
    },
    reset() {
      half = undefined
    },
  }
}

function createWriter(encoding: Encoding): (pcm: Int16Array) => Uint8Array {
  if (encoding === 'pcm16') return createPcm16Writer()
  const encode = encoding === 'mulaw' ? encodeMulaw : encodeAlaw
  const scratch = createScratch()
  return (pcm) => {
    const bytes = scratch.bytes(pcm.length)
    encode(pcm, bytes)
    return bytes
  }
}

/** The samples' own bytes; the view is made anew only when the samples are another view. */
function createPcm16Writer(): (pcm: Int16Array) => Uint8Array {
  let seen: Int16Array | undefined
  let bytes: Uint8Array = new Uint8Array(0)
  return (pcm) => {
    if (pcm !== seen) {
      seen = pcm
      bytes = new Uint8Array(pcm.buffer, pcm.byteOffset, pcm.byteLength)
    }
    return bytes
  }
}
