import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { sql } from 'kysely'
import { afterEach, expect, it } from 'vitest'
import { MIGRATIONS } from '../../src/database/migrations.ts'
import { openSqliteDatabase } from '../../src/database/sqlite.ts'
import { databaseContract } from '../contracts/database.ts'

const folders: string[] = []
function newPath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-database-'))
  folders.push(folder)
  return join(folder, 'data', 'earshot.db')
}
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

databaseContract('SQLite', async () => {
  const path = newPath()
  return { open: () => openSqliteDatabase({ path }), dispose: async () => {} }
})

it('notes each step of its tables once, in order', async () => {
  const path = newPath()
  for (const _ of [1, 2]) {
    const db = await openSqliteDatabase({ path })
    const steps = await db.kysely.selectFrom('migrations').select('name').orderBy('name').execute()
    expect(steps.map(({ name }) => name)).toEqual(MIGRATIONS.map(({ name }) => name))
    await db.close()
  }
})

it('refuses a file of a newer version, and a reader one of an older', async () => {
  const path = newPath()
  await (await openSqliteDatabase({ path })).close()
  const file = new DatabaseSync(path)
  file.exec("insert into migrations values ('99-later', 0)")
  await expect(openSqliteDatabase({ path })).rejects.toThrow('newer version of Earshot (it has step 99-later)')
  file.exec("delete from migrations where name in ('99-later', '3-desk')")
  file.close()
  await expect(openSqliteDatabase({ path, readOnly: true })).rejects.toThrow('is of an older version')
})

it('holds up no write while a long read runs', async () => {
  const path = newPath()
  const db = await openSqliteDatabase({ path, functions: new URL('patient-reader.ts', import.meta.url) })
  const reading = sql<{ done: number }>`select wait_for_file(${`${path}.written`}) as done`.execute(db.kysely)
  await db.write([db.kysely.deleteFrom('users').compile()])
  // Only now may the read end: had the write waited for it, neither would.
  writeFileSync(`${path}.written`, '')
  expect((await reading).rows).toEqual([{ done: 1 }])
  await db.close()
})
