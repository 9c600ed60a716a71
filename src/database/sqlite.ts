/** The embedded database: one SQLite file, owned by a thread that writes, read by another that is started when it is first needed. */
import { Kysely } from 'kysely'
import type { Database } from './database.ts'
import { sqliteDialect, sqliteQuery } from './sqlite-dialect.ts'
import type { SqliteQuery, SqliteResult } from './sqlite-statements.ts'
import type { Opened } from './sqlite-writer.ts'
import type { Tables } from './tables.ts'
import { DatabaseThread } from './thread.ts'

export interface SqliteDatabaseOptions {
  /** The file; it and its folder are made when they are not there. */
  readonly path: string
  /** Reads beside a running server, writes nothing. Default false. */
  readonly readOnly?: boolean
  /** Writes a little beside a running server, into tables that are there. Default false. */
  readonly beside?: boolean
  /** How long a statement waits when another program holds the file's lock. Default 5,000. */
  readonly busyTimeoutMs?: number
  /** The writer's program, when it does more than run queries. */
  readonly writer?: URL
  /** A module whose `define(db)` gives the reader functions that queries may call. */
  readonly functions?: URL
  /** A large file that was not closed properly is looked through while it is in use. Told what is damaged in it. */
  readonly onDamage?: (sentence: string) => void
}

export interface SqliteDatabase extends Database {
  readonly engine: 'sqlite'
  /** Keeps what the writer's program appends, all or none. */
  append(items: readonly unknown[]): Promise<void>
  /** What the writer's program does beside queries, by name. */
  task<Value>(task: string, about?: readonly string[]): Promise<Value>
}

/**
 * Opens the file. Appends in flight at the same time share one transaction; each resolves once it is synced to disk.
 * @throws Error with a sentence that names the file: another server has it open, it is damaged, newer than this version, or (read-only) missing
 */
export async function openSqliteDatabase(options: SqliteDatabaseOptions): Promise<SqliteDatabase> {
  const threads = new Threads(options)
  await threads.open()
  const kysely = new Kysely<Tables>({
    dialect: sqliteDialect({
      read: (query) => threads.read(query),
      write: (query) => threads.write({ op: 'run', query }),
    }),
  })
  return {
    engine: 'sqlite',
    kysely,
    write: async (queries) => {
      if (queries.length === 0) return []
      return threads.write({ op: 'write', queries: queries.map(sqliteQuery) })
    },
    append: async (items) => {
      if (items.length > 0) await threads.write({ op: 'append', items })
    },
    task: (task, about = []) => threads.write({ op: 'task', task, about }),
    scrub: () => threads.write({ op: 'scrub' }),
    close: () => threads.close(),
  }
}

class Threads {
  readonly #options: SqliteDatabaseOptions
  readonly #writer: DatabaseThread | null
  #reader: DatabaseThread | null = null
  #checker: DatabaseThread | null = null
  /** Writes that the writer has not answered yet: what is read must have them. */
  #unanswered = 0
  #closing: Promise<void> | null = null

  constructor(options: SqliteDatabaseOptions) {
    this.#options = options
    const { path, busyTimeoutMs = 5000, readOnly = false, beside = false } = options
    const program = options.writer ?? new URL('./sqlite-writer-worker.ts', import.meta.url)
    this.#writer = readOnly ? null : new DatabaseThread(program, { path, busyTimeoutMs, beside })
    if (readOnly) this.#reader = this.#startReader()
  }

  async open(): Promise<void> {
    const thread = this.#writer ?? this.#reader
    try {
      const opened = await thread?.opened
      if (this.#writer !== null && (opened as Opened).unchecked) void this.#check()
    } catch (error) {
      await thread?.terminate()
      throw error
    }
  }

  async read(query: SqliteQuery): Promise<SqliteResult> {
    if (this.#closing !== null) throw new Error('the call log is closed')
    if (this.#unanswered > 0) await this.#writer?.ask({ op: 'flush' })
    this.#reader ??= this.#startReader()
    await this.#reader.opened
    return this.#reader.ask({ op: 'run', query } as { op: string })
  }

  async write<Value>(question: { readonly op: string; readonly [more: string]: unknown }): Promise<Value> {
    if (this.#writer === null) throw new Error(`The call log ${this.#options.path} was opened for reading only`)
    this.#unanswered++
    try {
      return await this.#writer.ask<Value>(question)
    } finally {
      this.#unanswered--
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    // The checker has nothing to lose. The writer goes last: it is the one that leaves no -wal file behind.
    await this.#checker?.terminate()
    await this.#reader?.close()
    await this.#writer?.close()
  }

  #startReader(): DatabaseThread {
    const { path, busyTimeoutMs = 5000, functions } = this.#options
    const workerData = { path, busyTimeoutMs, functions: functions?.href ?? null }
    return new DatabaseThread(new URL('./sqlite-reader-worker.ts', import.meta.url), workerData)
  }

  async #check(): Promise<void> {
    this.#checker = this.#startReader()
    try {
      await this.#checker.opened
      const damage = await this.#checker.ask<string | null>({ op: 'check' })
      if (damage !== null) this.#options.onDamage?.(damage)
      await this.#checker.close()
    } catch (error) {
      if (this.#closing === null) this.#options.onDamage?.(error instanceof Error ? error.message : String(error))
    }
    this.#checker = null
  }
}
