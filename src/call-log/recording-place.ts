/**
 * Where in a recording audio belongs. Both channels run on call time, in samples of 8 kHz; neither may drift from it, and
 * neither may be torn apart by a network that delivers in bursts.
 */
import { isQuiet } from './recording-peaks.ts'
import { SAMPLES_PER_MS } from './recording-wav.ts'

const FRAME_SAMPLES = 20 * SAMPLES_PER_MS
/** Audio and clock may differ by two frames before anything is done about it. */
const APART_MOST = 2 * FRAME_SAMPLES
/** Audio that is ahead of the clock loses quiet frames first; this far ahead, whatever comes next. */
const AHEAD_MOST = 1000 * SAMPLES_PER_MS
/**
 * How long audio must have been late all the time before it is late for good. A stall of the network is followed by all that
 * it held up, and at the end of it audio is where it would have been.
 */
const LATE_FOR_MS = 2_000
/** What sounds as one piece stays one: the ledger's idea of when it sounds wavers by less. */
const SEAM_MOST = FRAME_SAMPLES

/**
 * The caller's channel. Audio goes on where the audio before it ended, because the leg has filled what the carrier left
 * out; the clock of its arrival corrects that by whole frames. A frame cannot arrive before it was spoken, so the least
 * late of the last two seconds says where the audio should be.
 */
export class CallerPlace {
  #end = -1
  #sinceMs = -1
  #leastLate = 0

  /** A new stream: what comes next belongs where the clock says. */
  begin(): void {
    this.#sinceMs = -1
    this.#placed = false
  }

  #placed = false

  /** @param atMs call time of its first sample, by its arrival  @returns its first sample, or -1: it is left out */
  place(audio: Uint8Array, atMs: number): number {
    const clock = Math.round(atMs * SAMPLES_PER_MS)
    if (!this.#placed) {
      this.#placed = true
      this.#end = Math.max(this.#end, clock)
    }
    const late = clock - this.#end
    if (late < -APART_MOST && (late < -AHEAD_MOST || isQuiet(audio))) return -1
    this.#correct(late, atMs)
    const start = this.#end
    this.#end += audio.length
    return start
  }

  #correct(late: number, atMs: number): void {
    if (this.#sinceMs < 0) {
      this.#sinceMs = atMs
      this.#leastLate = late
      return
    }
    this.#leastLate = Math.min(this.#leastLate, late)
    if (atMs - this.#sinceMs < LATE_FOR_MS) return
    if (this.#leastLate > APART_MOST) this.#end += Math.floor(this.#leastLate / FRAME_SAMPLES) * FRAME_SAMPLES
    this.#sinceMs = -1
  }
}

/** The agent's channel: the ledger knows when each stretch began to sound, and what was cut is not among them. */
export class AgentPlace {
  #end = 0

  /** @returns its first sample */
  place(audio: Uint8Array, atMs: number): number {
    const clock = Math.round(atMs * SAMPLES_PER_MS)
    // One carrier plays one thing at a time: a stretch never sounds before the one before it is over.
    const start = clock - this.#end <= SEAM_MOST ? this.#end : clock
    this.#end = start + audio.length
    return start
  }
}
