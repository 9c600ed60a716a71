/** The caller's ear: when agent audio begins and ends, and everybody who waits for that. All times are call time. */
import { Appointment } from './agenda.ts'
import type { CallClock } from './call-clock.ts'
import { CallOver } from './events.ts'
import { Playout } from './playout.ts'

/** Agent audio that pauses for less than this goes on: a late frame is not the end of a sentence. */
const PAUSE_MS = 200
/** Fractions of a millisecond do not add up exactly; a waiter is not made to wait for the last billionth. */
const EPSILON_MS = 1e-6

export interface EarListener {
  started(atMs: number): void
  /** Told when it is certain, which is {@link PAUSE_MS} after `endMs` unless it was cut. */
  ended(endMs: number, heardMs: number, cut: boolean): void
}

interface Waiter {
  /** When it will be fulfilled if nothing more arrives; at or before now: it is. */
  dueMs(nowMs: number): number
  readonly resolve: (atMs: number) => void
  readonly reject: (error: Error) => void
}

export class Ear {
  readonly #clock: CallClock
  readonly #listener: EarListener
  readonly #look = new Appointment(() => this.#update(this.#clock.nowMs()))
  #waiters: Waiter[] = []
  #playout = new Playout(false)
  /** The stretch of agent audio that is heard now: since when, and what had been played before it. */
  #spurt: { readonly startMs: number; readonly playedBeforeMs: number } | null = null
  /** When the newest audio will have been played. */
  #audioEndMs = 0
  #quietSinceMs = 0
  #over = false

  constructor(clock: CallClock, listener: EarListener) {
    this.#clock = clock
    this.#listener = listener
  }

  /** From now on the caller hears this stream. */
  attend(playout: Playout, nowMs: number): void {
    this.cut(nowMs)
    this.#playout = playout
    this.#quietSinceMs = nowMs
    if (playout.queuedMs(nowMs) > 0) this.audioArrived(nowMs)
  }

  /** Audio was queued. */
  audioArrived(nowMs: number): void {
    // A pause that is over its limit is noticed by its timer, which may be late: notice it first.
    this.#endSpurtWhenQuiet(nowMs)
    this.#audioEndMs = this.#playout.endMs
    if (!this.#spurt) {
      this.#spurt = { startMs: nowMs, playedBeforeMs: this.#playout.playedMs(nowMs) }
      this.#listener.started(nowMs)
    }
    if (this.#waiters.length > 0 || this.#look.place < 0) this.#update(nowMs)
  }

  /** The queue was dropped. Told after the playout was. */
  cut(nowMs: number): void {
    if (this.#spurt) this.#endSpurt(Math.min(nowMs, this.#audioEndMs), this.#audioEndMs > nowMs, nowMs)
    this.#update(nowMs)
  }

  /** The call is over: nobody waits any longer. */
  end(nowMs: number): void {
    this.cut(nowMs)
    this.#over = true
    this.#clock.cancel(this.#look)
    for (const { reject } of this.#waiters.splice(0)) reject(new CallOver('nothing more is heard'))
  }

  /** Fulfilled with the time the present stretch of agent audio began, or the next one. */
  async waitForSpeech(): Promise<number> {
    let startMs = 0
    await this.#wait((nowMs) => {
      if (!this.#spurt) return Number.POSITIVE_INFINITY
      startMs = this.#spurt.startMs
      return nowMs
    })
    return startMs
  }

  /** Fulfilled when `ms` of one stretch of agent audio have been heard: of the present one, or a later that is long enough. */
  waitUntilHeard(ms: number): Promise<number> {
    return this.#wait((nowMs) => {
      if (!this.#spurt) return Number.POSITIVE_INFINITY
      const missingMs = ms - (this.#playout.playedMs(nowMs) - this.#spurt.playedBeforeMs)
      if (missingMs <= EPSILON_MS) return nowMs
      return this.#playout.queuedMs(nowMs) >= missingMs - EPSILON_MS ? nowMs + missingMs : Number.POSITIVE_INFINITY
    })
  }

  /** Fulfilled when nothing has been queued or played for `ms`. */
  waitForSilence(ms: number): Promise<number> {
    return this.#wait(() => (this.#spurt ? this.#audioEndMs : this.#quietSinceMs) + ms)
  }

  #wait(dueMs: (nowMs: number) => number): Promise<number> {
    if (this.#over) return Promise.reject(new CallOver('nothing more is heard'))
    return new Promise((resolve, reject) => {
      this.#waiters.push({ dueMs, resolve, reject })
      this.#update(this.#clock.nowMs())
    })
  }

  #update(nowMs: number): void {
    this.#endSpurtWhenQuiet(nowMs)
    let nextMs = this.#spurt ? this.#audioEndMs + PAUSE_MS : Number.POSITIVE_INFINITY
    if (this.#waiters.length > 0) {
      this.#waiters = this.#waiters.filter((waiter) => {
        const dueMs = waiter.dueMs(nowMs)
        if (dueMs <= nowMs + EPSILON_MS) waiter.resolve(nowMs)
        else nextMs = Math.min(nextMs, dueMs)
        return dueMs > nowMs + EPSILON_MS
      })
    }
    if (nextMs < Number.POSITIVE_INFINITY) this.#clock.at(this.#look, nextMs)
    else this.#clock.cancel(this.#look)
  }

  #endSpurtWhenQuiet(nowMs: number): void {
    if (this.#spurt && nowMs >= this.#audioEndMs + PAUSE_MS) this.#endSpurt(this.#audioEndMs, false, nowMs)
  }

  #endSpurt(endMs: number, cut: boolean, nowMs: number): void {
    const heardMs = this.#playout.playedMs(nowMs) - (this.#spurt?.playedBeforeMs ?? 0)
    this.#spurt = null
    this.#quietSinceMs = endMs
    this.#listener.ended(endMs, heardMs, cut)
  }
}
