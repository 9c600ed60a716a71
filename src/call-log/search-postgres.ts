/**
 * Search in Postgres. The index knows which calls have which words; whether they stand in one line, and together, is looked up
 * in the words themselves.
 */
import { type Expression, type RawBuilder, type SqlBool, sql } from 'kysely'
import type { Database } from '../database/database.ts'
import type { SearchEngine } from './search-engine.ts'
import { needlesOf, type Search } from './search-words.ts'

/** Of calls with these words, from here on, a page is found sooner by walking the list than by collecting all of them. */
const COMMON = 5000

export function postgresSearch({ kysely }: Database): SearchEngine {
  return {
    async condition(search, purpose) {
      const match = matchOf(search)
      const said = sql<SqlBool>`exists (select 1 from call_words, regexp_split_to_table(call_words.words, E'\n') as line
        where call_words.call_no = calls.call_no and ${linesWith(search)})`
      if (purpose === 'page' && (await isCommon(match))) return said
      const indexed = sql<SqlBool>`calls.call_no in (select call_no from call_words where vector @@ ${match}::tsquery)`
      return sql<SqlBool>`(${indexed} and ${said})` as Expression<SqlBool>
    },
  }

  async function isCommon(match: string): Promise<boolean> {
    const { rows } = await sql<{ calls: number }>`
      select count(*) as calls from (
        select 1 from call_words where vector @@ ${match}::tsquery limit ${COMMON + 1}) as found`.execute(kysely)
    return (rows[0]?.calls ?? 0) > COMMON
  }
}

function linesWith(search: Search): RawBuilder<unknown> {
  return sql.join(
    needlesOf(search).map((needle) => sql`strpos(line, ${needle}) > 0`),
    sql` and `,
  )
}

/** In the language of tsquery. Words are letters and digits only, so that quoting them is enough. */
function matchOf({ phrases }: Search): string {
  return phrases
    .flatMap(({ words, open }) => words.map((word, i) => `'${word}'${open && i === words.length - 1 ? ':*' : ''}`))
    .join(' & ')
}
