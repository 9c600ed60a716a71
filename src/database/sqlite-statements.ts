/** Queries of kysely, run on a connection of this thread. */
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'

/** A compiled query, as it goes from thread to thread. */
export interface SqliteQuery {
  readonly sql: string
  readonly parameters: readonly SQLInputValue[]
}

export interface SqliteResult {
  readonly rows: readonly unknown[]
  /** How many rows were changed. */
  readonly changes: number
}

/** Statements that are kept ready; there are fewer shapes of queries than this. */
const KEPT = 300

export class SqliteStatements {
  readonly #db: DatabaseSync
  readonly #ready = new Map<string, StatementSync>()

  constructor(db: DatabaseSync) {
    this.#db = db
  }

  run({ sql, parameters }: SqliteQuery): SqliteResult {
    const statement = this.#prepare(sql)
    // One that gives rows must be read to its end, or it does not take effect.
    if (statement.columns().length > 0) {
      const rows = statement.all(...parameters)
      return { rows, changes: rows.length }
    }
    return { rows: [], changes: Number(statement.run(...parameters).changes) }
  }

  /** All of them in one transaction, or none. @throws what SQLite throws */
  write(queries: readonly SqliteQuery[]): number[] {
    this.#db.exec('begin immediate')
    try {
      const changes = queries.map((query) => this.run(query).changes)
      this.#db.exec('commit')
      return changes
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec('rollback')
      throw error
    }
  }

  #prepare(sql: string): StatementSync {
    const ready = this.#ready.get(sql)
    if (ready !== undefined) return ready
    const statement = this.#db.prepare(sql)
    const [oldest] = this.#ready.keys()
    if (this.#ready.size >= KEPT && oldest !== undefined) this.#ready.delete(oldest)
    this.#ready.set(sql, statement)
    return statement
  }
}
