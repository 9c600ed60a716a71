/** The list of calls and its address say the same. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { END_REASON_NAMES } from '../../../src/call/end-reason.ts'
import { CallFilter, FLAGS, SORTS } from '../../../src/call-log/query.ts'
import { EndFamily, OUTCOMES } from '../../../src/call-log/rows.ts'
import { CallListQuery } from '../../../src/console/contract/calls.ts'
import { queryString } from '../../../src/console/web/api/address.ts'
import { chipsOf, spanWords } from '../../../src/console/web/calls/chips.ts'
import { allColumns, DEFAULT_COLUMNS, toggled, tracks } from '../../../src/console/web/calls/columns.ts'
import {
  callsAddress,
  EMPTY_STATE,
  filterOf,
  isNarrowed,
  type ListState,
  narrowed,
  readState,
  writeState,
} from '../../../src/console/web/calls/list-state.ts'
import { dayOf, dayText, midnight, PRESETS, spanOf } from '../../../src/console/web/calls/time-span.ts'
import { END_WORDS, FAMILY_WORDS, FLAG_WORDS, OUTCOME_WORDS } from '../../../src/console/web/words/call-words.ts'

const words = fc.string({ minLength: 1, maxLength: 20 }).filter((text) => text.trim() === text && text !== '')
const some = <Value>(values: readonly Value[]) => fc.uniqueArray(fc.constantFrom(...values), { minLength: 1 })
const filters: fc.Arbitrary<CallFilter> = fc.record(
  {
    text: words,
    agents: fc.uniqueArray(words, { minLength: 1, maxLength: 3 }),
    versions: fc.uniqueArray(words, { minLength: 1, maxLength: 3 }),
    numbers: fc.uniqueArray(words, { minLength: 1, maxLength: 3 }),
    tags: fc.uniqueArray(words, { minLength: 1, maxLength: 3 }),
    outcomes: some(OUTCOMES),
    endReasons: some(END_REASON_NAMES),
    endFamilies: some(EndFamily.options),
    flags: some(FLAGS),
    from: fc.nat(),
    to: fc.nat(),
    minDurationMs: fc.nat(),
    minCostUsd: fc.double({ min: 0, max: 100, noNaN: true }).map((usd) => Math.abs(usd)),
    minStrain: fc.integer({ min: 0, max: 100 }),
    minRating: fc.integer({ min: 1, max: 5 }),
  },
  { requiredKeys: [] },
)
const states = fc.record({
  filter: filters,
  since: fc.option(fc.constantFrom(...PRESETS)),
  sort: fc.constantFrom(...SORTS),
  order: fc.constantFrom('desc' as const, 'asc' as const),
  columns: fc
    .subarray(allColumns(), { minLength: 1 })
    .map((columns) => allColumns().filter((name) => columns.includes(name))),
})

it('reads back every state that it writes', () => {
  fc.assert(fc.property(states, (state) => void expect(readState(`?${writeState(state)}`)).toEqual(state)))
})

it('asks the server nothing that the contract refuses', () => {
  fc.assert(
    fc.property(states, (state) => {
      const asked: Record<string, unknown> = {}
      const search = new URLSearchParams(
        queryString({ ...filterOf(state, 1_770_000_000_000), sort: state.sort, order: state.order }),
      )
      for (const key of search.keys()) {
        const values = search.getAll(key)
        asked[key] = values.length > 1 ? values : values[0]
      }
      expect(CallListQuery.safeParse(asked).error).toBeUndefined()
    }),
  )
})

it('leaves out of an address whatever it does not know', () => {
  const search =
    '?outcomes=contained&outcomes=bogus&flags=toString&minStrain=many&sort=__proto__&since=ever&columns=a.b&x=1'
  expect(readState(search)).toEqual({ ...EMPTY_STATE, filter: { outcomes: ['contained'] } })
})

it('an empty state has no address, and is not narrowed', () => {
  expect(writeState(EMPTY_STATE)).toBe('')
  expect(callsAddress({})).toBe('/calls')
  expect(isNarrowed(EMPTY_STATE)).toBe(false)
  expect(isNarrowed({ ...EMPTY_STATE, since: 'today' })).toBe(true)
})

it('narrowing by nothing takes a key out', () => {
  const state = narrowed(EMPTY_STATE, { agents: ['a'], text: 'refund' })
  expect(narrowed(state, { agents: [], text: undefined })).toEqual(EMPTY_STATE)
})

it('every way to narrow is shown as a chip that takes it away again', () => {
  fc.assert(
    fc.property(states, (state) => {
      const bare = chipsOf(state).at(-1)?.without ?? state
      let left: ListState = state
      for (let chip = chipsOf(left)[0]; chip !== undefined; chip = chipsOf(left)[0]) left = chip.without
      // Days by name hide the days by date, which stay in the address behind them.
      expect(isNarrowed(left)).toBe(false)
      expect(chipsOf(bare).length).toBe(Math.max(0, chipsOf(state).length - 1))
    }),
  )
})

it('has words for every outcome, reason, family and flag of the contract, and for no other', () => {
  expect(Object.keys(OUTCOME_WORDS)).toEqual([...OUTCOMES])
  expect(Object.keys(END_WORDS).toSorted()).toEqual([...END_REASON_NAMES].toSorted())
  expect(Object.keys(FAMILY_WORDS).toSorted()).toEqual([...EndFamily.options].toSorted())
  expect(Object.keys(FLAG_WORDS)).toEqual([...FLAGS])
  expect(CallFilter.safeParse({ flags: Object.keys(FLAG_WORDS) }).success).toBe(true)
})

it('the last 7 days are today and the six before it, from midnight to midnight', () => {
  const now = new Date(2026, 2, 31, 15, 30).getTime()
  expect(spanOf('today', now)).toEqual({ from: new Date(2026, 2, 31).getTime() })
  expect(spanOf('yesterday', now)).toEqual({
    from: new Date(2026, 2, 30).getTime(),
    to: new Date(2026, 2, 31).getTime(),
  })
  expect(spanOf('7d', now)).toEqual({ from: new Date(2026, 2, 25).getTime() })
  expect(dayText(midnight(now, 31))).toBe('2026-02-28')
})

it('a day that is chosen belongs to the list from its beginning to its end', () => {
  expect(dayOf('2026-03-09')).toBe(new Date(2026, 2, 9).getTime())
  expect(dayOf('2026-03-09', 1)).toBe(new Date(2026, 2, 10).getTime())
  expect(dayOf('9 March')).toBeUndefined()
  expect(spanWords(dayOf('2026-03-09'), dayOf('2026-03-09', 1))).toBe('2026-03-09')
  expect(spanWords(dayOf('2026-03-09'), dayOf('2026-03-12', 1))).toBe('2026-03-09 to 2026-03-12')
  expect(spanWords(undefined, dayOf('2026-03-12'))).toBe('before 2026-03-12')
})

it('columns stand in their own order, and one is always left', () => {
  expect(toggled(['agent', 'cost'], 'caller')).toEqual(['caller', 'agent', 'cost'])
  expect(toggled(['agent', 'cost'], 'agent')).toEqual(['cost'])
  expect(toggled(['cost'], 'cost')).toEqual(['cost'])
})

it('the columns that are shown at first fit into a window of 1280 px', () => {
  expect(tracks(DEFAULT_COLUMNS, 36).minPx).toBeLessThanOrEqual(1264)
})
