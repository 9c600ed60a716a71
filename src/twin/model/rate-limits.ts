/** `rate_limits.updated`: what is left of a minute's allowance, with the response under way reserved (fact sheet, sections 2 and 10). */

const REQUESTS_PER_MINUTE = 5_000
const TOKENS_PER_MINUTE = 200_000
const RESERVED_TOKENS = 4_096
const MINUTE_MS = 60_000

export class RateLimits {
  #windowStart = 0
  #requests = 0
  #tokens = 0

  /** Counts a response that begins. @returns the event's `rate_limits` */
  begin(nowMs: number): readonly Readonly<Record<string, unknown>>[] {
    if (nowMs - this.#windowStart >= MINUTE_MS) {
      this.#windowStart = nowMs
      this.#requests = 0
      this.#tokens = 0
    }
    this.#requests++
    const reset_seconds = Math.round((this.#windowStart + MINUTE_MS - nowMs) / 10) / 100
    const left = (limit: number, used: number) => Math.max(0, limit - used)
    return [
      {
        name: 'requests',
        limit: REQUESTS_PER_MINUTE,
        remaining: left(REQUESTS_PER_MINUTE, this.#requests),
        reset_seconds,
      },
      {
        name: 'tokens',
        limit: TOKENS_PER_MINUTE,
        remaining: left(TOKENS_PER_MINUTE, this.#tokens + RESERVED_TOKENS),
        reset_seconds,
      },
    ]
  }

  /** The response is over: what it really took replaces the reserve. */
  settle(tokens: number): void {
    this.#tokens += tokens
  }
}
