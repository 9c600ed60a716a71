/** WAV files, read and written: RIFF chunks holding PCM16 or µ-law (Microsoft multimedia standards, WAVE_FORMAT_PCM and _MULAW). */
import { decodeMulaw } from '../../audio/g711.ts'

const PCM = 1
const MULAW = 7

export interface Sound {
  readonly sampleRateHz: number
  /** Mono: of several channels, the first. */
  readonly pcm: Int16Array
}

/** @throws Error when it is not a WAV of PCM16 or µ-law */
export function readWav(file: Buffer): Sound {
  if (file.toString('latin1', 0, 4) !== 'RIFF' || file.toString('latin1', 8, 12) !== 'WAVE') {
    throw new Error('not a WAV file')
  }
  let format: { code: number; channels: number; sampleRateHz: number; bits: number } | undefined
  for (let at = 12; at + 8 <= file.length; ) {
    const tag = file.toString('latin1', at, at + 4)
    const bytes = Math.min(file.readUInt32LE(at + 4), file.length - at - 8)
    const chunk = file.subarray(at + 8, at + 8 + bytes)
    if (tag === 'fmt ') {
      format = {
        code: chunk.readUInt16LE(0),
        channels: chunk.readUInt16LE(2),
        sampleRateHz: chunk.readUInt32LE(4),
        bits: chunk.readUInt16LE(14),
      }
    }
    if (tag === 'data') {
      if (!format) throw new Error('a WAV file whose data comes before its format')
      return { sampleRateHz: format.sampleRateHz, pcm: firstChannel(chunk, format) }
    }
    at += 8 + bytes + (bytes & 1)
  }
  throw new Error('a WAV file without data')
}

function firstChannel(data: Buffer, format: { code: number; channels: number; bits: number }): Int16Array {
  const { code, channels, bits } = format
  if (code === PCM && bits === 16) {
    const pcm = new Int16Array(Math.floor(data.length / (2 * channels)))
    for (let i = 0; i < pcm.length; i++) pcm[i] = data.readInt16LE(2 * i * channels)
    return pcm
  }
  if (code === MULAW && bits === 8) {
    const mulaw = new Uint8Array(Math.floor(data.length / channels))
    for (let i = 0; i < mulaw.length; i++) mulaw[i] = data[i * channels]!
    const pcm = new Int16Array(mulaw.length)
    decodeMulaw(mulaw, pcm)
    return pcm
  }
  throw new Error(`a WAV of format ${code} with ${bits} bits; PCM with 16 or µ-law with 8 is understood`)
}

/**
 * A two-channel WAV at 8 kHz.
 * @param left and right µ-law, of the same length
 * @param encoding pcm16 is understood everywhere; mulaw has half the size and is exactly what was on the wire
 */
export function stereoWav(left: Uint8Array, right: Uint8Array, encoding: 'pcm16' | 'mulaw'): Buffer {
  const data = encoding === 'mulaw' ? interleaveBytes(left, right) : interleavePcm(left, right)
  const sampleBytes = encoding === 'mulaw' ? 1 : 2
  // A format other than PCM says how long its extension is (none) and how many samples there are (a fact chunk).
  const extra = encoding === 'mulaw' ? 2 + 12 : 0
  const header = Buffer.alloc(44 + extra)
  header.write('RIFF', 0, 'latin1')
  header.writeUInt32LE(header.length - 8 + data.length, 4)
  header.write('WAVEfmt ', 8, 'latin1')
  header.writeUInt32LE(encoding === 'mulaw' ? 18 : 16, 16)
  header.writeUInt16LE(encoding === 'mulaw' ? MULAW : PCM, 20)
  header.writeUInt16LE(2, 22)
  header.writeUInt32LE(8000, 24)
  header.writeUInt32LE(8000 * 2 * sampleBytes, 28)
  header.writeUInt16LE(2 * sampleBytes, 32)
  header.writeUInt16LE(8 * sampleBytes, 34)
  if (encoding === 'mulaw') {
    header.write('fact', 38, 'latin1')
    header.writeUInt32LE(4, 42)
    header.writeUInt32LE(left.length, 46)
  }
  header.write('data', 36 + extra, 'latin1')
  header.writeUInt32LE(data.length, 40 + extra)
  return Buffer.concat([header, data])
}

function interleaveBytes(left: Uint8Array, right: Uint8Array): Buffer {
  const data = Buffer.alloc(2 * left.length)
  for (let i = 0; i < left.length; i++) {
    data[2 * i] = left[i]!
    data[2 * i + 1] = right[i]!
  }
  return data
}

function interleavePcm(left: Uint8Array, right: Uint8Array): Buffer {
  const leftPcm = new Int16Array(left.length)
  const rightPcm = new Int16Array(right.length)
  decodeMulaw(left, leftPcm)
  decodeMulaw(right, rightPcm)
  const data = Buffer.alloc(4 * left.length)
  for (let i = 0; i < left.length; i++) {
    data.writeInt16LE(leftPcm[i]!, 4 * i)
    data.writeInt16LE(rightPcm[i]!, 4 * i + 2)
  }
  return data
}
