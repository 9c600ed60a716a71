/** Kysely builds SQLite's queries as it always does, and they are run on threads. */
import type { SQLInputValue } from 'node:sqlite'
import { type CompiledQuery, type Dialect, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from 'kysely'
import { z } from 'zod'
import type { SqliteQuery, SqliteResult } from './sqlite-statements.ts'
import { ThreadDriver } from './thread-driver.ts'

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
    createDriver: () =>
      new ThreadDriver({
        read: (query) => ends.read(sqliteQuery(query)),
        write: (query) => ends.write(sqliteQuery(query)),
      }),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  }
}
