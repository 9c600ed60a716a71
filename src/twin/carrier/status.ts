/** Status callbacks of a call. Source: fact sheet telephony.md, section 1.8: form POSTs that may come in any order, late or never. */
import { Appointment } from './agenda.ts'
import type { CallClock } from './call-clock.ts'
import type { StatusEvent } from './events.ts'
import type { FaultPlan } from './faults.ts'
import type { Fields } from './signature.ts'

/** Posts one callback, signed. Never rejects. */
export type PostStatus = (event: StatusEvent, fields: Fields) => Promise<void>

interface StatusReport {
  readonly event: StatusEvent
  readonly fields: Fields
}

/** The carrier's order: one after the other, each when the one before was answered, unless faults say otherwise. */
export class StatusCallbacks {
  readonly #post: PostStatus
  readonly #faults: FaultPlan
  readonly #clock: CallClock
  readonly #startedAt = Date.now()
  #sequence = 0
  #tail: Promise<unknown> = Promise.resolve()
  readonly #late: Promise<unknown>[] = []
  #heldForNext: StatusReport | null = null

  /** @param post null when nobody asked for callbacks */
  constructor(post: PostStatus | null, faults: FaultPlan, clock: CallClock) {
    this.#post = post ?? (() => Promise.resolve())
    this.#faults = faults
    this.#clock = clock
  }

  /** @param more fields that only this event has, and the call's own */
  report(event: StatusEvent, callStatus: string, more: Fields): void {
    const fields: Fields = [
      ...more,
      ['CallStatus', callStatus],
      ['SequenceNumber', String(this.#sequence++)],
      ['CallbackSource', 'call-progress-events'],
      // RFC 2822, in whole seconds and with a numeric zone, as the carrier writes it.
      ['Timestamp', new Date(this.#startedAt + this.#clock.nowMs()).toUTCString().replace('GMT', '+0000')],
    ]
    const report = { event, fields }
    if (this.#faults.strike('lost', event)) return
    if (this.#faults.strike('reordered', event) && !this.#heldForNext) {
      this.#heldForNext = report
      return
    }
    const late = this.#faults.strike('late', event)
    if (late) this.#late.push(this.#after(late.ms).then(() => this.#post(report.event, report.fields)))
    else this.#queue(report)
    this.#releaseHeld()
  }

  /** No further event comes. Fulfilled when every callback that is to be posted was. */
  async settled(): Promise<void> {
    this.#releaseHeld()
    await this.#tail
    await Promise.all(this.#late)
  }

  #queue(report: StatusReport): void {
    this.#tail = this.#tail.then(() => this.#post(report.event, report.fields))
  }

  #releaseHeld(): void {
    if (this.#heldForNext) this.#queue(this.#heldForNext)
    this.#heldForNext = null
  }

  #after(ms: number): Promise<void> {
    return new Promise((resolve) => this.#clock.at(new Appointment(() => resolve()), this.#clock.nowMs() + ms))
  }
}
