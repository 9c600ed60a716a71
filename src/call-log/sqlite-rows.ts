/** Events and summaries as rows: what is written in one transaction, and how rows are read back. */
import type { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'
import { type CallEvent, EventBody } from '../call/events.ts'
import type { CallQuery, CallSummary } from './store.ts'
import { foldSummary } from './summary.ts'

const EventRow = z.object({
  call_id: z.string(),
  seq: z.int(),
  v: z.int(),
  at: z.number(),
  at_ms: z.number(),
  body: z.string(),
})

const CallRow = z
  .object({
    call_id: z.string(),
    last_seq: z.int(),
    started_at: z.number(),
    carrier: z.string(),
    carrier_call_id: z.string(),
    agent: z.string(),
    caller: z.string(),
    called: z.string(),
    duration_ms: z.number(),
    end_reason: z.string().nullable(),
    turns: z.int(),
    interruptions: z.int(),
    tool_calls: z.int(),
    cost_usd: z.number().nullable(),
  })
  .transform((row): Kept => {
    const summary = {
      callId: row.call_id,
      startedAt: row.started_at,
      carrier: row.carrier,
      carrierCallId: row.carrier_call_id,
      agent: row.agent,
      from: row.caller,
      to: row.called,
      durationMs: row.duration_ms,
      endReason: row.end_reason,
      turns: row.turns,
      interruptions: row.interruptions,
      toolCalls: row.tool_calls,
      costUsd: row.cost_usd,
    }
    return { summary, lastSeq: row.last_seq }
  })

/** A summary and the seq of the last event folded into it. */
interface Kept {
  readonly summary: CallSummary
  readonly lastSeq: number
}

/** @throws Error when an event cannot be understood: then the file was altered, or this version is too old for it */
export function readEvents(db: DatabaseSync, callId: string): CallEvent[] {
  const rows = db
    .prepare('select call_id, seq, v, at, at_ms, body from events where call_id = ? order by seq')
    .all(callId)
  return rows.map((row) => {
    const { call_id, seq, v, at, at_ms, body } = EventRow.parse(row)
    const parsed = EventBody.safeParse(JSON.parse(body))
    if (parsed.success) return { v, callId: call_id, seq, at, atMs: at_ms, body: parsed.data }
    throw new Error(`Event ${seq} of call ${callId} cannot be read: ${z.prettifyError(parsed.error)}`)
  })
}

export function readCalls(db: DatabaseSync, { limit, before }: CallQuery): CallSummary[] {
  const newest = 'order by started_at desc, call_id desc limit ?'
  const rows =
    before === undefined
      ? db.prepare(`select * from calls ${newest}`).all(limit)
      : db
          .prepare(
            `select * from calls where (started_at, call_id) < (select started_at, call_id from calls where call_id = ?) ${newest}`,
          )
          .all(before, limit)
  return rows.map((row) => CallRow.parse(row).summary)
}

export function readUnfinished(db: DatabaseSync): string[] {
  const rows = db.prepare('select call_id from calls where end_reason is null order by started_at, call_id').all()
  return rows.map((row) => z.object({ call_id: z.string() }).parse(row).call_id)
}

/**
 * @returns appends batches in one transaction, each batch all or none. Its result has, for each batch, the error that kept
 *   it out, or undefined once it is on disk
 */
export function sqliteAppender(db: DatabaseSync): (batches: readonly (readonly CallEvent[])[]) => unknown[] {
  const insert = db.prepare(
    'insert into events (call_id, seq, v, at, at_ms, type, body) values (?, ?, ?, ?, ?, ?, ?) on conflict do nothing',
  )
  const selectCall = db.prepare('select * from calls where call_id = ?')
  const upsertCall = db.prepare(
    `insert or replace into calls (call_id, last_seq, started_at, carrier, carrier_call_id, agent, caller, called,
       duration_ms, end_reason, turns, interruptions, tool_calls, cost_usd)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  )

  function appendBatch(events: readonly CallEvent[]): void {
    const summaries = new Map<string, Kept | null>()
    for (const event of events) {
      const { callId, seq, v, at, atMs, body } = event
      const { changes } = insert.run(callId, seq, v, at, atMs, body.type, JSON.stringify(body))
      if (changes === 0) continue
      const kept = summaries.has(callId) ? (summaries.get(callId) ?? null) : keptOf(callId)
      summaries.set(callId, fold(kept, event))
    }
    for (const kept of summaries.values()) if (kept !== null) keep(kept)
  }

  function keptOf(callId: string): Kept | null {
    const row = selectCall.get(callId)
    return row === undefined ? null : CallRow.parse(row)
  }

  function fold(kept: Kept | null, event: CallEvent): Kept | null {
    const inOrder = kept === null ? event.body.type !== 'call-started' : event.seq > kept.lastSeq
    if (!inOrder) return foldAgain(event.callId)
    const summary = foldSummary(kept?.summary ?? null, event)
    return summary === null ? null : { summary, lastSeq: event.seq }
  }

  /** An event that came behind later ones, as after a repair of the log, belongs in its place. */
  function foldAgain(callId: string): Kept | null {
    const events = readEvents(db, callId)
    const summary = events.reduce(foldSummary, null)
    return summary === null ? null : { summary, lastSeq: events.at(-1)?.seq ?? 0 }
  }

  function keep({ summary, lastSeq }: Kept): void {
    const { callId, startedAt, carrier, carrierCallId, agent, from, to } = summary
    const { durationMs, endReason, turns, interruptions, toolCalls, costUsd } = summary
    const who = [callId, lastSeq, startedAt, carrier, carrierCallId, agent, from, to]
    upsertCall.run(...who, durationMs, endReason, turns, interruptions, toolCalls, costUsd)
  }

  return (batches) => {
    const outcomes: unknown[] = batches.map(() => undefined)
    try {
      db.exec('begin immediate')
      for (const [i, events] of batches.entries()) {
        try {
          db.exec('savepoint batch')
          appendBatch(events)
          db.exec('release batch')
        } catch (error) {
          // An event that can never be kept (a bug of ours) must not take the events of other calls with it; an error
          // of the disk ends the whole transaction.
          if (!db.isTransaction) throw error
          db.exec('rollback to batch; release batch')
          outcomes[i] = error
        }
      }
      db.exec('commit')
    } catch (error) {
      if (db.isTransaction) db.exec('rollback')
      return batches.map((_, i) => outcomes[i] ?? error)
    }
    return outcomes
  }
}
