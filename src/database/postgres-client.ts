/** Connections to Postgres: what is set on each, how values come back, and what went wrong with one, in a sentence. */
import pg from 'pg'
import { z } from 'zod'

/** From a frozen server nothing comes back, not even a refusal: whoever waits longer than this has lost the connection. */
const ANSWER_WITHIN_MS = 15_000
const CONNECT_WITHIN_MS = 5_000

const INT8 = 20
const NUMERIC = 1700

/** Counts and sums fit a number: there are not 2^53 of anything here. */
function parserOf(oid: number, format?: 'text' | 'binary'): (text: string) => unknown {
  if (oid === INT8 || oid === NUMERIC) return Number
  return format === 'binary' ? pg.types.getTypeParser(oid, 'binary') : pg.types.getTypeParser(oid, 'text')
}

export interface PostgresPoolOptions {
  readonly url: string
  readonly most: number
  readonly answerWithinMs?: number
}

/** @param options `most`: how many connections there may be at a time */
export function postgresPool({ url, most, answerWithinMs = ANSWER_WITHIN_MS }: PostgresPoolOptions): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: most,
    application_name: 'earshot',
    connectionTimeoutMillis: CONNECT_WITHIN_MS,
    idleTimeoutMillis: 60_000,
    query_timeout: answerWithinMs,
    statement_timeout: answerWithinMs,
    keepAlive: true,
    types: { getTypeParser: parserOf as typeof pg.types.getTypeParser },
  })
  // An idle connection that breaks is replaced by the next query; without a listener it would end the process.
  pool.on('error', () => {})
  // One that breaks while it is being used tells whoever waits for its answer, and says so besides.
  pool.on('connect', (client) => client.on('error', () => {}))
  return pool
}

/** host:port/database, without the password that a URL may hold. */
function placeOf(url: string): string {
  try {
    const { hostname, port, pathname } = new URL(url)
    return `${hostname === '' ? 'localhost' : hostname}:${port === '' ? '5432' : port}${pathname}`
  } catch {
    return 'DATABASE_URL'
  }
}

const PgError = z.object({ code: z.string() })

const SENTENCES: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'cannot be reached: nothing listens there',
  ENOTFOUND: 'cannot be reached: its host has no address',
  ETIMEDOUT: 'does not answer',
  ECONNRESET: 'broke the connection',
  EPIPE: 'broke the connection',
  '28P01': 'refuses the password of DATABASE_URL',
  '28000': 'refuses the user of DATABASE_URL',
  '3D000': 'does not exist: create it first',
  '42501': 'does not let this user do that: the user must own the schema',
  '53100': 'has a full disk',
  '53200': 'is out of memory',
  '53300': 'has too many connections',
  '57P01': 'is being shut down',
  '57P02': 'is being shut down',
  '57P03': 'is starting up or shutting down',
  '57014': 'took too long to answer',
  '25006': 'is read-only: name the primary server',
}

/** What went wrong, as a sentence for the operator. Never holds a value: messages of the server may, so only its code is told. */
export function explainPostgres(error: unknown, url: string): string {
  const place = `The database ${placeOf(url)}`
  if (error instanceof PostgresRefusal) return error.message
  const parsed = PgError.safeParse(error)
  const code = parsed.success ? parsed.data.code : null
  if (code !== null) {
    const known = SENTENCES[code]
    if (known !== undefined) return `${place} ${known}`
    return `${place} refused a statement (${code})`
  }
  if (error instanceof AggregateError) return explainPostgres(error.errors[0], url)
  const message = error instanceof Error ? error.message : ''
  if (/timeout/i.test(message)) return `${place} does not answer`
  if (/terminated|ended|closed/i.test(message)) return `${place} broke the connection`
  return `${place} failed (${error instanceof Error ? error.name : typeof error})`
}

/** A sentence of our own, which is told as it is. */
export class PostgresRefusal extends Error {
  override readonly name = 'PostgresRefusal'
}

/** Whether the server, or the way to it, is what failed: then the same statement may well go through later. */
export function isAway(error: unknown): boolean {
  const parsed = PgError.safeParse(error)
  if (!parsed.success) return !(error instanceof PostgresRefusal) && !(error instanceof TypeError)
  // Connection exceptions, insufficient resources, operator intervention, system errors (postgresql.org/docs, appendix A).
  return /^(E[A-Z]+|08...|53...|57...|58...|40...|25006|XX...)$/.test(parsed.data.code)
}
