import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSqliteDatabase } from '../../src/database/sqlite.ts'
import { deskContract } from '../contracts/desk.ts'

deskContract('SQLite', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-desk-'))
  return {
    open: () => openSqliteDatabase({ path: join(folder, 'earshot.db') }),
    dispose: async () => rmSync(folder, { recursive: true, force: true }),
  }
})
