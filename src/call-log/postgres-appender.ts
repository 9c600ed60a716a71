/**
 * Events on their way into Postgres, with the rows that are folded from them in the same transaction. What was folded of live
 * calls stays in memory; of a call that is not there (after a restart, or behind its end) all events are folded again.
 */
import type { PoolClient } from 'pg'
import { z } from 'zod'
import type { CallEvent } from '../call/events.ts'
import { isAway } from '../database/postgres-client.ts'
import type { PostgresEnds } from '../database/postgres-writer.ts'
import { readEventRow, toEventRow } from './event-rows.ts'
import { type CallFold, foldCall } from './fold-call.ts'
import { type Change, callNos, type Written, writeCalls } from './postgres-rows.ts'
import { noteServer } from './servers.ts'

/** Two servers that wait for each other: one of them is told, and does it again. */
const DEADLOCKS_MOST = 5
const Deadlock = z.object({ code: z.string().regex(/^40/) })
const Key = z.array(z.object({ call_id: z.string(), seq: z.number() }))

type Known = Written | null

export class PostgresAppender {
  readonly #ends: PostgresEnds
  readonly #serverNo: () => number | null
  #live: ReadonlyMap<string, Known> = new Map()

  /** @param serverNo which server this is, as servers.ts knows it */
  constructor(ends: PostgresEnds, serverNo: () => number | null) {
    this.#ends = ends
    this.#serverNo = serverNo
  }

  /**
   * Appends batches, each all or none, in as few transactions as can be. Its result has, for each batch, the error that kept
   * it out, or undefined once it is kept.
   * @throws what kept all of them out: the server is away
   */
  async append(batches: readonly (readonly CallEvent[])[]): Promise<unknown[]> {
    const outcomes: unknown[] = batches.map(faultOf)
    const good = batches.flatMap((events, i) => (outcomes[i] === undefined ? [{ i, events }] : []))
    try {
      await this.#keep(good.flatMap(({ events }) => events))
      return outcomes
    } catch (error) {
      if (isAway(error) || good.length === 1) {
        if (isAway(error)) throw error
        for (const { i } of good) outcomes[i] = error
        return outcomes
      }
    }
    // One that can never be kept (a bug of ours) must not take the events of other calls with it.
    for (const { i, events } of good) {
      try {
        await this.#keep(events)
      } catch (error) {
        if (isAway(error)) throw error
        outcomes[i] = error
      }
    }
    return outcomes
  }

  /** Folds calls from their events and writes all of their rows. */
  async foldAgain(callIds: readonly string[]): Promise<void> {
    await this.#transaction(async (client) => {
      const live = new Map(this.#live)
      const changes: Change[] = []
      for (const callId of callIds) {
        live.delete(callId)
        changes.push({ callId, fold: await foldFromEvents(client, callId), before: 'unknown' })
      }
      await writeCalls(client, changes)
      return live
    })
  }

  async #keep(events: readonly CallEvent[]): Promise<void> {
    if (events.length === 0) return
    await this.#transaction(async (client) => {
      const fresh = await insertEvents(client, events)
      const byCall = Map.groupBy(fresh, ({ callId }) => callId)
      const strangers = [...byCall.keys()].filter((callId) => !this.#live.has(callId))
      const known = await callNos(client, strangers)
      const changes: Change[] = []
      for (const [callId, added] of byCall) changes.push(await this.#fold(client, callId, added, known.has(callId)))
      const written = await writeCalls(client, changes)
      const began = fresh.filter(({ body }) => body.type === 'call-started').map(({ callId }) => callId)
      const ended = fresh.filter(({ body }) => body.type === 'call-ended').map(({ callId }) => callId)
      await noteServer(client, this.#serverNo(), began, ended)
      const live = new Map(this.#live)
      for (const { callId } of changes) {
        const now = written.get(callId) ?? null
        if (now === null || now.fold.ended !== null) live.delete(callId)
        else live.set(callId, now)
      }
      return live
    })
  }

  async #fold(client: PoolClient, callId: string, added: readonly CallEvent[], isThere: boolean): Promise<Change> {
    const written = this.#live.get(callId)
    const before = written ?? (isThere ? 'unknown' : null)
    let fold: CallFold | null = written?.fold ?? null
    for (const event of added.toSorted((a, b) => a.seq - b.seq)) {
      // An event that came behind later ones, as after a repair of the log, belongs in its place; so does a beginning.
      const inOrder = fold === null ? before === null && event.body.type !== 'call-started' : event.seq > fold.lastSeq
      if (!inOrder) return { callId, fold: await foldFromEvents(client, callId), before: 'unknown' }
      fold = foldCall(fold, event)
    }
    return { callId, fold, before }
  }

  /** What is folded counts once it is kept. A commit that nobody answered may have been one: then nothing is known any more. */
  async #transaction(work: (client: PoolClient) => Promise<ReadonlyMap<string, Known>>): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        this.#live = await this.#ends.transaction(work)
        return
      } catch (error) {
        if (isAway(error)) this.#live = new Map()
        if (!Deadlock.safeParse(error).success || attempt === DEADLOCKS_MOST) throw error
      }
    }
  }
}

/** Postgres takes numbers that are none; nobody could read such an event back. */
function faultOf(events: readonly CallEvent[]): TypeError | undefined {
  const wrong = events.find(
    ({ seq, at, atMs }) => !Number.isInteger(seq) || !Number.isFinite(at) || !Number.isFinite(atMs),
  )
  return wrong === undefined ? undefined : new TypeError(`event ${wrong.seq} has no valid time or number`)
}

/** @returns those that are new */
async function insertEvents(client: PoolClient, events: readonly CallEvent[]): Promise<CallEvent[]> {
  const rows = events.map(toEventRow)
  const { rows: inserted } = await client.query(
    `insert into events (call_id, seq, v, at, at_ms, type, body)
     select * from unnest($1::text[], $2::int[], $3::int[], $4::double precision[], $5::double precision[], $6::text[], $7::text[])
     on conflict do nothing returning call_id, seq`,
    [
      rows.map(({ call_id }) => call_id),
      rows.map(({ seq }) => seq),
      rows.map(({ v }) => v),
      rows.map(({ at }) => at),
      rows.map(({ at_ms }) => at_ms),
      rows.map(({ type }) => type),
      rows.map(({ body }) => body),
    ],
  )
  const keys = new Set(Key.parse(inserted).map(({ call_id, seq }) => `${call_id} ${seq}`))
  // Of two with one number in one batch, the first is the one that was kept.
  return events.filter(({ callId, seq }) => keys.delete(`${callId} ${seq}`))
}

async function foldFromEvents(client: PoolClient, callId: string): Promise<CallFold | null> {
  const { rows } = await client.query(
    'select call_id, seq, v, at, at_ms, body from events where call_id = $1 order by seq',
    [callId],
  )
  return rows.map((row: unknown) => readEventRow(row)).reduce(foldCall, null)
}
