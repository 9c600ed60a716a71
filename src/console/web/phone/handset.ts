/**
 * The test phone between a sound card and the line, whatever drives it: the worklet by the card's clock, or a timer when
 * there is no card. The microphone goes out as frames of 20 ms; what comes in is played, and its marks come back when heard.
 */
import { FRAME_SAMPLES, FrameFiller, LINE_HZ } from './frame-filler.ts'
import { decodeMulaw, encodeMulaw, levelOf } from './mulaw.ts'
import { Playout } from './playout.ts'
import { RateChanger } from './rate.ts'
import { SampleQueue } from './sample-queue.ts'

export type ToHandset =
  | { readonly type: 'play'; readonly frame: Uint8Array }
  | { readonly type: 'mark'; readonly name: string }
  | { readonly type: 'clear' }
  | { readonly type: 'mute'; readonly muted: boolean }
  /** How long a sample takes from here to the ear. */
  | { readonly type: 'lag'; readonly ms: number }

export type FromHandset =
  /** 20 ms of the microphone in µ-law, and how loud both sides were meanwhile, 0 to 1. */
  | { readonly type: 'frame'; readonly frame: Uint8Array<ArrayBuffer>; readonly said: number; readonly heard: number }
  | { readonly type: 'mark'; readonly name: string }

/** So much of the line at a time: marks are as exact as this. */
const STEP_SAMPLES = 40

export class Handset {
  readonly #tell: (message: FromHandset) => void
  readonly #toLine: RateChanger
  readonly #toCard: RateChanger
  readonly #filler = new FrameFiller()
  readonly #playout = new Playout()
  readonly #ready = new SampleQueue()
  readonly #step = new Float32Array(STEP_SAMPLES)
  #muted = false
  #heard = 0

  constructor(cardHz: number, tell: (message: FromHandset) => void) {
    this.#tell = tell
    this.#toLine = new RateChanger(cardHz, LINE_HZ)
    this.#toCard = new RateChanger(LINE_HZ, cardHz)
  }

  take(message: ToHandset): void {
    switch (message.type) {
      case 'play': {
        const samples = new Float32Array(message.frame.length)
        decodeMulaw(message.frame, samples)
        return this.#playout.play(samples)
      }
      case 'mark':
        return this.#playout.mark(message.name)
      case 'clear':
        // What the card has not taken yet is not heard either.
        this.#ready.clear()
        for (const name of this.#playout.clear()) this.#tell({ type: 'mark', name })
        return
      case 'mute':
        this.#muted = message.muted
        return
      case 'lag':
        this.#playout.lagSamples = Math.round((message.ms * LINE_HZ) / 1000)
        return
    }
  }

  /**
   * As much time passes as `output` is long.
   * @param input of the microphone, as long as `output`
   * @param output filled with what is heard
   */
  pass(input: Float32Array, output: Float32Array): void {
    if (this.#muted) input.fill(0)
    this.#filler.push(this.#toLine.push(input), (samples) => this.#send(samples))
    while (this.#ready.length < output.length) {
      for (const name of this.#playout.take(this.#step)) this.#tell({ type: 'mark', name })
      this.#heard = Math.max(this.#heard, levelOf(this.#step))
      this.#ready.push(this.#toCard.push(this.#step))
    }
    this.#ready.take(output)
  }

  #send(samples: Float32Array): void {
    const frame = new Uint8Array(FRAME_SAMPLES)
    encodeMulaw(samples, frame)
    this.#tell({ type: 'frame', frame, said: levelOf(samples), heard: this.#heard })
    this.#heard = 0
  }
}
