import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Playout } from '../../../src/twin/carrier/playout.ts'

it('plays eight bytes a millisecond from when they arrive', () => {
  const playout = new Playout(true)
  expect(playout.push(800, 1000.25)).toBe(true)
  expect([1000.25, 1050.25, 1100.25, 5000].map((at) => playout.playedMs(at))).toEqual([0, 50, 100, 100])
  expect(playout.endMs).toBe(1100.25)
  expect(playout.segments(1050.25)).toEqual([
    { bytes: 800, arrivedMs: 1000.25, startMs: 1000.25, playedMs: 50, clearedAtMs: null },
  ])
})

it('plays what is queued without a gap, and what comes after a gap from its arrival', () => {
  const playout = new Playout(true)
  playout.push(160, 0)
  playout.push(161, 5)
  playout.push(160, 100)
  expect(playout.segments(1000).map(({ startMs, playedMs }) => [startMs, playedMs])).toEqual([
    [0, 20],
    [20, 20.125],
    [100, 20],
  ])
  expect(playout.playedMs(1000)).toBe(60.125)
})

it('gives a mark back when all before it was played, at once when nothing is queued', () => {
  const playout = new Playout(true)
  playout.mark('early', 10)
  expect(playout.takeDueMark(10)).toBe('early')
  playout.push(800, 10)
  playout.mark('one', 10)
  playout.push(800, 20)
  playout.mark('two', 20)
  expect(playout.nextMarkMs).toBe(110)
  expect(playout.takeDueMark(109.9)).toBeUndefined()
  expect(playout.takeDueMark(110)).toBe('one')
  expect(playout.takeDueMark(110)).toBeUndefined()
  expect(playout.takeDueMark(210)).toBe('two')
  expect(playout.nextMarkMs).toBe(Number.POSITIVE_INFINITY)
})

it('drops the queue on clear and gives all marks back in order', () => {
  const playout = new Playout(true)
  playout.push(800, 0)
  playout.mark('a', 0)
  playout.push(800, 0)
  playout.mark('b', 0)
  playout.push(800, 0)
  expect(playout.clear(150)).toEqual({ droppedMs: 150, marks: ['a', 'b'] })
  expect(playout.clear(160)).toEqual({ droppedMs: 0, marks: [] })
  playout.push(80, 200)
  expect(playout.segments(1000)).toEqual([
    { bytes: 800, arrivedMs: 0, startMs: 0, playedMs: 100, clearedAtMs: null },
    { bytes: 800, arrivedMs: 0, startMs: 100, playedMs: 50, clearedAtMs: 150 },
    { bytes: 800, arrivedMs: 0, startMs: 200, playedMs: 0, clearedAtMs: 150 },
    { bytes: 80, arrivedMs: 200, startMs: 200, playedMs: 10, clearedAtMs: null },
  ])
  expect(playout.playedMs(1000)).toBe(160)
})

it('holds ten minutes and no more', () => {
  const playout = new Playout(true)
  expect(playout.push(600_000 * 8, 0)).toBe(true)
  expect(playout.push(8, 0)).toBe(false)
  expect(playout.push(8, 1)).toBe(true)
  expect(playout.segments(0)).toHaveLength(2)
})

it('agrees with a byte-by-byte account, with and without a history', () => {
  const step = fc.record({
    waitMs: fc.nat(60),
    what: fc.oneof(
      fc.record({ push: fc.integer({ min: 1, max: 2000 }) }),
      fc.record({ mark: fc.constant(true) }),
      fc.record({ clear: fc.constant(true) }),
    ),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const playout = new Playout(true)
      const bare = new Playout(false)
      const given: string[] = []
      const returned: string[] = []
      // The account: bytes waiting, bytes played; every millisecond takes eight.
      let waiting = 0
      let played = 0
      let nowMs = 0
      for (const { waitMs, what } of steps) {
        nowMs += waitMs
        const taken = Math.min(waiting, waitMs * 8)
        waiting -= taken
        played += taken
        for (let mark = playout.takeDueMark(nowMs); mark; mark = playout.takeDueMark(nowMs)) returned.push(mark)
        if ('push' in what) {
          playout.push(what.push, nowMs)
          bare.push(what.push, nowMs)
          waiting += what.push
        } else if ('mark' in what) {
          const name = String(given.length)
          playout.mark(name, nowMs)
          given.push(name)
        } else {
          const { droppedMs, marks } = playout.clear(nowMs)
          bare.clear(nowMs)
          expect(droppedMs * 8).toBeCloseTo(waiting, 6)
          returned.push(...marks)
          waiting = 0
        }
        expect(playout.playedMs(nowMs) * 8).toBeCloseTo(played, 6)
        expect(bare.playedMs(nowMs)).toBe(playout.playedMs(nowMs))
        const bySegment = playout.segments(nowMs).reduce((sum, segment) => sum + segment.playedMs, 0)
        expect(bySegment * 8).toBeCloseTo(played, 6)
        expect(playout.queuedMs(nowMs) * 8).toBeCloseTo(waiting, 6)
      }
      for (let mark = playout.takeDueMark(1e9); mark; mark = playout.takeDueMark(1e9)) returned.push(mark)
      expect(returned).toEqual(given)
    }),
  )
})
