/** The test phone between a sound card and the line. */
import { expect, it } from 'vitest'
import { type FromHandset, Handset } from '../../../src/console/web/phone/handset.ts'
import { SampleQueue } from '../../../src/console/web/phone/sample-queue.ts'

const CARD_HZ = 48_000
const QUANTUM = 128

function open(): { handset: Handset; told: FromHandset[]; pass: (ms: number, level?: number) => Float32Array } {
  const told: FromHandset[] = []
  const handset = new Handset(CARD_HZ, (message) => void told.push(message))
  let n = 0
  return {
    handset,
    told,
    pass: (ms, level = 0) => {
      const heard = new Float32Array(Math.round((ms * CARD_HZ) / 1000 / QUANTUM) * QUANTUM)
      for (let at = 0; at < heard.length; at += QUANTUM) {
        const input = Float32Array.from(
          { length: QUANTUM },
          () => level * Math.sin((n++ * 2 * Math.PI * 440) / CARD_HZ),
        )
        handset.pass(input, heard.subarray(at, at + QUANTUM))
      }
      return heard
    },
  }
}

const loud = Uint8Array.from({ length: 160 }, (_, at) => (at % 16 < 8 ? 0x90 : 0x10))
const peak = (samples: Float32Array): number => samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0)
const frames = (told: readonly FromHandset[]) => told.filter((each) => each.type === 'frame')
const marks = (told: readonly FromHandset[]) => told.flatMap((each) => (each.type === 'mark' ? [each.name] : []))

it('sends fifty frames of 160 bytes a second, silence too', () => {
  const { told, pass } = open()
  pass(2000)
  expect(frames(told).length).toBeGreaterThanOrEqual(99)
  expect(frames(told).length).toBeLessThanOrEqual(100)
  expect(new Set(frames(told).map(({ frame }) => frame.length))).toEqual(new Set([160]))
  expect(new Set(frames(told).flatMap(({ frame }) => [...frame]))).toEqual(new Set([0xff]))
})

it('sends what the microphone hears, and silence while it is muted', () => {
  const { handset, told, pass } = open()
  pass(400, 0.5)
  expect(frames(told).at(-1)!.said).toBeGreaterThan(0.5)
  handset.take({ type: 'mute', muted: true })
  pass(400, 0.5)
  expect(frames(told).at(-1)!.said).toBe(0)
})

it('plays what comes, shows it on the meter, and gives its mark back when it was played', () => {
  const { handset, told, pass } = open()
  for (let n = 0; n < 5; n++) handset.take({ type: 'play', frame: loud })
  handset.take({ type: 'mark', name: 'm1' })
  expect(peak(pass(60))).toBeGreaterThan(0.1)
  expect(marks(told)).toEqual([])
  pass(60)
  expect(marks(told)).toEqual(['m1'])
  expect(Math.max(...frames(told).map(({ heard }) => heard))).toBeGreaterThan(0.5)
  pass(40)
  expect(peak(pass(100))).toBeLessThan(0.001)
})

it('counts the delay of the card as not heard yet', () => {
  const { handset, told, pass } = open()
  handset.take({ type: 'lag', ms: 100 })
  handset.take({ type: 'play', frame: loud })
  handset.take({ type: 'mark', name: 'late' })
  pass(100)
  expect(marks(told)).toEqual([])
  pass(40)
  expect(marks(told)).toEqual(['late'])
})

it('is quiet within 5 ms of a clear, and has given all marks back', () => {
  const { handset, told, pass } = open()
  for (let n = 0; n < 50; n++) handset.take({ type: 'play', frame: loud })
  handset.take({ type: 'mark', name: 'a' })
  pass(100)
  handset.take({ type: 'clear' })
  expect(marks(told)).toEqual(['a'])
  pass(5)
  expect(peak(pass(200))).toBeLessThan(0.001)
})

it('hands samples on in pieces of another length, and silence when there are too few', () => {
  const queue = new SampleQueue()
  queue.push(Float32Array.of(1, 2, 3))
  queue.push(Float32Array.of(4, 5))
  const into = new Float32Array(4)
  queue.take(into)
  expect([[...into], queue.length]).toEqual([[1, 2, 3, 4], 1])
  queue.take(into)
  expect([[...into], queue.length]).toEqual([[5, 0, 0, 0], 0])
})
