/** Streams and sockets that stay open: beaten so that they are not taken for dead, and ended when their reader may no longer read. */

const BEAT_MS = 15_000

interface Closing {
  once(event: 'close', listener: () => void): unknown
}

interface Lingerer {
  readonly stillMay: () => Promise<boolean>
  readonly end: () => void
  readonly beat: () => void
}

export class Lingering {
  readonly #all = new Set<Lingerer>()
  #timer: NodeJS.Timeout | null = null

  /**
   * @param stillMay asked at every beat: a session that was revoked hears nothing more
   * @param until what tells when it is over
   */
  add(stillMay: () => Promise<boolean>, end: () => void, until: Closing, beat: () => void = () => {}): void {
    const lingerer = { stillMay, end, beat }
    this.#all.add(lingerer)
    until.once('close', () => this.#forget(lingerer))
    this.#timer ??= setInterval(() => void this.beat(), BEAT_MS).unref()
  }

  get size(): number {
    return this.#all.size
  }

  async beat(): Promise<void> {
    await Promise.all(
      [...this.#all].map(async ({ stillMay, end, beat }) => {
        // When nobody can say, it goes on until the next beat.
        if (await stillMay().catch(() => true)) beat()
        else end()
      }),
    )
  }

  /** Ends all: a server that closes waits for what is open. */
  close(): void {
    for (const { end } of this.#all) end()
  }

  #forget(lingerer: Lingerer): void {
    this.#all.delete(lingerer)
    if (this.#all.size > 0 || this.#timer === null) return
    clearInterval(this.#timer)
    this.#timer = null
  }
}
