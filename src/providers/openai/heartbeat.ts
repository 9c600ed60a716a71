/** One timer for all sessions of a provider: a connection that died without a word is found out within a minute. */

export interface Pulse {
  /** Ask the other side for a sign of life, or give it up. */
  beat(): void
}

export class Heartbeat {
  readonly #everyMs: number
  readonly #pulses = new Set<Pulse>()
  #timer: NodeJS.Timeout | null = null

  constructor(everyMs: number) {
    this.#everyMs = everyMs
  }

  /** The timer runs while anyone is watched, and never keeps the process alive. */
  watch(pulse: Pulse): void {
    this.#pulses.add(pulse)
    this.#timer ??= setInterval(() => this.#beat(), this.#everyMs).unref()
  }

  unwatch(pulse: Pulse): void {
    this.#pulses.delete(pulse)
    if (this.#pulses.size > 0 || this.#timer === null) return
    clearInterval(this.#timer)
    this.#timer = null
  }

  #beat(): void {
    for (const pulse of this.#pulses) pulse.beat()
  }
}
