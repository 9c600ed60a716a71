/** Timers that a test sets off. */
import type { SetTimer } from '../../src/config-dir/watch.ts'

export class HandTimers {
  readonly #armed: { readonly run: () => void; readonly afterMs: number }[] = []
  #waiting: (() => void)[] = []

  readonly set: SetTimer = (run, afterMs) => {
    const timer = { run, afterMs }
    this.#armed.push(timer)
    for (const resolve of this.#waiting.splice(0)) resolve()
    return () => {
      const at = this.#armed.indexOf(timer)
      if (at >= 0) this.#armed.splice(at, 1)
    }
  }

  get armed(): readonly number[] {
    return this.#armed.map(({ afterMs }) => afterMs)
  }

  /** Sets off the oldest timer, when there is one. */
  async fire(): Promise<void> {
    while (this.#armed.length === 0) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    this.#armed.shift()?.run()
  }
}
