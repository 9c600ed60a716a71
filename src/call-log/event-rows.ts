/** Events as rows of a table, and how rows are read back: also those that an older version has written. */
import { z } from 'zod'
import { CALL_EVENT_VERSION, type CallEvent, EventBody } from '../call/events.ts'

const EventRow = z.object({
  call_id: z.string(),
  seq: z.int(),
  v: z.int(),
  at: z.number(),
  at_ms: z.number(),
  body: z.string(),
})
export type EventRow = z.infer<typeof EventRow>

/**
 * What makes the body of version n one of version n + 1. When a change of EventBody leaves older events unreadable, it raises
 * CALL_EVENT_VERSION and says here what they mean today; rows on disk stay as they were written.
 */
const UPGRADES: Readonly<Record<number, (body: unknown) => unknown>> = {}

export function toEventRow({ callId, seq, v, at, atMs, body }: CallEvent): EventRow & { readonly type: string } {
  return { call_id: callId, seq, v, at, at_ms: atMs, type: body.type, body: JSON.stringify(body) }
}

/** @throws Error when an event cannot be understood: then the table was altered, or a newer version has written it */
export function readEventRow(row: unknown, upgrades = UPGRADES, version = CALL_EVENT_VERSION): CallEvent {
  const { call_id, seq, v, at, at_ms, body } = EventRow.parse(row)
  const refuse = (why: string): never => {
    throw new Error(`Event ${seq} of call ${call_id} cannot be read: ${why}`)
  }
  if (v > version)
    return refuse(`a newer version of Earshot wrote it (events of version ${v}, this one knows ${version})`)
  let known: unknown = JSON.parse(body)
  for (let from = v; from < version; from++) {
    const upgrade = upgrades[from]
    if (upgrade === undefined) return refuse(`nothing says how version ${from} is read`)
    known = upgrade(known)
  }
  const parsed = EventBody.safeParse(known)
  if (!parsed.success) return refuse(z.prettifyError(parsed.error))
  return { v: version, callId: call_id, seq, at, atMs: at_ms, body: parsed.data }
}
