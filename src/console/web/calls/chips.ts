/** What a list is narrowed by, each as words, and the list without it. */
import type { CallFilter } from '../../../call-log/query.ts'
import { END_WORDS, FAMILY_WORDS, FLAG_WORDS, OUTCOME_WORDS } from '../words/call-words.ts'
import { duration, money, phoneNumber, wait } from '../words/format.ts'
import { type ListState, narrowed } from './list-state.ts'
import { dayText, midnight, PRESET_WORDS } from './time-span.ts'

export interface Chip {
  readonly label: string
  readonly without: ListState
}

const join = (values: readonly string[]): string => values.join(' or ')

/** `from` and `to` are one chip, below. */
const WORDS: Readonly<Record<Exclude<keyof CallFilter, 'from' | 'to'>, (filter: CallFilter) => string | undefined>> = {
  text: ({ text }) => text && `said “${text}”`,
  agents: ({ agents }) => agents && join(agents),
  versions: ({ versions }) => versions && `version ${join(versions.map((version) => version.slice(0, 8)))}`,
  outcomes: ({ outcomes }) => outcomes && join(outcomes.map((outcome) => OUTCOME_WORDS[outcome])),
  endReasons: ({ endReasons }) => endReasons && join(endReasons.map((reason) => END_WORDS[reason])),
  endFamilies: ({ endFamilies }) => endFamilies && `ended: ${join(endFamilies.map((each) => FAMILY_WORDS[each]))}`,
  numbers: ({ numbers }) => numbers && `called ${join(numbers.map(phoneNumber))}`,
  caller: ({ caller }) => caller && `caller …${caller}`,
  minDurationMs: ({ minDurationMs: ms }) => (ms === undefined ? ms : `${duration(ms)} or longer`),
  maxDurationMs: ({ maxDurationMs: ms }) => (ms === undefined ? ms : `up to ${duration(ms)}`),
  minCostUsd: ({ minCostUsd: usd }) => (usd === undefined ? usd : `${money(usd)} or more`),
  minStrain: ({ minStrain: strain }) => (strain === undefined ? strain : `strain ${strain} or more`),
  minReplyP95Ms: ({ minReplyP95Ms: ms }) => (ms === undefined ? ms : `slow replies of ${wait(ms)} or more`),
  tools: ({ tools }) => tools && `used ${join(tools)}`,
  tags: ({ tags }) => tags && `tagged ${join(tags)}`,
  assignee: ({ assignee }) => assignee && 'assigned',
  minRating: ({ minRating: rating }) => (rating === undefined ? rating : `rated ${rating} or better`),
  flags: ({ flags }) => flags?.map((flag) => FLAG_WORDS[flag]).join(' and '),
}

export function chipsOf(state: ListState): Chip[] {
  const { filter } = state
  const chips: Chip[] = []
  if (state.since !== null) chips.push({ label: PRESET_WORDS[state.since], without: { ...state, since: null } })
  else if (filter.from !== undefined || filter.to !== undefined) {
    chips.push({
      label: spanWords(filter.from, filter.to),
      without: narrowed(state, { from: undefined, to: undefined }),
    })
  }
  for (const key of Object.keys(WORDS).filter(isKey)) {
    const label = WORDS[key](filter)
    if (label !== undefined) chips.push({ label, without: narrowed(state, { [key]: undefined }) })
  }
  return chips
}

function isKey(key: string): key is keyof typeof WORDS {
  return Object.hasOwn(WORDS, key)
}

/** Whole days by their date, else to the minute. `to` is the first moment that does not belong to it. */
export function spanWords(from: number | undefined, to: number | undefined): string {
  if (from === undefined) return to === undefined ? 'any time' : `before ${edge(to)}`
  if (to === undefined) return `since ${edge(from)}`
  const lastDay = midnight(to, 1)
  if (from === midnight(from) && to === midnight(to))
    return from === lastDay ? dayText(from) : `${dayText(from)} to ${dayText(lastDay)}`
  return `${edge(from)} to ${edge(to)}`
}

function edge(at: number): string {
  if (at === midnight(at)) return dayText(at)
  return `${dayText(at)} ${new Date(at).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' })}`
}
