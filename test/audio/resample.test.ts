import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createFilterBank } from '../../src/audio/filter-bank.ts'
import { createFirTwin } from '../../src/audio/fir-twin.ts'
import type { SampleRateHz } from '../../src/audio/format.ts'
import { createResampler } from '../../src/audio/resample.ts'
import { decibels, firstDifference, fitTone, noises, rms, tone } from './tones.ts'

const PAIRS: readonly (readonly [SampleRateHz, SampleRateHz])[] = [
  [8000, 16000],
  [8000, 24000],
  [16000, 8000],
  [16000, 24000],
  [24000, 8000],
  [24000, 16000],
]
const LOUD = 30_000
/** Longer than any filter remembers. */
const SETTLE_MS = 6

/** 100 ms of a tone through a new resampler. */
function convertTone(hz: number, fromHz: SampleRateHz, toHz: SampleRateHz): Int16Array {
  return createResampler(fromHz, toHz).resample(tone(hz, fromHz, fromHz / 10, LOUD))
}

function frequencies(lowestHz: number, highestHz: number): number[] {
  const steps = 60
  return Array.from({ length: steps + 1 }, (_, i) => lowestHz + ((highestHz - lowestHz) * i) / steps)
}

describe.each(PAIRS)('%i → %i Hz', (fromHz, toHz) => {
  const low = Math.min(fromHz, toHz)
  const settled = (toHz / 1000) * SETTLE_MS

  it('keeps every tone of the pass band within 0.1 dB, and all else that comes of it 80 dB below', () => {
    for (const hz of frequencies(60, 0.425 * low)) {
      const { amplitude, restRms } = fitTone(convertTone(hz, fromHz, toHz), settled, hz, toHz)
      expect(Math.abs(decibels(amplitude / LOUD)), `gain at ${hz} Hz`).toBeLessThan(0.1)
      expect(decibels(restRms / (LOUD / Math.SQRT2)), `images, aliases and noise of ${hz} Hz`).toBeLessThan(-80)
    }
  })

  it('delays every tone alike, by no more than 2.5 ms', () => {
    const prototypeHz = toHz * (fromHz / 8000)
    const expectedMs = 1000 * (20 / low - 1 / prototypeHz)
    expect(expectedMs).toBeLessThanOrEqual(2.5)
    for (const hz of frequencies(60, 0.425 * low)) {
      const { lateCycles } = fitTone(convertTone(hz, fromHz, toHz), settled, hz, toHz)
      const expectedCycles = (expectedMs / 1000) * hz
      const errorCycles = lateCycles - expectedCycles - Math.round(lateCycles - expectedCycles)
      expect(Math.abs(1000 * (errorCycles / hz)), `delay error of ${hz} Hz, in ms`).toBeLessThan(0.001)
    }
    // Phase repeats every cycle; an impulse does not.
    const impulse = new Int16Array(fromHz / 10)
    impulse[0] = LOUD
    const heard = createResampler(fromHz, toHz).resample(impulse)
    const peak = heard.reduce((best, sample, i) => (sample > heard[best]! ? i : best), 0)
    expect(Math.abs((1000 * peak) / toHz - expectedMs)).toBeLessThanOrEqual(500 / toHz)
  })

  it('follows a sweep from end to end of the pass band', () => {
    const seconds = 1
    const chirp = (t: number) => LOUD * Math.sin(Math.PI * ((0.425 * low) / seconds) * t * t)
    const sweep = Int16Array.from({ length: fromHz * seconds }, (_, i) => Math.round(chirp(i / fromHz)))
    const heard = createResampler(fromHz, toHz).resample(sweep)
    const delay = 20 / low - 1 / (toHz * (fromHz / 8000))
    const difference = Int16Array.from(heard, (sample, i) => sample - Math.round(chirp(i / toHz - delay)))
    expect(decibels(rms(difference, settled) / (LOUD / Math.SQRT2))).toBeLessThan(-80)
  })

  it('never changes a sample by how the stream is cut', () => {
    const cuts = fc.array(fc.oneof(fc.nat(5), fc.nat(2000)), { maxLength: 40 })
    fc.assert(
      fc.property(noises(4000), cuts, (stream, lengths) => {
        const expected = [...createResampler(fromHz, toHz).resample(stream)]
        const resampler = createResampler(fromHz, toHz)
        const heard: number[] = []
        let at = 0
        for (const length of [...lengths, stream.length]) {
          heard.push(...resampler.resample(stream.subarray(at, at + length)))
          at += length
        }
        expect(firstDifference(heard, expected)).toBeUndefined()
      }),
      { numRuns: 30 },
    )
  })

  it('gives every whole eighth of a millisecond at once', () => {
    const resampler = createResampler(fromHz, toHz)
    let given = 0
    let heard = 0
    for (const length of [1, 1, 1, 0, 2, 7, fromHz / 50, 5000]) {
      given += length
      heard += resampler.resample(new Int16Array(length)).length
      expect(heard).toBe(Math.floor(given / (fromHz / 8000)) * (toHz / 8000))
    }
  })

  it('is the same to the last bit without WebAssembly', () => {
    const twinBank = createFilterBank(createFirTwin())
    fc.assert(
      fc.property(fc.array(noises(700), { maxLength: 4 }), (chunks) => {
        const fast = createResampler(fromHz, toHz)
        const twin = createResampler(fromHz, toHz, twinBank)
        for (const chunk of chunks) {
          expect(firstDifference(fast.resample(chunk), twin.resample(chunk))).toBeUndefined()
        }
      }),
      { numRuns: 30 },
    )
  })

  it('clips what overshoots full scale and never wraps it', () => {
    // The same square wave at a quarter of the level shows where the filter overshoots, without clipping.
    const square = (level: number) =>
      Int16Array.from({ length: fromHz / 5 }, (_, i) => (i % (fromHz / 250) < fromHz / 500 ? level : -level))
    const quarter = createResampler(fromHz, toHz).resample(square(8191))
    const full = createResampler(fromHz, toHz).resample(square(32_764))
    expect(Math.max(...quarter)).toBeGreaterThan(8192 * 1.02)
    expect([Math.min(...full), Math.max(...full)]).toEqual([-32_768, 32_767])
    const expected = Int16Array.from(quarter, (sample) => Math.max(-32_768, Math.min(32_767, 4 * sample)))
    expect(Math.max(...full.map((sample, i) => Math.abs(sample - expected[i]!)))).toBeLessThanOrEqual(3)
  })

  it('forgets everything on reset, a half group included', () => {
    const resampler = createResampler(fromHz, toHz)
    const silence = new Int16Array(fromHz / 50)
    const loud = tone(700, fromHz, fromHz / 50 + 1, LOUD)
    resampler.resample(loud)
    expect(resampler.resample(silence).some((sample) => sample !== 0)).toBe(true)
    resampler.resample(loud)
    resampler.reset()
    expect(resampler.resample(silence)).toEqual(new Int16Array(toHz / 50))
    resampler.reset()
    expect(resampler.resample(loud)).toEqual(createResampler(fromHz, toHz).resample(loud))
  })

  it('keeps two calls apart', () => {
    const frames = Array.from({ length: 5 }, (_, i) => tone(300 + 100 * i, fromHz, fromHz / 50, LOUD))
    const alone = createResampler(fromHz, toHz)
    const expected = frames.map((frame) => [...alone.resample(frame)])
    const [one, other] = [createResampler(fromHz, toHz), createResampler(fromHz, toHz)]
    const heard = frames.map((frame) => {
      other.resample(frame.map((sample) => -sample))
      const result = one.resample(frame)
      other.resample(frame.subarray(7))
      return [...result]
    })
    expect(heard).toEqual(expected)
  })

  it('hands out the same view for every frame, and one memory for all', () => {
    const resampler = createResampler(fromHz, toHz)
    const frame = tone(440, fromHz, fromHz / 50, LOUD)
    const first = resampler.resample(frame)
    expect(first.length).toBe(toHz / 50)
    for (let i = 0; i < 5; i++) expect(resampler.resample(frame)).toBe(first)
    expect(resampler.resample(frame.subarray(0, 120)).buffer).toBe(first.buffer)
  })
})

it.each(PAIRS.filter(([fromHz, toHz]) => fromHz > toHz))(
  '%i → %i Hz silences by 80 dB every tone whose alias would fall into the pass band',
  (fromHz, toHz) => {
    for (const hz of frequencies(0.575 * toHz, fromHz / 2)) {
      const left = rms(convertTone(hz, fromHz, toHz), (toHz / 1000) * SETTLE_MS)
      expect(decibels(left / (LOUD / Math.SQRT2)), `alias of ${hz} Hz`).toBeLessThan(-80)
    }
  },
)

it('takes only as many samples as it is told to', () => {
  const samples = tone(500, 8000, 100, LOUD)
  expect(createResampler(8000, 24000).resample(samples, 60)).toEqual(
    createResampler(8000, 24000).resample(samples.subarray(0, 60)),
  )
})

it('passes samples through between equal rates', () => {
  const samples = tone(500, 16000, 320, LOUD)
  const resampler = createResampler(16000, 16000)
  expect(resampler.resample(samples)).toBe(samples)
  expect(resampler.resample(samples, 10)).toEqual(samples.subarray(0, 10))
})
