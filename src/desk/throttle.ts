/** Slows guessing down, and never shuts anybody out for good. In memory: a restart forgives, and no row grows with attacks. */

export interface Pace {
  /** Attempts before the first wait: people mistype. */
  readonly free: number
  /** The first wait; each attempt after it doubles it. */
  readonly firstMs: number
  readonly mostMs: number
  /** Without an attempt for this long, all is forgotten. */
  readonly forgetMs: number
}

interface Attempts {
  readonly count: number
  readonly lastAt: number
}

/** How long `count` failed attempts make the next one wait. */
export function pauseMs(pace: Pace, count: number): number {
  if (count < pace.free) return 0
  // Past 2^30 the doubling would only overflow what mostMs cuts off anyway.
  return Math.min(pace.mostMs, pace.firstMs * 2 ** Math.min(30, count - pace.free))
}

/** Attempts by key. Attempts count when they begin, or a thousand at once would all be the first. */
export class Throttle {
  readonly #pace: Pace
  readonly #mostKeys: number
  readonly #attempts = new Map<string, Attempts>()

  constructor(pace: Pace, mostKeys = 10_000) {
    this.#pace = pace
    this.#mostKeys = mostKeys
  }

  /** 0: an attempt may begin now. */
  waitMs(key: string, nowMs: number): number {
    const { count, lastAt } = this.#read(key, nowMs)
    return Math.max(0, lastAt + pauseMs(this.#pace, count) - nowMs)
  }

  begin(key: string, nowMs: number): void {
    const { count } = this.#read(key, nowMs)
    // Put in anew, so that the first key is the one that was touched longest ago.
    this.#attempts.delete(key)
    this.#attempts.set(key, { count: count + 1, lastAt: nowMs })
    if (this.#attempts.size <= this.#mostKeys) return
    const oldest = this.#attempts.keys().next()
    if (oldest.done !== true) this.#attempts.delete(oldest.value)
  }

  /** Takes back one attempt that went well. */
  takeBack(key: string): void {
    const attempts = this.#attempts.get(key)
    if (attempts === undefined) return
    if (attempts.count <= 1) this.#attempts.delete(key)
    else this.#attempts.set(key, { ...attempts, count: attempts.count - 1 })
  }

  forget(key: string): void {
    this.#attempts.delete(key)
  }

  get keys(): number {
    return this.#attempts.size
  }

  #read(key: string, nowMs: number): Attempts {
    const attempts = this.#attempts.get(key)
    if (attempts === undefined || nowMs - attempts.lastAt >= this.#pace.forgetMs) return { count: 0, lastAt: nowMs }
    return attempts
  }
}
