/**
 * Both sides of a call in step, frame by frame, for somebody who listens in. Each frame of the caller that comes is one
 * frame out, with what of the agent sounds at the same time: nothing is waited for, so that who listens is a frame behind.
 *
 * What of the agent sounds is told by the clock of the carrier's queue. Audio that is cut before its time is never heard here.
 */
import type { Tap } from '../../bridge/taps.ts'

const FRAME_MS = 20
const SIDE_BYTES = 160
const BYTES_PER_MS = 8
const HEAD_BYTES = 8
const SILENCE = 0xff
/** The caller's frames come a little early or late; when they are further from the clock than this, they begin anew on it. */
const OFF_MOST_MS = 100

/** µ-law that will sound. Places are counted in bytes since the call began. */
interface Due {
  readonly audio: Uint8Array
  readonly at: number
}

export class ListenIn implements Tap {
  readonly #send: (frame: Buffer) => void
  readonly #over: () => void
  #due: Due[] = []
  /** Call time of the next frame. */
  #nextMs: number | null = null
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
    this.#over()
  }

  #frame(caller: Uint8Array, atMs: number): void {
    const offMs = this.#nextMs === null ? Number.POSITIVE_INFINITY : atMs - this.#nextMs
    // A clock of the caller's that is faster than ours: what sounds of the agent is not known so far ahead.
    if (offMs < -OFF_MOST_MS) return
    const nextMs = offMs > OFF_MOST_MS || this.#nextMs === null ? atMs : this.#nextMs
    this.#nextMs = nextMs + FRAME_MS
    const frame = Buffer.alloc(HEAD_BYTES + 2 * SIDE_BYTES, SILENCE)
    frame.writeDoubleLE(nextMs, 0)
    frame.set(caller, HEAD_BYTES)
    this.#takeAgent(frame.subarray(HEAD_BYTES + SIDE_BYTES), Math.round(nextMs * BYTES_PER_MS))
    this.#send(frame)
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
