/**
 * The thread that writes the call log into Postgres. While the server is away, events wait in a spool on disk and are kept
 * from there, in order, when it is back; to whoever appends them they are as safe there.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { z } from 'zod'
import type { CallEvent } from '../call/events.ts'
import { isAway, PostgresRefusal } from '../database/postgres-client.ts'
import { type PostgresEnds, type PostgresParts, servePostgres } from '../database/postgres-writer.ts'
import { PostgresAppender } from './postgres-appender.ts'
import { ServerLock, unfinishedCalls } from './servers.ts'
import { Spool, SpoolFull } from './spool.ts'

const Options = z.object({ spoolFolder: z.string(), spoolMostBytes: z.number().optional() })

/** From one try to reach a server that is away to the next. */
const TRY_AGAIN_MS = 1_000
/** Calls folded again at a time: appends of live calls wait for no more. */
const AT_A_TIME = 20

if (parentPort === null) throw new Error('postgres-worker.ts runs as a worker thread, started by postgres-log.ts')
const port = parentPort
const { spoolFolder, spoolMostBytes } = Options.parse(workerData)
const spool = await Spool.open({
  folder: spoolFolder,
  ...(spoolMostBytes === undefined ? {} : { mostBytes: spoolMostBytes }),
})

function partsOf(ends: PostgresEnds): PostgresParts {
  const lock = new ServerLock(ends.url, ends.reader)
  const appender = new PostgresAppender(ends, () => lock.serverNo)
  let timer: NodeJS.Timeout | null = null
  let draining: Promise<void> | null = null

  /** From now on, until it is empty, everything goes through the spool: events of a call must stay in order. */
  async function keepOnDisk(batches: readonly (readonly CallEvent[])[]): Promise<readonly unknown[]> {
    const outcomes: unknown[] = []
    for (const events of batches) {
      outcomes.push(
        await spool.put(events).then(
          () => undefined,
          (error: unknown) => spoolFault(error),
        ),
      )
    }
    tell()
    later()
    return outcomes
  }

  function later(): void {
    timer ??= setTimeout(() => {
      timer = null
      drain().catch(() => later())
    }, TRY_AGAIN_MS)
    timer.unref()
  }

  function drain(): Promise<void> {
    draining ??= spool
      .drain(async (events) => {
        const [fault] = await appender.append([events])
        // What can never be kept must not keep the rest from it: the sequence of its call shows the gap.
        if (fault !== undefined) port.postMessage({ id: -1, value: { refused: events.length } })
      })
      .finally(() => {
        draining = null
        tell()
      })
    return draining
  }

  function tell(): void {
    port.postMessage({ id: -1, value: { spooledBytes: spool.bytes } })
  }

  return {
    async append(batches) {
      if (!spool.isEmpty) return keepOnDisk(batches)
      try {
        return await appender.append(batches)
      } catch (error) {
        if (!isAway(error)) throw error
        return keepOnDisk(batches)
      }
    },
    tasks: {
      unfinished: () => unfinishedCalls(ends.reader, lock.serverNo),
      rebuild: () => rebuild(ends, appender),
      /** Nothing of what was appended waits on disk any more. */
      settle: () => drain(),
    },
    async foldAgain() {
      await rebuild(ends, appender)
    },
    async begin() {
      await lock.begin()
      await drain()
    },
    async close() {
      if (timer !== null) clearTimeout(timer)
      // Once more; what cannot be kept now is kept at the next start.
      if (!spool.isEmpty) await drain().catch(() => {})
      await spool.close()
      await lock.close()
    },
  }
}

/** Neither the database nor the disk takes them: the journal holds them in memory and tries again. */
function spoolFault(error: unknown): PostgresRefusal {
  if (error instanceof SpoolFull) return new PostgresRefusal(error.message)
  const parsed = z.object({ code: z.string() }).safeParse(error)
  const why = parsed.success ? parsed.data.code : String(error)
  return new PostgresRefusal(
    `The folder ${spoolFolder}, where events wait for the database, cannot be written (${why})`,
  )
}

async function rebuild(ends: PostgresEnds, appender: PostgresAppender): Promise<number> {
  const Ids = z.array(z.object({ call_id: z.string() }))
  for (let last = ''; ; ) {
    const { rows } = await ends.reader.query(
      'select distinct call_id from events where call_id > $1 order by call_id limit $2',
      [last, AT_A_TIME],
    )
    const callIds = Ids.parse(rows).map(({ call_id }) => call_id)
    if (callIds.length === 0) break
    await appender.foldAgain(callIds)
    last = callIds.at(-1) ?? last
  }
  // Rows without events: nothing says that there was such a call.
  await ends.transaction(async (client) => {
    await client.query('delete from calls where not exists (select 1 from events where events.call_id = calls.call_id)')
    for (const table of ['turns', 'tool_calls', 'usage', 'call_words']) {
      await client.query(
        `delete from ${table} where not exists (select 1 from calls where calls.call_no = ${table}.call_no)`,
      )
    }
  })
  const { rows } = await ends.reader.query('select count(*) as calls from calls')
  return z.array(z.object({ calls: z.number() })).parse(rows)[0]?.calls ?? 0
}

await servePostgres(port, workerData, partsOf)
