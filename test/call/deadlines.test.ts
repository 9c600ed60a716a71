import { expect, it } from 'vitest'
import { cancelDeadline, dueDeadlines, NO_DEADLINES, nextDeadlineMs, setDeadline } from '../../src/call/deadlines.ts'

it('[EN2] a call without deadlines waits for nothing', () => {
  expect(nextDeadlineMs(NO_DEADLINES)).toBe(null)
  expect(dueDeadlines(NO_DEADLINES, 1e9)).toEqual([])
})

it('[DL1] a deadline set again moves, and one that is cancelled is gone', () => {
  const media = setDeadline(setDeadline(NO_DEADLINES, 'media', 100), 'media', 200)
  expect([...media]).toEqual([['media', 200]])
  expect(cancelDeadline(media, 'media')).toEqual(NO_DEADLINES)
  expect(cancelDeadline(media, 'reply')).toBe(media)
  expect([...NO_DEADLINES]).toEqual([])
})

it('[DL2] due are those whose time has come, the earliest first', () => {
  let deadlines = setDeadline(NO_DEADLINES, 'media', 300)
  deadlines = setDeadline(deadlines, 'tool:t1', 100)
  deadlines = setDeadline(deadlines, 'reply', 200)
  expect(nextDeadlineMs(deadlines)).toBe(100)
  expect(dueDeadlines(deadlines, 99)).toEqual([])
  expect(dueDeadlines(deadlines, 200)).toEqual(['tool:t1', 'reply'])
  expect(dueDeadlines(deadlines, 1000)).toEqual(['tool:t1', 'reply', 'media'])
})
