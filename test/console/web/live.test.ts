import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Caption } from '../../../src/console/contract/live.ts'
import { foldCaptions, NO_CAPTIONS } from '../../../src/console/web/live/captions.ts'
import { Ear, type FromEar } from '../../../src/console/web/live/ear.ts'
import { JitterBuffer } from '../../../src/console/web/live/jitter.ts'
import { readListenFrame } from '../../../src/console/web/live/listen-frame.ts'

const said = (lineId: string, atMs: number, text: string): Caption => ({
  type: 'said',
  lineId,
  by: 'caller',
  atMs,
  text,
  unheard: '',
  final: false,
})

it('replaces a line that is told again, and puts a line that began earlier before those that began later', () => {
  const captions = [said('b', 200, 'Yes'), said('a', 100, 'Hello'), said('b', 200, 'Yes please')].reduce(
    foldCaptions,
    NO_CAPTIONS,
  )
  expect(captions).toEqual({ lines: [said('a', 100, 'Hello'), said('b', 200, 'Yes please')], ended: null })
  const over = foldCaptions(captions, { type: 'ended', lineId: 'end', atMs: 900, reason: 'caller-hung-up' })
  expect(over).toEqual({ lines: captions.lines, ended: { atMs: 900, reason: 'caller-hung-up' } })
})

it('reads a frame of the listening socket, and nothing else', () => {
  const data = new ArrayBuffer(8 + 320)
  new DataView(data).setFloat64(0, 1240, true)
  new Uint8Array(data).fill(7, 8, 168)
  new Uint8Array(data).fill(9, 168)
  const frame = readListenFrame(data)
  expect([frame?.atMs, frame?.caller[0], frame?.caller.length, frame?.agent[0], frame?.agent.length]).toEqual([
    1240, 7, 160, 9, 160,
  ])
  expect(readListenFrame(new ArrayBuffer(327))).toBe(null)
  new DataView(data).setFloat64(0, Number.NaN, true)
  expect(readListenFrame(data)).toBe(null)
})

const NOTHING = new Float32Array(160)
function filled(...times: readonly number[]): JitterBuffer {
  const buffer = new JitterBuffer()
  for (const atMs of times) buffer.put(atMs, NOTHING, NOTHING)
  return buffer
}
const upTo = (count: number, fromMs = 0): number[] => Array.from({ length: count }, (_, at) => fromMs + at * 20)
const played = (buffer: JitterBuffer, count: number) => Array.from({ length: count }, () => buffer.take()?.atMs ?? null)

it('begins with 80 ms in hand, and gathers them again after a break', () => {
  const buffer = filled(0, 20, 40)
  expect(played(buffer, 1)).toEqual([null])
  buffer.put(60, NOTHING, NOTHING)
  expect(played(buffer, 5)).toEqual([0, 20, 40, 60, null])
  buffer.put(80, NOTHING, NOTHING)
  expect(played(buffer, 1)).toEqual([null])
  for (const atMs of upTo(3, 100)) buffer.put(atMs, NOTHING, NOTHING)
  expect(played(buffer, 2)).toEqual([80, 100])
})

it('never holds more than 200 ms: what is older is left out, so that who listens keeps up', () => {
  const buffer = filled(...upTo(11))
  expect(buffer.heldMs).toBe(80)
  expect(played(buffer, 4)).toEqual([140, 160, 180, 200])
})

it('fills a short gap of the call’s clock with silence, jumps over a long one, and drops what comes too late', () => {
  const buffer = filled(0, 20, 60, 80, 400, 420)
  expect(played(buffer, 2)).toEqual([0, 20])
  buffer.put(10, NOTHING, NOTHING)
  expect(played(buffer, 5)).toEqual([null, 60, 80, 400, 420])
})

const loud = Uint8Array.from({ length: 160 }, (_, at) => (at % 16 < 8 ? 0x90 : 0x10))
const quiet = new Uint8Array(160).fill(0xff)
const peak = (samples: Float32Array): number => samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0)

it('lets the caller be heard more on the left and the agent on the right, each on its own meter', () => {
  const levels: FromEar[] = []
  const ear = new Ear(48_000, (each) => void levels.push(each))
  const pass = (ms: number): [number, number] => {
    const left = new Float32Array(ms * 48)
    const right = new Float32Array(ms * 48)
    for (let at = 0; at < left.length; at += 128) ear.pass(left.subarray(at, at + 128), right.subarray(at, at + 128))
    return [peak(left), peak(right)]
  }
  for (const atMs of upTo(6)) ear.take({ atMs, caller: loud, agent: quiet })
  const [left, right] = pass(80)
  expect(left).toBeGreaterThan(0.1)
  expect(right / left).toBeCloseTo(0.45, 2)
  expect(levels[0]!.caller).toBeGreaterThan(0.5)
  expect(levels[0]!.agent).toBe(0)
})

it('is never more than 200 ms and a frame behind what has come, however it comes', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 50, maxLength: 200 }), (bunches) => {
      const buffer = new JitterBuffer()
      let sent = 0
      for (const bunch of bunches) {
        for (let n = 0; n < bunch; n++) buffer.put(sent++ * 20, NOTHING, NOTHING)
        const frame = buffer.take()
        if (frame !== null) expect(sent * 20 - frame.atMs).toBeLessThanOrEqual(220)
      }
    }),
  )
})
