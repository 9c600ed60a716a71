/** What a search has found in each call of a page, and where: cut from the words as they were said. */
import type { Database } from '../database/database.ts'
import { type CallRecord, lineText } from './call-records.ts'
import type { ListedCall } from './rows.ts'
import { cutHit, findLine, needlesOf, type Search } from './search-words.ts'

/** By call number. */
export async function findHits(
  { kysely }: Database,
  records: readonly CallRecord[],
  search: Search,
): Promise<Map<number, NonNullable<ListedCall['hit']>>> {
  const hits = new Map<number, NonNullable<ListedCall['hit']>>()
  if (records.length === 0) return hits
  const callNos = records.map(({ call_no }) => call_no)
  const needles = needlesOf(search)
  const words = await kysely.selectFrom('call_words').selectAll().where('call_no', 'in', callNos).execute()
  const lines = new Map(words.map((row) => [row.call_no, findLine(row.words, needles)]))
  const wanted = [...lines].filter((each): each is [number, number] => each[1] !== null)
  if (wanted.length === 0) return hits
  const turns = await kysely
    .selectFrom('turns')
    .select(['call_no', 'by_caller', 'at_ms', 'heard_text', 'unheard_text'])
    .where(({ eb, or }) => or(wanted.map(([callNo, lineNo]) => eb('call_no', '=', callNo).and('line_no', '=', lineNo))))
    .execute()
  for (const { call_no, by_caller, at_ms, heard_text, unheard_text } of turns) {
    const cut = cutHit(lineText({ heardText: heard_text, unheardText: unheard_text }), search)
    if (cut !== null) hits.set(call_no, { by: by_caller === 1 ? 'caller' : 'agent', atMs: at_ms, ...cut })
  }
  return hits
}
