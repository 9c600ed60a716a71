import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createJournal, type Journal, type JournalOptions } from '../../src/bridge/journal.ts'
import type { CallEvent, EventBody } from '../../src/call/events.ts'
import type { CallLog } from '../../src/call-log/store.ts'
import { agentSaid, callerSaid, END, START, STARTED_AT } from '../call-log/sample-call.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A log in memory that waits or fails when it is told to. */
class MemoryLog implements CallLog {
  readonly batches: CallEvent[][] = []
  fault: Error | null = null
  tries = 0
  #held: (() => void)[] | null = null

  async append(events: readonly CallEvent[]): Promise<void> {
    this.tries++
    if (this.#held !== null) await new Promise<void>((resolve) => this.#held?.push(resolve))
    if (this.fault !== null) throw this.fault
    this.batches.push([...events])
  }

  hold(): void {
    this.#held = []
  }

  release(): void {
    for (const resolve of this.#held ?? []) resolve()
    this.#held = null
  }

  /** What is kept of a call, as `seq type`. */
  kept(callId: string): string[] {
    return this.batches.flat().flatMap(({ callId: id, seq, body }) => (id === callId ? [`${seq} ${body.type}`] : []))
  }

  async events(callId: string): Promise<CallEvent[]> {
    return this.batches.flat().filter((event) => event.callId === callId)
  }
  async calls(): Promise<[]> {
    return []
  }
  async unfinished(): Promise<[]> {
    return []
  }
  async agentsRun(): Promise<void> {}
  async runningAgents(): Promise<null> {
    return null
  }
  async agentVersion(): Promise<null> {
    return null
  }
  async close(): Promise<void> {}
}

const KEY: EventBody = { type: 'dtmf', digit: '5' }
const RESERVED: EventBody = {
  type: 'tool-reserved',
  toolCallId: 'tool_1',
  responseId: 'resp_1',
  name: 'lookup_order',
  arguments: '{}',
}

function journalOn(
  log: CallLog,
  options: Partial<JournalOptions> = {},
): { journal: Journal; troubles: string[]; record: (callId: string, ...bodies: readonly EventBody[]) => CallEvent[] } {
  const troubles: string[] = []
  const onTrouble = (code: string, detail: string): void => void troubles.push(`${code}: ${detail}`)
  const journal = createJournal(log, { onTrouble, ...options })
  const record = (callId: string, ...bodies: readonly EventBody[]): CallEvent[] =>
    bodies.map((body, i) => journal.record(callId, body, STARTED_AT + i, i))
  return { journal, troubles, record }
}

/** The journal waits for a turn of the event loop, which here comes when it is called for. */
async function closed(journal: Journal): Promise<void> {
  const closing = journal.close()
  await vi.advanceTimersByTimeAsync(10)
  await closing
}

/** What a promise has come to by now: pending, kept, or the message it was rejected with. */
async function outcome(promise: Promise<void>): Promise<string> {
  const pending = Promise.resolve('pending')
  return Promise.race([promise.then(() => 'kept', String), pending.then(() => pending).then(() => pending)])
}

it('numbers the events of each call from 1 and gives each event back as it will be kept', async () => {
  const log = new MemoryLog()
  const { journal, record } = journalOn(log)
  const [start, key] = record('a', START, KEY)
  record('b', START)
  record('a', END)
  expect(start).toEqual({ v: 1, callId: 'a', seq: 1, at: STARTED_AT, atMs: 0, body: START })
  expect(key).toEqual({ v: 1, callId: 'a', seq: 2, at: STARTED_AT + 1, atMs: 1, body: KEY })
  await closed(journal)
  expect(log.kept('a')).toEqual(['1 call-started', '2 dtmf', '3 call-ended'])
  expect(log.kept('b')).toEqual(['1 call-started'])
})

it('hands over together what is recorded in one turn of the event loop, and next whatever gathered meanwhile', async () => {
  const log = new MemoryLog()
  const { journal, record } = journalOn(log)
  record('a', START, KEY)
  record('b', START)
  expect(log.tries).toBe(0)
  log.hold()
  await vi.runAllTimersAsync()
  record('a', KEY)
  record('a', END)
  await vi.runAllTimersAsync()
  expect(log.tries).toBe(1)
  log.release()
  await closed(journal)
  expect(log.batches.map((batch) => batch.length)).toEqual([3, 2])
})

it('is durable when the log has acknowledged what was recorded before, not before and not later', async () => {
  const log = new MemoryLog()
  const { journal, record } = journalOn(log)
  expect(await outcome(journal.durable('a'))).toBe('kept')
  log.hold()
  record('a', START, RESERVED)
  const reserved = journal.durable('a')
  const other = journal.durable('b')
  await vi.runAllTimersAsync()
  record('a', KEY)
  const withKey = journal.durable('a')
  expect([await outcome(reserved), await outcome(other), await outcome(withKey)]).toEqual([
    'pending',
    'kept',
    'pending',
  ])
  log.release()
  log.hold()
  await vi.runAllTimersAsync()
  expect([await outcome(reserved), await outcome(withKey)]).toEqual(['kept', 'pending'])
  log.release()
  await vi.runAllTimersAsync()
  expect(await outcome(withKey)).toBe('kept')
  expect(await outcome(journal.durable('a'))).toBe('kept')
})

it('tries a failing log again, ever more slowly, in order, and says once that it fails and once that it works', async () => {
  const log = new MemoryLog()
  const { journal, record, troubles } = journalOn(log, { retryMs: [10, 100] })
  log.fault = new Error('The disk that holds the call log is full')
  record('a', START, RESERVED)
  const durable = journal.durable('a')
  await vi.advanceTimersByTimeAsync(5)
  expect(log.tries).toBe(1)
  await vi.advanceTimersByTimeAsync(10)
  expect(log.tries).toBe(2)
  record('a', KEY)
  await vi.advanceTimersByTimeAsync(350)
  expect(log.tries).toBe(5)
  expect(await outcome(durable)).toBe('pending')
  expect(troubles).toEqual(['JOURNAL_BEHIND: The disk that holds the call log is full'])
  log.fault = null
  await vi.advanceTimersByTimeAsync(100)
  expect(await outcome(durable)).toBe('kept')
  expect(log.kept('a')).toEqual(['1 call-started', '2 tool-reserved', '3 dtmf'])
  expect(troubles.slice(1)).toEqual(['JOURNAL_BEHIND: the call log works again; 0 events were lost'])
})

it('loses the oldest details first when too many events wait, and says so once', async () => {
  const log = new MemoryLog()
  const { journal, record, troubles } = journalOn(log, { maxWaiting: 5 })
  log.fault = new Error('disk full')
  record('a', START, KEY, RESERVED, KEY, KEY)
  const durable = journal.durable('a')
  await vi.advanceTimersByTimeAsync(10)
  record('b', START, callerSaid('Hello?', 0, 900))
  expect(troubles).toEqual([
    'JOURNAL_BEHIND: disk full',
    'JOURNAL_BEHIND: more than 5 events wait for the call log: the least important are lost',
  ])
  log.fault = null
  await vi.advanceTimersByTimeAsync(100)
  expect(log.kept('a')).toEqual(['1 call-started', '3 tool-reserved', '5 dtmf'])
  expect(log.kept('b')).toEqual(['1 call-started', '2 caller-said'])
  expect(await outcome(durable)).toBe('kept')
  expect(troubles.at(-1)).toBe('JOURNAL_BEHIND: the call log works again; 2 events were lost')
})

it('refuses durability to whoever waits for an event that had to be lost', async () => {
  const log = new MemoryLog()
  const { journal, record } = journalOn(log, { maxWaiting: 3 })
  log.fault = new Error('disk full')
  record('a', START, RESERVED, agentSaid('One moment.', '', 100))
  const durable = journal.durable('a')
  durable.catch(() => {})
  await vi.advanceTimersByTimeAsync(10)
  expect(await outcome(durable)).toBe('pending')
  record('b', START, END)
  expect(await outcome(durable)).toBe('CallError: the call log could not be written: event 1 (call-started) was lost')
  log.fault = null
  await vi.advanceTimersByTimeAsync(100)
  expect(log.kept('a')).toEqual(['3 agent-said'])
  expect(log.kept('b')).toEqual(['1 call-started', '2 call-ended'])
  record('a', RESERVED)
  const later = journal.durable('a')
  await vi.runAllTimersAsync()
  expect(await outcome(later)).toBe('kept')
  expect(log.kept('a')).toEqual(['3 agent-said', '4 tool-reserved'])
})

it('goes on numbering a call that the log knows, and starts anew when a call was ended', async () => {
  const log = new MemoryLog()
  const { journal, record } = journalOn(log)
  journal.resume('a', 41)
  expect(record('a', END).map(({ seq }) => seq)).toEqual([42])
  journal.end('a')
  expect(record('a', KEY).map(({ seq }) => seq)).toEqual([43])
  await vi.runAllTimersAsync()
  expect(record('a', START).map(({ seq }) => seq)).toEqual([1])
})

it('tells listeners of every event as it is recorded, whatever another listener throws', () => {
  const { journal, record, troubles } = journalOn(new MemoryLog())
  const seen: string[] = []
  journal.subscribe(() => {
    throw new TypeError('the caller said something private')
  })
  const stop = journal.subscribe(({ seq, body }) => seen.push(`${seq} ${body.type}`))
  record('a', START, KEY)
  stop()
  record('a', END)
  expect(seen).toEqual(['1 call-started', '2 dtmf'])
  expect(troubles).toEqual(Array(3).fill('INTERNAL: a listener of the journal failed: TypeError'))
})

it('records in place of an event that could not be read back what was wrong with it, and none of its words', async () => {
  const log = new MemoryLog()
  const { journal, troubles } = journalOn(log)
  journal.record('a', START, STARTED_AT, 5)
  journal.record('a', callerSaid('secret words', -1, 900), STARTED_AT + 9, 9)
  journal.record('a', KEY, STARTED_AT, Number.NaN)
  await closed(journal)
  const faults = ['a caller-said event is not valid at startMs', 'a dtmf event has no valid time']
  expect((await log.events('a')).slice(1)).toEqual(
    faults.map((detail, i) => {
      const body = { type: 'trouble', code: 'INTERNAL', detail }
      return { v: 1, callId: 'a', seq: i + 2, at: STARTED_AT, atMs: 5, body }
    }),
  )
  expect(troubles).toEqual(faults.map((fault) => `INTERNAL: ${fault}`))
})

it('keeps everything when it is closed, and gives up on a log that still fails', async () => {
  const log = new MemoryLog()
  const { journal, record, troubles } = journalOn(log, { retryMs: [1_000_000] })
  log.fault = new Error('disk full')
  record('a', START)
  await vi.advanceTimersByTimeAsync(30)
  log.fault = null
  record('a', END)
  await closed(journal)
  expect(log.kept('a')).toEqual(['1 call-started', '2 call-ended'])

  const failing = new MemoryLog()
  failing.fault = new Error('disk full')
  const second = journalOn(failing)
  second.record('a', START)
  const durable = second.journal.durable('a')
  durable.catch(() => {})
  await closed(second.journal)
  expect(await outcome(durable)).toMatch('event 1 (call-started) was lost')
  expect(second.troubles).toEqual([
    'JOURNAL_BEHIND: the journal was closed while the call log failed (disk full): 1 events were lost',
  ])
  expect(troubles).toHaveLength(2)
})

it('lets events gather while nobody waits for them, and writes at once when somebody does', async () => {
  const log = new MemoryLog()
  const { journal, record } = journalOn(log, { gatherMs: 20 })
  record('a', START)
  await vi.advanceTimersByTimeAsync(19)
  expect(log.kept('a')).toEqual([])
  await vi.advanceTimersByTimeAsync(2)
  expect(log.kept('a')).toEqual(['1 call-started'])
  record('a', RESERVED)
  const durable = journal.durable('a')
  await vi.advanceTimersByTimeAsync(0)
  expect(log.kept('a')).toEqual(['1 call-started', '2 tool-reserved'])
  await durable
})
