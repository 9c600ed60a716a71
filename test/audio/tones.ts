/** Sines, what is left of them, and where streams part: the measuring instruments of the audio tests. */
import fc from 'fast-check'

/** A sine sampled at a rate, rounded to 16 bits; phase 0 at sample 0. */
export function tone(hz: number, sampleRateHz: number, samples: number, amplitude: number): Int16Array {
  return Int16Array.from({ length: samples }, (_, i) =>
    Math.round(amplitude * Math.sin((2 * Math.PI * hz * i) / sampleRateHz)),
  )
}

export interface Fit {
  /** Of the sine that fits best. */
  readonly amplitude: number
  /** How late that sine is, in cycles: 0 to 1. */
  readonly lateCycles: number
  /** Root mean square of all that is not that sine: images, aliases, distortion and the noise of rounding. */
  readonly restRms: number
}

/** The sine of that frequency that fits the samples best, by least squares. Sample 0 is at time 0. */
export function fitTone(samples: Int16Array, start: number, hz: number, sampleRateHz: number): Fit {
  let [ss, sc, cc, xs, xc] = [0, 0, 0, 0, 0]
  const angle = (i: number) => (2 * Math.PI * hz * i) / sampleRateHz
  for (let i = start; i < samples.length; i++) {
    const [sin, cos] = [Math.sin(angle(i)), Math.cos(angle(i))]
    ss += sin * sin
    sc += sin * cos
    cc += cos * cos
    xs += samples[i]! * sin
    xc += samples[i]! * cos
  }
  const determinant = ss * cc - sc * sc
  const a = (xs * cc - xc * sc) / determinant
  const b = (xc * ss - xs * sc) / determinant
  let rest = 0
  for (let i = start; i < samples.length; i++) {
    rest += (samples[i]! - a * Math.sin(angle(i)) - b * Math.cos(angle(i))) ** 2
  }
  const cycles = -Math.atan2(b, a) / (2 * Math.PI)
  return {
    amplitude: Math.hypot(a, b),
    lateCycles: cycles - Math.floor(cycles),
    restRms: Math.sqrt(rest / (samples.length - start)),
  }
}

export function rms(samples: Int16Array, start: number): number {
  let sum = 0
  for (let i = start; i < samples.length; i++) sum += samples[i]! ** 2
  return Math.sqrt(sum / (samples.length - start))
}

export function decibels(ratio: number): number {
  return 20 * Math.log10(ratio)
}

/**
 * Noise that its seed decides: whispers, speech level, full scale (where clipping begins) and silence by turns. A property
 * over noise shrinks two numbers, where one over thousands of samples would shrink for minutes.
 */
export const noises = (maxLength: number): fc.Arbitrary<Int16Array> =>
  fc.tuple(fc.integer(), fc.nat(maxLength)).map(([seed, length]) => {
    let state = seed
    const random = () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
      return state >> 16
    }
    let kind = 0
    return Int16Array.from({ length }, (_, i) => {
      if (i % 50 === 0) kind = random() & 3
      const sample = random()
      if (kind === 0) return 0
      if (kind === 1) return sample >> 12
      return kind === 2 ? sample : sample < 0 ? -32_768 : 32_767
    })
  })

/**
 * Where two streams first differ, or undefined where they do not. For properties over thousands of samples, whose
 * failures a matcher that prints both streams would shrink for minutes.
 */
export function firstDifference(a: ArrayLike<number>, b: ArrayLike<number>): number | undefined {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    if (a[i] !== b[i]) return i
  }
  return undefined
}
