/** For how long this process stood still, because the machine had no time for it. */
import { monitorEventLoopDelay } from 'node:perf_hooks'

const EVERY_MS = 5

/**
 * Server and stand-ins live in one process and stand still together; what one of them has sent and the other not yet
 * received is later by as much. Times that are compared between them may differ by it.
 */
export class Stops implements Disposable {
  readonly #histogram = monitorEventLoopDelay({ resolution: EVERY_MS })

  constructor() {
    this.#histogram.enable()
  }

  get longestMs(): number {
    return Math.max(0, this.#histogram.max / 1e6 - EVERY_MS)
  }

  /** Measures anew from now on. */
  reset(): void {
    this.#histogram.reset()
  }

  [Symbol.dispose](): void {
    this.#histogram.disable()
  }
}
