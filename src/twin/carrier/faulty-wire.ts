/** The way of a stream's messages to the socket when faults are asked for: lost, late, reordered, garbled, stalled, closed. */
import { Appointment } from './agenda.ts'
import type { CallClock } from './call-clock.ts'
import type { FaultPlan } from './faults.ts'

export interface Outgoing {
  /** The message's own name: `media`, `mark`… */
  readonly at: string
  /** Made when it is really sent, because it takes its sequence number then. */
  readonly text: () => string
  /** Run once it was sent or will never be. */
  readonly done?: () => void
}

export interface Wire {
  write(text: string): void
  /** Closes the connection as a fault, without `stop`. */
  close(code: number, reason: string): void
}

interface Lane {
  readonly waiting: { readonly releaseMs: number; readonly message: Outgoing }[]
  readonly release: Appointment
}

export class FaultyWire {
  readonly #wire: Wire
  readonly #faults: FaultPlan
  readonly #clock: CallClock
  /** Messages of one name keep their order when they are late; a late mark does not hold up the audio. */
  readonly #lanes = new Map<string, Lane>()
  readonly #heldForNext = new Map<string, Outgoing>()
  #stalled = false

  constructor(wire: Wire, faults: FaultPlan, clock: CallClock) {
    this.#wire = wire
    this.#faults = faults
    this.#clock = clock
  }

  /** @param heldMs how long it is held back in any case */
  send(message: Outgoing, heldMs = 0): void {
    const { at } = message
    const faults = this.#faults
    if (this.#stalled || faults.strike('stalled', at)) {
      this.#stalled = true
      message.done?.()
      return
    }
    const closed = faults.strike('closed', at)
    if (closed) {
      this.#wire.close(closed.code, closed.reason)
      message.done?.()
      return
    }
    if (faults.strike('lost', at)) {
      message.done?.()
      return
    }
    const garbled = faults.strike('garbled', at)
    const sent = garbled ? { ...message, text: () => garble(message.text(), garbled.as) } : message
    const lateMs = heldMs + (faults.strike('late', at)?.ms ?? 0)
    if (faults.strike('reordered', at) && !this.#heldForNext.has(at)) {
      this.#heldForNext.set(at, sent)
      return
    }
    this.#schedule(sent, lateMs)
    const held = this.#heldForNext.get(at)
    if (held) {
      this.#heldForNext.delete(at)
      this.#schedule(held, lateMs)
    }
  }

  /** The connection is closed: what is still held back is never sent. */
  close(): void {
    for (const lane of this.#lanes.values()) {
      this.#clock.cancel(lane.release)
      for (const { message } of lane.waiting.splice(0)) message.done?.()
    }
    for (const message of this.#heldForNext.values()) message.done?.()
    this.#heldForNext.clear()
  }

  #schedule(message: Outgoing, lateMs: number): void {
    const lane = this.#lanes.get(message.at)
    if (lateMs <= 0 && !lane?.waiting.length) {
      this.#write(message)
      return
    }
    const { waiting, release } = lane ?? this.#openLane(message.at)
    const nowMs = this.#clock.nowMs()
    waiting.push({ releaseMs: Math.max(nowMs + lateMs, waiting.at(-1)?.releaseMs ?? nowMs), message })
    this.#clock.at(release, waiting[0]!.releaseMs)
  }

  #openLane(at: string): Lane {
    const waiting: Lane['waiting'] = []
    const release = new Appointment(() => {
      const nowMs = this.#clock.nowMs()
      while (waiting[0] !== undefined && waiting[0].releaseMs <= nowMs) this.#write(waiting.shift()!.message)
      if (waiting[0]) this.#clock.at(release, waiting[0].releaseMs)
    })
    const lane = { waiting, release }
    this.#lanes.set(at, lane)
    return lane
  }

  #write(message: Outgoing): void {
    this.#wire.write(message.text())
    message.done?.()
  }
}

function garble(text: string, as: 'json' | 'type' | 'base64'): string {
  if (as === 'json') return text.slice(0, text.length >> 1)
  if (as === 'type') return text.replace(/"event":"[a-z]+"/, '"event":"unheard-of"')
  return text.replace(/"payload":"..../, '"payload":"*~*!')
}
