/** How many calls of a filter there are with each value, the same in both engines. */
import { type Expression, type SqlBool, sql } from 'kysely'
import type { Database } from '../database/database.ts'
import { conditions, flagged } from './call-filter.ts'
import { CallFilter, type Facets, FLAGS } from './query.ts'
import type { SearchEngine } from './search-engine.ts'
import { readSearch } from './search-words.ts'

const NOTHING: Facets = {
  total: 0,
  agents: [],
  outcomes: [],
  endReasons: [],
  endFamilies: [],
  numbers: [],
  tags: [],
  flags: [],
}

type Column = 'agent' | 'outcome' | 'end_reason' | 'end_family' | 'called'
type Counted = { value: string; calls: number }[]

export async function countFacets(db: Database, engine: SearchEngine, asked: CallFilter): Promise<Facets> {
  const filter = CallFilter.parse(asked)
  const search = filter.text === undefined ? null : readSearch(filter.text)
  if (filter.text !== undefined && search === null) return NOTHING
  const condition = search === null ? null : await engine.condition(search, 'all')
  // Each facet is counted as if nothing of it were chosen.
  const [{ total }, agents, outcomes, endReasons, endFamilies, numbers, tags, flags] = await Promise.all([
    count(db, filter, condition),
    countBy(db, { ...filter, agents: undefined }, condition, 'agent'),
    countBy(db, { ...filter, outcomes: undefined }, condition, 'outcome'),
    countBy(db, { ...filter, endReasons: undefined }, condition, 'end_reason'),
    countBy(db, { ...filter, endFamilies: undefined }, condition, 'end_family'),
    countBy(db, { ...filter, numbers: undefined }, condition, 'called'),
    countTags(db, { ...filter, tags: undefined }, condition),
    countFlags(db, { ...filter, flags: undefined }, condition),
  ])
  return { total, agents, outcomes, endReasons, endFamilies, numbers, tags, flags }
}

type Filter = Parameters<typeof conditions>[0]

async function count(
  { kysely }: Database,
  filter: Filter,
  condition: Expression<SqlBool> | null,
): Promise<{ total: number }> {
  return kysely
    .selectFrom('calls')
    .select(({ fn }) => fn.countAll<number>().as('total'))
    .where(({ and }) => and(conditions(filter, condition)))
    .executeTakeFirstOrThrow()
}

async function countBy(
  { kysely }: Database,
  filter: Filter,
  condition: Expression<SqlBool> | null,
  column: Column,
): Promise<Counted> {
  const rows = await kysely
    .selectFrom('calls')
    .select(({ fn }) => [column, fn.countAll<number>().as('calls')])
    .where(({ and }) => and(conditions(filter, condition)))
    .groupBy(column)
    .execute()
  return inOrder(rows.map((row) => ({ value: row[column], calls: row.calls })))
}

async function countTags(
  { kysely }: Database,
  filter: Filter,
  condition: Expression<SqlBool> | null,
): Promise<Counted> {
  const rows = await kysely
    .selectFrom('calls')
    .innerJoin('call_tags', 'call_tags.call_id', 'calls.call_id')
    .select(({ fn }) => ['tag', fn.countAll<number>().as('calls')])
    .where(({ and }) => and(conditions(filter, condition)))
    .groupBy('tag')
    .execute()
  return inOrder(rows.map(({ tag, calls }) => ({ value: tag, calls })))
}

async function countFlags(
  { kysely }: Database,
  filter: Filter,
  condition: Expression<SqlBool> | null,
): Promise<Counted> {
  const row = await kysely
    .selectFrom('calls')
    .select((eb) =>
      FLAGS.map((flag) => sql<number>`coalesce(sum(case when ${flagged(eb, flag)} then 1 else 0 end), 0)`.as(flag)),
    )
    .where(({ and }) => and(conditions(filter, condition)))
    .executeTakeFirstOrThrow()
  return inOrder(FLAGS.map((flag) => ({ value: flag, calls: row[flag] })))
}

/** The most frequent first. Live calls have no outcome yet, and no reason why they ended. */
function inOrder(rows: readonly { readonly value: string | null; readonly calls: number }[]): Counted {
  return rows
    .flatMap(({ value, calls }) => (value === null || calls === 0 ? [] : [{ value, calls }]))
    .sort((a, b) => b.calls - a.calls || (a.value < b.value ? -1 : 1))
}
