import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openPostgresCallLog } from '../../src/call-log/postgres.ts'
import { callLogContract } from '../contracts/call-log.ts'
import {
  closePglite,
  openPglite,
  type PostgresPlace,
  pglitePlace,
  serverPlace,
  TEST_POSTGRES_URL,
} from '../database/postgres-places.ts'
import { callEvents, callerSaid, END, START } from './sample-call.ts'

beforeAll(openPglite, 180_000)
afterAll(closePglite)

function newFolder(): { readonly folder: string; dispose(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-spool-'))
  return { folder, dispose: () => rmSync(folder, { recursive: true, force: true }) }
}

function suite(engine: string, newPlace: () => Promise<PostgresPlace>): void {
  callLogContract(engine, async () => {
    const place = await newPlace()
    const spool = newFolder()
    return {
      open: () => openPostgresCallLog({ url: place.url, spoolFolder: spool.folder }),
      dispose: async () => {
        spool.dispose()
        await place.dispose()
      },
    }
  })
}

suite('PGlite', pglitePlace)

describe.skipIf(TEST_POSTGRES_URL === null)('a Postgres server (TEST_POSTGRES_URL)', () => {
  suite('Postgres', serverPlace)

  it('knows the calls of a server that died from those of one that lives', async () => {
    const place = await serverPlace()
    const spools = [newFolder(), newFolder(), newFolder()]
    const open = (i: number) => openPostgresCallLog({ url: place.url, spoolFolder: spools[i]?.folder ?? '' })
    const dead = await open(0)
    const alive = await open(1)
    await dead.append(callEvents('of_the_dead', [START]))
    await alive.append(callEvents('of_the_living', [START, callerSaid('Hello?', 0, 900)]))
    await dead.close()
    const next = await open(2)
    expect(await next.unfinished()).toEqual(['of_the_dead'])
    expect(await alive.unfinished()).toEqual(['of_the_dead', 'of_the_living'])
    const [, , end] = callEvents('of_the_living', [START, START, END])
    await alive.append([end!])
    expect(await alive.unfinished()).toEqual(['of_the_dead'])
    await Promise.all([alive.close(), next.close()])
    for (const { dispose } of spools) dispose()
    await place.dispose()
  })
})
