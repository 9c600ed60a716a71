/** The one timer of a twin. Due times are absolute, so lateness never adds up: no drift in an hour of frames. */
import { Agenda, type Appointment } from './agenda.ts'

/** A clock with appointments: the real one below, or a test's. */
export interface Timekeeper {
  /** Milliseconds with fractions on the monotonic clock that all appointments are made on. */
  now(): number
  /** Makes or moves an appointment. It never runs inside this call, and never before its time. */
  at(appointment: Appointment, atMs: number): void
  cancel(appointment: Appointment): void
}

export class Ticker implements Timekeeper {
  readonly #agenda = new Agenda()
  readonly #wake = () => this.#runDue()
  #timer: NodeJS.Timeout | undefined
  #wakeMs = Number.POSITIVE_INFINITY
  #running = false

  now(): number {
    return performance.now()
  }

  at(appointment: Appointment, atMs: number): void {
    this.#agenda.add(appointment, atMs)
    if (!this.#running) this.#arm()
  }

  cancel(appointment: Appointment): void {
    this.#agenda.remove(appointment)
  }

  #runDue(): void {
    this.#timer = undefined
    this.#wakeMs = Number.POSITIVE_INFINITY
    this.#running = true
    try {
      this.#agenda.runDue(this.now())
    } finally {
      this.#running = false
      this.#arm()
    }
  }

  #arm(): void {
    const nextMs = this.#agenda.nextMs
    if (nextMs >= this.#wakeMs) return
    clearTimeout(this.#timer)
    this.#wakeMs = nextMs
    // Timers count whole milliseconds and may fire a fraction early; rounding up means at most one extra wake, never an early run.
    this.#timer = setTimeout(this.#wake, Math.max(1, Math.ceil(nextMs - this.now())))
  }

  /** Stops the timer; appointments left on the agenda never run. */
  [Symbol.dispose](): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#wakeMs = Number.NEGATIVE_INFINITY
  }
}
