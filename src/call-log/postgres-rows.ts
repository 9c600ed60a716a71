/** The rows of calls in Postgres, written many at a time: a round trip costs as much for one row as for a hundred. */
import type { PoolClient } from 'pg'
import { z } from 'zod'
import {
  CALLING_AGAIN_MS,
  callProgress,
  callStart,
  canCallAgain,
  hourOf,
  KeptMarks,
  toolRecord,
  turnRecord,
  usageRecord,
  wordsRecord,
} from './call-records.ts'
import type { CallFold } from './fold-call.ts'

/** A call as its rows hold it. */
export interface Written {
  readonly callNo: number
  readonly fold: CallFold
}

/** What is to be written of one call, beside what was written `before`; `unknown`: all of it, whatever is there. */
export interface Change {
  readonly callId: string
  /** Null: nothing says that there is such a call. */
  readonly fold: CallFold | null
  readonly before: Written | 'unknown' | null
}

type Row = Readonly<Record<string, unknown>>

const CallNos = z.array(z.object({ call_id: z.string(), call_no: z.number() }))
const Marks = z.array(z.object({ call_id: z.string(), marks: z.string() }))
const Starts = z.array(z.object({ started_at: z.number() }))
const Found = z.array(z.unknown())

const PARTS = ['turns', 'tool_calls', 'usage', 'call_words'] as const

/** Within a transaction of the caller's. @returns the calls that there are now, by id */
export async function writeCalls(client: PoolClient, changes: readonly Change[]): Promise<Map<string, Written>> {
  const unknown = changes.filter(({ before }) => before === 'unknown').map(({ callId }) => callId)
  const marks = await marksOf(client, unknown)
  const known = await callNos(client, unknown)
  if (known.size > 0) {
    for (const table of PARTS) await client.query(`delete from ${table} where call_no = any($1)`, [[...known.values()]])
  }
  const gone = changes.filter(({ fold, callId }) => fold === null && known.has(callId)).map(({ callId }) => callId)
  if (gone.length > 0) await client.query('delete from calls where call_id = any($1)', [gone])

  const stale = new Map<number, number>()
  const calls: Row[] = []
  const left = changes.flatMap(({ fold, ...more }) => (fold === null ? [] : [{ fold, ...more }]))
  for (const { callId, fold, before } of left) {
    const start = callStart(fold)
    const isNew = before === null || (before === 'unknown' && !known.has(callId))
    const repeat = isNew ? await markRepeats(client, start.caller_reversed, start.caller, fold.startedAt, stale) : 0
    calls.push({ ...start, ...callProgress(fold, marks.get(callId)), repeat_call: repeat })
    if (fold.ended !== null) addStale(stale, fold.startedAt)
  }
  const numbers = await upsertCalls(client, calls)
  const turns: Row[] = []
  const tools: Row[] = []
  const usages: Row[] = []
  const words: Row[] = []
  const written = new Map<string, Written>()
  for (const { callId, fold, before } of left) {
    const callNo = numbers.get(callId)
    if (callNo === undefined) throw new Error(`call ${callId} was not written`)
    written.set(callId, { callNo, fold })
    const past = before === 'unknown' ? null : (before?.fold ?? null)
    for (const [i, line] of fold.lines.entries()) if (past?.lines[i] !== line) turns.push(turnRecord(callNo, i, line))
    for (const [i, tool] of fold.tools.entries()) if (past?.tools[i] !== tool) tools.push(toolRecord(callNo, i, tool))
    if (past?.usage !== fold.usage) usages.push(usageRecord(callNo, fold.usage))
    const ended = fold.ended !== null && (past?.ended ?? null) === null
    if (ended || past?.lines !== fold.lines) words.push(wordsRecord(callNo, fold))
  }
  await upsert(client, 'turns', ['call_no', 'line_no'], turns)
  await upsert(client, 'tool_calls', ['call_no', 'tool_no'], tools)
  await upsert(client, 'usage', ['call_no'], usages)
  await upsert(client, 'call_words', ['call_no'], words)
  await makeStale(client, stale)
  return written
}

/** The numbers of those of the calls that are there. */
export async function callNos(client: PoolClient, callIds: readonly string[]): Promise<Map<string, number>> {
  if (callIds.length === 0) return new Map()
  const { rows } = await client.query('select call_id, call_no from calls where call_id = any($1)', [callIds])
  return new Map(CallNos.parse(rows).map(({ call_id, call_no }) => [call_id, call_no]))
}

async function marksOf(
  client: PoolClient,
  callIds: readonly string[],
): Promise<Map<string, z.infer<typeof KeptMarks>>> {
  if (callIds.length === 0) return new Map()
  const { rows } = await client.query('select call_id, marks from forgotten where call_id = any($1)', [callIds])
  return new Map(Marks.parse(rows).map(({ call_id, marks }) => [call_id, KeptMarks.parse(JSON.parse(marks))]))
}

/** @returns whether the caller had called before; calls that they made afterwards and that are there already learn of this one */
async function markRepeats(
  client: PoolClient,
  callerReversed: string,
  caller: string,
  startedAt: number,
  stale: Map<number, number>,
): Promise<0 | 1> {
  if (!canCallAgain(caller)) return 0
  const later = await client.query(
    `update calls set repeat_call = 1
     where caller_reversed = $1 and started_at > $2 and started_at <= $3 and repeat_call = 0 returning started_at`,
    [callerReversed, startedAt, startedAt + CALLING_AGAIN_MS],
  )
  for (const { started_at } of Starts.parse(later.rows)) addStale(stale, started_at)
  const earlier = await client.query(
    'select 1 from calls where caller_reversed = $1 and started_at >= $2 and started_at < $3 limit 1',
    [callerReversed, startedAt - CALLING_AGAIN_MS, startedAt],
  )
  return Found.parse(earlier.rows).length === 0 ? 0 : 1
}

/** What a call began with stays, and so does whether it repeats one. */
async function upsertCalls(client: PoolClient, rows: readonly Row[]): Promise<Map<string, number>> {
  const [first] = rows
  if (first === undefined) return new Map()
  const columns = Object.keys(first)
  const changing = columns.filter((column) => !['call_id', 'repeat_call'].includes(column))
  const { rows: numbers } = await client.query(
    `insert into calls (${columns.join(', ')})
     select ${columns.join(', ')} from json_populate_recordset(null::calls, $1::json)
     on conflict (call_id) do update set ${changing.map((column) => `${column} = excluded.${column}`).join(', ')}
     returning call_id, call_no`,
    [JSON.stringify(rows)],
  )
  return new Map(CallNos.parse(numbers).map(({ call_id, call_no }) => [call_id, call_no]))
}

/** In place of rows with the same key. */
async function upsert(client: PoolClient, table: string, key: readonly string[], rows: readonly Row[]): Promise<void> {
  const [first] = rows
  if (first === undefined) return
  const columns = Object.keys(first)
  const others = columns.filter((column) => !key.includes(column))
  await client.query(
    `insert into ${table} (${columns.join(', ')})
     select ${columns.join(', ')} from json_populate_recordset(null::${table}, $1::json)
     on conflict (${key.join(', ')}) do update set ${others.map((column) => `${column} = excluded.${column}`).join(', ')}`,
    [JSON.stringify(rows)],
  )
}

function addStale(stale: Map<number, number>, startedAt: number): void {
  const hour = hourOf(startedAt)
  stale.set(hour, (stale.get(hour) ?? 0) + 1)
}

/** In one order for all servers, so that none waits for another that waits for it. */
async function makeStale(client: PoolClient, stale: ReadonlyMap<number, number>): Promise<void> {
  if (stale.size === 0) return
  const hours = [...stale.keys()].toSorted((a, b) => a - b)
  await client.query(
    `insert into stale_figures (at, changes) select * from unnest($1::double precision[], $2::int[])
     on conflict (at) do update set changes = stale_figures.changes + excluded.changes`,
    [hours, hours.map((hour) => stale.get(hour))],
  )
}
