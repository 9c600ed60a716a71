/**
 * When the caller was last heard to speak, by the loudness of each frame against the line's own noise. It only dates the
 * end of speech for the reply times; whose turn it is, the provider's turn detection decides.
 */
import { type AudioFormat, frameBytes } from './format.ts'
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

/** For G.711; of PCM16 no use is made on any carrier's side. */
export function createVoiceActivity(format: AudioFormat): VoiceActivity {
  const decode = format.encoding === 'alaw' ? decodeAlaw : decodeMulaw
  let pcm = new Int16Array(frameBytes(format))
  let noise = FLOOR_LEAST
  let lastVoicedMs = Number.NEGATIVE_INFINITY
  return {
    frame(frame, nowMs) {
      if (pcm.length < frame.length) pcm = new Int16Array(frame.length)
      decode(frame, pcm)
      let sum = 0
      for (let i = 0; i < frame.length; i++) sum += Math.abs(pcm[i]!)
      const level = sum / frame.length
      if (level > Math.max(FLOOR_LEAST, noise * ABOVE_NOISE)) lastVoicedMs = nowMs
      noise = level < noise ? level : Math.min(level, Math.max(1, noise) * NOISE_RISE)
    },
    get lastVoicedMs() {
      return lastVoicedMs
    },
  }
}
