/** Samples in pieces of one length in, of another out. */
export class SampleQueue {
  #pieces: Float32Array[] = []
  #at = 0
  #length = 0

  get length(): number {
    return this.#length
  }

  push(piece: Float32Array): void {
    if (piece.length === 0) return
    this.#pieces.push(piece)
    this.#length += piece.length
  }

  /** Fills `into`, with silence when there is not enough. */
  take(into: Float32Array): void {
    let filled = 0
    while (filled < into.length) {
      const first = this.#pieces[0]
      if (first === undefined) break
      const count = Math.min(first.length - this.#at, into.length - filled)
      into.set(first.subarray(this.#at, this.#at + count), filled)
      filled += count
      this.#at += count
      if (this.#at < first.length) continue
      this.#pieces.shift()
      this.#at = 0
    }
    into.fill(0, filled)
    this.#length -= filled
  }

  clear(): void {
    this.#pieces = []
    this.#at = 0
    this.#length = 0
  }
}
