/** How many requests may be on their way to one host at once: a slow backend is not also stormed. */

interface Waiting {
  readonly most: number
  readonly enter: () => void
}

export class HostGate {
  readonly #inside = new Map<string, number>()
  readonly #waiting = new Map<string, Waiting[]>()

  /**
   * Waits for a place, first come first served.
   * @param most for this host, as this request sees it
   * @returns how to leave, to be called once; null when the wait was given up
   */
  async enter(host: string, most: number, signal: AbortSignal): Promise<(() => void) | null> {
    if (signal.aborted) return null
    const queue = this.#waiting.get(host) ?? []
    if (queue.length > 0 || this.#count(host) >= most) {
      if (!(await this.#wait(host, queue, most, signal))) return null
    } else this.#inside.set(host, this.#count(host) + 1)
    return () => this.#leave(host)
  }

  #count(host: string): number {
    return this.#inside.get(host) ?? 0
  }

  #wait(host: string, queue: Waiting[], most: number, signal: AbortSignal): Promise<boolean> {
    this.#waiting.set(host, queue)
    return new Promise((resolve) => {
      const waiting: Waiting = {
        most,
        enter: () => {
          signal.removeEventListener('abort', giveUp)
          this.#inside.set(host, this.#count(host) + 1)
          resolve(true)
        },
      }
      const giveUp = (): void => {
        queue.splice(queue.indexOf(waiting), 1)
        resolve(false)
        // Whoever stood behind may have been held up only by this one.
        this.#admit(host)
      }
      signal.addEventListener('abort', giveUp, { once: true })
      queue.push(waiting)
    })
  }

  #leave(host: string): void {
    this.#inside.set(host, this.#count(host) - 1)
    this.#admit(host)
    if (this.#count(host) === 0) this.#inside.delete(host)
  }

  #admit(host: string): void {
    const queue = this.#waiting.get(host) ?? []
    for (let next = queue[0]; next !== undefined && this.#count(host) < next.most; next = queue[0]) {
      queue.shift()
      next.enter()
    }
    if (queue.length === 0) this.#waiting.delete(host)
  }
}
