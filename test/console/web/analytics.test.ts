/** Every mark of a chart leads to the calls that it stands for. */
import { expect, it } from 'vitest'
import { readScope, timesOf, writeScope } from '../../../src/console/web/analytics/scope.ts'
import {
  bucketHref,
  hourMarks,
  latest,
  outcomeMarks,
  partMarks,
  per,
  pointsOf,
} from '../../../src/console/web/analytics/shape.ts'
import { readState } from '../../../src/console/web/calls/list-state.ts'
import { figures, fits } from './fake/ask-calls.ts'
import { madeCalls } from './fake/made-calls.ts'

const NOW = new Date(2026, 2, 31, 15, 31).getTime()
const CALLS = madeCalls(800, 11, NOW)
const TIMES = timesOf('7d', NOW)
const FIGURES = figures(CALLS, TIMES)

function callsBehind(href: string): number {
  const { filter } = readState(href.slice('/calls'.length))
  return CALLS.filter((call) => call.endedAt !== null && fits(call, filter)).length
}

it('a part of a bar has as many calls as the list behind it', () => {
  const marks = outcomeMarks(FIGURES.series, {})
  expect(marks.length).toBeGreaterThan(20)
  for (const mark of marks) expect(callsBehind(mark.href), mark.href).toBe(mark.calls)
})

it('an hour or day leads to its calls, of the chosen agents alone', () => {
  const day = FIGURES.series[2]
  if (day === undefined) throw new Error('no day')
  expect(callsBehind(bucketHref(day, {}))).toBe(day.calls)
  expect(
    readState(bucketHref(day, { agents: ['returns'] }, { flags: ['tool-failed'] }).slice('/calls'.length)).filter,
  ).toEqual({
    agents: ['returns'],
    flags: ['tool-failed'],
    from: day.at,
    to: day.until,
  })
})

it('leaves out what is not known, instead of drawing it as nothing', () => {
  const [day] = FIGURES.series
  if (day === undefined) throw new Error('no day')
  const empty = { ...day, calls: 0, interruptions: 0, model: { p50: null, p95: null } }
  expect(per(3, 0)).toBeNull()
  expect(per(null, 4)).toBeNull()
  expect(
    pointsOf(
      [empty],
      ({ calls, interruptions }) => per(interruptions, calls),
      () => '',
    ),
  ).toEqual([])
  expect(partMarks([empty], {}).map(({ part }) => part)).not.toContain('Until the model spoke')
})

it('an hour of the week leads to the latest that has begun', () => {
  // 31 March 2026 is a Tuesday.
  expect(latest(1, 15, NOW)).toBe(new Date(2026, 2, 31, 15).getTime())
  expect(latest(1, 16, NOW)).toBe(new Date(2026, 2, 24, 16).getTime())
  expect(latest(2, 0, NOW)).toBe(new Date(2026, 2, 25).getTime())
  expect(hourMarks(FIGURES.week, {}, NOW).length).toBe(7 * 24)
})

it('asks by the hour for a day or two, and by the day for longer', () => {
  expect(timesOf('today', NOW)).toEqual({
    from: new Date(2026, 2, 31).getTime(),
    to: new Date(2026, 2, 31, 15, 35).getTime(),
    by: 'hour',
  })
  expect(timesOf('yesterday', NOW).by).toBe('hour')
  expect(timesOf('7d', NOW).by).toBe('day')
  // For five minutes the page asks the same.
  expect(timesOf('30d', NOW)).toEqual(timesOf('30d', NOW + 60_000))
})

it('says in its address what it is of', () => {
  const state = { since: '30d' as const, agents: ['a', 'b'], compare: ['a@1', 'a@2'] }
  expect(readScope(`?${writeScope(state)}`)).toEqual(state)
  expect(writeScope({ since: '7d', agents: [], compare: [] })).toBe('')
  expect(readScope('?since=ever&agents=&compare=x').since).toBe('7d')
})
