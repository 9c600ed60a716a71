import { afterAll, beforeAll, describe } from 'vitest'
import { openPostgresDatabase } from '../../src/database/postgres.ts'
import { deskContract } from '../contracts/desk.ts'
import { closePglite, openPglite, pglitePlace, serverPlace, TEST_POSTGRES_URL } from '../database/postgres-places.ts'

beforeAll(openPglite, 180_000)
afterAll(closePglite)

deskContract('PGlite', async () => {
  const { url, dispose } = await pglitePlace()
  return { open: () => openPostgresDatabase({ url }), dispose }
})

describe.skipIf(TEST_POSTGRES_URL === null)('a real server', () => {
  deskContract('Postgres', async () => {
    const { url, dispose } = await serverPlace()
    return { open: () => openPostgresDatabase({ url }), dispose }
  })
})
