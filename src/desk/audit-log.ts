/** Who did what. Nobody waits for it: what is noted is kept together and written in batches, in the order it came in. */
import type { AuditEntry } from '../console/contract/people.ts'
import type { Database } from '../database/database.ts'
import type { AuditTable } from '../database/tables.ts'
import { newId } from './secrets.ts'
import { plainText } from './users.ts'

/** A year: long enough to look back at, no longer than is needed. */
export const AUDIT_KEPT_MS = 365 * 24 * 3_600_000
/** What waits while the database is away; beyond it the newest are lost, and the log says so. */
const WAITING_MOST = 10_000
const BATCH_MOST = 200
const RETRY_MS = 5000
/** Refusals that are alike within a minute are one entry: whoever hammers at a door must not fill the account. */
const ALIKE_MS = 60_000
const ALIKE_MOST = 1000

export interface AuditInput {
  readonly who: string
  readonly action: string
  readonly target: string
  readonly detail: string
  readonly ok: boolean
}

export interface AuditQuestion {
  readonly who?: string | undefined
  readonly action?: string | undefined
  /** The last entry of the page before. */
  readonly before?: string | undefined
  readonly limit?: number | undefined
}

export class AuditLog {
  readonly #db: Database
  readonly #now: () => number
  readonly #onTrouble: (sentence: string) => void
  #waiting: AuditTable[] = []
  #writing: Promise<void> | null = null
  #retry: NodeJS.Timeout | null = null
  #lost = 0
  /** Microseconds. */
  #lastAt = 0
  readonly #refusals = new Map<string, number>()

  constructor(db: Database, now: () => number, onTrouble: (sentence: string) => void) {
    this.#db = db
    this.#now = now
    this.#onTrouble = onTrouble
  }

  /** Never throws. */
  note(entry: AuditInput): void {
    if (!entry.ok && this.#saidAlready(entry)) return
    if (this.#waiting.length >= WAITING_MOST) {
      this.#lost++
      if (this.#lost === 1) this.#onTrouble('the audit log cannot be written, and what is done now is not in it')
      return
    }
    // Ids are in the order of the entries, also within a millisecond and when the clock is set back.
    const at = this.#now()
    this.#lastAt = Math.max(Math.round(at * 1000), this.#lastAt + 1)
    this.#waiting.push({
      entry_id: newId('audit', this.#lastAt),
      at,
      who: short(entry.who, 120),
      action: short(entry.action, 60),
      target: short(entry.target, 200),
      detail: short(entry.detail, 300),
      ok: entry.ok ? 1 : 0,
    })
    this.#writeSoon()
  }

  async read({
    who,
    action,
    before,
    limit = 100,
  }: AuditQuestion): Promise<{ entries: AuditEntry[]; next: string | null }> {
    let asked = this.#db.kysely.selectFrom('audit').selectAll()
    if (who !== undefined) asked = asked.where('who', '=', plainText(who))
    if (action !== undefined) asked = asked.where('action', '=', plainText(action))
    if (before !== undefined) asked = asked.where('entry_id', '<', plainText(before))
    const rows = await asked
      .orderBy('entry_id', 'desc')
      .limit(limit + 1)
      .execute()
    const entries = rows.slice(0, limit).map(asEntry)
    return { entries, next: rows.length > limit ? (entries.at(-1)?.entryId ?? null) : null }
  }

  async sweep(): Promise<void> {
    const before = this.#now() - AUDIT_KEPT_MS
    await this.#db.write([this.#db.kysely.deleteFrom('audit').where('at', '<', before).compile()])
  }

  /** Writes what waits, if it can be written. */
  async close(): Promise<void> {
    if (this.#retry !== null) clearTimeout(this.#retry)
    this.#retry = null
    await this.#writing
    if (this.#waiting.length > 0) await this.#write().catch(() => {})
  }

  #writeSoon(): void {
    if (this.#writing !== null || this.#retry !== null) return
    this.#writing = this.#writeAll().finally(() => {
      this.#writing = null
    })
  }

  async #writeAll(): Promise<void> {
    // What is noted within one turn of the event loop is one transaction.
    await new Promise((resolve) => setImmediate(resolve))
    try {
      while (this.#waiting.length > 0) await this.#write()
    } catch (error) {
      this.#onTrouble(`the audit log cannot be written: ${error instanceof Error ? error.message : String(error)}`)
      this.#retry = setTimeout(() => {
        this.#retry = null
        this.#writeSoon()
      }, RETRY_MS).unref()
    }
  }

  async #write(): Promise<void> {
    const batch = this.#waiting.slice(0, BATCH_MOST)
    await this.#db.write([this.#db.kysely.insertInto('audit').values(batch).compile()])
    this.#waiting = this.#waiting.slice(batch.length)
    if (this.#lost > 0) this.#onTrouble(`the audit log is written again; ${this.#lost} entries were lost`)
    this.#lost = 0
  }

  #saidAlready({ who, action, target, detail }: AuditInput): boolean {
    const key = JSON.stringify([who, action, target, detail])
    const now = this.#now()
    const saidAt = this.#refusals.get(key)
    if (saidAt !== undefined && now - saidAt < ALIKE_MS) return true
    this.#refusals.delete(key)
    this.#refusals.set(key, now)
    const oldest = this.#refusals.keys().next()
    if (this.#refusals.size > ALIKE_MOST && oldest.done !== true) this.#refusals.delete(oldest.value)
    return false
  }
}

function short(text: string, mostCharacters: number): string {
  return plainText(text.slice(0, mostCharacters))
}

function asEntry(row: AuditTable): AuditEntry {
  return {
    entryId: row.entry_id,
    at: row.at,
    who: row.who,
    action: row.action,
    target: row.target,
    detail: row.detail,
    ok: row.ok === 1,
  }
}
