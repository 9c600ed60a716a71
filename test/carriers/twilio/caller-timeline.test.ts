import fc from 'fast-check'
import { expect, it } from 'vitest'
import { CallerTimeline, DROP } from '../../../src/carriers/twilio/caller-timeline.ts'

const UNTOLD = -1

/** What each frame of 20 ms gets: ms of silence before it, or 'drop'. */
function admit(frames: readonly (readonly [chunk: number, timestampMs: number])[]) {
  const timeline = new CallerTimeline()
  return frames.map(([chunk, timestampMs]) => {
    const gapMs = timeline.admit(chunk, timestampMs, 20)
    return gapMs === DROP ? 'drop' : gapMs
  })
}

it('finds nothing missing where frames follow each other, wherever the stream’s clock began', () => {
  expect(
    admit([
      [1, 0],
      [2, 20],
      [3, 40],
    ]),
  ).toEqual([0, 0, 0])
  expect(
    admit([
      [7, 5060],
      [8, 5080],
    ]),
  ).toEqual([0, 0])
})

it('finds the silence where the clock jumps by a frame or more, and takes less for rounding', () => {
  expect(
    admit([
      [1, 0],
      [2, 40],
      [3, 100],
      [4, 139],
      [5, 158],
    ]),
  ).toEqual([0, 20, 40, 0, 0])
  expect(
    admit([
      [1, 0],
      [2, 2020],
    ]),
  ).toEqual([0, 2000])
})

it('fills at most 10 s at once', () => {
  expect(
    admit([
      [1, 0],
      [2, 3_600_000],
      [3, 3_600_020],
    ]),
  ).toEqual([0, 10_000, 0])
})

it('drops a repeated frame, and a late one whose gap is filled', () => {
  expect(
    admit([
      [1, 0],
      [2, 20],
      [2, 20],
      [4, 60],
      [3, 40],
      [5, 80],
    ]),
  ).toEqual([0, 0, 'drop', 20, 'drop', 0])
  expect(
    admit([
      [UNTOLD, 0],
      [UNTOLD, 20],
      [UNTOLD, 20],
      [UNTOLD, 40],
    ]),
  ).toEqual([0, 0, 'drop', 0])
  expect(
    admit([
      [1, UNTOLD],
      [2, UNTOLD],
      [2, UNTOLD],
      [3, UNTOLD],
    ]),
  ).toEqual([0, 0, 'drop', 0])
})

it('delivers frames that say nothing of their place', () => {
  expect(
    admit([
      [UNTOLD, UNTOLD],
      [UNTOLD, UNTOLD],
    ]),
  ).toEqual([0, 0])
  expect(
    admit([
      [1, 0],
      [UNTOLD, UNTOLD],
      [3, 40],
    ]),
  ).toEqual([0, 0, 0])
})

it('takes a number or a clock that stands still, restarts or goes mad for garbled, and goes on', () => {
  expect(
    admit([
      [1, 0],
      [1, 20],
      [1, 40],
    ]),
  ).toEqual([0, 0, 0])
  expect(
    admit([
      [1, 0],
      [2, 0],
      [3, 0],
      [4, 60],
    ]),
  ).toEqual([0, 0, 0, 0])
  expect(
    admit([
      [1, 1000],
      [2, 7],
      [3, 1040],
    ]),
  ).toEqual([0, 0, 0])
  expect(
    admit([
      [1, 0],
      [2, 999_999_999],
      [3, 40],
      [4, 60],
    ]),
  ).toEqual([0, 10_000, 0, 0])
})

it('never makes much more silence than there was audio, whatever the clock says', () => {
  const timeline = new CallerTimeline()
  let silenceMs = 0
  for (let i = 0; i < 1_000; i++) silenceMs += timeline.admit(i, i * 60_000, 20)
  expect(silenceMs).toBe(60_000 + 1_000 * 20)
  expect(timeline.filledMs).toBe(silenceMs)
})

it('gives a listener as many samples as the carrier’s clock has run, when frames are lost', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { minLength: 2, maxLength: 200 }), (arrives) => {
      const timeline = new CallerTimeline()
      const arrived = arrives.map((yes, i) => ({ yes, chunk: i + 1, timestampMs: i * 20 })).filter(({ yes }) => yes)
      let heardMs = 0
      for (const { chunk, timestampMs } of arrived) heardMs += 20 + timeline.admit(chunk, timestampMs, 20)
      const first = arrived[0]
      const last = arrived.at(-1)
      expect(heardMs).toBe(first && last ? last.timestampMs - first.timestampMs + 20 : 0)
      expect(timeline.dropped).toBe(0)
    }),
  )
})

it('gives no sample twice, when frames are repeated and swapped', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(30), { maxLength: 200 }), (order) => {
      const timeline = new CallerTimeline()
      let heardMs = 0
      let spanMs = 0
      for (const n of order) {
        const gapMs = timeline.admit(n, n * 20, 20)
        if (gapMs !== DROP) heardMs += 20 + gapMs
      }
      if (order[0] !== undefined) spanMs = (Math.max(...order) - order[0]) * 20 + 20
      expect(heardMs).toBe(spanMs)
    }),
  )
})
