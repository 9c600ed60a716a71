/** The rows of calls, on a connection of this thread: what is written when more is known of a call. */
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
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

const CallNo = z.object({ call_no: z.int() })
const Marks = z.object({ marks: z.string() })
const Starts = z.array(z.object({ started_at: z.number() }))

export class RowTables {
  readonly #db: DatabaseSync
  readonly #ready = new Map<string, StatementSync>()

  constructor(db: DatabaseSync) {
    this.#db = db
  }

  has(callId: string): boolean {
    return this.#callNo(callId) !== null
  }

  /** @param before what is written already; null when nothing is */
  write(fold: CallFold, before: Written | null): Written {
    const progress = callProgress(fold)
    let callNo = before?.callNo
    if (callNo === undefined) callNo = this.#add(fold, progress)
    else this.#change('calls', progress, { call_no: callNo })
    this.#writeParts(callNo, fold, before?.fold ?? null)
    return { callNo, fold }
  }

  /** All of it, whatever is there. @param fold null: there is no such call any more */
  writeAgain(callId: string, fold: CallFold | null): Written | null {
    const known = this.#callNo(callId)
    if (known !== null) {
      for (const table of ['turns', 'tool_calls', 'usage', 'call_words']) {
        this.#run(`delete from ${table} where call_no = ?`, known)
      }
    }
    if (fold === null) {
      if (known !== null) this.#run('delete from calls where call_no = ?', known)
      return null
    }
    const progress = callProgress(fold, this.#marks(callId))
    const callNo = known ?? this.#add(fold, progress)
    if (known !== null) this.#change('calls', { ...callStart(fold), ...progress }, { call_no: known })
    this.#writeParts(callNo, fold, null)
    return { callNo, fold }
  }

  #add(fold: CallFold, progress: ReturnType<typeof callProgress>): number {
    const start = callStart(fold)
    const repeat = canCallAgain(start.caller) ? this.#markRepeats(start.caller_reversed, fold.startedAt) : 0
    return Number(this.#insert('calls', { ...start, ...progress, repeat_call: repeat }))
  }

  /** @returns whether the caller had called before; calls that they made afterwards and that are there already learn of this one */
  #markRepeats(caller: string, startedAt: number): 0 | 1 {
    const later = this.#prepare(
      `update calls set repeat_call = 1
       where caller_reversed = ? and started_at > ? and started_at <= ? and repeat_call = 0 returning started_at`,
    ).all(caller, startedAt, startedAt + CALLING_AGAIN_MS)
    for (const { started_at } of Starts.parse(later)) this.#makeStale(started_at)
    const earlier = this.#prepare(
      'select 1 from calls where caller_reversed = ? and started_at >= ? and started_at < ? limit 1',
    ).get(caller, startedAt - CALLING_AGAIN_MS, startedAt)
    return earlier === undefined ? 0 : 1
  }

  #writeParts(callNo: number, fold: CallFold, before: CallFold | null): void {
    for (const [i, line] of fold.lines.entries()) {
      if (before?.lines[i] !== line) this.#insert('turns', turnRecord(callNo, i, line))
    }
    for (const [i, tool] of fold.tools.entries()) {
      if (before?.tools[i] !== tool) this.#insert('tool_calls', toolRecord(callNo, i, tool))
    }
    if (before?.usage !== fold.usage) this.#insert('usage', usageRecord(callNo, fold.usage))
    const ended = fold.ended !== null && (before?.ended ?? null) === null
    if (ended || before?.lines !== fold.lines) this.#writeWords(callNo, fold)
    if (fold.ended !== null) this.#makeStale(fold.startedAt)
  }

  /** As an update: replacing a row would not run the trigger that takes the old words out of the index. */
  #writeWords(callNo: number, fold: CallFold): void {
    const { words, live } = wordsRecord(callNo, fold)
    this.#run(
      'insert into call_words (call_no, words, live) values (?, ?, ?) on conflict do update set words = excluded.words, live = excluded.live',
      callNo,
      words,
      live,
    )
  }

  #makeStale(startedAt: number): void {
    this.#run(
      'insert into stale_figures (at, changes) values (?, 1) on conflict do update set changes = changes + 1',
      hourOf(startedAt),
    )
  }

  #callNo(callId: string): number | null {
    const row = this.#prepare('select call_no from calls where call_id = ?').get(callId)
    return row === undefined ? null : CallNo.parse(row).call_no
  }

  #marks(callId: string): z.infer<typeof KeptMarks> | undefined {
    const row = this.#prepare('select marks from forgotten where call_id = ?').get(callId)
    return row === undefined ? undefined : KeptMarks.parse(JSON.parse(Marks.parse(row).marks))
  }

  /** In place of a row with the same key. */
  #insert(table: string, record: Readonly<Record<string, SQLInputValue>>): number | bigint {
    const columns = Object.keys(record)
    const text = `insert or replace into ${table} (${columns.join(', ')}) values (${columns.map(() => '?').join(', ')})`
    return this.#prepare(text).run(...Object.values(record)).lastInsertRowid
  }

  #change(
    table: string,
    record: Readonly<Record<string, SQLInputValue>>,
    key: Readonly<Record<string, SQLInputValue>>,
  ): void {
    const set = Object.keys(record).map((column) => `${column} = ?`)
    const where = Object.keys(key).map((column) => `${column} = ?`)
    const text = `update ${table} set ${set.join(', ')} where ${where.join(' and ')}`
    this.#prepare(text).run(...Object.values(record), ...Object.values(key))
  }

  #run(text: string, ...values: readonly SQLInputValue[]): void {
    this.#prepare(text).run(...values)
  }

  #prepare(text: string): StatementSync {
    let statement = this.#ready.get(text)
    if (statement === undefined) {
      statement = this.#db.prepare(text)
      this.#ready.set(text, statement)
    }
    return statement
  }
}
