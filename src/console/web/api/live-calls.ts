/** The calls in progress, as the messages of the live stream tell them. */
import type { LiveMessage, LiveRow } from '../../contract/live.ts'

export interface LiveFeed {
  /** By rising start. */
  readonly calls: readonly LiveRow[]
  readonly state: 'connecting' | 'open' | 'lost'
  /** Rises whenever a call begins or ends: the list of calls has changed. */
  readonly changes: number
}

/** What a message makes of the feed. */
export function takeMessage(before: LiveFeed, message: LiveMessage): LiveFeed {
  if (message.type === 'all') {
    const same = message.calls.length === before.calls.length && message.calls.every((row) => has(before, row.callId))
    return { ...before, calls: sorted(message.calls), changes: before.changes + (same ? 0 : 1) }
  }
  if (message.type === 'ended') {
    if (!has(before, message.callId)) return before
    const calls = before.calls.filter(({ callId }) => callId !== message.callId)
    return { ...before, calls, changes: before.changes + 1 }
  }
  const known = has(before, message.call.callId)
  const others = before.calls.filter(({ callId }) => callId !== message.call.callId)
  return { ...before, calls: sorted([...others, message.call]), changes: before.changes + (known ? 0 : 1) }
}

function has(of: LiveFeed, id: string): boolean {
  return of.calls.some(({ callId }) => callId === id)
}

function sorted(calls: readonly LiveRow[]): LiveRow[] {
  return calls.toSorted((a, b) => a.startedAt - b.startedAt || (a.callId < b.callId ? -1 : 1))
}
