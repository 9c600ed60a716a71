/**
 * Audio that carries its own frame numbers, so that a frame can be known again at the far end of the bridge: its latency,
 * and whether it was lost, doubled or came out of order.
 *
 * - `bytes`: where G.711 passes through untouched, the first eight bytes of a frame are a sign, the call and the number.
 * - `levels`: where the bridge decodes, resamples and encodes, a frame is a tone of 1 kHz whose level is its number
 *   modulo eight. The levels lie 4 dB apart and are measured in the middle of the frame, far from the filter's edges, so
 *   neither companding nor filter can take one for another; the number is the nearest to the one expected.
 */
import { decodeMulaw, encodeMulaw } from '../src/audio/g711.ts'

/** What the model's end of the bridge speaks; the caller's end is always µ-law at 8 kHz. */
export type WireFormat = 'g711' | 'pcm16'

export interface MarkedAudio {
  /** Bytes of a 20 ms frame. */
  readonly frameBytes: number
  /** @returns base64 of `frames` frames, numbered from `number` on */
  encode(call: number, number: number, frames: number): string
  /** @returns the number of the frame at `at`, or NOT_OURS; @param expected where the search for it begins */
  read(audio: Buffer, at: number, expected: number): number
}

/** A frame that nobody sent: silence that the bridge filled in, or the tail of a filter. */
export const NOT_OURS = -1

const SIGN = [0xa5, 0x3c] as const
const MULAW_FRAME = 160
const PCM_FRAME = 960
const DIGITS = 8
const LOUDEST = 24_000
const STEP = 1.6
const TONE_HZ = 1000
/** Five periods of the tone, from the middle of the frame. */
const MEASURE_FROM_MS = 10
const MEASURE_MS = 5

/** @returns the two ends of one bridge: the caller's and the model's */
export function markedAudio(wire: WireFormat): { caller: MarkedAudio; model: MarkedAudio } {
  if (wire === 'g711') {
    const audio = numberedBytes()
    return { caller: audio, model: audio }
  }
  return { caller: mulawLevels(), model: pcmLevels() }
}

function numberedBytes(): MarkedAudio {
  const filler = Buffer.from(Array.from({ length: MULAW_FRAME }, (_, i) => (i * 37 + 11) & 255))
  const scratch = Buffer.alloc(MULAW_FRAME * 32)
  return {
    frameBytes: MULAW_FRAME,
    encode(call, number, frames) {
      for (let i = 0; i < frames; i++) {
        const at = i * MULAW_FRAME
        filler.copy(scratch, at)
        scratch[at] = SIGN[0]
        scratch[at + 1] = SIGN[1]
        scratch.writeUInt16BE(call, at + 2)
        scratch.writeUInt32BE(number + i, at + 4)
      }
      return scratch.toString('base64', 0, frames * MULAW_FRAME)
    },
    read: (audio, at) => (audio[at] === SIGN[0] && audio[at + 1] === SIGN[1] ? audio.readUInt32BE(at + 4) : NOT_OURS),
  }
}

function levelOf(digit: number): number {
  return LOUDEST / STEP ** digit
}

function tone(sampleRateHz: number, digit: number): Int16Array {
  const level = levelOf(digit)
  const turn = (2 * Math.PI * TONE_HZ) / sampleRateHz
  return Int16Array.from({ length: sampleRateHz / 50 }, (_, i) => Math.round(level * Math.sin(turn * i)))
}

/** @param frame one frame for each digit */
function toneFrames(frameBytes: number, frame: (digit: number) => Uint8Array): MarkedAudio['encode'] {
  const made = new Map<number, string>()
  const frames = Array.from({ length: DIGITS }, (_, digit) => frame(digit))
  return (_call, number, count) => {
    const key = (number % DIGITS) + count * DIGITS
    const known = made.get(key)
    if (known !== undefined) return known
    const bytes = Buffer.alloc(count * frameBytes)
    for (let i = 0; i < count; i++) bytes.set(frames[(number + i) % DIGITS]!, i * frameBytes)
    const text = bytes.toString('base64')
    made.set(key, text)
    return text
  }
}

function numberOf(meanSquare: number, expected: number): number {
  // Of a sine the mean square is half the square of its level.
  const step = Math.log(LOUDEST / Math.sqrt(2 * meanSquare)) / Math.log(STEP)
  const digit = Math.round(step)
  if (!(digit >= 0 && digit < DIGITS)) return NOT_OURS
  const ahead = (digit - (expected % DIGITS) + DIGITS) % DIGITS
  const number = expected + (ahead > DIGITS / 2 ? ahead - DIGITS : ahead)
  return number < 0 ? number + DIGITS : number
}

function mulawLevels(): MarkedAudio {
  const from = MEASURE_FROM_MS * 8
  const samples = new Int16Array(MEASURE_MS * 8)
  return {
    frameBytes: MULAW_FRAME,
    encode: toneFrames(MULAW_FRAME, (digit) => {
      const bytes = new Uint8Array(MULAW_FRAME)
      encodeMulaw(tone(8000, digit), bytes)
      return bytes
    }),
    read(audio, at, expected) {
      decodeMulaw(audio.subarray(at + from, at + from + samples.length), samples)
      let sum = 0
      for (const sample of samples) sum += sample * sample
      return numberOf(sum / samples.length, expected)
    },
  }
}

function pcmLevels(): MarkedAudio {
  const from = MEASURE_FROM_MS * 48
  const count = MEASURE_MS * 24
  return {
    frameBytes: PCM_FRAME,
    encode: toneFrames(PCM_FRAME, (digit) => new Uint8Array(tone(24_000, digit).buffer)),
    read(audio, at, expected) {
      let sum = 0
      for (let i = 0; i < count; i++) sum += audio.readInt16LE(at + from + 2 * i) ** 2
      return numberOf(sum / count, expected)
    },
  }
}
