/**
 * The one timer of the load generator: twenty slots of a millisecond make a frame of 20 ms, and every call has its slot.
 * Calls on a real line are as little in step as that; all frames of all calls in one burst would measure the burst.
 */
import { Samples } from './samples.ts'

export interface Ticked {
  /** Called every 20 ms. */
  tick(): void
}

export const SLOTS = 20
/** Appointments further ahead than this are left to the engine's own timers. */
const WHEEL_MS = 16_384
/** Slots made up for in one go when late; then sockets have their turn. */
const CATCH_UP = 40
const HOPELESS_MS = 3_000

export class Ticker {
  /** How late each slot was served, in ms: what the generator adds to every latency by being busy. */
  readonly lateness = new Samples()
  readonly #slots: Set<Ticked>[] = Array.from({ length: SLOTS }, () => new Set())
  readonly #wheel: (() => void)[][] = Array.from({ length: WHEEL_MS }, () => [])
  /** The millisecond to be served next, on the clock of `performance.now`. */
  #next = Math.ceil(performance.now())
  #timer: NodeJS.Timeout | null = null

  start(): void {
    this.#next = Math.ceil(performance.now())
    this.#arm()
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
  }

  add(slot: number, ticked: Ticked): void {
    this.#slots[slot % SLOTS]!.add(ticked)
  }

  remove(slot: number, ticked: Ticked): void {
    this.#slots[slot % SLOTS]!.delete(ticked)
  }

  /** Calls `work` at a time, never before it and at most a millisecond after it. */
  at(atMs: number, work: () => void): void {
    const due = Math.max(this.#next, Math.ceil(atMs))
    if (due - this.#next < WHEEL_MS) this.#wheel[due % WHEEL_MS]!.push(work)
    else setTimeout(work, due - performance.now())
  }

  /** @throws Error when slots are served so late that the machine does not carry this load at all */
  assertInTime(): void {
    const behindMs = performance.now() - this.#next
    if (behindMs > HOPELESS_MS) throw new Error(`the load generator is ${Math.round(behindMs)} ms behind`)
  }

  #run(): void {
    for (let slots = 0; slots < CATCH_UP; slots++) {
      const nowMs = performance.now()
      if (this.#next > nowMs) break
      const due = this.#next++
      this.lateness.add(nowMs - due)
      for (const ticked of this.#slots[due % SLOTS]!) ticked.tick()
      const appointments = this.#wheel[due % WHEEL_MS]!
      if (appointments.length === 0) continue
      this.#wheel[due % WHEEL_MS] = []
      for (const work of appointments) work()
    }
    this.#arm()
  }

  #arm(): void {
    this.#timer = setTimeout(() => this.#run(), 1)
  }
}
