/** Figures as the charts want them: one row for each mark, with the calls that it stands for. */
import type { CallFilter, FigureSet, Figures } from '../../../call-log/query.ts'
import type { Outcome } from '../../../call-log/rows.ts'
import { callsAddress } from '../calls/list-state.ts'
import { OUTCOME_WORDS } from '../words/call-words.ts'

export type Bucket = Figures['series'][number]
/** What all figures of the page are narrowed by. */
export type Scope = Pick<CallFilter, 'agents' | 'versions'>

export interface OutcomeMark {
  readonly at: Date
  readonly outcome: string
  readonly calls: number
  readonly href: string
}

const COUNT_OF: Readonly<
  Record<Outcome, keyof FigureSet & ('contained' | 'transferred' | 'abandoned' | 'cutShort' | 'failed')>
> = {
  contained: 'contained',
  transferred: 'transferred',
  abandoned: 'abandoned',
  'cut-short': 'cutShort',
  failed: 'failed',
}

export function outcomesOf(set: FigureSet): readonly { readonly outcome: Outcome; readonly calls: number }[] {
  return outcomes().map((outcome) => ({ outcome, calls: set[COUNT_OF[outcome]] }))
}

export function outcomes(): Outcome[] {
  return Object.keys(COUNT_OF).filter((each): each is Outcome => Object.hasOwn(COUNT_OF, each))
}

export function outcomeMarks(series: readonly Bucket[], scope: Scope): OutcomeMark[] {
  return series.flatMap((bucket) =>
    outcomesOf(bucket)
      .filter(({ calls }) => calls > 0)
      .map(({ outcome, calls }) => ({
        at: new Date(bucket.at),
        outcome: OUTCOME_WORDS[outcome],
        calls,
        href: callsAddress({ ...scope, from: bucket.at, to: bucket.until, outcomes: [outcome] }),
      })),
  )
}

/** The calls of one hour or day. */
export function bucketHref(bucket: Bucket, scope: Scope, more: CallFilter = {}): string {
  return callsAddress({ ...scope, ...more, from: bucket.at, to: bucket.until })
}

export interface PartMark {
  readonly at: Date
  readonly part: string
  readonly ms: number
  readonly href: string
}

export const PARTS = [
  { key: 'turnEnd', words: 'Until the turn was over' },
  { key: 'model', words: 'Until the model spoke' },
  { key: 'send', words: 'Until it was sent' },
  { key: 'line', words: 'Until it was heard' },
] as const

/** Half of the replies were as quick: the parts of the wait, one on the other. */
export function partMarks(series: readonly Bucket[], scope: Scope): PartMark[] {
  return series.flatMap((bucket) =>
    PARTS.flatMap(({ key, words }) => {
      const ms = bucket[key].p50
      if (ms === null) return []
      return [
        {
          at: new Date(bucket.at),
          part: words,
          ms,
          href: callsAddress({ ...scope, from: bucket.at, to: bucket.until }, { sort: 'reply' }),
        },
      ]
    }),
  )
}

/** A figure of each hour or day, where it is known. */
export function pointsOf(
  series: readonly Bucket[],
  value: (bucket: Bucket) => number | null,
  href: (bucket: Bucket) => string,
): { readonly at: Date; readonly value: number; readonly href: string }[] {
  return series.flatMap((bucket) => {
    const known = value(bucket)
    return known === null ? [] : [{ at: new Date(bucket.at), value: known, href: href(bucket) }]
  })
}

/** Null where there was nothing to divide by. */
export function per(value: number | null, of: number): number | null {
  return value === null || of === 0 ? null : value / of
}

export interface HourMark {
  readonly day: string
  readonly hour: number
  readonly calls: number
  readonly href: string
}

const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const

/**
 * Hours of the week. A list cannot be narrowed to every Tuesday at nine: a mark leads to the latest of them.
 * @param to end of the time that the figures are of
 */
export function hourMarks(week: Figures['week'], scope: Scope, to: number): HourMark[] {
  return week.flatMap((hours, day) =>
    hours.map((calls, hour) => {
      const from = latest(day, hour, to)
      return {
        day: DAYS[day] ?? '',
        hour,
        calls,
        href: callsAddress({ ...scope, from, to: new Date(from).setHours(hour + 1, 0, 0, 0) }),
      }
    }),
  )
}

/** The last time before `to` at which such an hour began. @param day 0 is Monday */
export function latest(day: number, hour: number, to: number): number {
  const end = new Date(to)
  const back = ((end.getDay() + 6) % 7) - day
  const found = new Date(end.getFullYear(), end.getMonth(), end.getDate() - back, hour)
  if (found.getTime() >= to) found.setDate(found.getDate() - 7)
  return found.getTime()
}
