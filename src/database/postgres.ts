/** Tables in Postgres, which several servers may share, reached from a thread of its own. */
import { type CompiledQuery, Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from 'kysely'
import type { Database } from './database.ts'
import type { PostgresQuery, PostgresResult } from './postgres-writer.ts'
import type { Tables } from './tables.ts'
import { DatabaseThread } from './thread.ts'
import { ThreadDriver } from './thread-driver.ts'

export interface PostgresDatabaseOptions {
  /** postgres://user:password@host:port/database */
  readonly url: string
  /** How many connections may read at a time; one more writes. Default 4. */
  readonly readers?: number
  /** After so long without an answer the server counts as away. Default 15,000. */
  readonly answerWithinMs?: number
  /** The thread's program, when it does more than run queries, and what else it is told. */
  readonly program?: URL
  readonly more?: Readonly<Record<string, unknown>>
  /** What the program tells of itself. */
  readonly onTold?: (value: unknown) => void
}

export interface PostgresDatabase extends Database {
  readonly engine: 'postgres'
  /** Keeps what the thread's program appends, all or none. */
  append(items: readonly unknown[]): Promise<void>
  /** What the thread's program does beside queries, by name. */
  task<Value>(task: string, about?: readonly string[]): Promise<Value>
}

/** @throws Error with a sentence that names the database, never its password: away, refusing us, or newer than this version */
export async function openPostgresDatabase(options: PostgresDatabaseOptions): Promise<PostgresDatabase> {
  const { url, readers = 4, answerWithinMs, program, more = {}, onTold } = options
  const workerData = { ...more, url, readers, ...(answerWithinMs === undefined ? {} : { answerWithinMs }) }
  const thread = new DatabaseThread(
    program ?? new URL('./postgres-writer-worker.ts', import.meta.url),
    workerData,
    onTold,
  )
  try {
    await thread.opened
  } catch (error) {
    await thread.terminate()
    throw error
  }
  const kysely = new Kysely<Tables>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () =>
        new ThreadDriver({
          read: (query) => thread.ask<PostgresResult>({ op: 'read', query: queryOf(query) } as { op: string }),
          write: (query) => thread.ask<PostgresResult>({ op: 'run', query: queryOf(query) } as { op: string }),
        }),
      createIntrospector: (db) => new PostgresIntrospector(db),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
  })
  const ask = <Value>(question: { readonly op: string; readonly [more: string]: unknown }) =>
    thread.ask<Value>(question)
  return {
    engine: 'postgres',
    kysely,
    write: async (queries) =>
      queries.length === 0 ? [] : ask<readonly number[]>({ op: 'write', queries: queries.map(queryOf) }),
    append: async (items) => {
      if (items.length > 0) await ask({ op: 'append', items })
    },
    task: (task, about = []) => ask({ op: 'task', task, about }),
    scrub: () => ask({ op: 'scrub' }),
    close: () => thread.close(),
  }
}

/** Yes and no are 1 and 0 in the tables of both engines. */
function queryOf({ sql, parameters }: CompiledQuery): PostgresQuery {
  return { sql, parameters: parameters.map((value) => (typeof value === 'boolean' ? Number(value) : value)) }
}
