/**
 * Both sides of a call in step, frame by frame, for somebody who listens in. Each frame of the caller that comes is one
 * frame out, with what of the agent sounds at the same time, three frames later: the clocks of both sides are never quite one.
 *
 * What of the agent sounds is told by the clock of the carrier's queue. Audio that is cut before its time is never heard here.
 */
import type { Tap } from '../../bridge/taps.ts'

const FRAME_MS = 20
const SIDE_BYTES = 160
const BYTES_PER_MS = 8
const HEAD_BYTES = 8
const SILENCE = 0xff
/** Frames that come late come in a bunch, and nothing is missing. Only a stretch in which all are late shows that some never came. */
const LATE_FRAMES = 50
const LATE_MOST_MS = 60
const GAP_MOST_MS = 2000
/** What sounds of the agent is not known ahead, and a caller's clock may be: so many frames are held, which is more than it may be. */
const HELD_FRAMES = 3
const AHEAD_MOST_MS = 40

/** µ-law that will sound. Places are counted in bytes since the call began. */
interface Due {
  readonly audio: Uint8Array
  readonly at: number
}

interface Held {
  readonly atMs: number
  readonly caller: Uint8Array
}

export class ListenIn implements Tap {
  readonly #send: (frame: Buffer) => void
  readonly #over: () => void
  #due: Due[] = []
  #held: Held[] = []
  /** Call time of the next frame. */
  #nextMs: number | null = null
  /** Of so many frames, by how much the least late was late. */
  #frames = 0
  #leastLateMs = Number.POSITIVE_INFINITY
  /** Of the caller, less than a frame. */
  #rest = Buffer.alloc(0)

  /** @param send a frame as the contract has it: 8 bytes of call time, 160 of the caller, 160 of the agent; to be kept  @param over the call has ended */
  constructor(send: (frame: Buffer) => void, over: () => void) {
    this.#send = send
    this.#over = over
  }

  caller(audio: Uint8Array, atMs: number): void {
    const bytes = this.#rest.length === 0 ? audio : Buffer.concat([this.#rest, audio])
    let from = 0
    for (; from + SIDE_BYTES <= bytes.length; from += SIDE_BYTES) {
      this.#frame(bytes.subarray(from, from + SIDE_BYTES), atMs + from / BYTES_PER_MS)
    }
    this.#rest = from === bytes.length ? EMPTY : Buffer.from(bytes.subarray(from))
  }

  sent(audio: Uint8Array, dueMs: number): void {
    this.#due.push({ audio: new Uint8Array(audio), at: Math.round(dueMs * BYTES_PER_MS) })
  }

  cleared(atMs: number): void {
    const end = Math.round(atMs * BYTES_PER_MS)
    this.#due = this.#due.flatMap(({ audio, at }) => {
      const left = Math.min(audio.length, end - at)
      return left <= 0 ? [] : [{ audio: audio.subarray(0, left), at }]
    })
  }

  /** What is proven later was sent on its way already. */
  agent(): void {}

  ended(): void {
    for (const held of this.#held) this.#tell(held)
    this.#held = []
    this.#over()
  }

  #frame(caller: Uint8Array, atMs: number): void {
    const nextMs = this.#place(atMs)
    if (nextMs === null) return
    this.#nextMs = nextMs + FRAME_MS
    this.#held.push({ atMs: nextMs, caller: new Uint8Array(caller) })
    const oldest = this.#held.length > HELD_FRAMES ? this.#held.shift() : undefined
    if (oldest !== undefined) this.#tell(oldest)
  }

  #tell({ atMs, caller }: Held): void {
    const frame = Buffer.alloc(HEAD_BYTES + 2 * SIDE_BYTES, SILENCE)
    frame.writeDoubleLE(atMs, 0)
    frame.set(caller, HEAD_BYTES)
    this.#takeAgent(frame.subarray(HEAD_BYTES + SIDE_BYTES), Math.round(atMs * BYTES_PER_MS))
    this.#send(frame)
  }

  /** @returns call time of a frame that came at `atMs`, evenly after the one before; null: it is too early and left out */
  #place(atMs: number): number | null {
    if (this.#nextMs === null) return atMs
    const lateMs = atMs - this.#nextMs
    if (lateMs < -AHEAD_MOST_MS) return null
    this.#leastLateMs = Math.min(this.#leastLateMs, lateMs)
    if (++this.#frames < LATE_FRAMES && lateMs < GAP_MOST_MS) return this.#nextMs
    const behindMs = lateMs < GAP_MOST_MS ? this.#leastLateMs : lateMs
    this.#frames = 0
    this.#leastLateMs = Number.POSITIVE_INFINITY
    return behindMs > LATE_MOST_MS ? this.#nextMs + behindMs : this.#nextMs
  }

  /** Fills in what sounds from `start` on, and forgets what has sounded. */
  #takeAgent(into: Uint8Array, start: number): void {
    const end = start + into.length
    for (const { audio, at } of this.#due) {
      if (at >= end) break
      const from = Math.max(start, at)
      const to = Math.min(end, at + audio.length)
      if (to > from) into.set(audio.subarray(from - at, to - at), from - start)
    }
    while (this.#due[0] !== undefined && this.#due[0].at + this.#due[0].audio.length <= end) this.#due.shift()
  }
}

const EMPTY = Buffer.alloc(0)
