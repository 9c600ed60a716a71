/**
 * Search in SQLite. The index knows which lines have which words; whether words of a line stand together is looked up in the
 * words themselves by a function of ours (sqlite-functions.ts).
 */
import { type SqlBool, sql } from 'kysely'
import { INDEXED_LINES } from '../database/call-tables.ts'
import type { Database } from '../database/database.ts'
import type { SearchEngine } from './search-engine.ts'
import { needlesOf, type Search } from './search-words.ts'

/** When so many lines have the words, a page is found sooner by walking the list than by collecting all of them. */
const COMMON = 8000

export function sqliteSearch({ kysely }: Database): SearchEngine {
  return {
    async condition(search, purpose) {
      const match = matchOf(search)
      const needles = JSON.stringify(needlesOf(search))
      const said = sql<SqlBool>`exists (select 1 from call_words
        where call_words.call_no = calls.call_no and says(call_words.words, ${needles}))`
      if (purpose === 'page' && (await isCommon(match))) return said
      // Live calls are not in the index yet.
      const indexed = sql<SqlBool>`calls.call_no in (
        select rowid / ${sql.lit(INDEXED_LINES)} from call_words_index where call_words_index match ${match}
        union all select call_no from call_words where live = 1 and says(words, ${needles}))`
      const isExact = search.phrases.every(({ words }) => words.length === 1)
      return isExact ? indexed : sql<SqlBool>`(${indexed} and ${said})`
    },
  }

  async function isCommon(match: string): Promise<boolean> {
    const { rows } = await sql<{ lines: number }>`
      select count(*) as lines from (
        select 1 from call_words_index where call_words_index match ${match} limit ${COMMON + 1})`.execute(kysely)
    return (rows[0]?.lines ?? 0) > COMMON
  }
}

/** In FTS5's language. Words are letters and digits only, so that quoting them is enough. */
function matchOf({ phrases }: Search): string {
  return phrases
    .flatMap(({ words, open }) => words.map((word, i) => `"${word}"${open && i === words.length - 1 ? ' *' : ''}`))
    .join(' AND ')
}
