/** What was put in comes out in order; who takes too early waits. */
export class Queue<T> {
  readonly #values: T[] = []
  readonly #takers: ((value: T) => void)[] = []

  put(value: T): void {
    const taker = this.#takers.shift()
    if (taker === undefined) this.#values.push(value)
    else taker(value)
  }

  async take(): Promise<T> {
    if (this.#values.length > 0) return this.#values.shift() as T
    return await new Promise((resolve) => this.#takers.push(resolve))
  }

  get length(): number {
    return this.#values.length
  }
}
