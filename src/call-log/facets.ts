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

const COLUMNS = {
  agents: 'agent',
  outcomes: 'outcome',
  endReasons: 'end_reason',
  endFamilies: 'end_family',
  numbers: 'called',
} as const

type Facet = keyof typeof COLUMNS | 'flags'
const FACETS = [...Object.keys(COLUMNS), 'flags'] as Facet[]
type Counted = { value: string; calls: number }[]

export async function countFacets(db: Database, engine: SearchEngine, asked: CallFilter): Promise<Facets> {
  const filter = CallFilter.parse(asked)
  const search = filter.text === undefined ? null : readSearch(filter.text)
  if (filter.text !== undefined && search === null) return NOTHING
  const condition = search === null ? null : await engine.condition(search, 'all')
  // Each facet is counted as if nothing of it were chosen; those of which nothing is, all at once.
  const chosen = FACETS.filter((facet) => filter[facet] !== undefined)
  const [together, tags, ...apart] = await Promise.all([
    countTogether(
      db,
      filter,
      condition,
      FACETS.filter((facet) => !chosen.includes(facet)),
    ),
    countTags(db, { ...filter, tags: undefined }, condition),
    ...chosen.map((facet) => countTogether(db, { ...filter, [facet]: undefined }, condition, [facet])),
  ])
  return { ...NOTHING, ...together, ...Object.assign({}, ...apart.map(({ total: _, ...counted }) => counted)), tags }
}

type Filter = Parameters<typeof conditions>[0]

/** Calls are looked up once, however many facets are counted. */
async function countTogether(
  { kysely }: Database,
  filter: Filter,
  condition: Expression<SqlBool> | null,
  facets: readonly Facet[],
): Promise<Partial<Facets> & { readonly total: number }> {
  const hits = kysely
    .selectFrom('calls')
    .select((eb) => [
      ...Object.values(COLUMNS),
      sql<number>`${sql.join(
        FLAGS.map((flag, i) => sql`case when ${flagged(eb, flag)} then ${sql.lit(2 ** i)} else 0 end`),
        sql` + `,
      )}`.as('flags'),
    ])
    .where(({ and }) => and(conditions(filter, condition)))
  const counts = [
    sql`select ${sql.lit('total')} as facet, cast(null as text) as value, cast(null as integer) as bits, count(*) as calls from hits`,
    ...facets.map((facet) =>
      facet === 'flags'
        ? sql`select ${sql.lit(facet)}, null, flags, count(*) from hits group by flags`
        : sql`select ${sql.lit(facet)}, ${sql.ref(COLUMNS[facet])}, null, count(*) from hits group by ${sql.ref(COLUMNS[facet])}`,
    ),
  ]
  const { rows } = await sql<{ facet: string; value: string | null; bits: number | null; calls: number }>`
    with hits as materialized ${hits} ${sql.join(counts, sql` union all `)}`.execute(kysely)
  const of = (facet: string) => rows.filter((row) => row.facet === facet)
  return {
    total: of('total')[0]?.calls ?? 0,
    ...Object.fromEntries(
      facets.map((facet) => [facet, facet === 'flags' ? countedFlags(of(facet)) : inOrder(of(facet))]),
    ),
  }
}

function countedFlags(rows: readonly { readonly bits: number | null; readonly calls: number }[]): Counted {
  return inOrder(
    FLAGS.map((value, i) => {
      const having = rows.filter(({ bits }) => ((bits ?? 0) & (2 ** i)) !== 0)
      return { value, calls: having.reduce((sum, { calls }) => sum + calls, 0) }
    }),
  )
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

/** The most frequent first. Live calls have no outcome yet, and no reason why they ended. */
function inOrder(rows: readonly { readonly value: string | null; readonly calls: number }[]): Counted {
  return rows
    .flatMap(({ value, calls }) => (value === null || calls === 0 ? [] : [{ value, calls }]))
    .sort((a, b) => b.calls - a.calls || (a.value < b.value ? -1 : 1))
}
