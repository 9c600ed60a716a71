/**
 * Search in SQLite. The index knows which calls have which words; whether they stand in one line, and together, is looked up
 * in the words themselves by a function of ours (sqlite-functions.ts).
 */
import { type Expression, type SqlBool, sql } from 'kysely'
import type { Database } from '../database/database.ts'
import type { SearchEngine } from './search-engine.ts'
import { needlesOf, type Search } from './search-words.ts'

/** Of calls with these words, from here on, a page is found sooner by walking the list than by collecting all of them. */
const COMMON = 5000

export function sqliteSearch({ kysely }: Database): SearchEngine {
  return {
    async condition(search, purpose) {
      const match = matchOf(search)
      const indexed = sql<SqlBool>`calls.call_no in (
        select rowid from call_words_index where call_words_index match ${match}
        union all select call_no from call_words where live = 1)`
      const said = sql<SqlBool>`exists (select 1 from call_words
        where call_words.call_no = calls.call_no and says(call_words.words, ${JSON.stringify(needlesOf(search))}))`
      if (purpose === 'page' && (await isCommon(match))) return said
      return sql<SqlBool>`(${indexed} and ${said})` as Expression<SqlBool>
    },
  }

  async function isCommon(match: string): Promise<boolean> {
    const { rows } = await sql<{ calls: number }>`
      select count(*) as calls from (
        select 1 from call_words_index where call_words_index match ${match} limit ${COMMON + 1})`.execute(kysely)
    return (rows[0]?.calls ?? 0) > COMMON
  }
}

/** In FTS5's language. Words are letters and digits only, so that quoting them is enough. */
function matchOf({ phrases }: Search): string {
  return phrases
    .flatMap(({ words, open }) => words.map((word, i) => `"${word}"${open && i === words.length - 1 ? ' *' : ''}`))
    .join(' AND ')
}
