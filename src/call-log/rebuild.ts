/** Rows of all calls, folded again from their events. */
import type { DatabaseSync } from 'node:sqlite'
import { setImmediate } from 'node:timers/promises'
import { z } from 'zod'
import type { SqliteAppender } from './sqlite-appender.ts'

/** Calls folded at a time: appends of live calls wait for no more. */
const AT_A_TIME = 20
const Next = z.object({ call_id: z.string().nullable() })

/** Lets appends in between. @returns how many calls there are */
export async function rebuild(db: DatabaseSync, appender: SqliteAppender): Promise<number> {
  for (const calls of groups(db)) {
    inTransaction(db, () => {
      for (const callId of calls) appender.foldAgain(callId)
    })
    await setImmediate()
  }
  inTransaction(db, () => removeStrays(db))
  return count(db)
}

/** Within a transaction of the caller's, all at once. */
export function rebuildAll(db: DatabaseSync, appender: SqliteAppender): void {
  for (const calls of groups(db)) for (const callId of calls) appender.foldAgain(callId)
}

function* groups(db: DatabaseSync): Generator<string[]> {
  const next = db.prepare('select min(call_id) as call_id from events where call_id > ?')
  let group: string[] = []
  for (let last = ''; ; ) {
    const { call_id } = Next.parse(next.get(last))
    if (call_id === null) break
    last = call_id
    group.push(call_id)
    if (group.length < AT_A_TIME) continue
    yield group
    group = []
  }
  if (group.length > 0) yield group
}

/** Rows without events: nothing says that there was such a call. */
function removeStrays(db: DatabaseSync): void {
  db.exec('delete from calls where not exists (select 1 from events where events.call_id = calls.call_id)')
  for (const table of ['turns', 'tool_calls', 'usage', 'call_words']) {
    db.exec(`delete from ${table} where call_no not in (select call_no from calls)`)
  }
}

function inTransaction(db: DatabaseSync, work: () => void): void {
  db.exec('begin immediate')
  try {
    work()
    db.exec('commit')
  } catch (error) {
    if (db.isTransaction) db.exec('rollback')
    throw error
  }
}

function count(db: DatabaseSync): number {
  return z.object({ calls: z.int() }).parse(db.prepare('select count(*) as calls from calls').get()).calls
}
