/** The shared call log: a Postgres database that several servers may use, written and read from a thread (postgres-worker.ts). */
import { z } from 'zod'
import { openPostgresDatabase } from '../database/postgres.ts'
import { type CallStore, createCallStore } from './call-store.ts'
import { postgresSearch } from './search-postgres.ts'

export interface PostgresCallLogOptions {
  /** postgres://user:password@host:port/database */
  readonly url: string
  /** Where events wait while the database is away; each server needs a folder of its own. */
  readonly spoolFolder: string
  /** How much may wait there. Default 512 MB. */
  readonly spoolMostBytes?: number
  /** After so long without an answer the database counts as away. Default 15,000. */
  readonly answerWithinMs?: number
  /** Told when events begin to wait on disk, how many bytes do, and when none does any more (0). */
  readonly onSpooled?: (bytes: number) => void
  /** Told of events that waited and that the database refuses for good. */
  readonly onRefused?: (events: number) => void
}

export interface PostgresCallLog extends CallStore {
  /** Resolves when nothing waits on disk. @throws Error when the database is still away */
  settled(): Promise<void>
}

const Told = z.union([z.object({ spooledBytes: z.number() }), z.object({ refused: z.number() })])

/** @throws Error with a sentence that names the database, never its password: away, refusing us, or newer than this version */
export async function openPostgresCallLog(options: PostgresCallLogOptions): Promise<PostgresCallLog> {
  const { url, spoolFolder, spoolMostBytes, answerWithinMs } = options
  const database = await openPostgresDatabase({
    url,
    ...(answerWithinMs === undefined ? {} : { answerWithinMs }),
    program: new URL('./postgres-worker.ts', import.meta.url),
    more: { spoolFolder, ...(spoolMostBytes === undefined ? {} : { spoolMostBytes }) },
    onTold: (value) => {
      const told = Told.parse(value)
      if ('spooledBytes' in told) options.onSpooled?.(told.spooledBytes)
      else options.onRefused?.(told.refused)
    },
  })
  const store = createCallStore({
    database,
    search: postgresSearch(database),
    append: (events) => database.append(events),
    rebuild: () => database.task<number>('rebuild'),
    unfinished: () => database.task<string[]>('unfinished'),
    close: () => database.close(),
  })
  return {
    ...store,
    // What waits on disk is part of what is kept of a call: it must not come back after it was taken away.
    async erase(callIds) {
      await database.task('settle')
      return store.erase(callIds)
    },
    async forgetWords(callIds) {
      await database.task('settle')
      return store.forgetWords(callIds)
    },
    async settled() {
      await database.task('settle')
    },
  }
}
