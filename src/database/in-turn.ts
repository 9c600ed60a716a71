/** Work that is done one after another; a failure keeps nothing else from being done. */
export class InTurn {
  #last: Promise<unknown> = Promise.resolve()

  /** @throws what the work throws */
  run<Value>(work: () => Promise<Value>): Promise<Value> {
    const done = this.#last.then(work)
    this.#last = done.catch(() => {})
    return done
  }

  /** When all that was asked for so far is done. */
  get idle(): Promise<unknown> {
    return this.#last
  }
}
