/** Band-limited conversion among 8, 16 and 24 kHz, with the filter's history kept from chunk to chunk. */
import { createFilterBank, type FilterBank, MAX_GROUPS } from './filter-bank.ts'
import { loadFirEngine } from './fir-wasm.ts'
import type { SampleRateHz } from './format.ts'
import { createScratch } from './scratch.ts'

export interface Resampler {
  /**
   * Converts the next samples of a stream. How a stream is cut into chunks never changes a sample of it. Samples come
   * out in whole groups of an eighth of a millisecond, so up to two input samples wait for the next chunk.
   * @param input any number of samples, PCM16 at the first rate
   * @param samples how many of them to take; all of them when left out
   * @returns PCM16 at the second rate, clipped to 16 bits; a view that the next call overwrites
   */
  resample(input: Int16Array, samples?: number): Int16Array
  /** Forgets the history, so that no tail of what was cut off sounds in what comes next. */
  reset(): void
}

const SHARED_BANK = createFilterBank(loadFirEngine())

/**
 * A resampler for one direction of one call. With `low` the lower of the two rates:
 * - pass band: flat within 0.1 dB up to 0.425 low, which is 3.4 kHz at 8 kHz and 6.8 kHz at 16 kHz;
 * - a tone whose image (going up) or alias (going down) falls into that band leaves it at −80 dB or less: going up
 *   that is every tone of the pass band, going down every tone from 0.575 low, which is 4.6 or 9.2 kHz;
 *   between 0.425 and 0.575 low the filter slopes through −6 dB at half the rate, and images and aliases stay in there;
 * - delay: alike for every tone; 2.46 ms for 8 ↔ 24 kHz, 2.44 ms for 8 ↔ 16 kHz, 1.23 ms for 16 ↔ 24 kHz.
 *
 * Between equal rates samples pass through untouched.
 * @param bank whose filters to use; every call of a process shares one
 */
export function createResampler(fromHz: SampleRateHz, toHz: SampleRateHz, bank: FilterBank = SHARED_BANK): Resampler {
  if (fromHz === toHz) return PASS_THROUGH

  const { groupIn, groupOut, historySamples, load, run } = bank.conversion(fromHz, toHz)
  // The history, then the samples of a group that is not whole yet.
  const kept = new Int16Array(historySamples + groupIn - 1)
  let keptSamples = historySamples
  const scratch = createScratch()
  let filtered = bank.output

  /** Keeps the newest samples of what was filtered as history for what follows. */
  function remember(input: Int16Array, end: number, fresh: number): void {
    const older = Math.max(0, historySamples - fresh)
    kept.copyWithin(0, keptSamples - older, keptSamples)
    for (let i = older; i < historySamples; i++) kept[i] = input[end - historySamples + i]!
    keptSamples = historySamples
  }

  return {
    resample(input, samples = input.length) {
      const groups = Math.floor((keptSamples - historySamples + samples) / groupIn)
      const result = scratch.samples(groups * groupOut)
      let taken = 0
      for (let done = 0; done < groups; ) {
        const now = Math.min(groups - done, MAX_GROUPS)
        const fresh = historySamples + now * groupIn - keptSamples
        load(0, kept, 0, keptSamples)
        load(keptSamples, input, taken, taken + fresh)
        run(now)
        if (filtered.length !== now * groupOut) filtered = bank.output.subarray(0, now * groupOut)
        result.set(filtered, done * groupOut)
        taken += fresh
        done += now
        remember(input, taken, fresh)
      }
      while (taken < samples) kept[keptSamples++] = input[taken++]!
      return result
    },
    reset() {
      kept.fill(0)
      keptSamples = historySamples
    },
  }
}

const PASS_THROUGH: Resampler = {
  resample: (input, samples = input.length) => (samples === input.length ? input : input.subarray(0, samples)),
  reset() {},
}
