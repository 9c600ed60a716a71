/** When a message is tried again, and for how long. */
import { expect, it } from 'vitest'
import { nextAttempt, TRIED_MS, verdictOf } from '../../src/hooks/attempts.ts'

const answered = (status: number, headers = {}) =>
  verdictOf({ type: 'answered', status, headers, body: Buffer.alloc(0), cut: false })

it('waits longer after each attempt, up to 4 hours', () => {
  const waits = Array.from({ length: 10 }, (_, i) =>
    nextAttempt({ createdAt: 0, attempts: i + 1, now: 0, notBeforeMs: 0 }, 0.5),
  )
  expect(waits).toEqual([5, 15, 45, 135, 405, 1215, 3645, 10_935, 14_400, 14_400].map((seconds) => seconds * 1000))
})

it('spreads what failed together by a fifth each way', () => {
  const wait = (random: number) => nextAttempt({ createdAt: 0, attempts: 1, now: 0, notBeforeMs: 0 }, random)
  expect([wait(0), wait(1)]).toEqual([4000, 6000])
})

it('tries for 24 hours, a last time when they are over, and then no more', () => {
  let now = 0
  let attempts = 1
  for (let next: number | null = 0; next !== null; attempts++) {
    now = next
    next = nextAttempt({ createdAt: 0, attempts, now, notBeforeMs: 0 }, 0.5)
  }
  expect([now, attempts]).toEqual([TRIED_MS, 15])
})

it('waits as long as the receiver asks for, when that is longer', () => {
  const verdict = answered(429, { 'retry-after': '60' })
  expect(verdict).toEqual({ type: 'again', error: 'answered 429', notBeforeMs: 60_000 })
  expect(nextAttempt({ createdAt: 0, attempts: 1, now: 0, notBeforeMs: 60_000 }, 0.5)).toBe(60_000)
  expect(answered(503, { 'retry-after': 'Fri, 27 Nov 2026 10:00:00 GMT' })).toMatchObject({ notBeforeMs: 0 })
})

it('takes a 2xx as done, a 410 as the end, and follows nobody elsewhere', () => {
  expect([answered(200), answered(204), answered(410)]).toEqual([{ type: 'done' }, { type: 'done' }, { type: 'gone' }])
  expect(answered(302)).toEqual({ type: 'again', error: '302: redirects are not followed', notBeforeMs: 0 })
  expect(answered(404)).toEqual({ type: 'again', error: 'answered 404', notBeforeMs: 0 })
  expect(verdictOf({ type: 'failed', sent: true, code: 'ABORTED' })).toMatchObject({ error: 'no answer in time' })
})
