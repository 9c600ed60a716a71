/** What single callers are about to say, told before they say it. */

/** A caller of whom nobody takes the words for so long is gone. */
const CALLERS_MOST = 200
const WORDS_MOST = 20

export class CallersWords {
  /** By safety identifier; the caller who was told of last is last. */
  readonly #words = new Map<string, string[]>()

  add(caller: string, words: string): void {
    const waiting = this.#words.get(caller) ?? []
    this.#words.delete(caller)
    this.#words.set(caller, [...waiting, words].slice(-WORDS_MOST))
    if (this.#words.size <= CALLERS_MOST) return
    for (const oldest of this.#words.keys()) {
      this.#words.delete(oldest)
      break
    }
  }

  next(caller: string | undefined): string | undefined {
    if (caller === undefined) return undefined
    const waiting = this.#words.get(caller)
    const words = waiting?.shift()
    if (waiting?.length === 0) this.#words.delete(caller)
    return words
  }
}
