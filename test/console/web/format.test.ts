/** Figures read the same on every page. */
import { expect, it } from 'vitest'
import { namesOf } from '../../../src/console/web/shell/key-chords.ts'
import {
  ago,
  counted,
  duration,
  moment,
  money,
  phoneNumber,
  share,
  spokenDuration,
  wait,
} from '../../../src/console/web/words/format.ts'

it('writes lengths as minutes and seconds', () => {
  expect([0, 999, 65_000, 3_729_400].map(duration)).toEqual(['0:00', '0:01', '1:05', '1:02:09'])
  expect([0, 61_000, 3_600_000].map(spokenDuration)).toEqual(['0 seconds', '1 minute 1 second', '1 hour'])
})

it('writes waits in ms below a second', () => {
  expect([0, 840.4, 999.4, 999.6, 1240, 12_345].map(wait)).toEqual([
    '0 ms',
    '840 ms',
    '999 ms',
    '1.00 s',
    '1.24 s',
    '12.3 s',
  ])
})

it('writes money to tenths of a cent where it is little', () => {
  expect([0, 0.0001, 0.0106, 0.5, 1.239, 12_345.6].map(money)).toEqual([
    '$0',
    '<$0.001',
    '$0.011',
    '$0.500',
    '$1.24',
    '$12,346',
  ])
})

it('writes shares, and none of nothing', () => {
  expect([share(1, 200), share(1, 3), share(0, 5), share(5, 5), share(0, 0)]).toEqual([
    '0.5 %',
    '33 %',
    '0 %',
    '100 %',
    '–',
  ])
  expect([counted(1, 'call'), counted(1200, 'call')]).toEqual(['1 call', '1,200 calls'])
})

it('says when something was as a person would', () => {
  const now = new Date(2026, 2, 10, 0, 30).getTime()
  expect(moment(new Date(2026, 2, 10, 0, 5).getTime(), now)).toBe('Today 00:05')
  expect(moment(new Date(2026, 2, 9, 23, 55).getTime(), now)).toBe('Yesterday 23:55')
  expect(moment(new Date(2026, 2, 3, 17, 40).getTime(), now)).toBe('Tue 3 Mar, 17:40')
  expect(moment(new Date(2025, 11, 31, 8, 0).getTime(), now)).toBe('Wed 31 Dec 2025, 08:00')
  expect([ago(now - 1000, now), ago(now - 300_000, now), ago(now - 7_200_000, now)]).toEqual([
    'just now',
    '5 min ago',
    '2 h ago',
  ])
})

it('groups numbers that it knows, and leaves the others as they are', () => {
  expect(['+15550100199', '+1•••99', 'anonymous', '+4915112345678'].map(phoneNumber)).toEqual([
    '+1 555 010 0199',
    '+1•••99',
    'anonymous',
    '+4915112345678',
  ])
})

it('takes two keys in a row for one chord, unless there was a pause', () => {
  expect(namesOf({ key: 'g', atMs: 0 }, { key: 'c', atMs: 500 })).toEqual(['g c', 'c'])
  expect(namesOf({ key: 'g', atMs: 0 }, { key: 'c', atMs: 5000 })).toEqual(['c'])
  expect(namesOf(null, { key: ' ', atMs: 0 })).toEqual(['Space'])
})
