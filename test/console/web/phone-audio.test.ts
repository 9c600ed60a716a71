/** The pieces of the test phone's sound: codec, change of rate, framing, and the queue whose marks say what was heard. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import * as g711 from '../../../src/audio/g711.ts'
import { FrameFiller } from '../../../src/console/web/phone/frame-filler.ts'
import { decodeMulaw, encodeMulaw, levelOf } from '../../../src/console/web/phone/mulaw.ts'
import { Playout } from '../../../src/console/web/phone/playout.ts'
import { RateChanger } from '../../../src/console/web/phone/rate.ts'

it('speaks the same µ-law as the server, every byte and every sample', () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, at) => at)
  const pcm = new Int16Array(256)
  g711.decodeMulaw(bytes, pcm)
  const samples = new Float32Array(256)
  decodeMulaw(bytes, samples)
  expect([...samples].map((sample) => sample * 32_768 || 0)).toEqual([...pcm])

  const all = Int16Array.from({ length: 65_536 }, (_, at) => at - 32_768)
  const theirs = new Uint8Array(all.length)
  const ours = new Uint8Array(all.length)
  g711.encodeMulaw(all, theirs)
  encodeMulaw(
    Float32Array.from(all, (sample) => sample / 32_768),
    ours,
  )
  // At the bounds of two codes both are equally near; what counts is that the ear gets the same.
  const decoded = [theirs, ours].map((each) => {
    const back = new Int16Array(each.length)
    g711.decodeMulaw(each, back)
    return back
  })
  const worst = all.reduce((most, sample, at) => {
    const [a, b] = decoded.map((back) => Math.abs(back[at]! - sample))
    return Math.max(most, b! - a!)
  }, 0)
  expect(worst).toBeLessThanOrEqual(1)
})

it('clips what is louder than full scale', () => {
  const bytes = new Uint8Array(2)
  encodeMulaw(Float32Array.of(1.7, -1.7), bytes)
  expect([...bytes]).toEqual([0x80, 0x00])
})

const tone = (hz: number, rateHz: number, count: number): Float32Array =>
  Float32Array.from({ length: count }, (_, at) => 0.5 * Math.sin((2 * Math.PI * hz * at) / rateHz))
const rms = (samples: Float32Array): number => Math.sqrt(samples.reduce((sum, x) => sum + x * x, 0) / samples.length)
const db = (ratio: number): number => 20 * Math.log10(ratio + 1e-12)

function inPieces(changer: RateChanger, input: Float32Array, piece: number): Float32Array {
  const parts: number[] = []
  for (let at = 0; at < input.length; at += piece) parts.push(...changer.push(input.subarray(at, at + piece)))
  return Float32Array.from(parts)
}

it.each([48_000, 44_100, 16_000])(
  'takes a voice from %i Hz to the line as loud as it is, and keeps aliases out',
  (rateHz) => {
    const second = (hz: number) =>
      inPieces(new RateChanger(rateHz, 8000), tone(hz, rateHz, rateHz), 128).subarray(400, 7600)
    for (const hz of [300, 1000, 3000]) expect(Math.abs(db(rms(second(hz)) / (0.5 / Math.SQRT2)))).toBeLessThan(0.2)
    for (const hz of [5000, 6500, 7500]) expect(db(rms(second(hz)) / (0.5 / Math.SQRT2))).toBeLessThan(-55)
  },
)

it.each([48_000, 44_100])('brings the line to %i Hz without images', (rateHz) => {
  const out = inPieces(new RateChanger(8000, rateHz), tone(1000, 8000, 8000), 160)
  const middle = out.subarray(2000, rateHz - 3000)
  const at = (hz: number): number => {
    let [re, im] = [0, 0]
    middle.forEach((sample, n) => {
      const window = 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / middle.length)
      re += sample * window * Math.cos((2 * Math.PI * hz * n) / rateHz)
      im += sample * window * Math.sin((2 * Math.PI * hz * n) / rateHz)
    })
    return (4 * Math.hypot(re, im)) / middle.length
  }
  expect(Math.abs(db(at(1000) / 0.5))).toBeLessThan(0.2)
  for (const image of [7000, 9000, 15_000, 17_000]) expect(db(at(image) / 0.5)).toBeLessThan(-55)
})

it('gives the same whatever the pieces, and loses no time', () => {
  const input = tone(700, 44_100, 44_100)
  const whole = new RateChanger(44_100, 8000).push(input)
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 3000 }), (piece) => {
      const pieces = inPieces(new RateChanger(44_100, 8000), input, piece)
      expect(pieces.length).toBe(whole.length)
      for (let at = 0; at < whole.length; at += 97) expect(pieces[at]).toBeCloseTo(whole[at]!, 4)
    }),
    { numRuns: 10 },
  )
  expect(8000 - whole.length).toBeLessThan(40)
})

it('cuts frames of 20 ms out of pieces of any length', () => {
  const filler = new FrameFiller()
  const got: number[] = []
  const input = Float32Array.from({ length: 700 }, (_, at) => at)
  for (let at = 0; at < 700; at += 90)
    filler.push(input.subarray(at, Math.min(700, at + 90)), (frame) => got.push(...frame))
  expect(got).toEqual([...input.subarray(0, 640)])
})

function lagging(samples: number): Playout {
  const playout = new Playout()
  playout.lagSamples = samples
  return playout
}
const frame = (value: number): Float32Array => new Float32Array(160).fill(value)
const take = (playout: Playout, samples: number) => playout.take(new Float32Array(samples))

it('gives a mark back when all before it was played and has had time to reach the ear, not when it was sent', () => {
  const playout = lagging(80)
  playout.play(frame(0.1))
  playout.mark('first')
  playout.play(frame(0.2))
  playout.mark('second')
  // first is due at sample 160 + 80, second at 320 + 80.
  expect([take(playout, 100), take(playout, 100), take(playout, 100), take(playout, 100)]).toEqual([
    [],
    [],
    ['first'],
    ['second'],
  ])
})

it('gives a mark behind nothing back after the lag alone', () => {
  const playout = lagging(80)
  take(playout, 500)
  playout.mark('empty')
  expect([take(playout, 79), take(playout, 1)]).toEqual([[], ['empty']])
})

it('drops what is queued at a clear, gives every mark back at once, and goes on with what comes after', () => {
  const playout = lagging(0)
  playout.play(frame(0.1))
  playout.mark('a')
  playout.play(frame(0.2))
  playout.mark('b')
  take(playout, 60)
  expect(playout.clear()).toEqual(['a', 'b'])
  expect(playout.waitingSamples).toBe(0)
  playout.play(frame(0.3))
  playout.mark('c')
  const into = new Float32Array(200)
  expect(playout.take(into)).toEqual(['c'])
  expect([into[0], into[159], into[160]]).toEqual([Math.fround(0.3), Math.fround(0.3), 0])
})

it('plays silence when nothing is queued, and shows a voice on the meter but no hum of the line', () => {
  const into = new Float32Array(4).fill(9)
  lagging(0).take(into)
  expect([...into]).toEqual([0, 0, 0, 0])
  expect([levelOf(frame(0)), levelOf(frame(0.001)), levelOf(frame(1))]).toEqual([0, 0, 1])
  expect(levelOf(frame(0.05))).toBeGreaterThan(0.4)
})
