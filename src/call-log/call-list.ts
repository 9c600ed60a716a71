/** Pages of the list of calls, the same in both engines. */
import { type Expression, type SqlBool, sql } from 'kysely'
import type { Database } from '../database/database.ts'
import { conditions } from './call-filter.ts'
import { type CallRecord, readCallRow } from './call-records.ts'
import { type Cursor, fingerprint, readCursor, writeCursor } from './cursor.ts'
import { findHits } from './hits.ts'
import { type CallFilter, type CallPage, CallQuery, type SORTS } from './query.ts'
import { listedWith, reviewsOf } from './reviews.ts'
import type { SearchEngine } from './search-engine.ts'
import { readSearch } from './search-words.ts'

type Part = Cursor['part']
type Column = 'started_at' | 'duration_ms' | 'cost_sort' | 'strain' | 'reply_sort' | 'turns' | 'interruptions'

const SORT_COLUMNS = {
  started: 'started_at',
  duration: 'duration_ms',
  cost: 'cost_sort',
  strain: 'strain',
  reply: 'reply_sort',
  turns: 'turns',
  interruptions: 'interruptions',
} as const satisfies Record<(typeof SORTS)[number], Column>

/** Calls of an agent, of which there are so many that a page of them is soon found in any order. */
const COMMON = 5000

/** One part of a list, from a place on. */
interface Stretch {
  readonly part: Part
  readonly column: Column
  readonly order: 'asc' | 'desc'
  readonly asOf: number
  readonly after: Pick<Cursor, 'value' | 'callId'> | null
}

/** @throws CursorError */
export async function listCalls(db: Database, engine: SearchEngine, asked: CallQuery): Promise<CallPage> {
  const { sort, order, limit, after, ...filter } = CallQuery.parse(asked)
  const list = fingerprint(filter)
  const cursor = after === undefined ? null : readCursor(after, { sort, order, list })
  const search = filter.text === undefined ? null : readSearch(filter.text)
  // Nothing fits a search without a word in it.
  if (filter.text !== undefined && search === null) return { calls: [], next: null }
  const condition = search === null ? null : await engine.condition(search, 'page')
  const asOf = cursor?.asOf ?? (sort === 'started' ? 0 : await newestEnd(db))

  const found: { readonly record: CallRecord; readonly stretch: Stretch }[] = []
  for (const stretch of stretches(cursor, SORT_COLUMNS[sort], order, asOf)) {
    // One more than asked for tells whether there is a next page.
    const missing = limit + 1 - found.length
    if (missing <= 0) break
    const records = await readStretch(db, filter, condition, stretch, missing)
    found.push(...records.map((record) => ({ record, stretch })))
  }
  const shown = found.slice(0, limit)
  const last = shown.at(-1)
  const next =
    found.length <= limit || last === undefined
      ? null
      : writeCursor({
          ...{ sort, order, list, asOf, part: last.stretch.part },
          ...{ value: last.record[last.stretch.column], callId: last.record.call_id },
        })
  const records = shown.map(({ record }) => record)
  const [reviews, hits] = await Promise.all([
    reviewsOf(db, records),
    search === null ? new Map() : findHits(db, records, search),
  ])
  return { calls: records.map((record) => listedWith(readCallRow(record), reviews, hits)), next }
}

function stretches(cursor: Cursor | null, column: Column, order: 'asc' | 'desc', asOf: number): Stretch[] {
  const ended: Stretch = { part: 'ended', column, order, asOf, after: null }
  const parts: Stretch[] =
    column === 'started_at'
      ? [{ ...ended, part: 'all' }]
      : [{ part: 'live', column: 'started_at', order: 'desc', asOf, after: null }, ended]
  if (cursor === null) return parts
  const { part, value, callId } = cursor
  const from = parts.findIndex((each) => each.part === part)
  return parts.slice(from).map((each, i) => (i === 0 ? { ...each, after: { value, callId } } : each))
}

async function readStretch(
  db: Database,
  filter: CallFilter,
  condition: Expression<SqlBool> | null,
  { part, column, order, asOf, after }: Stretch,
  limit: number,
): Promise<CallRecord[]> {
  const { kysely } = db
  const walked = column !== 'started_at' && (await isCommon(db, filter.agents))
  // Sorted by themselves first: rows are wide, and sorting would carry all of each.
  let page = kysely
    .selectFrom('calls')
    .select('call_no')
    .where((eb) => eb.and(conditions(walked ? { ...filter, agents: undefined } : filter, condition)))
    .orderBy(column, order)
    .orderBy('calls.call_id', order)
    .limit(limit)
  // The sign keeps the index of agents out of it.
  if (walked) page = page.where(sql<SqlBool>`+calls.agent in (${sql.join(filter.agents ?? [])})`)
  // The sum keeps the index of ends out of it: nearly all calls have ended by then, and the list's own index has them in order.
  if (part === 'ended') page = page.where('ended_at', 'is not', null).where(sql<SqlBool>`ended_at + 0 <= ${asOf}`)
  if (part === 'live') {
    // On a later page, those that have ended meanwhile still stand here.
    page = page.where((eb) =>
      after === null ? eb('ended_at', 'is', null) : eb.or([eb('ended_at', 'is', null), eb('ended_at', '>', asOf)]),
    )
  }
  if (after !== null) {
    const place = sql`(${sql.ref(column)}, calls.call_id)`
    const beyond = sql`(${after.value}, ${after.callId})`
    page = page.where(order === 'asc' ? sql<SqlBool>`${place} > ${beyond}` : sql<SqlBool>`${place} < ${beyond}`)
  }
  return kysely
    .selectFrom(page.as('page'))
    .innerJoin('calls', 'calls.call_no', 'page.call_no')
    .innerJoin('usage', 'usage.call_no', 'calls.call_no')
    .selectAll('usage')
    .selectAll('calls')
    .orderBy(`calls.${column}`, order)
    .orderBy('calls.call_id', order)
    .execute()
}

/**
 * SQLite takes an index of agents for a short way to their calls, however many they are, and sorts them all. When they are
 * many, going along the sorted index until a page is full is far shorter. Postgres knows that by itself.
 */
async function isCommon({ engine, kysely }: Database, agents: readonly string[] | undefined): Promise<boolean> {
  if (engine !== 'sqlite' || agents === undefined || agents.length === 0) return false
  const some = kysely.selectFrom('calls').select('call_no').where('agent', 'in', agents).limit(COMMON)
  const { calls } = await kysely
    .selectFrom(some.as('some'))
    .select(({ fn }) => fn.countAll<number>().as('calls'))
    .executeTakeFirstOrThrow()
  return calls === COMMON
}

async function newestEnd({ kysely }: Database): Promise<number> {
  const row = await kysely
    .selectFrom('calls')
    .select(({ fn }) => fn.max('ended_at').as('at'))
    .where('ended_at', 'is not', null)
    .executeTakeFirst()
  return row?.at ?? 0
}

/** @returns the row of one call; null when there is none */
export async function readCall({ kysely }: Database, callId: string): Promise<ReturnType<typeof readCallRow> | null> {
  const record = await kysely
    .selectFrom('calls')
    .innerJoin('usage', 'usage.call_no', 'calls.call_no')
    .selectAll('usage')
    .selectAll('calls')
    .where('calls.call_id', '=', callId)
    .executeTakeFirst()
  return record === undefined ? null : readCallRow(record)
}
