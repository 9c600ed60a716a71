/**
 * The six conversions among 8, 16 and 24 kHz, laid out in a filter engine's memory.
 *
 * Time is counted in groups of an eighth of a millisecond: one, two or three samples at each rate. A conversion turns
 * each group of samples into one group of outputs; each output of the group is a filter of its own (a phase of the
 * polyphase filter), so a conversion is as many filters as its output rate has samples in a group.
 */
import { FIR_MEMORY_BYTES, FIR_SLACK, type FirEngine } from './fir.ts'
import type { SampleRateHz } from './format.ts'

/** How many groups one run may take: 60 ms. A longer chunk takes several runs. */
export const MAX_GROUPS = 480
const GROUPS_PER_SECOND = 8000
const RATES: readonly SampleRateHz[] = [8000, 16000, 24000]

/** The filter's length at the lower of the two rates: a longer one is sharper and later, 40 samples at 8 kHz are 5 ms. */
const TAPS_AT_LOWER_RATE = 40
/** How far back a filter may reach: its whole length, at the lowest rate. */
const MAX_HISTORY_GROUPS = TAPS_AT_LOWER_RATE
/** Kaiser's window for a stop band of −90 dB; with the length above the slope is 0.15 of the lower rate wide. */
const KAISER_BETA = 9

// Where things lie in the engine's memory: the tap lists, then the input as float32, one run of it for each place in
// the group, then the outputs as int16, interleaved as they are played.
const TAP_BYTES = 8
const X = 16_384
const X_STREAM_BYTES = 4 * (MAX_HISTORY_GROUPS + MAX_GROUPS + FIR_SLACK + 1)
const Y = X + 3 * X_STREAM_BYTES
if (Y + 2 * 3 * (MAX_GROUPS + FIR_SLACK) > FIR_MEMORY_BYTES) throw new RangeError('the filter memory is too small')

interface Conversion {
  /** Samples in a group before and after. */
  readonly groupIn: number
  readonly groupOut: number
  /** How many samples before the first group the filters read; a whole number of groups. */
  readonly historySamples: number
  /**
   * Puts samples where the filters read them.
   * @param position of the first of them, counted from the oldest sample of the history
   */
  load(position: number, samples: Int16Array, start: number, end: number): void
  /** Filters that many groups, at most MAX_GROUPS; the result is at the start of {@link FilterBank.output}. */
  run(groups: number): void
}

export interface FilterBank {
  readonly output: Int16Array
  /** @throws RangeError when the two rates are equal */
  conversion(fromHz: SampleRateHz, toHz: SampleRateHz): Conversion
}

export function createFilterBank(engine: FirEngine): FilterBank {
  const conversions = new Map<string, Conversion>()
  let tapsAt = 0
  for (const fromHz of RATES) {
    for (const toHz of RATES) {
      if (fromHz === toHz) continue
      const groupIn = fromHz / GROUPS_PER_SECOND
      const groupOut = toHz / GROUPS_PER_SECOND
      const phases = polyphase(groupIn, groupOut)
      conversions.set(`${fromHz}→${toHz}`, layOut(engine, tapsAt, groupIn, groupOut, phases))
      tapsAt += phases.flat().length * TAP_BYTES
    }
  }
  if (tapsAt > X) throw new RangeError('the tap lists run into the input')
  return {
    output: new Int16Array(engine.memory, Y, MAX_GROUPS * 3),
    conversion(fromHz, toHz) {
      const conversion = conversions.get(`${fromHz}→${toHz}`)
      if (!conversion) throw new RangeError(`no conversion from ${fromHz} to ${toHz} Hz`)
      return conversion
    },
  }
}

/** One product of an output: the sample `samplesBack` before the first of the output's own group (or after, if negative). */
interface Tap {
  readonly coefficient: number
  readonly samplesBack: number
}

/**
 * The filter of each output of a group. The prototype runs at groupIn × groupOut × 8 kHz, a rate both sides divide;
 * there output r lies groupIn × r steps into the group and input samples lie every groupOut steps.
 */
function polyphase(groupIn: number, groupOut: number): Tap[][] {
  const prototype = lowPass(Math.max(groupIn, groupOut))
  return Array.from({ length: groupOut }, (_, output) => {
    const position = groupIn * output
    const taps: Tap[] = []
    for (let step = position % groupOut; step < prototype.length; step += groupOut) {
      // A third or a half of a sinc's taps are zero: every one left out is time saved.
      const coefficient = prototype[step]! * groupOut
      if (coefficient !== 0) taps.push({ coefficient, samplesBack: (step - position) / groupOut })
    }
    return taps
  })
}

/**
 * A Kaiser-windowed sinc, symmetric, of unit gain at 0 Hz and −6 dB at half the lower rate.
 * @param ratio the prototype's rate over the lower of the two rates
 */
function lowPass(ratio: number): number[] {
  const centre = (TAPS_AT_LOWER_RATE / 2) * ratio - 1
  const taps = Array.from({ length: 2 * centre + 1 }, (_, step) => {
    const offset = step - centre
    const window = besselI0(KAISER_BETA * Math.sqrt(1 - (offset / (centre + 1)) ** 2))
    return sinc(offset, ratio) * window
  })
  const gain = taps.reduce((sum, tap) => sum + tap, 0)
  return taps.map((tap) => tap / gain)
}

function sinc(offset: number, ratio: number): number {
  if (offset === 0) return 1
  if (offset % ratio === 0) return 0 // exactly, where Math.sin leaves 1e-16
  return Math.sin((Math.PI * offset) / ratio) / ((Math.PI * offset) / ratio)
}

/** The modified Bessel function of order 0, by its power series; it converges fast for the arguments of a window. */
function besselI0(x: number): number {
  let sum = 1
  for (let k = 1, term = 1; term > sum * 1e-17; k++) {
    term *= (x / (2 * k)) ** 2
    sum += term
  }
  return sum
}

/** Writes a conversion's tap lists at an address of the engine's memory. */
function layOut(engine: FirEngine, tapsAt: number, groupIn: number, groupOut: number, phases: Tap[][]): Conversion {
  const coefficients = new Float32Array(engine.memory)
  const offsets = new Int32Array(engine.memory)
  const input = new Float32Array(engine.memory, X, (3 * X_STREAM_BYTES) / 4)
  const historyGroups = Math.ceil(Math.max(...phases.flat().map((tap) => tap.samplesBack)) / groupIn)
  const historySamples = historyGroups * groupIn

  let at = tapsAt
  const lists = phases.map((taps) => {
    const start = at
    for (const { coefficient, samplesBack } of taps) {
      const position = historySamples - samplesBack
      coefficients[at >> 2] = coefficient
      offsets[(at + 4) >> 2] = (position % groupIn) * X_STREAM_BYTES + Math.floor(position / groupIn) * 4
      at += TAP_BYTES
    }
    return { start, end: at }
  })

  return {
    groupIn,
    groupOut,
    historySamples,
    load(position, samples, start, end) {
      for (let first = start; first < Math.min(end, start + groupIn); first++, position++) {
        const place = position % groupIn
        let at = place * (X_STREAM_BYTES / 4) + (position - place) / groupIn
        for (let i = first; i < end; i += groupIn) input[at++] = samples[i]!
      }
    },
    run(groups) {
      for (let output = 0; output < lists.length; output++) {
        const { start, end } = lists[output]!
        engine.fir(start, end, X, Y + 2 * output, 2 * groupOut, groups)
      }
    },
  }
}
