/**
 * From one sample rate to another, piece by piece: a browser's sound card has 44.1 or 48 kHz, the telephone 8.
 * A windowed sinc, whose phases are worked out once and read with interpolation, so any ratio will do.
 */

const PHASES = 128
/** Zero crossings to each side at the lower rate: 16 keep aliases 60 dB down and cost the ear 2 ms. */
const CROSSINGS = 16
/** Of the lower rate's half; what is above it is taken off. */
const PASS = 0.92

export class RateChanger {
  readonly #step: number
  readonly #half: number
  /** For each phase the taps of one output sample; one phase more, so that the last has a next. */
  readonly #taps: Float32Array
  readonly #width: number
  /** Input that outputs to come still need, beginning at input index #firstIndex. */
  #held: Float32Array
  #heldCount = 0
  #next: number

  constructor(fromHz: number, toHz: number) {
    this.#step = fromHz / toHz
    const stretch = Math.max(1, this.#step)
    this.#half = Math.ceil(CROSSINGS * stretch)
    this.#width = this.#half * 2
    this.#taps = tapsOf(this.#half, stretch)
    // Silence before the first sample, so that the first output has all its taps.
    this.#held = new Float32Array(4096 + this.#width)
    this.#heldCount = this.#half
    this.#next = this.#half - 1
  }

  /** @returns all output samples that can be made now; overwritten by nothing, the caller owns it */
  push(input: Float32Array): Float32Array {
    this.#keep(input)
    const most = Math.max(0, Math.floor((this.#heldCount - this.#half - this.#next) / this.#step) + 1)
    const output = new Float32Array(most)
    let made = 0
    while (made < most && Math.floor(this.#next) + this.#half < this.#heldCount) {
      output[made++] = this.#sampleAt(this.#next)
      this.#next += this.#step
    }
    const gone = Math.max(0, Math.floor(this.#next) - this.#half + 1)
    this.#held.copyWithin(0, gone, this.#heldCount)
    this.#heldCount -= gone
    this.#next -= gone
    return made === most ? output : output.subarray(0, made)
  }

  #keep(input: Float32Array): void {
    if (this.#heldCount + input.length > this.#held.length) {
      const larger = new Float32Array((this.#heldCount + input.length) * 2)
      larger.set(this.#held.subarray(0, this.#heldCount))
      this.#held = larger
    }
    this.#held.set(input, this.#heldCount)
    this.#heldCount += input.length
  }

  #sampleAt(position: number): number {
    const whole = Math.floor(position)
    const phase = (position - whole) * PHASES
    const low = Math.floor(phase)
    const share = phase - low
    const from = whole - this.#half + 1
    const a = low * this.#width
    const b = a + this.#width
    let sum = 0
    for (let tap = 0; tap < this.#width; tap++) {
      const weight = this.#taps[a + tap]! * (1 - share) + this.#taps[b + tap]! * share
      sum += weight * this.#held[from + tap]!
    }
    return sum
  }
}

function tapsOf(half: number, stretch: number): Float32Array {
  const width = half * 2
  const taps = new Float32Array((PHASES + 1) * width)
  const cut = PASS / stretch
  for (let phase = 0; phase <= PHASES; phase++) {
    let sum = 0
    for (let tap = 0; tap < width; tap++) {
      const distance = tap - half + 1 - phase / PHASES
      const weight = sinc(distance * cut) * blackman(distance / half)
      taps[phase * width + tap] = weight
      sum += weight
    }
    // Each phase alike loud, or a steady tone would flutter.
    for (let tap = 0; tap < width; tap++) taps[phase * width + tap]! /= sum
  }
  return taps
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x)
}

function blackman(x: number): number {
  return Math.abs(x) >= 1 ? 0 : 0.42 + 0.5 * Math.cos(Math.PI * x) + 0.08 * Math.cos(2 * Math.PI * x)
}
