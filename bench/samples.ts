/** Samples of one figure, and what is said of them. */

export interface Summary {
  readonly count: number
  readonly p50: number
  readonly p95: number
  readonly p99: number
  readonly max: number
}

/** Grows by doubling, so that a sample costs one store; takes samples only while it is open. */
export class Samples {
  #values = new Float64Array(1024)
  #count = 0
  open = true

  add(value: number): void {
    if (!this.open) return
    if (this.#count === this.#values.length) {
      const larger = new Float64Array(this.#count * 2)
      larger.set(this.#values)
      this.#values = larger
    }
    this.#values[this.#count++] = value
  }

  clear(): void {
    this.#count = 0
  }

  addAll(other: Samples): void {
    for (let i = 0; i < other.#count; i++) this.add(other.#values[i]!)
  }

  /** Null when there is nothing to say. */
  summary(): Summary | null {
    if (this.#count === 0) return null
    const sorted = this.#values.slice(0, this.#count).sort()
    const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)]!
    return { count: sorted.length, p50: at(0.5), p95: at(0.95), p99: at(0.99), max: sorted[sorted.length - 1]! }
  }
}

/** The middle one; of an even number the mean of the middle two. NaN for none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  if (sorted.length === 0) return Number.NaN
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
