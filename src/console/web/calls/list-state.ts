/** What the list of calls shows, as its address says it: the filter, the order, the columns. Nothing of it lives elsewhere. */
import type { CallFilter } from '../../../call-log/query.ts'
import { END_WORDS, FAMILY_WORDS, FLAG_WORDS, OUTCOME_WORDS } from '../words/call-words.ts'
import { COLUMN_NAMES, type ColumnName, DEFAULT_COLUMNS, type Sort } from './columns.ts'
import { isPreset, type Preset, spanOf } from './time-span.ts'

type Order = 'desc' | 'asc'

/** `since` stands for from and to, and moves on with the days: a saved view of last week stays one. */
export interface ListState {
  readonly filter: CallFilter
  readonly since: Preset | null
  readonly sort: Sort
  readonly order: Order
  readonly columns: readonly ColumnName[]
}

const SORTS = {
  started: true,
  duration: true,
  cost: true,
  strain: true,
  reply: true,
  turns: true,
  interruptions: true,
} as const satisfies Record<Sort, true>

/** Keys that hold words, numbers, or lists of words; a list of known words holds no others. */
const WORD_KEYS = ['text', 'caller', 'assignee'] as const
const NUMBER_KEYS = [
  'from',
  'to',
  'minDurationMs',
  'maxDurationMs',
  'minCostUsd',
  'minStrain',
  'minReplyP95Ms',
  'minRating',
] as const
const LIST_KEYS = ['agents', 'versions', 'numbers', 'tools', 'tags'] as const

export const EMPTY_STATE: ListState = {
  filter: {},
  since: null,
  sort: 'started',
  order: 'desc',
  columns: DEFAULT_COLUMNS,
}

/** Reads an address. What it does not know it leaves out: an old bookmark opens, if with less. */
export function readState(search: string): ListState {
  const query = new URLSearchParams(search)
  const filter: CallFilter = {}
  for (const key of WORD_KEYS) {
    const value = query.get(key)?.trim()
    if (value !== undefined && value !== '') filter[key] = value
  }
  for (const key of NUMBER_KEYS) {
    const value = query.get(key)
    if (value !== null && value !== '' && Number.isFinite(Number(value))) filter[key] = Number(value)
  }
  for (const key of LIST_KEYS) {
    const values = query.getAll(key).filter((value) => value !== '')
    if (values.length > 0) filter[key] = values
  }
  const outcomes = known(query.getAll('outcomes'), OUTCOME_WORDS)
  if (outcomes.length > 0) filter.outcomes = outcomes
  const families = known(query.getAll('endFamilies'), FAMILY_WORDS)
  if (families.length > 0) filter.endFamilies = families
  const reasons = known(query.getAll('endReasons'), END_WORDS)
  if (reasons.length > 0) filter.endReasons = reasons
  const flags = known(query.getAll('flags'), FLAG_WORDS)
  if (flags.length > 0) filter.flags = flags

  const since = query.get('since')
  const sort = known(query.getAll('sort'), SORTS)[0] ?? 'started'
  const columns = known((query.get('columns') ?? '').split('.'), COLUMN_NAMES)
  return {
    filter,
    since: isPreset(since) ? since : null,
    sort,
    order: query.get('order') === 'asc' ? 'asc' : 'desc',
    columns: columns.length > 0 ? columns : DEFAULT_COLUMNS,
  }
}

function known<Word extends string>(values: readonly string[], words: Readonly<Record<Word, unknown>>): Word[] {
  return [...new Set(values)].filter((value): value is Word => Object.hasOwn(words, value))
}

/** The address of a state, without what is as it always is; the same state always has the same. */
export function writeState(state: ListState): string {
  const query = new URLSearchParams()
  for (const [key, value] of Object.entries(state.filter).toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    for (const one of Array.isArray(value) ? value : [value]) if (one !== undefined) query.append(key, String(one))
  }
  if (state.since !== null) query.set('since', state.since)
  if (state.sort !== 'started') query.set('sort', state.sort)
  if (state.order !== 'desc') query.set('order', state.order)
  if (state.columns.join('.') !== DEFAULT_COLUMNS.join('.')) query.set('columns', state.columns.join('.'))
  return query.toString()
}

/** What is asked of the server: days by name become times. */
export function filterOf(state: ListState, now: number): CallFilter {
  return state.since === null ? state.filter : { ...state.filter, ...spanOf(state.since, now) }
}

/** The state with some of its filter changed; undefined, empty words and empty lists take a key out. */
export function narrowed(
  state: ListState,
  change: { [Key in keyof CallFilter]: CallFilter[Key] | undefined },
): ListState {
  const entries = Object.entries({ ...state.filter, ...change }).filter(([, value]) => {
    return value !== undefined && value !== '' && !(Array.isArray(value) && value.length === 0)
  })
  return { ...state, filter: Object.fromEntries(entries) }
}

export function isNarrowed(state: ListState): boolean {
  return state.since !== null || Object.keys(state.filter).length > 0
}

/** The address of the calls behind a figure. */
export function callsAddress(
  filter: CallFilter,
  order: Partial<Pick<ListState, 'since' | 'sort' | 'order'>> = {},
): string {
  const search = writeState({ ...EMPTY_STATE, ...order, filter })
  return search === '' ? '/calls' : `/calls?${search}`
}
