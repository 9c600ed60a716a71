/** Tokens that work once: each opens one socket of one phone. In the order of issue. */

export class OneShot<Held> {
  readonly #held = new Map<string, { readonly what: Held; readonly expiresAtMs: number }>()
  readonly #randomToken: () => string

  /** @param randomToken unguessable, never the same twice */
  constructor(randomToken: () => string) {
    this.#randomToken = randomToken
  }

  get size(): number {
    return this.#held.size
  }

  issue(what: Held, expiresAtMs: number): string {
    const token = this.#randomToken()
    this.#held.set(token, { what, expiresAtMs })
    return token
  }

  /** Leaves it as it is. */
  look(token: string, nowMs: number): Held | null {
    const found = this.#held.get(token)
    return found === undefined || found.expiresAtMs <= nowMs ? null : found.what
  }

  /** Uses it up. */
  take(token: string, nowMs: number): Held | null {
    const found = this.look(token, nowMs)
    this.#held.delete(token)
    return found
  }

  forget(isGone: (what: Held) => boolean): void {
    for (const [token, { what }] of this.#held) if (isGone(what)) this.#held.delete(token)
  }

  /** @returns what is out of date, which is forgotten */
  expire(nowMs: number): readonly Held[] {
    const gone: Held[] = []
    for (const [token, { what, expiresAtMs }] of this.#held) {
      if (expiresAtMs > nowMs) continue
      this.#held.delete(token)
      gone.push(what)
    }
    return gone
  }
}
