/**
 * Holds what is listened in to for just so long that a frame that comes late is still in time. Frames come on a clock of the
 * call; when the network brings them in a bunch, or this computer's clock is slower, what is too old is left out.
 */

interface Held {
  readonly atMs: number
  readonly caller: Float32Array
  readonly agent: Float32Array
}

const FRAME_MS = 20
/** Playing begins with so much in hand, and after a break again. */
const BEGIN_MS = 80
/** With more than this in hand for a while, frames are left out, down to BEGIN_MS: who listens must not fall behind. */
const MOST_MS = 200
/** A gap of the call's clock up to this is filled with silence; a longer one is jumped over. */
const GAP_MS = 100

export class JitterBuffer {
  #held: Held[] = []
  #playing = false
  #lastMs: number | null = null

  /** @param atMs call time of the frame; one that is older than what was played is late, and dropped */
  put(atMs: number, caller: Float32Array, agent: Float32Array): void {
    if (this.#lastMs !== null && atMs <= this.#lastMs) return
    this.#held.push({ atMs, caller, agent })
    if (this.heldMs > MOST_MS) this.#held.splice(0, this.#held.length - BEGIN_MS / FRAME_MS)
  }

  /** The next frame, or null: silence for 20 ms. */
  take(): Held | null {
    if (!this.#playing) {
      if (this.heldMs < BEGIN_MS) return null
      this.#playing = true
    }
    const next = this.#held[0]
    if (next === undefined) {
      this.#playing = false
      return null
    }
    const gapMs = this.#lastMs === null ? 0 : next.atMs - this.#lastMs - FRAME_MS
    if (this.#lastMs !== null && gapMs >= FRAME_MS && gapMs <= GAP_MS) {
      this.#lastMs += FRAME_MS
      return null
    }
    this.#held.shift()
    this.#lastMs = next.atMs
    return next
  }

  get heldMs(): number {
    return this.#held.length * FRAME_MS
  }
}
