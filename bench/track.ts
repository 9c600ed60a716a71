/** One direction of one call: which frames went in when, and which came out. */
import { NOT_OURS } from './marked-audio.ts'
import type { Samples } from './samples.ts'

/** What became of the frames of one direction. */
export interface FrameCounts {
  sent: number
  received: number
  lost: number
  doubled: number
  reordered: number
  /** Frames that nobody sent. */
  foreign: number
}

export function noFrames(): FrameCounts {
  return { sent: 0, received: 0, lost: 0, doubled: 0, reordered: 0, foreign: 0 }
}

/** Frames on their way at one time, at most: some twenty seconds. */
const RING = 1024

export class Track {
  /** The number of the next frame to be sent. */
  sent = 0
  /** The number of the next frame to come out. */
  next = 0
  #missing = new Set<number>()
  /** The number of the first frame after an interruption; null when none is being thrown away. */
  #cutAt: number | null = null
  /** The number of the first frame that is expected again; null while none is. */
  #resumeAt: number | null = null
  #cleared = false
  readonly #sentAtMs = new Float64Array(RING)
  readonly #latency: Samples
  readonly #counts: FrameCounts

  constructor(latency: Samples, counts: FrameCounts) {
    this.#latency = latency
    this.#counts = counts
  }

  /** `frames` frames are about to be written. @param timed whether their latency is to be taken */
  send(frames: number, nowMs: number, timed: boolean): void {
    for (let i = 0; i < frames; i++) this.#sentAtMs[this.sent++ & (RING - 1)] = timed ? nowMs : Number.NaN
    this.#counts.sent += frames
  }

  receive(number: number, nowMs: number): void {
    const counts = this.#counts
    if (number === NOT_OURS) {
      counts.foreign++
      return
    }
    counts.received++
    if (number === this.next) this.next++
    else if (number > this.next && number < this.sent) {
      for (let missing = this.next; missing < number; missing++) this.#missing.add(missing)
      this.next = number + 1
    } else if (this.#missing.delete(number)) counts.reordered++
    else {
      if (number >= this.sent) counts.foreign++
      else counts.doubled++
      return
    }
    const latencyMs = nowMs - this.#sentAtMs[number & (RING - 1)]!
    if (latencyMs >= 0) this.#latency.add(latencyMs)
  }

  /** An interruption: what is sent from now on is thrown away by the bridge, and need not come out. */
  cut(): void {
    if (this.#cutAt !== null) this.#jump(this.sent)
    this.#cutAt = this.sent
    this.#resumeAt = null
    this.#cleared = false
  }

  /** What is sent from now on must come out again. */
  resume(): void {
    if (this.#cutAt === null) return
    this.#resumeAt = this.sent
    if (this.#cleared) this.#jump(this.sent)
  }

  /** Whether something new was begun since the interruption. */
  get resumed(): boolean {
    return this.#cutAt === null || this.#resumeAt !== null
  }

  /** All that was sent before the interruption has come out by now, and what comes next was sent after it. */
  cleared(): void {
    if (this.#cutAt === null) return
    this.#cleared = true
    if (this.#resumeAt !== null) this.#jump(this.#resumeAt)
  }

  /** Whether something is still on its way that must come out. */
  get waiting(): boolean {
    return this.next < (this.#cutAt ?? this.sent)
  }

  /** The call is over, and all that was on its way has had its time. */
  finish(): void {
    this.#jump(this.sent)
  }

  /** Whatever was skipped and has not come since is lost, and so is what never came. */
  #jump(to: number): void {
    this.#counts.lost += this.#missing.size + Math.max(0, (this.#cutAt ?? this.sent) - this.next)
    this.#missing.clear()
    this.#cutAt = null
    this.next = to
  }
}
