/**
 * Places for tests of Postgres: PGlite, which is Postgres in this process behind a socket, everywhere; and an empty database
 * of a real server when TEST_POSTGRES_URL names one, as CI does.
 */
import { randomBytes } from 'node:crypto'
import { PGlite } from '@electric-sql/pglite'
import { PGLiteSocketServer } from '@electric-sql/pglite-socket'
import pg from 'pg'

export interface PostgresPlace {
  readonly url: string
  dispose(): Promise<void>
}

/** Null: there is no server to test with; the suite says so and is skipped, and in CI that is a failure. */
export const TEST_POSTGRES_URL = process.env.TEST_POSTGRES_URL ?? null

/** Starting one takes seconds: tests of one file share it, and each empties it. */
let pglite: Promise<{ readonly db: PGlite; readonly server: PGLiteSocketServer; readonly url: string }> | null = null

async function startPglite() {
  const db = await PGlite.create()
  const server = new PGLiteSocketServer({ db, host: '127.0.0.1', port: 0, maxConnections: 20 })
  await server.start()
  return { db, server, url: `postgres://postgres@${server.getServerConn()}/postgres?sslmode=disable` }
}

/** To be awaited before the first test of a file: on a busy machine it takes longer than a test may. */
export async function openPglite(): Promise<void> {
  pglite ??= startPglite()
  await pglite
}

export async function pglitePlace(): Promise<PostgresPlace> {
  pglite ??= startPglite()
  const { db, url } = await pglite
  await db.exec('drop schema public cascade; create schema public')
  return { url, dispose: async () => {} }
}

/** After the last test of a file. */
export async function closePglite(): Promise<void> {
  const started = await pglite
  pglite = null
  await started?.server.stop()
  await started?.db.close()
}

export async function serverPlace(): Promise<PostgresPlace> {
  if (TEST_POSTGRES_URL === null) throw new Error('TEST_POSTGRES_URL is not set')
  const name = `earshot_${randomBytes(6).toString('hex')}`
  await onServer(`create database ${name}`)
  const url = new URL(TEST_POSTGRES_URL)
  url.pathname = `/${name}`
  return { url: url.href, dispose: () => onServer(`drop database ${name} with (force)`) }
}

async function onServer(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: TEST_POSTGRES_URL ?? '' })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
