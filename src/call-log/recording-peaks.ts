/** How loud each channel of a recording is, for drawing: one byte for every 20 ms, the loudest sample in it. */

import { CHANNELS, SAMPLES_PER_MS } from './recording-wav.ts'
import type { RecordingPeaks } from './recordings.ts'

const PEAKS_PER_SECOND = 50
const SAMPLES_A_PEAK = (1000 * SAMPLES_PER_MS) / PEAKS_PER_SECOND
const MAGIC = 'EPK1'
const HEADER_BYTES = 16

/** How far each byte of µ-law is from nothing, 0 to 250 (ITU-T G.711: sign, three bits of exponent, four of mantissa). */
const LOUDNESS = Uint8Array.from({ length: 256 }, (_, byte) => {
  const code = ~byte & 0x7f
  const magnitude = (((code & 0x0f) << 3) + 0x84) << (code >> 4)
  return (magnitude - 0x84) >> 7
})

/** Whether a stretch is quiet enough that nobody misses it: about 45 dB below the loudest there can be. */
export function isQuiet(mulaw: Uint8Array): boolean {
  for (const byte of mulaw) if ((LOUDNESS[byte] ?? 0) > 1) return false
  return true
}

/** Of every other byte. */
function loudest(interleaved: Uint8Array, from: number, to: number): number {
  let most = 0
  for (let at = from; at < to; at += CHANNELS) {
    const loudness = LOUDNESS[interleaved[at]!]!
    if (loudness > most) most = loudness
  }
  return most
}

/** Takes a recording's samples from the first to the last, in pieces of any size. */
export class PeakMeter {
  #caller = new Uint8Array(1024)
  #agent = new Uint8Array(1024)
  #samples = 0

  /** @param interleaved whole samples of both channels, caller first */
  take(interleaved: Uint8Array): void {
    const samples = Math.floor(interleaved.length / CHANNELS)
    // One peak after the other: the loop inside is all that happens for every sample of every recording.
    for (let done = 0; done < samples; ) {
      const peak = Math.floor(this.#samples / SAMPLES_A_PEAK)
      if (peak >= this.#caller.length) this.#grow()
      const count = Math.min(SAMPLES_A_PEAK - (this.#samples % SAMPLES_A_PEAK), samples - done)
      const from = done * CHANNELS
      const to = from + count * CHANNELS
      this.#caller[peak] = Math.max(this.#caller[peak] ?? 0, loudest(interleaved, from, to))
      this.#agent[peak] = Math.max(this.#agent[peak] ?? 0, loudest(interleaved, from + 1, to))
      this.#samples += count
      done += count
    }
  }

  get peaks(): RecordingPeaks {
    const count = Math.ceil(this.#samples / SAMPLES_A_PEAK)
    return {
      perSecond: PEAKS_PER_SECOND,
      durationMs: this.#samples / SAMPLES_PER_MS,
      caller: this.#caller.slice(0, count),
      agent: this.#agent.slice(0, count),
    }
  }

  #grow(): void {
    for (const side of ['caller', 'agent'] as const) {
      const before = side === 'caller' ? this.#caller : this.#agent
      const larger = new Uint8Array(before.length * 2)
      larger.set(before)
      if (side === 'caller') this.#caller = larger
      else this.#agent = larger
    }
  }
}

/** As they are kept beside the recording. */
export function peaksToBytes({ perSecond, durationMs, caller, agent }: RecordingPeaks): Buffer {
  const header = Buffer.alloc(HEADER_BYTES)
  header.write(MAGIC, 0, 'latin1')
  header.writeUInt32LE(perSecond, 4)
  header.writeUInt32LE(Math.round(durationMs * SAMPLES_PER_MS), 8)
  header.writeUInt32LE(caller.length, 12)
  return Buffer.concat([header, caller, agent])
}

/** Null: these are no peaks, or not all of them. */
export function peaksFromBytes(bytes: Buffer): RecordingPeaks | null {
  if (bytes.length < HEADER_BYTES || bytes.toString('latin1', 0, 4) !== MAGIC) return null
  const count = bytes.readUInt32LE(12)
  if (bytes.length !== HEADER_BYTES + 2 * count) return null
  return {
    perSecond: bytes.readUInt32LE(4),
    durationMs: bytes.readUInt32LE(8) / SAMPLES_PER_MS,
    caller: new Uint8Array(bytes.subarray(HEADER_BYTES, HEADER_BYTES + count)),
    agent: new Uint8Array(bytes.subarray(HEADER_BYTES + count)),
  }
}
