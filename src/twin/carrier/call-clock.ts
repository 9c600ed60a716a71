/** Call time: milliseconds with fractions since a call was placed. Everything a TwinCall reports is on it. */
import type { Appointment } from './agenda.ts'
import type { Timekeeper } from './ticker.ts'

export class CallClock {
  readonly #ticker: Timekeeper
  readonly #originMs: number

  constructor(ticker: Timekeeper) {
    this.#ticker = ticker
    this.#originMs = ticker.now()
  }

  nowMs(): number {
    return this.#ticker.now() - this.#originMs
  }

  at(appointment: Appointment, callMs: number): void {
    this.#ticker.at(appointment, this.#originMs + callMs)
  }

  cancel(appointment: Appointment): void {
    this.#ticker.cancel(appointment)
  }
}
