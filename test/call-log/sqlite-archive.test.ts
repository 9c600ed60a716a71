import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSqliteCallLog } from '../../src/call-log/sqlite.ts'
import { callArchiveContract } from '../contracts/call-archive.ts'

callArchiveContract('SQLite', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-archive-'))
  const path = join(folder, 'earshot.db')
  return {
    open: () => openSqliteCallLog({ path }),
    dispose: async () => rmSync(folder, { recursive: true, force: true }),
  }
})
