/** A database for the tests of one file: opening one takes longer than most of them. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Database } from '../../src/database/database.ts'
import { openSqliteDatabase } from '../../src/database/sqlite.ts'
import type { DatabasePlace } from '../contracts/database.ts'

export async function newSqlitePlace(): Promise<DatabasePlace> {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-desk-'))
  return {
    open: () => openSqliteDatabase({ path: join(folder, 'earshot.db') }),
    dispose: async () => rmSync(folder, { recursive: true, force: true }),
  }
}

export async function emptyDesk(db: Database): Promise<void> {
  const tables = ['views', 'sessions', 'links', 'users', 'api_keys', 'shares', 'audit'] as const
  await db.write(tables.map((table) => db.kysely.deleteFrom(table).compile()))
}
