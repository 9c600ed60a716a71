/** Keeps the audio of one live call: each side in its place, on its way to the disk. Fast enough to be told every frame. */
import type { PartWriter } from './recording-part.ts'
import { AgentPlace, CallerPlace } from './recording-place.ts'

export interface RecorderEnd {
  /** Nothing more comes: what there is becomes the recording. */
  readonly finish: (part: PartWriter) => void
  /** Nothing of it may be left. */
  readonly discard: (part: PartWriter) => void
}

export class Recorder {
  readonly #part: PartWriter
  readonly #end: RecorderEnd
  readonly #caller = new CallerPlace()
  readonly #agent = new AgentPlace()
  #over = false

  constructor(part: PartWriter, end: RecorderEnd) {
    this.#part = part
    this.#end = end
  }

  /** How much of the call is on the disk. */
  get keptMs(): number {
    return this.#part.keptMs
  }

  /** @param audio µ-law at 8 kHz  @param atMs call time of its first sample */
  caller(audio: Uint8Array, atMs: number): void {
    const start = this.#caller.place(audio, atMs)
    if (start >= 0) this.#part.append(0, start, audio)
  }

  agent(audio: Uint8Array, atMs: number): void {
    this.#part.append(1, this.#agent.place(audio, atMs), audio)
  }

  attached(): void {
    this.#caller.begin()
  }

  ended(): void {
    if (this.#over) return
    this.#over = true
    this.#end.finish(this.#part)
  }

  discard(): void {
    if (this.#over) return
    this.#over = true
    this.#end.discard(this.#part)
  }
}
