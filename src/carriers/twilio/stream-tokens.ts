/**
 * One-shot tokens that bind a stream to the signed webhook which answered its call. A token travels in the TwiML's
 * `<Parameter>` and must come back in `start`, once, for the same CallSid.
 */

/** Twilio opens the stream within seconds of reading the TwiML; 31901 tells of a connect that took longer. */
export const TOKEN_LIFETIME_MS = 60_000
export const MAX_TOKENS = 10_000

interface Binding {
  readonly callSid: string
  readonly callId: string
  readonly expiresAtMs: number
}

export class StreamTokens {
  /** In the order of issue, which is the order of expiry. */
  readonly #bindings = new Map<string, Binding>()
  readonly #randomToken: () => string

  /** @param randomToken unguessable, never the same twice */
  constructor(randomToken: () => string) {
    this.#randomToken = randomToken
  }

  /** Tokens issued and neither used nor found to be out of date. */
  get size(): number {
    return this.#bindings.size
  }

  /** When there are too many the oldest goes: its stream, should it come after all, is refused and asks again. */
  issue(callSid: string, callId: string, nowMs: number): string {
    this.expire(nowMs)
    const token = this.#randomToken()
    this.#bindings.set(token, { callSid, callId, expiresAtMs: nowMs + TOKEN_LIFETIME_MS })
    if (this.#bindings.size > MAX_TOKENS) {
      for (const oldest of this.#bindings.keys()) {
        this.#bindings.delete(oldest)
        break
      }
    }
    return token
  }

  /**
   * Uses a token up. One that is shown with another call's id stays good, so that a stranger's stream cannot take a
   * caller's away.
   * @returns the callId it was issued for, or null when it is unknown, used, out of date or another call's
   */
  take(token: string, callSid: string, nowMs: number): string | null {
    this.expire(nowMs)
    const binding = this.#bindings.get(token)
    if (binding === undefined || binding.callSid !== callSid) return null
    this.#bindings.delete(token)
    return binding.callId
  }

  /** The phone call is over: whatever was issued for it is worth nothing. */
  forget(callSid: string): void {
    for (const [token, binding] of this.#bindings) if (binding.callSid === callSid) this.#bindings.delete(token)
  }

  /** Drops what is out of date. */
  expire(nowMs: number): void {
    for (const [token, binding] of this.#bindings) {
      if (binding.expiresAtMs > nowMs) return
      this.#bindings.delete(token)
    }
  }
}
