/**
 * The thread that speaks to Postgres: queries, rows and folding of events all stay off the event loop that carries audio.
 * Writes go out one after another on a connection of their own; reads have others.
 */
import type { MessagePort } from 'node:worker_threads'
import type { Pool, PoolClient } from 'pg'
import { z } from 'zod'
import { InTurn } from './in-turn.ts'
import { migratePostgres } from './migrate-postgres.ts'
import { explainPostgres, postgresPool } from './postgres-client.ts'
import type { Reply } from './thread.ts'

const PostgresOptions = z.object({
  url: z.string(),
  readers: z.int().min(1),
  answerWithinMs: z.int().min(1).optional(),
})

export interface PostgresQuery {
  readonly sql: string
  readonly parameters: readonly unknown[]
}

export interface PostgresResult {
  readonly rows: readonly unknown[]
  readonly changes: number
}

/** What the writer's program may use. */
export interface PostgresEnds {
  readonly url: string
  readonly reader: Pool
  /** One transaction on the writer's connection, behind those that were asked for before. @throws what Postgres throws; then nothing was written, or, when the connection broke at its end, all of it */
  transaction<Value>(work: (client: PoolClient) => Promise<Value>): Promise<Value>
}

/** What a writer does beside running queries. */
export interface PostgresParts {
  /** Appends batches, each all or none: for each batch the error that kept it out, or undefined once it is kept. */
  append(batches: readonly (readonly never[])[]): Promise<readonly unknown[]>
  readonly tasks: Readonly<Record<string, (about: readonly string[]) => Promise<unknown>>>
  foldAgain(): Promise<void>
  /** After the tables are there. */
  begin(): Promise<void>
  close(): Promise<void>
}

type Request =
  | { readonly id: number; readonly op: 'append'; readonly items: readonly never[] }
  | { readonly id: number; readonly op: 'read' | 'run'; readonly query: PostgresQuery }
  | { readonly id: number; readonly op: 'write'; readonly queries: readonly PostgresQuery[] }
  | { readonly id: number; readonly op: 'scrub' }
  | { readonly id: number; readonly op: 'task'; readonly task: string; readonly about: readonly string[] }
  | { readonly id: number; readonly op: 'close' }

type Append = Extract<Request, { op: 'append' }>

/** Opens the database, brings it up to date and serves the port until it is told to close. */
export async function servePostgres(
  port: MessagePort,
  workerData: unknown,
  partsOf: (ends: PostgresEnds) => PostgresParts,
): Promise<void> {
  const { url, readers, answerWithinMs } = PostgresOptions.parse(workerData)
  const within = answerWithinMs === undefined ? {} : { answerWithinMs }
  const reader = postgresPool({ url, most: readers, ...within })
  const writer = postgresPool({ url, most: 1, ...within })
  const line = new InTurn()
  const ends: PostgresEnds = { url, reader, transaction: (work) => line.run(() => inTransaction(writer, work)) }
  const parts = partsOf(ends)
  const reply = (message: Reply): void => port.postMessage(message)
  const fail = (id: number, error: unknown): void => reply({ id, error: explainPostgres(error, url) })
  const close = async (): Promise<void> => {
    await parts.close()
    await Promise.all([reader.end(), writer.end()])
  }
  try {
    const client = await reader.connect()
    try {
      await migratePostgres(client, () => parts.foldAgain())
    } finally {
      client.release()
    }
    await parts.begin()
    serve(port, ends, parts, line, close, reply, fail)
    reply({ id: 0, value: null })
  } catch (error) {
    fail(0, error)
    await close().catch(() => {})
    port.close()
  }
}

async function inTransaction<Value>(pool: Pool, work: (client: PoolClient) => Promise<Value>): Promise<Value> {
  const client = await pool.connect()
  let broken: Error | undefined
  try {
    await client.query('begin')
    const value = await work(client)
    await client.query('commit')
    return value
  } catch (error) {
    try {
      await client.query('rollback')
    } catch (again) {
      // A connection that cannot even roll back is of no use to anybody.
      broken = again instanceof Error ? again : new Error(String(again))
    }
    throw error
  } finally {
    client.release(broken)
  }
}

function serve(
  port: MessagePort,
  ends: PostgresEnds,
  parts: PostgresParts,
  line: InTurn,
  close: () => Promise<void>,
  reply: (message: Reply) => void,
  fail: (id: number, error: unknown) => void,
): void {
  let waiting: Append[] = []
  let appending: Promise<void> = Promise.resolve()

  async function flush(): Promise<void> {
    const batches = waiting
    waiting = []
    if (batches.length === 0) return
    const outcomes = await parts.append(batches.map(({ items }) => items))
    batches.forEach(({ id }, i) => {
      const fault = outcomes[i]
      if (fault === undefined) reply({ id, value: null })
      else fail(id, fault)
    })
  }

  /** Appends that arrive while others are under way are kept together in the next transaction. */
  function soon(): void {
    appending = appending.then(flush).catch(() => {})
  }

  /** A caller who has been told nothing yet may still expect to read what it has written. */
  async function written(): Promise<void> {
    soon()
    await appending
    await line.idle
  }

  async function answer(request: Exclude<Request, Append>): Promise<unknown> {
    switch (request.op) {
      case 'read':
        await written()
        return run(ends.reader, request.query)
      case 'run':
        soon()
        return ends.transaction((client) => run(client, request.query))
      case 'write':
        soon()
        return ends.transaction(async (client) => {
          const changes: number[] = []
          for (const query of request.queries) changes.push((await run(client, query)).changes)
          return changes
        })
      case 'scrub':
        return scrub(ends.reader)
      case 'task': {
        await written()
        const task = parts.tasks[request.task]
        if (task === undefined) throw new TypeError(`there is no task ${request.task}`)
        return task(request.about)
      }
      case 'close':
        await written()
        await close()
        return null
    }
  }

  port.on('message', async (request: Request) => {
    if (request.op === 'append') {
      if (waiting.push(request) === 1) soon()
      return
    }
    try {
      reply({ id: request.id, value: await answer(request) })
    } catch (error) {
      fail(request.id, error)
    }
    // Without its port the thread has nothing to wait for, and ends.
    if (request.op === 'close') port.close()
  })
}

async function run(client: Pool | PoolClient, { sql, parameters }: PostgresQuery): Promise<PostgresResult> {
  const { rows, rowCount } = await client.query(sql, [...parameters])
  return { rows, changes: rowCount ?? 0 }
}

/**
 * Marks the room of deleted rows as free, so that it is written over. Unlike SQLite, Postgres keeps their bytes in its files
 * until then, and in its write-ahead log and backups for as long as its operator says.
 */
async function scrub(reader: Pool): Promise<null> {
  await reader.query('vacuum')
  return null
}
