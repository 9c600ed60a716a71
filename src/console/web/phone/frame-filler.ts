/** Samples of any number in, frames of 20 ms of the line out. */

export const FRAME_SAMPLES = 160
export const LINE_HZ = 8000

export class FrameFiller {
  #frame = new Float32Array(FRAME_SAMPLES)
  #filled = 0

  /** @param each is given every frame that is full; it is overwritten by the next one */
  push(samples: Float32Array, each: (frame: Float32Array) => void): void {
    for (let at = 0; at < samples.length; ) {
      const count = Math.min(samples.length - at, FRAME_SAMPLES - this.#filled)
      this.#frame.set(samples.subarray(at, at + count), this.#filled)
      this.#filled += count
      at += count
      if (this.#filled < FRAME_SAMPLES) continue
      this.#filled = 0
      each(this.#frame)
    }
  }
}
