import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe } from 'vitest'
import { openPostgresCallLog } from '../../src/call-log/postgres.ts'
import { callArchiveContract } from '../contracts/call-archive.ts'
import {
  closePglite,
  openPglite,
  type PostgresPlace,
  pglitePlace,
  serverPlace,
  TEST_POSTGRES_URL,
} from '../database/postgres-places.ts'

beforeAll(openPglite, 180_000)
afterAll(closePglite)

function suite(engine: string, newPlace: () => Promise<PostgresPlace>): void {
  callArchiveContract(engine, async () => {
    const place = await newPlace()
    const spoolFolder = mkdtempSync(join(tmpdir(), 'earshot-spool-'))
    return {
      open: () => openPostgresCallLog({ url: place.url, spoolFolder }),
      dispose: async () => {
        rmSync(spoolFolder, { recursive: true, force: true })
        await place.dispose()
      },
    }
  })
}

suite('PGlite', pglitePlace)

describe.skipIf(TEST_POSTGRES_URL === null)('a Postgres server (TEST_POSTGRES_URL)', () => {
  suite('Postgres', serverPlace)
})
