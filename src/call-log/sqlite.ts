/** The embedded call log: one SQLite file, written by a thread of its own and read by another. */
import { openSqliteDatabase, type SqliteDatabaseOptions } from '../database/sqlite.ts'
import { type CallStore, createCallStore } from './call-store.ts'
import { sqliteSearch } from './search-sqlite.ts'

export type SqliteCallLogOptions = Pick<SqliteDatabaseOptions, 'path' | 'readOnly' | 'busyTimeoutMs' | 'onDamage'>

/**
 * Opens a call log. Appends in flight at the same time share one transaction; each resolves once it is synced to disk.
 * @throws Error with a sentence that names the file: another server has it open, it is damaged, newer than this version, or (read-only) missing
 */
export async function openSqliteCallLog(options: SqliteCallLogOptions): Promise<CallStore> {
  const database = await openSqliteDatabase({
    ...options,
    writer: new URL('./sqlite-worker.ts', import.meta.url),
    functions: new URL('./sqlite-functions.ts', import.meta.url),
  })
  return createCallStore({
    database,
    search: sqliteSearch(database),
    append: (events) => database.append(events),
    rebuild: () => database.task<number>('rebuild'),
    close: () => database.close(),
  })
}
