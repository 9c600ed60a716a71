/**
 * The way of every event into the call log. Recording never waits: events are numbered, handed to whoever watches, and
 * kept in batches in the background. Only a side effect waits, for `durable`.
 *
 * While the log fails, events wait in memory and are tried again, ever more slowly. When too many wait, details go first
 * (the oldest of them); starts and ends of calls, tool calls, and words spoken go only when nothing else is left. A gap in
 * a call's seq then shows what was lost.
 */
import { z } from 'zod'
import { CallError } from '../call/errors.ts'
import { CALL_EVENT_VERSION, type CallEvent, EventBody, type EventType } from '../call/events.ts'
import type { CallLog } from '../call-log/store.ts'
import { EventQueue } from './event-queue.ts'

export interface JournalOptions {
  /** Told once when the log begins to fail, when events are first lost, and when it works again. Never holds a caller's words or number. */
  readonly onTrouble: (code: 'JOURNAL_BEHIND' | 'INTERNAL', detail: string) => void
  /** How many events may wait for the log. Default 10,000, a few MB. */
  readonly maxWaiting?: number
  /** How long events that nobody waits for may gather before they are written. Default 20 ms. */
  readonly gatherMs?: number
  /** Waits between tries; the last one repeats. Default 50 ms doubling to 5 s. */
  readonly retryMs?: readonly number[]
}

export interface Journal {
  /**
   * Numbers an event and hands it on. Never blocks and never throws: an event that the log could not read back is
   * replaced by an INTERNAL trouble that says why.
   * @param at wall-clock time, ms since 1970  @param atMs call time
   */
  record(callId: string, body: EventBody, at: number, atMs: number): CallEvent
  /**
   * Resolves when everything recorded so far for the call is on disk; at once when it is already.
   * @throws CallError JOURNAL_BEHIND when an event that it waits for was lost, or the journal was closed before
   */
  durable(callId: string): Promise<void>
  /** Goes on with a call that the log knows up to `lastSeq`. */
  resume(callId: string, lastSeq: number): void
  /** @returns how to stop. Listeners are called synchronously, in order, and must be quick; what they throw is reported and forgotten. */
  subscribe(listener: (event: CallEvent) => void): () => void
  /** Nothing more is recorded for the call: what is known of it is forgotten as soon as its events are kept. */
  end(callId: string): void
  /** Keeps what waits, trying a failing log once more, and stops. The log itself stays open. */
  close(): Promise<void>
  /** Why events wait and are not kept, as the log says it; null while it keeps them. */
  readonly behind: string | null
  /** Calls of which something is still held here. */
  readonly openCalls: number
  /** Events that are not kept yet. */
  readonly waitingEvents: number
}

/** Events without which an account of a call is false or a side effect unaccounted for. */
const PROTECTED: ReadonlySet<EventType> = new Set<EventType>([
  'call-started',
  'call-ended',
  'tool-reserved',
  'tool-sent',
  'tool-finished',
  'tool-answered',
  'note',
  'caller-said',
  'agent-said',
])

const MOST_IN_A_BATCH = 500
/** What a crash may cost of events that nothing depends on yet; longer saves little more. */
const GATHER_MS = 20
const RETRY_MS = [50, 100, 200, 400, 800, 1600, 3200, 5000] as const

interface CallState {
  lastSeq: number
  lastAt: number
  lastAtMs: number
  /** Events that are neither kept nor lost yet. */
  unsettled: number
  ended: boolean
  readonly waiters: Waiter[]
}

interface Waiter {
  readonly upTo: number
  left: number
  readonly resolve: () => void
  readonly reject: (error: CallError) => void
}

export function createJournal(log: CallLog, options: JournalOptions): Journal {
  const { onTrouble, maxWaiting = 10_000, retryMs = RETRY_MS, gatherMs = GATHER_MS } = options
  const calls = new Map<string, CallState>()
  const listeners = new Set<(event: CallEvent) => void>()
  const queue = new EventQueue((event) => PROTECTED.has(event.body.type))
  let writing: Promise<void> | null = null
  let failures = 0
  let behind: string | null = null
  let lost = 0
  let closed = false
  let wake = (): void => {}
  /** Ends the wait for more events. */
  let hurry = (): void => {}
  /** How many wait for `durable`. */
  let waiting = 0

  function stateOf(callId: string): CallState {
    let call = calls.get(callId)
    if (call === undefined) {
      call = { lastSeq: 0, lastAt: 0, lastAtMs: 0, unsettled: 0, ended: false, waiters: [] }
      calls.set(callId, call)
    }
    return call
  }

  function settle(event: CallEvent, kept: boolean): void {
    const call = calls.get(event.callId)
    if (call === undefined) return
    call.unsettled--
    for (const waiter of call.waiters.filter(({ upTo }) => event.seq <= upTo)) {
      waiter.left--
      if (!kept && PROTECTED.has(event.body.type)) {
        waiter.reject(new CallError('JOURNAL_BEHIND', `event ${event.seq} (${event.body.type}) was lost`))
      } else if (waiter.left > 0) continue
      else waiter.resolve()
      call.waiters.splice(call.waiters.indexOf(waiter), 1)
    }
    if (call.ended && call.unsettled === 0) calls.delete(event.callId)
  }

  function lose(event: CallEvent): void {
    lost++
    settle(event, false)
  }

  function makeRoom(): void {
    if (queue.size <= maxWaiting) return
    if (lost === 0)
      onTrouble('JOURNAL_BEHIND', `more than ${maxWaiting} events wait for the call log: the least important are lost`)
    const dropped = queue.drop()
    if (dropped !== undefined) lose(dropped)
  }

  /** Waits for more events, unless somebody waits for those that are there. */
  async function gather(): Promise<void> {
    // Everything that this turn of the event loop records goes into one batch.
    await new Promise<void>((resolve) => setImmediate(resolve))
    if (waiting > 0 || closed) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, gatherMs)
      hurry = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  /** The one loop that writes: a sync to disk costs as much for one event as for a hundred. */
  async function write(): Promise<void> {
    while (queue.size > 0) {
      await gather()
      const batch = queue.take(MOST_IN_A_BATCH)
      try {
        await log.append(batch)
      } catch (error) {
        queue.putBack(batch)
        if (await givesUp(error)) return
        continue
      }
      recovered()
      for (const event of batch) settle(event, true)
    }
  }

  function recovered(): void {
    if (failures === 0) return
    onTrouble('JOURNAL_BEHIND', `the call log works again; ${lost} events were lost`)
    failures = 0
    behind = null
    lost = 0
  }

  async function givesUp(error: unknown): Promise<boolean> {
    const what = error instanceof Error ? error.message : String(error)
    behind = what
    if (closed) {
      for (const event of queue.take(queue.size)) lose(event)
      onTrouble(
        'JOURNAL_BEHIND',
        `the journal was closed while the call log failed (${what}): ${lost} events were lost`,
      )
      return true
    }
    if (failures === 0) onTrouble('JOURNAL_BEHIND', what)
    const waitMs = retryMs[Math.min(failures, retryMs.length - 1)] ?? 0
    failures++
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, waitMs)
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    return false
  }

  function startWriting(): void {
    writing ??= write().finally(() => {
      writing = null
      if (queue.size > 0) startWriting()
    })
  }

  function tell(event: CallEvent): void {
    for (const listener of listeners) {
      try {
        listener(event)
      } catch (error) {
        onTrouble('INTERNAL', `a listener of the journal failed: ${error instanceof Error ? error.name : typeof error}`)
      }
    }
  }

  return {
    record(callId, body, at, atMs) {
      const call = stateOf(callId)
      const fault = faultOf(body, at, atMs)
      if (fault === null) {
        call.lastAt = at
        call.lastAtMs = atMs
      } else onTrouble('INTERNAL', fault)
      call.lastSeq++
      const event: CallEvent = {
        v: CALL_EVENT_VERSION,
        callId,
        seq: call.lastSeq,
        at: call.lastAt,
        atMs: call.lastAtMs,
        body: fault === null ? body : { type: 'trouble', code: 'INTERNAL', detail: fault },
      }
      call.unsettled++
      queue.put(event)
      makeRoom()
      if (!closed) startWriting()
      tell(event)
      return event
    },
    durable(callId) {
      const call = calls.get(callId)
      if (call === undefined || call.unsettled === 0) return Promise.resolve()
      if (closed) return Promise.reject(new CallError('JOURNAL_BEHIND', 'the journal is closed'))
      waiting++
      hurry()
      return new Promise<void>((resolve, reject) => {
        call.waiters.push({ upTo: call.lastSeq, left: call.unsettled, resolve, reject })
      }).finally(() => {
        waiting--
      })
    },
    resume(callId, lastSeq) {
      const call = stateOf(callId)
      call.lastSeq = Math.max(call.lastSeq, lastSeq)
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    end(callId) {
      const call = calls.get(callId)
      if (call === undefined) return
      call.ended = true
      if (call.unsettled === 0) calls.delete(callId)
    },
    async close() {
      closed = true
      wake()
      hurry()
      while (writing !== null) await writing
    },
    get behind() {
      return behind
    },
    get waitingEvents() {
      return queue.size
    },
    get openCalls() {
      return calls.size
    },
  }
}

/** Why the log could not read an event back: names its type and fields, never what they hold. Null: it can. */
function faultOf(body: EventBody, at: number, atMs: number): string | null {
  if (!Number.isFinite(at) || !Number.isFinite(atMs) || atMs < 0) return `a ${body.type} event has no valid time`
  const parsed = EventBody.safeParse(body)
  if (parsed.success) return null
  const [issue] = parsed.error.issues
  return `a ${body.type} event is not valid at ${z.core.toDotPath(issue?.path ?? [])}`
}
