/**
 * Which calls are on which server. A server holds a lock for as long as it lives, on a connection of its own, and says now and
 * then that it does: a lock that is free says that its server is gone, unless Postgres itself has only just been started.
 */
import pg, { type Pool, type PoolClient } from 'pg'
import { z } from 'zod'

/** The class of advisory locks that servers hold, with their number. */
const SERVER_LOCKS = 734_821
const SAYS_SO_EVERY_MS = 10_000
/** A server whose database was away cannot say so: this is as long as it may have been. */
const LATELY_MS = 10 * 60_000
const LOCKS_BACK_WITHIN_MS = 60_000

const NOW = '(extract(epoch from clock_timestamp()) * 1000)'
const ServerNo = z.array(z.object({ server_no: z.number() })).length(1)
const Others = z.array(z.object({ server_no: z.number(), lately: z.boolean(), locks_are_new: z.boolean() }))
const Ids = z.array(z.object({ call_id: z.string() }))

export class ServerLock {
  readonly #url: string
  readonly #pool: Pool
  #client: pg.Client | null = null
  #serverNo: number | null = null
  #timer: NodeJS.Timeout | null = null
  #closed = false

  constructor(url: string, pool: Pool) {
    this.#url = url
    this.#pool = pool
  }

  get serverNo(): number | null {
    return this.#serverNo
  }

  /** @throws what Postgres throws */
  async begin(): Promise<void> {
    const { rows } = await this.#pool.query(
      `insert into servers (started_at, seen_at) values (${NOW}, ${NOW}) returning server_no`,
    )
    const [row] = ServerNo.parse(rows)
    this.#serverNo = row?.server_no ?? null
    await this.#lock()
    this.#timer = setInterval(() => void this.#saySo(), SAYS_SO_EVERY_MS)
    this.#timer.unref()
  }

  async close(): Promise<void> {
    this.#closed = true
    if (this.#timer !== null) clearInterval(this.#timer)
    await this.#client?.end().catch(() => {})
  }

  async #lock(): Promise<void> {
    const client = new pg.Client({ connectionString: this.#url, application_name: 'earshot lock', keepAlive: true })
    client.on('error', () => {
      if (this.#client === client) this.#client = null
    })
    await client.connect()
    await client.query('select pg_advisory_lock($1, $2)', [SERVER_LOCKS, this.#serverNo])
    this.#client = client
  }

  async #saySo(): Promise<void> {
    try {
      if (this.#client === null && !this.#closed) await this.#lock()
      await this.#pool.query(`update servers set seen_at = ${NOW} where server_no = $1`, [this.#serverNo])
    } catch {
      // The database is away: next time.
    }
  }
}

/** Within a transaction of the caller's: calls that began are on this server, calls that ended on none. */
export async function noteServer(
  client: PoolClient,
  serverNo: number | null,
  began: readonly string[],
  ended: readonly string[],
): Promise<void> {
  if (serverNo !== null && began.length > 0) {
    await client.query(
      `insert into call_servers (call_id, server_no) select unnest($1::text[]), $2
       on conflict (call_id) do update set server_no = excluded.server_no`,
      [began, serverNo],
    )
  }
  if (ended.length > 0) await client.query('delete from call_servers where call_id = any($1)', [ended])
}

/** Calls that began and never ended and that no other server holds, oldest first. */
export async function unfinishedCalls(pool: Pool, serverNo: number | null): Promise<string[]> {
  const client = await pool.connect()
  try {
    const others = await client.query(
      `select distinct server_no, seen_at > ${NOW} - $2 as lately,
         extract(epoch from clock_timestamp() - pg_postmaster_start_time()) * 1000 < $3 as locks_are_new
       from call_servers join servers using (server_no) where server_no is distinct from $1`,
      [serverNo, LATELY_MS, LOCKS_BACK_WITHIN_MS],
    )
    const alive: number[] = []
    for (const { server_no, lately, locks_are_new } of Others.parse(others.rows)) {
      // Of a Postgres that was started a moment ago, servers that live may not have taken their locks again.
      if ((lately && locks_are_new) || !(await isGone(client, server_no))) alive.push(server_no)
    }
    const { rows } = await client.query(
      `select call_id from calls left join call_servers using (call_id)
       where ended_at is null and (server_no is null or not server_no = any($1)) order by started_at, call_id`,
      [alive],
    )
    return Ids.parse(rows).map(({ call_id }) => call_id)
  } finally {
    client.release()
  }
}

async function isGone(client: PoolClient, serverNo: number): Promise<boolean> {
  const { rows } = await client.query('select pg_try_advisory_lock($1, $2) as got', [SERVER_LOCKS, serverNo])
  const [row] = z.array(z.object({ got: z.boolean() })).parse(rows)
  if (row?.got !== true) return false
  await client.query('select pg_advisory_unlock($1, $2)', [SERVER_LOCKS, serverNo])
  return true
}
