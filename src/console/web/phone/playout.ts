/**
 * What the test phone plays: frames in a queue, and marks between them that come back when all before them was heard.
 * It counts in samples of the line (8 kHz), so that "heard" is what the sound card was given and has had time to play.
 */

export class Playout {
  /** How long after it was given to the sound card a sample reaches the ear. */
  lagSamples = 0
  #frames: Float32Array[] = []
  /** Into the first frame. */
  #at = 0
  /** Samples queued since the beginning, and samples taken; a pause with nothing queued counts as neither. */
  #queued = 0
  #taken = 0
  /** Samples given to the sound card since the beginning, pauses too: its clock. */
  #clock = 0
  /** `behind`: how much had been queued before it. `dueAt`: the clock at which it has been heard, once all before it is taken. */
  #marks: { readonly name: string; readonly behind: number; dueAt: number | null }[] = []

  play(samples: Float32Array): void {
    this.#frames.push(samples)
    this.#queued += samples.length
  }

  mark(name: string): void {
    this.#marks.push({ name, behind: this.#queued, dueAt: null })
  }

  /** @returns the marks that were waiting: they come back, whatever was heard */
  clear(): readonly string[] {
    const names = this.#marks.map(({ name }) => name)
    this.#frames = []
    this.#at = 0
    this.#taken = this.#queued
    this.#marks = []
    return names
  }

  /**
   * Fills a buffer with what comes next, and with silence when nothing does.
   * @returns the marks that have been heard by now
   */
  take(into: Float32Array): readonly string[] {
    let filled = 0
    while (filled < into.length) {
      const frame = this.#frames[0]
      if (frame === undefined) break
      const count = Math.min(frame.length - this.#at, into.length - filled)
      into.set(frame.subarray(this.#at, this.#at + count), filled)
      filled += count
      this.#taken += count
      this.#at += count
      this.#date(this.#clock + filled)
      if (this.#at === frame.length) {
        this.#frames.shift()
        this.#at = 0
      }
    }
    this.#date(this.#clock + filled)
    into.fill(0, filled)
    this.#clock += into.length
    const heard: string[] = []
    while (this.#marks[0]?.dueAt != null && this.#marks[0].dueAt <= this.#clock) heard.push(this.#marks.shift()!.name)
    return heard
  }

  #date(clock: number): void {
    for (const mark of this.#marks)
      if (mark.dueAt === null && mark.behind <= this.#taken) mark.dueAt = clock + this.lagSamples
  }

  get waitingSamples(): number {
    return this.#queued - this.#taken
  }
}
