/** Events that wait for the log, in order, with a way to lose the least important when there are too many. */
import type { CallEvent } from '../call/events.ts'

export class EventQueue {
  #events: CallEvent[] = []
  /** Events before this place have been found to be protected: the search for one to drop starts here. */
  #searched = 0
  readonly #isProtected: (event: CallEvent) => boolean

  constructor(isProtected: (event: CallEvent) => boolean) {
    this.#isProtected = isProtected
  }

  get size(): number {
    return this.#events.length
  }

  put(event: CallEvent): void {
    this.#events.push(event)
  }

  /** The oldest events, at most `most`. */
  take(most: number): CallEvent[] {
    this.#searched = 0
    return this.#events.splice(0, most)
  }

  /** Events taken and not kept: they are the oldest again. */
  putBack(events: readonly CallEvent[]): void {
    this.#searched = 0
    this.#events = [...events, ...this.#events]
  }

  /** Takes out the oldest event that is not protected; when all are, the oldest. */
  drop(): CallEvent | undefined {
    for (let at = this.#searched; at < this.#events.length; at++) {
      if (this.#isProtected(this.#events[at]!)) continue
      this.#searched = at
      return this.#events.splice(at, 1)[0]
    }
    const oldest = this.#events.shift()
    this.#searched = this.#events.length
    return oldest
  }
}
