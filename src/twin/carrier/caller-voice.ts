/** The caller's mouth: utterances wait their turn and leave it in 20 ms frames; between them there is silence. */
import { CallOver } from './events.ts'

const FRAME_BYTES = 160
export const FRAME_MS = 20
/** 20 ms of silence in µ-law, where silence is 0xFF. */
export const SILENT_FRAME = Buffer.alloc(FRAME_BYTES, 0xff).toString('base64')

/** When something was said, in call time, to the frame. */
export interface Spoken {
  readonly startMs: number
  readonly endMs: number
}

interface Utterance {
  readonly text: string
  readonly mulaw: Uint8Array
  /** Encoded once, when it is queued, so that speaking makes no garbage. */
  readonly frames: readonly string[]
  readonly resolve: (spoken: Spoken) => void
  readonly reject: (error: Error) => void
  startMs: number
  nextFrame: number
}

export interface VoiceListener {
  started(text: string, atMs: number): void
  ended(text: string, atMs: number): void
}

export class CallerVoice {
  readonly #listener: VoiceListener
  readonly #waiting: Utterance[] = []
  readonly #said: { readonly startMs: number; readonly mulaw: Uint8Array }[] = []
  #ended = false

  constructor(listener: VoiceListener) {
    this.#listener = listener
  }

  /** Audio the caller has said or is saying, each with the call time of its first sample: 8 samples a millisecond. */
  get said(): readonly { readonly startMs: number; readonly mulaw: Uint8Array }[] {
    return this.#said
  }

  /**
   * Says audio after what waits already.
   * @param text what it is called in events
   * @param mulaw 8 kHz; the rest of its last frame is silence. The caller gives it away
   * @returns when its last frame has been spoken. @throws CallOver when the call ends before that
   */
  say(text: string, mulaw: Uint8Array): Promise<Spoken> {
    if (this.#ended) return Promise.reject(new CallOver('nobody can hear the caller'))
    const frames: string[] = []
    for (let at = 0; at < mulaw.length; at += FRAME_BYTES) {
      const frame = Buffer.alloc(FRAME_BYTES, 0xff)
      frame.set(mulaw.subarray(at, at + FRAME_BYTES))
      frames.push(frame.toString('base64'))
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ text, mulaw, frames, resolve, reject, startMs: 0, nextFrame: 0 })
    })
  }

  /**
   * The next frame the caller speaks, in base64, or null for silence.
   * @param startMs call time of its first sample
   */
  next(startMs: number): string | null {
    for (let speaking = this.#waiting[0]; speaking !== undefined; speaking = this.#waiting[0]) {
      if (speaking.nextFrame === 0) {
        speaking.startMs = startMs
        this.#said.push({ startMs, mulaw: speaking.mulaw })
        this.#listener.started(speaking.text, startMs)
      }
      const frame = speaking.frames[speaking.nextFrame++]
      if (speaking.nextFrame >= speaking.frames.length) this.#finish(speaking, startMs + (frame ? FRAME_MS : 0))
      if (frame !== undefined) return frame
    }
    return null
  }

  #finish(spoken: Utterance, endMs: number): void {
    this.#waiting.shift()
    this.#listener.ended(spoken.text, endMs)
    spoken.resolve({ startMs: spoken.startMs, endMs })
  }

  /** The caller has hung up: what was not said is not said. */
  end(): void {
    this.#ended = true
    for (const { reject } of this.#waiting.splice(0)) reject(new CallOver('the caller was not done speaking'))
  }
}
