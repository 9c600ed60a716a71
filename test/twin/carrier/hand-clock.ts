/** A clock that a test turns by hand. */
import { Agenda, type Appointment } from '../../../src/twin/carrier/agenda.ts'
import type { Timekeeper } from '../../../src/twin/carrier/ticker.ts'

export class HandClock implements Timekeeper {
  readonly #agenda = new Agenda()
  #nowMs = 0

  now(): number {
    return this.#nowMs
  }

  at(appointment: Appointment, atMs: number): void {
    this.#agenda.add(appointment, atMs)
  }

  cancel(appointment: Appointment): void {
    this.#agenda.remove(appointment)
  }

  /** Passes time, appointment by appointment, and lets what was waiting for it go on. */
  async passTo(nowMs: number): Promise<void> {
    await this.settle()
    for (let next = this.#agenda.nextMs; next <= nowMs; next = this.#agenda.nextMs) {
      this.#nowMs = Math.max(this.#nowMs, next)
      this.#agenda.runDue(this.#nowMs)
      await this.settle()
    }
    this.#nowMs = nowMs
    await this.settle()
  }

  /** Lets every promise that can be fulfilled be fulfilled. */
  settle(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve))
  }
}
