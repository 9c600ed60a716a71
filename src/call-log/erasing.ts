/** Taking calls away, or their words: by request, and when their time is up. The same in both engines. */
import { type CompiledQuery, sql } from 'kysely'
import type { z } from 'zod'
import type { Database } from '../database/database.ts'
import type { Erased, Perishable } from './archive.ts'
import { hourOf, type KeptMarks, reversed } from './call-records.ts'
import { wordMarks } from './call-row.ts'
import { readEventRow, toEventRow } from './event-rows.ts'
import { foldCall } from './fold-call.ts'
import type { CallRow } from './rows.ts'
import { withoutWords } from './without-words.ts'

/** Calls taken away in one transaction: live calls' events wait for no more than that. */
const AT_A_TIME = 20
const BY_CALL_ID = ['events', 'forgotten', 'reviews', 'call_tags', 'notes', 'shares', 'outbox'] as const
const BY_CALL_NO = ['turns', 'tool_calls', 'usage', 'call_words'] as const

export async function callsOf({ kysely }: Database, from: string): Promise<string[]> {
  const rows = await kysely
    .selectFrom('calls')
    .select('call_id')
    .where('caller_reversed', '=', reversed(from))
    .orderBy('started_at')
    .orderBy('call_id')
    .execute()
  return rows.map(({ call_id }) => call_id)
}

/** @throws Error when one is live; then nothing is erased */
export async function eraseCalls(db: Database, callIds: readonly string[]): Promise<Erased> {
  const { kysely } = db
  for (const ids of groups(callIds)) await refuseLive(db, ids)
  let calls = 0
  let events = 0
  for (const ids of groups(callIds)) {
    const callNos = kysely.selectFrom('calls').select('call_no').where('call_id', 'in', ids)
    const hours = await kysely.selectFrom('calls').select('started_at').where('call_id', 'in', ids).execute()
    const changed = await db.write([
      kysely.deleteFrom('events').where('call_id', 'in', ids).compile(),
      ...BY_CALL_NO.map((table) => kysely.deleteFrom(table).where('call_no', 'in', callNos).compile()),
      ...BY_CALL_ID.slice(1).map((table) => kysely.deleteFrom(table).where('call_id', 'in', ids).compile()),
      ...staleHours(
        db,
        hours.map(({ started_at }) => started_at),
      ),
      kysely.deleteFrom('calls').where('call_id', 'in', ids).compile(),
    ])
    events += changed[0] ?? 0
    calls += changed.at(-1) ?? 0
  }
  await db.scrub()
  return { calls, events }
}

async function refuseLive({ kysely }: Database, ids: readonly string[]): Promise<void> {
  const live = await kysely
    .selectFrom('calls')
    .select('call_id')
    .where('call_id', 'in', ids)
    .where('ended_at', 'is', null)
    .executeTakeFirst()
  if (live !== undefined) throw new Error(`Call ${live.call_id} is live: it can be erased when it has ended`)
}

function staleHours({ kysely }: Database, startedAts: readonly number[]): CompiledQuery[] {
  return [...new Set(startedAts.map(hourOf))].map((at) =>
    kysely
      .insertInto('stale_figures')
      .values({ at, changes: 1 })
      .onConflict((conflict) => conflict.column('at').doUpdateSet({ changes: sql<number>`stale_figures.changes + 1` }))
      .compile(),
  )
}

export async function outdated(
  { kysely }: Database,
  what: Perishable,
  agent: string,
  before: number,
  limit: number,
): Promise<string[]> {
  let query = kysely
    .selectFrom('calls')
    .select('call_id')
    .where('agent', '=', agent)
    .where('ended_at', 'is not', null)
    .where('ended_at', '<', before)
    .orderBy('ended_at')
    .orderBy('call_id')
    .limit(limit)
  if (what === 'audio') query = query.where((eb) => eb(eb.fn.coalesce('recording_set', 'recording'), '=', 'kept'))
  if (what === 'words') {
    query = query.where((eb) => eb('calls.call_id', 'not in', eb.selectFrom('forgotten').select('forgotten.call_id')))
  }
  return (await query.execute()).map(({ call_id }) => call_id)
}

/** Calls that are live keep their words. */
export async function forgetWords(db: Database, callIds: readonly string[], at: number): Promise<void> {
  for (const callId of callIds) await forgetWordsOf(db, callId, at)
  await db.scrub()
}

async function forgetWordsOf(db: Database, callId: string, at: number): Promise<void> {
  const { kysely } = db
  const rows = await kysely.selectFrom('events').selectAll().where('call_id', '=', callId).orderBy('seq').execute()
  const events = rows.map((row) => readEventRow(row))
  const fold = events.reduce(foldCall, null)
  if (fold === null || fold.ended === null) return
  const callNo = kysely.selectFrom('calls').select('call_no').where('call_id', '=', callId)
  // A webhook that was not answered yet has the words in it, too.
  const taken = [kysely.deleteFrom('notes'), kysely.deleteFrom('outbox')]
  const marks: z.infer<typeof KeptMarks> = wordMarks(fold)
  const forgotten = { call_id: callId, at, marks: JSON.stringify(marks) }
  await db.write([
    ...events.flatMap((event) => {
      const body = withoutWords(event.body)
      if (body === event.body) return []
      const row = toEventRow({ ...event, body })
      const change = kysely.updateTable('events').set({ v: row.v, body: row.body })
      return [change.where('call_id', '=', callId).where('seq', '=', row.seq).compile()]
    }),
    // What is known from the words alone was kept the first time.
    kysely
      .insertInto('forgotten')
      .values(forgotten)
      .onConflict((conflict) => conflict.doNothing())
      .compile(),
    kysely.updateTable('turns').set({ heard_text: '', unheard_text: '' }).where('call_no', '=', callNo).compile(),
    kysely.updateTable('call_words').set({ words: '' }).where('call_no', '=', callNo).compile(),
    kysely
      .updateTable('calls')
      .set({ end_detail: '' })
      .where('call_id', '=', callId)
      .where('end_reason', 'in', ['agent-ended', 'transferred'])
      .compile(),
    ...taken.map((query) => query.where('call_id', '=', callId).compile()),
  ])
}

export async function setRecording(db: Database, callId: string, recording: CallRow['recording']): Promise<void> {
  const query = db.kysely.updateTable('calls').set({ recording_set: recording }).where('call_id', '=', callId)
  await db.write([query.compile()])
}

function* groups(ids: readonly string[]): Generator<string[]> {
  for (let i = 0; i < ids.length; i += AT_A_TIME) yield ids.slice(i, i + AT_A_TIME)
}
