/** Kysely over threads: it builds SQLite's queries as it always does, and they are run elsewhere. */

import type { SQLInputValue } from 'node:sqlite'
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'
import { z } from 'zod'
import type { SqliteQuery, SqliteResult } from './sqlite-statements.ts'

/** Where queries go. */
export interface SqliteEnds {
  read(query: SqliteQuery): Promise<SqliteResult>
  write(query: SqliteQuery): Promise<SqliteResult>
}

const Parameter = z.union([z.string(), z.number(), z.bigint(), z.null(), z.instanceof(Uint8Array)])

/** @throws TypeError when a value is of a kind that SQLite does not keep */
export function sqliteQuery({ sql, parameters }: CompiledQuery): SqliteQuery {
  return { sql, parameters: parameters.map(parameterOf) }
}

function parameterOf(value: unknown): SQLInputValue {
  if (typeof value === 'boolean') return value ? 1 : 0
  const parsed = Parameter.safeParse(value)
  if (!parsed.success) throw new TypeError(`a query holds a value of type ${typeof value}, which no column takes`)
  return parsed.data
}

export function sqliteDialect(ends: SqliteEnds): Dialect {
  return {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new ThreadDriver(ends),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  }
}

const NO_TRANSACTIONS = 'statements that belong together go through Database.write'

class ThreadDriver implements Driver {
  readonly #connection: DatabaseConnection
  constructor(ends: SqliteEnds) {
    this.#connection = new ThreadConnection(ends)
  }
  async init(): Promise<void> {}
  async acquireConnection(): Promise<DatabaseConnection> {
    return this.#connection
  }
  async beginTransaction(): Promise<void> {
    throw new Error(NO_TRANSACTIONS)
  }
  async commitTransaction(): Promise<void> {
    throw new Error(NO_TRANSACTIONS)
  }
  async rollbackTransaction(): Promise<void> {}
  async releaseConnection(): Promise<void> {}
  async destroy(): Promise<void> {}
}

class ThreadConnection implements DatabaseConnection {
  readonly #ends: SqliteEnds
  constructor(ends: SqliteEnds) {
    this.#ends = ends
  }

  async executeQuery<Row>(compiled: CompiledQuery): Promise<QueryResult<Row>> {
    const query = sqliteQuery(compiled)
    if (reads(compiled)) {
      const { rows } = await this.#ends.read(query)
      return { rows: rows as Row[] }
    }
    const { rows, changes } = await this.#ends.write(query)
    return { rows: rows as Row[], numAffectedRows: BigInt(changes) }
  }

  // biome-ignore lint/correctness/useYield: it only says that there is no such thing
  async *streamQuery(): AsyncIterableIterator<never> {
    throw new Error('long results are read page by page, not as a stream')
  }
}

function reads({ query, sql }: CompiledQuery): boolean {
  if (query.kind === 'SelectQueryNode') return true
  return query.kind === 'RawNode' && /^\s*(select|with|explain)\b/i.test(sql)
}
