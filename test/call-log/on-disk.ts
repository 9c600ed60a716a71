/** A call log as it is on disk at this moment, read in this thread beside whoever writes it. */
import { z } from 'zod'
import type { CallEvent } from '../../src/call/events.ts'
import { EventTable } from '../../src/call-log/sqlite-events.ts'
import { openSqliteFile } from '../../src/database/sqlite-file.ts'

const Rows = z.array(
  z
    .object({ call_id: z.string(), end_reason: z.string().nullable(), turns: z.int(), tool_calls: z.int() })
    .transform((row) => {
      return { callId: row.call_id, endReason: row.end_reason, turns: row.turns, toolCalls: row.tool_calls }
    }),
)

export interface OnDisk {
  /** Newest first. */
  readonly calls: z.infer<typeof Rows>
  readonly events: ReadonlyMap<string, readonly CallEvent[]>
}

/** @param readOnly false: opened and checked as a start does */
export function onDisk(path: string, readOnly = true): OnDisk {
  const { db, close } = openSqliteFile({ path, readOnly, busyTimeoutMs: 5000 })
  try {
    const newest = 'select call_id, end_reason, turns, tool_calls from calls order by started_at desc, call_id desc'
    const calls = Rows.parse(db.prepare(newest).all())
    const events = new EventTable(db)
    return { calls, events: new Map(calls.map(({ callId }) => [callId, events.read(callId)])) }
  } finally {
    close()
  }
}
