import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createFrameCutter } from '../../src/audio/frames.ts'
import { firstDifference } from './tones.ts'

const bytesFrom = (first: number, length: number) => Uint8Array.from({ length }, (_, i) => first + i)

it('hands whole frames through untouched when nothing waits', () => {
  const cutter = createFrameCutter(160)
  const two = new Uint8Array(320)
  expect(cutter.push(two)).toBe(two)
  expect(cutter.pendingBytes).toBe(0)
})

it('keeps the rest for the frame it belongs to', () => {
  const cutter = createFrameCutter(4)
  expect([...cutter.push(bytesFrom(0, 3))]).toEqual([])
  expect(cutter.pendingBytes).toBe(3)
  expect([...cutter.push(bytesFrom(3, 7))]).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
  expect(cutter.pendingBytes).toBe(2)
  expect([...cutter.push(bytesFrom(10, 2))]).toEqual([8, 9, 10, 11])
  expect(cutter.pendingBytes).toBe(0)
})

it('pads the rest to one frame at the end, once', () => {
  const cutter = createFrameCutter(4)
  cutter.push(bytesFrom(0, 6))
  expect([...cutter.flush(0xff)]).toEqual([4, 5, 0xff, 0xff])
  expect(cutter.pendingBytes).toBe(0)
  expect([...cutter.flush(0xff)]).toEqual([])
  expect([...cutter.push(bytesFrom(7, 4))]).toEqual([7, 8, 9, 10])
})

it('drops the rest on reset', () => {
  const cutter = createFrameCutter(4)
  cutter.push(bytesFrom(0, 6))
  cutter.reset()
  expect(cutter.pendingBytes).toBe(0)
  expect([...cutter.flush(0)]).toEqual([])
  expect([...cutter.push(bytesFrom(20, 4))]).toEqual([20, 21, 22, 23])
})

it('loses, adds and moves no byte, however a stream is cut', () => {
  const script = fc.tuple(fc.integer({ min: 1, max: 20 }), fc.array(fc.nat(90), { maxLength: 40 }))
  fc.assert(
    fc.property(script, ([frameBytes, lengths]) => {
      const cutter = createFrameCutter(frameBytes)
      const given: number[] = []
      const heard: number[] = []
      for (const length of lengths) {
        const bytes = bytesFrom(given.length, length)
        given.push(...bytes)
        const frames = cutter.push(bytes)
        expect(frames.length % frameBytes).toBe(0)
        heard.push(...frames)
        expect(cutter.pendingBytes).toBe(given.length - heard.length)
        expect(cutter.pendingBytes).toBeLessThan(frameBytes)
      }
      const padding = (frameBytes - (given.length % frameBytes)) % frameBytes
      heard.push(...cutter.flush(7))
      expect(firstDifference(heard, [...given, ...new Array<number>(padding).fill(7)])).toBeUndefined()
    }),
  )
})

it('works in one memory, whatever waits', () => {
  const cutter = createFrameCutter(160)
  cutter.push(new Uint8Array(80))
  const first = cutter.push(new Uint8Array(320))
  expect(first.length).toBe(320)
  for (let i = 0; i < 5; i++) expect(cutter.push(new Uint8Array(320))).toBe(first)
})

it.each([0, -160, 1.5, Number.NaN])('refuses a frame of %d bytes', (frameBytes) => {
  expect(() => createFrameCutter(frameBytes)).toThrow(RangeError)
})
