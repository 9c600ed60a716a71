/** Status callbacks put in order: they come late, twice and out of turn (fact sheet, section 1.8). */

const FINAL = new Set(['completed', 'busy', 'failed', 'no-answer', 'canceled'])
const MAX_CALLS = 5_000

interface Progress {
  readonly sequenceNumber: number
  readonly final: boolean
}

export class CallStatuses {
  /** In the order of the last news, so that the calls forgotten first are those long silent. */
  readonly #progress = new Map<string, Progress>()

  get size(): number {
    return this.#progress.size
  }

  isFinal(status: string): boolean {
    return FINAL.has(status)
  }

  /**
   * @param sequenceNumber Twilio's order of callbacks, null when not given
   * @returns whether this is news: not behind what was told already, and nothing after the end
   */
  isNews(callSid: string, status: string, sequenceNumber: number | null): boolean {
    const known = this.#progress.get(callSid)
    const final = FINAL.has(status)
    if (known !== undefined) {
      if (known.final) return false
      // An end is news whenever it comes: nothing can follow it.
      if (!final && sequenceNumber !== null && sequenceNumber <= known.sequenceNumber) return false
    }
    this.#progress.delete(callSid)
    this.#progress.set(callSid, { sequenceNumber: sequenceNumber ?? known?.sequenceNumber ?? -1, final })
    if (this.#progress.size > MAX_CALLS) {
      for (const oldest of this.#progress.keys()) {
        this.#progress.delete(oldest)
        break
      }
    }
    return true
  }
}
