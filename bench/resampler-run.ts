/** What the resampler costs and how long it holds audio back. */
import { createResampler } from '../src/audio/resample.ts'
import { median } from './samples.ts'

export interface ResamplerFigures {
  /** For one frame of 20 ms. */
  readonly upUs: number
  readonly downUs: number
  /** From a click going in to its peak coming out. */
  readonly upDelayMs: number
  readonly downDelayMs: number
}

const BATCHES = 9
const FRAMES = 4_000

export function measureResampler(): ResamplerFigures {
  return {
    upUs: costUs(8000, 24_000),
    downUs: costUs(24_000, 8000),
    upDelayMs: delayMs(8000, 24_000),
    downDelayMs: delayMs(24_000, 8000),
  }
}

type Rate = 8000 | 24_000

function costUs(fromHz: Rate, toHz: Rate): number {
  const resampler = createResampler(fromHz, toHz)
  const frame = Int16Array.from({ length: fromHz / 50 }, (_, i) => Math.round(9000 * Math.sin(i / 3)))
  const batches = Array.from({ length: BATCHES }, () => {
    const startedAtMs = performance.now()
    for (let i = 0; i < FRAMES; i++) resampler.resample(frame)
    return ((performance.now() - startedAtMs) * 1000) / FRAMES
  })
  return median(batches)
}

function delayMs(fromHz: Rate, toHz: Rate): number {
  const click = fromHz / 50
  const input = new Int16Array(click * 3)
  // A click of one sample at the higher rate is mostly above the pass band; one of a millisecond is not, and is symmetric.
  const width = fromHz / 2000
  for (let i = -width; i <= width; i++) {
    input[click + i] = Math.round(16_000 * Math.cos((Math.PI * i) / (2 * width)) ** 2)
  }
  const output = createResampler(fromHz, toHz).resample(input)
  let weight = 0
  let sum = 0
  output.forEach((sample, i) => {
    weight += sample
    sum += sample * i
  })
  return ((sum / weight) * 1000) / toHz - (click * 1000) / fromHz
}
