/**
 * The carrier's queue of agent audio and the caller's ear at its end. Pure: every method takes the time, which never runs
 * backwards. Sources: fact sheet telephony.md, sections 1.3 and 1.4.
 */

/** µ-law at 8 kHz: one byte a sample. */
const BYTES_PER_MS = 8
/** The carrier holds ten minutes and discards what comes on top (error 31931). */
const MAX_QUEUED_MS = 600_000

/** One media message of the server and what became of it. */
export interface Segment {
  readonly bytes: number
  readonly arrivedMs: number
  /** When its first sample was, or would have been, played. */
  readonly startMs: number
  /** How much of it the caller has heard up to now. */
  readonly playedMs: number
  /** When its rest was dropped by a clear or the end of the stream; null when it was or will be played to its end. */
  readonly clearedAtMs: number | null
}

export interface Cleared {
  readonly droppedMs: number
  /** Marks that were waiting, in order: all come back at once. */
  readonly marks: readonly string[]
}

interface QueuedSegment {
  readonly bytes: number
  readonly arrivedMs: number
  readonly startMs: number
  clearedAtMs: number | null
}

export class Playout {
  readonly #history: QueuedSegment[] | null
  readonly #marks: { readonly name: string; readonly dueMs: number }[] = []
  /** Audio since the queue was last empty: counted in bytes from one start, so that no rounding adds up. */
  #spurtStartMs = 0
  #spurtBytes = 0
  /** Played before that start. */
  #settledMs = 0
  /** Segments from here on are not yet known to be played to their end. */
  #firstOpen = 0

  /** @param keepHistory false for load: nothing is remembered of what was played but its length */
  constructor(keepHistory: boolean) {
    this.#history = keepHistory ? [] : null
  }

  /** When everything queued will have been played. In the past when the queue is empty. */
  get endMs(): number {
    return this.#spurtStartMs + this.#spurtBytes / BYTES_PER_MS
  }

  queuedMs(nowMs: number): number {
    return Math.max(0, this.endMs - nowMs)
  }

  /** Agent audio really played up to now, to the fraction of a millisecond. */
  playedMs(nowMs: number): number {
    return this.#settledMs + playedOf(this.#spurtBytes, this.#spurtStartMs, nowMs)
  }

  /**
   * Queues one media message; it plays at once when nothing is queued, else without a gap behind what is.
   * @returns false when it would not fit in the ten minutes the carrier keeps: it is discarded
   */
  push(bytes: number, nowMs: number): boolean {
    if (this.queuedMs(nowMs) + bytes / BYTES_PER_MS > MAX_QUEUED_MS) return false
    if (nowMs >= this.endMs) this.#startSpurt(nowMs)
    const startMs = this.endMs
    this.#spurtBytes += bytes
    this.#history?.push({ bytes, arrivedMs: nowMs, startMs, clearedAtMs: null })
    return true
  }

  /** A mark comes back when everything queued before it has been played: at once, if nothing is. */
  mark(name: string, nowMs: number): void {
    this.#marks.push({ name, dueMs: Math.max(nowMs, this.endMs) })
  }

  /** When the next mark comes back; Infinity when none is waiting. */
  get nextMarkMs(): number {
    return this.#marks[0]?.dueMs ?? Number.POSITIVE_INFINITY
  }

  /** Takes one mark that is due, in order; undefined when none is. */
  takeDueMark(nowMs: number): string | undefined {
    return this.nextMarkMs <= nowMs ? this.#marks.shift()!.name : undefined
  }

  /** Drops everything queued; all waiting marks come back. */
  clear(nowMs: number): Cleared {
    const droppedMs = this.queuedMs(nowMs)
    for (const segment of this.#open(nowMs)) segment.clearedAtMs = nowMs
    this.#startSpurt(nowMs)
    const marks = this.#marks.map((mark) => mark.name)
    this.#marks.length = 0
    return { droppedMs, marks }
  }

  /** Every media message so far, in order; empty when no history is kept. */
  segments(nowMs: number): Segment[] {
    return (this.#history ?? []).map(({ bytes, arrivedMs, startMs, clearedAtMs }) => {
      const playedMs = playedOf(bytes, startMs, Math.min(nowMs, clearedAtMs ?? nowMs))
      return { bytes, arrivedMs, startMs, playedMs, clearedAtMs }
    })
  }

  #startSpurt(nowMs: number): void {
    this.#settledMs = this.playedMs(nowMs)
    this.#spurtStartMs = nowMs
    this.#spurtBytes = 0
    this.#firstOpen = this.#history?.length ?? 0
  }

  #open(nowMs: number): QueuedSegment[] {
    const open = this.#history?.slice(this.#firstOpen) ?? []
    return open.filter((segment) => segment.startMs + segment.bytes / BYTES_PER_MS > nowMs)
  }
}

/** How much of so many bytes has been played: exactly all of them at their end, which a difference of times may miss by a hair. */
function playedOf(bytes: number, startMs: number, nowMs: number): number {
  const lengthMs = bytes / BYTES_PER_MS
  return nowMs >= startMs + lengthMs ? lengthMs : Math.max(0, nowMs - startMs)
}
