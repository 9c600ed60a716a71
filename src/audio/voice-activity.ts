/**
 * When the caller was last heard to speak, by the loudness of each frame against the line's own noise. It only dates the
 * end of speech for the reply times; whose turn it is, the provider's turn detection decides.
 */
import type { AudioFormat } from './format.ts'
import { decodeAlaw, decodeMulaw } from './g711.ts'

/** −46 dBFS: quieter than this is no speech on any telephone line. */
const FLOOR_LEAST = 164
/** 12 dB above the noise. */
const ABOVE_NOISE = 4
/** How fast the guess of the noise follows a louder line, a frame: it doubles within ten seconds, slower than anyone speaks without a pause. */
const NOISE_RISE = 1.0014

export interface VoiceActivity {
  /** @param frame caller audio, usually 20 ms  @param nowMs when its last sample was heard */
  frame(frame: Uint8Array, nowMs: number): void
  /** When speech was last heard; negative infinity when none was. */
  readonly lastVoicedMs: number
}

/** Every fourth sample tells as much of the loudness of speech, and this runs for every frame of every call. */
const STRIDE = 4

/** How loud each code is. */
function magnitudes(decode: (codes: Uint8Array, pcm: Int16Array) => void): Uint16Array {
  const pcm = new Int16Array(256)
  decode(
    Uint8Array.from({ length: 256 }, (_, code) => code),
    pcm,
  )
  return Uint16Array.from(pcm, Math.abs)
}

const MULAW_MAGNITUDES = magnitudes(decodeMulaw)
const ALAW_MAGNITUDES = magnitudes(decodeAlaw)

/** For G.711, which is what carriers speak. @throws RangeError for PCM16: a bug of ours, never bad input */
export function createVoiceActivity(format: AudioFormat): VoiceActivity {
  if (format.encoding === 'pcm16') throw new RangeError('voice activity is heard in G.711 only')
  const magnitude = format.encoding === 'alaw' ? ALAW_MAGNITUDES : MULAW_MAGNITUDES
  let noise = FLOOR_LEAST
  let lastVoicedMs = Number.NEGATIVE_INFINITY
  return {
    frame(frame, nowMs) {
      if (frame.length === 0) return
      let sum = 0
      for (let i = 0; i < frame.length; i += STRIDE) sum += magnitude[frame[i]!]!
      const level = sum / Math.ceil(frame.length / STRIDE)
      if (level > Math.max(FLOOR_LEAST, noise * ABOVE_NOISE)) lastVoicedMs = nowMs
      noise = level < noise ? level : Math.min(level, Math.max(1, noise) * NOISE_RISE)
    },
    get lastVoicedMs() {
      return lastVoicedMs
    },
  }
}
