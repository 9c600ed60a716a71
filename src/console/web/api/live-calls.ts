/** The calls in progress, as the messages of the live stream tell them. */
import type { LiveMessage, LiveRow } from '../../contract/live.ts'

export interface LiveFeed {
  /** By rising start. */
  readonly calls: readonly LiveRow[]
  /** Those that ended last, and why, newest first: whoever was reading one is told. */
  readonly ended: readonly EndedCall[]
  readonly state: 'connecting' | 'open' | 'lost'
  /** Rises whenever a call begins or ends: the list of calls has changed. */
  readonly changes: number
}

export interface EndedCall {
  readonly call: LiveRow
  readonly reason: string
}

const ENDED_KEPT = 20

/** What a message makes of the feed. */
export function takeMessage(before: LiveFeed, message: LiveMessage): LiveFeed {
  if (message.type === 'all') {
    const same = message.calls.length === before.calls.length && message.calls.every((row) => has(before, row.callId))
    return { ...before, calls: sorted(message.calls), changes: before.changes + (same ? 0 : 1) }
  }
  if (message.type === 'ended') {
    const call = before.calls.find(({ callId }) => callId === message.callId)
    if (call === undefined) return before
    const ended = [{ call, reason: message.reason }, ...before.ended].slice(0, ENDED_KEPT)
    const calls = before.calls.filter(({ callId }) => callId !== message.callId)
    return { ...before, calls, ended, changes: before.changes + 1 }
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
