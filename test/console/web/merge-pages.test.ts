/** A list that is read while calls begin and end neither jumps nor repeats nor loses a call. */
import { expect, it } from 'vitest'
import type { ListedCall } from '../../../src/call-log/rows.ts'
import { rowsOf, shiftOf, withFirstPage } from '../../../src/console/web/calls/merge-pages.ts'
import { madeCalls } from './fake/made-calls.ts'

const CALLS = madeCalls(12, 3, 1_770_000_000_000)
/** Calls by one letter each: `abc` is a page of three. */
function rows(letters: string): ListedCall[] {
  const model = CALLS[0]
  if (model === undefined) throw new Error('no call')
  return [...letters].map((callId) => ({ ...model, callId }))
}
const page = (letters: string, next: string | null = 'more') => ({ calls: rows(letters), next })
const lettersOf = (pages: readonly { calls: readonly ListedCall[] }[]): string =>
  pages.map(({ calls }) => calls.map(({ callId }) => callId).join('')).join('|')

it('new calls stand before the others, and what was loaded behind stays', () => {
  const merged = withFirstPage([page('abc', '1'), page('def', '2')], page('xya'))
  expect(lettersOf(merged)).toBe('xyabcdef')
  expect(merged.at(-1)?.next).toBe('2')
})

it('a call that fits no more is gone', () => {
  expect(lettersOf(withFirstPage([page('abc', '1'), page('def', '2')], page('acd')))).toBe('acdef')
})

it('a call that has moved up is not there twice, and those it has passed stay', () => {
  expect(lettersOf(withFirstPage([page('abc', '1'), page('def', '2')], page('eab')))).toBe('eabcdf')
})

it('with a gap of unknown length only the new page is left', () => {
  expect(withFirstPage([page('abc', '1')], page('xyz', '9'))).toEqual([page('xyz', '9')])
})

it('a page that is the whole list takes the place of all', () => {
  expect(withFirstPage([page('abc', '1'), page('de', null)], page('ab', null))).toEqual([page('ab', null)])
})

it('one page more is asked for where the list goes on', () => {
  expect(withFirstPage([page('abc', '1')], page('xab', '5'))).toEqual([{ calls: rows('xabc'), next: '1' }])
  expect(withFirstPage([page('ab', '1')], page('xab', '5'))).toEqual([{ calls: rows('xab'), next: '5' }])
})

it('shows each call once', () => {
  expect(lettersOf([{ calls: rowsOf([page('abc'), page('cde')]) }])).toBe('abcde')
})

it('knows how far the rows have moved down', () => {
  expect(shiftOf(rows('abcdef'), rows('xyabcdef'), 3)).toBe(2)
  expect(shiftOf(rows('abcdef'), rows('bcdef'), 3)).toBe(-1)
  // The one at the top has gone: the next that is still there tells.
  expect(shiftOf(rows('abcdef'), rows('xabcef'), 3)).toBe(0)
  expect(shiftOf(rows('abc'), rows('xyz'), 1)).toBe(0)
})
