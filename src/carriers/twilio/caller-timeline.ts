/**
 * Which caller frames to deliver, and how much silence is missing before each. The carrier leaves out what it did not get
 * (network loss, mute), and a listener that counts samples would drift by as much: silence takes its place.
 */

/** Smaller steps are rounding of the carrier's clock. */
const MIN_GAP_MS = 20
const MAX_GAP_MS = 10_000
/**
 * All silence together may exceed all audio together by this much, so that timestamps gone mad cannot make hours of silence
 * out of a few messages.
 */
const GAP_CREDIT_MS = 60_000

export const DROP = -1

export class CallerTimeline {
  #expectedMs = -1
  #newestMs = -1
  #newestChunk = -1
  #creditMs = GAP_CREDIT_MS
  #filledMs = 0
  #dropped = 0

  get filledMs(): number {
    return this.#filledMs
  }

  get dropped(): number {
    return this.#dropped
  }

  /**
   * A frame is a repetition, or late with its gap already filled, when all it says of its place (the number, the time, or
   * both) is behind what was delivered. A number that goes on while the time does not, or the other way round, is a
   * garbled field, and the frame is taken as the next one.
   * @param chunk the frame's number, negative when it has none
   * @param timestampMs its start in the stream's time, negative when it has none
   * @param frameMs its length
   * @returns ms of silence to deliver before it, usually 0, or `DROP`
   */
  admit(chunk: number, timestampMs: number, frameMs: number): number {
    const numbered = chunk >= 0
    const timed = timestampMs >= 0
    const oldNumber = numbered && chunk <= this.#newestChunk
    const oldTime = timed && timestampMs <= this.#newestMs
    if ((oldNumber || oldTime) && oldNumber === numbered && oldTime === timed) {
      this.#dropped++
      return DROP
    }
    if (numbered && !oldNumber) this.#newestChunk = chunk
    this.#creditMs += frameMs
    if (!timed || oldTime) {
      if (this.#expectedMs >= 0) this.#expectedMs += frameMs
      return 0
    }
    const missingMs = this.#expectedMs < 0 ? 0 : timestampMs - this.#expectedMs
    this.#expectedMs = timestampMs + frameMs
    this.#newestMs = timestampMs
    if (missingMs < MIN_GAP_MS) return 0
    const gapMs = Math.min(missingMs, MAX_GAP_MS, this.#creditMs)
    this.#creditMs -= gapMs
    this.#filledMs += gapMs
    return gapMs
  }
}
