/** Waiting for something to be seen, without sleeping: every change is looked at as it happens. */

interface Waiter {
  look(): boolean
  fail(error: Error): void
}

export class Waiters {
  readonly #waiting = new Set<Waiter>()

  /** @throws Error when nothing has been seen after `timeoutMs`, or the twin is closed */
  wait<Seen>(look: () => Seen | undefined | null | false, what: string, timeoutMs: number): Promise<Seen> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => fail(new Error(`not seen within ${timeoutMs} ms: ${what}`)), timeoutMs)
      const fail = (error: Error) => {
        this.#waiting.delete(waiter)
        clearTimeout(timer)
        reject(error)
      }
      const waiter: Waiter = {
        look: () => {
          const seen = attempt(look, fail)
          if (seen === undefined || seen === null || seen === false) return false
          clearTimeout(timer)
          resolve(seen)
          return true
        },
        fail,
      }
      if (!waiter.look()) this.#waiting.add(waiter)
    })
  }

  changed(): void {
    for (const waiter of this.#waiting) if (waiter.look()) this.#waiting.delete(waiter)
  }

  close(): void {
    for (const waiter of this.#waiting) waiter.fail(new Error('the twin was closed'))
  }
}

/** A look that throws is a test that fails, and must not disturb the session it looks at. */
function attempt<Seen>(look: () => Seen, fail: (error: Error) => void): Seen | undefined {
  try {
    return look()
  } catch (error) {
    fail(error instanceof Error ? error : new Error(String(error)))
    return undefined
  }
}
