/** Opens the call log that the environment names: a file in DATA_DIR, or a Postgres database. */
import { join } from 'node:path'
import { openPostgresDatabase } from '../database/postgres.ts'
import { type CallStore, createCallStore } from './call-store.ts'
import { openPostgresCallLog } from './postgres.ts'
import { postgresSearch } from './search-postgres.ts'
import { openSqliteCallLog } from './sqlite.ts'

export interface CallLogPlace {
  readonly dataDir: string
  /** Null: an SQLite file in `dataDir`. */
  readonly databaseUrl: string | null
}

export interface CallLogReports {
  /** A file that was not closed properly turns out to be damaged. */
  readonly onDamage?: (sentence: string) => void
  /** So many bytes of events wait on disk while the database is away; 0: none do any more. */
  readonly onSpooled?: (bytes: number) => void
  /** So many events that waited are refused by the database for good. */
  readonly onRefused?: (events: number) => void
}

/** For a server. @throws Error with a sentence for the operator */
export function openCallLog({ dataDir, databaseUrl }: CallLogPlace, reports: CallLogReports = {}): Promise<CallStore> {
  if (databaseUrl === null) return openSqliteCallLog({ path: sqlitePath(dataDir), ...reports })
  return openPostgresCallLog({ url: databaseUrl, spoolFolder: join(dataDir, 'spool'), ...reports })
}

/** For a command that only looks, beside a server that runs. @throws Error with a sentence for the operator */
export async function openCallLogToRead({ dataDir, databaseUrl }: CallLogPlace): Promise<CallStore> {
  if (databaseUrl === null) return openSqliteCallLog({ path: sqlitePath(dataDir), readOnly: true })
  const database = await openPostgresDatabase({ url: databaseUrl, readers: 1 })
  const refuse = () => Promise.reject(new Error('The call log was opened for reading only'))
  return createCallStore({
    database,
    search: postgresSearch(database),
    append: refuse,
    rebuild: refuse,
    close: () => database.close(),
  })
}

export function sqlitePath(dataDir: string): string {
  return join(dataDir, 'earshot.db')
}
