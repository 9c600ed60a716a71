import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MIGRATIONS } from '../../src/database/migrations.ts'
import { openPostgresDatabase } from '../../src/database/postgres.ts'
import { databaseContract } from '../contracts/database.ts'
import {
  closePglite,
  openPglite,
  type PostgresPlace,
  pglitePlace,
  serverPlace,
  TEST_POSTGRES_URL,
} from './postgres-places.ts'

beforeAll(openPglite, 180_000)
afterAll(closePglite)

function suite(engine: string, newPlace: () => Promise<PostgresPlace>): void {
  databaseContract(engine, async () => {
    const { url, dispose } = await newPlace()
    return { open: () => openPostgresDatabase({ url }), dispose }
  })

  it(`${engine}: refuses a database of a newer version`, async () => {
    const { url, dispose } = await newPlace()
    const db = await openPostgresDatabase({ url })
    await db.kysely.insertInto('migrations').values({ name: '99-later', at: 0 }).execute()
    await db.close()
    await expect(openPostgresDatabase({ url })).rejects.toThrow('newer version of Earshot (it has step 99-later)')
    await dispose()
  })

  it(`${engine}: never tells values of a statement that was refused`, async () => {
    const { url, dispose } = await newPlace()
    const db = await openPostgresDatabase({ url })
    const view = { user_id: 'nobody', name: 'Philippa Private', view_id: 'v', query: '' }
    await expect(db.write([db.kysely.insertInto('views').values(view).compile()])).rejects.toThrow(
      /^The database 127\.0\.0\.1:\d+\/\w+ refused a statement \(23503\)$/,
    )
    await db.close()
    await dispose()
  })
}

suite('PGlite', pglitePlace)
describe.skipIf(TEST_POSTGRES_URL === null)('a Postgres server (TEST_POSTGRES_URL)', () => {
  suite('Postgres', serverPlace)

  // Not on PGlite: all its connections are one session, and a session does not wait for its own lock.
  it('notes each step of its tables once, in order, whoever starts first', async () => {
    const { url, dispose } = await serverPlace()
    const both = await Promise.all([openPostgresDatabase({ url }), openPostgresDatabase({ url })])
    const steps = await both[0].kysely.selectFrom('migrations').select('name').orderBy('name').execute()
    expect(steps.map(({ name }) => name)).toEqual(MIGRATIONS.map(({ name }) => name))
    await Promise.all(both.map((db) => db.close()))
    await dispose()
  })
})

it('is not skipped in CI', () => {
  if (process.env.CI !== undefined && process.env.CI !== '') expect(TEST_POSTGRES_URL).not.toBeNull()
})

it('says what is wrong with an address that leads nowhere, without its password', async () => {
  const url = 'postgres://ada:hunter2@127.0.0.1:1/calls'
  const refused = await openPostgresDatabase({ url }).catch((error: Error) => error.message)
  expect(refused).toBe('The database 127.0.0.1:1/calls cannot be reached: nothing listens there')
})
