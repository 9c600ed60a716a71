/** What one run of calls measures. Times in ms. */

import { Samples } from './samples.ts'
import { type FrameCounts, noFrames } from './track.ts'

export class Measures {
  /** From the caller's frame written to its arrival at the model; and the other way round. */
  readonly up = new Samples()
  readonly down = new Samples()
  /** From the model's `speech_started` written to the caller's `clear`. */
  readonly clear = new Samples()
  /** By how much `audio_end_ms` differs from what the caller had really played when the clear came. */
  readonly truncation = new Samples()
  /** From the function call written to its answer. */
  readonly tool = new Samples()
  /** From the POST to its TwiML; from the POST to the session configured as asked. */
  readonly twiml = new Samples()
  readonly configured = new Samples()
  readonly upFrames: FrameCounts = noFrames()
  readonly downFrames: FrameCounts = noFrames()
  /** Frames of what was cut off that came after the clear. */
  oldFrames = 0
  /** Whatever should not have happened, and how often. */
  readonly troubles = new Map<string, number>()

  trouble(what: string): void {
    this.troubles.set(what, (this.troubles.get(what) ?? 0) + 1)
  }

  /** Takes samples from now on, or stops; the counts go on all the time. */
  set open(open: boolean) {
    for (const samples of [this.up, this.down, this.clear, this.truncation, this.tool]) samples.open = open
  }
}
