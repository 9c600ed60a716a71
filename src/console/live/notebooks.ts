/** A notebook for each live call, kept as its events are recorded and let go when it ends. */
import type { CallEvent } from '../../call/events.ts'
import { type Notebook, newNotebook, noteEvent } from './notebook.ts'

/** Told at a call's end, when its notebook holds all there is to say. */
export type OnEnd = (notebook: Notebook) => void

export class Notebooks {
  readonly #notebooks = new Map<string, Notebook>()
  readonly #onEnd: OnEnd

  constructor(onEnd: OnEnd) {
    this.#onEnd = onEnd
  }

  /** To be given every event of every call, in order. */
  take(event: CallEvent): void {
    const { callId, body } = event
    if (body.type === 'call-started') this.#notebooks.set(callId, newNotebook(callId, event.at))
    const notebook = this.#notebooks.get(callId)
    if (notebook === undefined) return
    noteEvent(notebook, event)
    if (body.type !== 'call-ended') return
    this.#notebooks.delete(callId)
    this.#onEnd(notebook)
  }

  of(callId: string): Notebook | undefined {
    return this.#notebooks.get(callId)
  }

  get size(): number {
    return this.#notebooks.size
  }
}
