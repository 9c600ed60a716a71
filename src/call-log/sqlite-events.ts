/** The table of events, on a connection of this thread. */
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { CallEvent } from '../call/events.ts'
import { readEventRow, toEventRow } from './event-rows.ts'

export class EventTable {
  readonly #insert: StatementSync
  readonly #ofCall: StatementSync

  constructor(db: DatabaseSync) {
    this.#insert = db.prepare(
      'insert into events (call_id, seq, v, at, at_ms, type, body) values (?, ?, ?, ?, ?, ?, ?) on conflict do nothing',
    )
    this.#ofCall = db.prepare('select call_id, seq, v, at, at_ms, body from events where call_id = ? order by seq')
  }

  /** @returns whether it is new */
  insert(event: CallEvent): boolean {
    const { call_id, seq, v, at, at_ms, type, body } = toEventRow(event)
    return this.#insert.run(call_id, seq, v, at, at_ms, type, body).changes === 1
  }

  /** @throws Error when one cannot be understood */
  read(callId: string): CallEvent[] {
    return this.#ofCall.all(callId).map((row) => readEventRow(row))
  }
}
