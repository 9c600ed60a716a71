/**
 * Events on their way into the file, with the rows that are folded from them in the same transaction. What was folded of live
 * calls stays in memory; of a call that is not there (after a restart, or behind its end) all events are folded again.
 */
import type { DatabaseSync } from 'node:sqlite'
import type { CallEvent } from '../call/events.ts'
import type { CallFold } from './fold-call.ts'
import { foldCall } from './fold-call.ts'
import { EventTable } from './sqlite-events.ts'
import { RowTables, type Written } from './sqlite-rows.ts'

/** A live call as it was last written; null: its beginning has not come. */
type Known = Written | null

export class SqliteAppender {
  readonly #db: DatabaseSync
  readonly #events: EventTable
  readonly #rows: RowTables
  #live: ReadonlyMap<string, Known> = new Map()

  constructor(db: DatabaseSync) {
    this.#db = db
    this.#events = new EventTable(db)
    this.#rows = new RowTables(db)
  }

  /**
   * Appends batches in one transaction, each batch all or none. Its result has, for each batch, the error that kept it out,
   * or undefined once it is on disk.
   */
  append(batches: readonly (readonly CallEvent[])[]): unknown[] {
    const outcomes: unknown[] = batches.map(() => undefined)
    // What is folded counts once it is on disk.
    let live = this.#live
    try {
      this.#db.exec('begin immediate')
      for (const [i, events] of batches.entries()) {
        try {
          this.#db.exec('savepoint batch')
          live = this.#appendBatch(live, events)
          this.#db.exec('release batch')
        } catch (error) {
          // An event that can never be kept (a bug of ours) must not take the events of other calls with it; an error
          // of the disk ends the whole transaction.
          if (!this.#db.isTransaction) throw error
          this.#db.exec('rollback to batch; release batch')
          outcomes[i] = error
        }
      }
      this.#db.exec('commit')
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec('rollback')
      return batches.map((_, i) => outcomes[i] ?? error)
    }
    this.#live = live
    return outcomes
  }

  /** Folds a call from its events and writes all of its rows. Within a transaction of the caller's. */
  foldAgain(callId: string): void {
    const live = new Map(this.#live)
    live.delete(callId)
    this.#live = live
    this.#rows.writeAgain(callId, this.#events.read(callId).reduce(foldCall, null))
  }

  #appendBatch(live: ReadonlyMap<string, Known>, events: readonly CallEvent[]): ReadonlyMap<string, Known> {
    const folds = new Map<string, { fold: CallFold | null; before: Known | 'unknown' }>()
    for (const event of events) {
      if (!this.#events.insert(event)) continue
      const known = folds.get(event.callId) ?? this.#lookUp(live, event.callId)
      folds.set(event.callId, this.#fold(known, event))
    }
    const now = new Map(live)
    for (const [callId, { fold, before }] of folds) {
      const written =
        fold === null || before === 'unknown' ? this.#rows.writeAgain(callId, fold) : this.#rows.write(fold, before)
      if (written === null || written.fold.ended !== null) now.delete(callId)
      else now.set(callId, written)
    }
    return now
  }

  #lookUp(live: ReadonlyMap<string, Known>, callId: string): { fold: CallFold | null; before: Known | 'unknown' } {
    const written = live.get(callId)
    if (written !== undefined) return { fold: written?.fold ?? null, before: written }
    return { fold: null, before: this.#rows.has(callId) ? 'unknown' : null }
  }

  #fold(
    known: { fold: CallFold | null; before: Known | 'unknown' },
    event: CallEvent,
  ): { fold: CallFold | null; before: Known | 'unknown' } {
    const { fold, before } = known
    // An event that came behind later ones, as after a repair of the log, belongs in its place.
    const inOrder = fold === null ? before === null && event.body.type !== 'call-started' : event.seq > fold.lastSeq
    if (!inOrder) return { fold: this.#events.read(event.callId).reduce(foldCall, null), before: 'unknown' }
    return { fold: foldCall(fold, event), before }
  }
}
