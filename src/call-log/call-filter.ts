/** A filter as conditions on rows of `calls`, the same in both engines. */
import { type Expression, type ExpressionBuilder, expressionBuilder, type SqlBool, sql } from 'kysely'
import type { Tables } from '../database/tables.ts'
import { reversed } from './call-records.ts'
import type { CallFilter, Flag } from './query.ts'

/** Of several values any fits; of none, none. */
const NOTHING = sql<SqlBool>`1 = 0`

type Calls = ExpressionBuilder<Tables, 'calls'>

/** @param search what stands for `text`; null when nothing is searched for */
export function conditions(filter: CallFilter, search: Expression<SqlBool> | null): Expression<SqlBool>[] {
  const eb = expressionBuilder<Tables, 'calls'>()
  const found: (Expression<SqlBool> | undefined)[] = [
    ...facts(eb, filter),
    ...ranges(eb, filter),
    ...related(eb, filter),
    ...(filter.flags ?? []).map((flag) => flagged(eb, flag)),
    search ?? undefined,
  ]
  return found.filter((each) => each !== undefined)
}

function oneOf(
  eb: Calls,
  column: 'agent' | 'agent_version' | 'outcome' | 'end_reason' | 'end_family' | 'called',
  values: readonly string[] | undefined,
): Expression<SqlBool> | undefined {
  if (values === undefined) return undefined
  return values.length === 0 ? NOTHING : eb(column, 'in', [...values])
}

function facts(eb: Calls, filter: CallFilter): (Expression<SqlBool> | undefined)[] {
  return [
    oneOf(eb, 'agent', filter.agents),
    oneOf(eb, 'agent_version', filter.versions),
    oneOf(eb, 'outcome', filter.outcomes),
    oneOf(eb, 'end_reason', filter.endReasons),
    oneOf(eb, 'end_family', filter.endFamilies),
    oneOf(eb, 'called', filter.numbers),
    filter.caller === undefined ? undefined : endsWith(eb, filter.caller),
  ]
}

/** Numbers are typed with spaces and dashes; addresses with letters in them are taken as they are. */
function endsWith(eb: Calls, typed: string): Expression<SqlBool> {
  const end = reversed(/[a-z]/i.test(typed) ? typed : typed.replace(/[\s().-]/g, ''))
  return eb.and([eb('caller_reversed', '>=', end), eb('caller_reversed', '<', `${end}\u{10ffff}`)])
}

function ranges(eb: Calls, filter: CallFilter): (Expression<SqlBool> | undefined)[] {
  const { from, to, minDurationMs, maxDurationMs, minCostUsd, minStrain, minReplyP95Ms } = filter
  return [
    from === undefined ? undefined : eb('started_at', '>=', from),
    to === undefined ? undefined : eb('started_at', '<', to),
    minDurationMs === undefined ? undefined : eb('duration_ms', '>=', minDurationMs),
    maxDurationMs === undefined ? undefined : eb('duration_ms', '<=', maxDurationMs),
    minCostUsd === undefined ? undefined : eb('cost_usd', '>=', minCostUsd),
    minStrain === undefined ? undefined : eb('strain', '>=', minStrain),
    minReplyP95Ms === undefined ? undefined : eb('reply_p95_ms', '>=', minReplyP95Ms),
  ]
}

function related(eb: Calls, { tools, tags, assignee, minRating }: CallFilter): (Expression<SqlBool> | undefined)[] {
  const reviews = eb.selectFrom('reviews').select('reviews.call_id')
  return [
    tools === undefined
      ? undefined
      : tools.length === 0
        ? NOTHING
        : eb(
            'calls.call_no',
            'in',
            eb.selectFrom('tool_calls').select('tool_calls.call_no').where('name', 'in', tools),
          ),
    tags === undefined
      ? undefined
      : tags.length === 0
        ? NOTHING
        : eb('calls.call_id', 'in', eb.selectFrom('call_tags').select('call_tags.call_id').where('tag', 'in', tags)),
    assignee === undefined ? undefined : eb('calls.call_id', 'in', reviews.where('assignee', '=', assignee)),
    minRating === undefined ? undefined : eb('calls.call_id', 'in', reviews.where('rating', '>=', minRating)),
  ]
}

export function flagged(eb: Calls, flag: Flag): Expression<SqlBool> {
  switch (flag) {
    case 'live':
      return eb('ended_at', 'is', null)
    case 'unheard-speech':
      return eb('unheard_speech', '=', 1)
    case 'interrupted':
      return eb('interruptions', '>', 0)
    case 'tool-failed':
      return eb('tools_failed', '>', 0)
    case 'tool-unknown':
      return eb('tools_unknown', '>', 0)
    case 'asked-for-person':
      return eb('asked_for_person', '=', 1)
    case 'over-budget':
      return eb('over_budget', '=', 1)
    case 'slow':
      return eb('slow', '=', 1)
    case 'has-recording':
      return eb(eb.fn.coalesce('recording_set', 'recording'), '=', 'kept')
    case 'has-notes':
      return eb('calls.call_id', 'in', eb.selectFrom('notes').select('notes.call_id'))
    case 'not-reviewed': {
      const reviewed = eb.selectFrom('reviews').select('reviews.call_id').where('reviewed_at', 'is not', null)
      return eb('calls.call_id', 'not in', reviewed)
    }
  }
}
