/**
 * How long an event takes to be kept, run by hand: `npm exec node -- --no-warnings bench/call-log.ts [folder]`.
 * The folder decides which disk is measured. Prints a table and one line of JSON.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay, performance } from 'node:perf_hooks'
import { createJournal } from '../src/bridge/journal.ts'
import { CALL_EVENT_VERSION, type EventBody } from '../src/call/events.ts'
import { openSqliteCallLog } from '../src/call-log/sqlite.ts'

const folder = mkdtempSync(join(process.argv[2] ?? tmpdir(), 'earshot-bench-log-'))
const started: EventBody = {
  type: 'call-started',
  carrier: 'twilio',
  carrierCallId: 'CA1',
  from: '+15550123',
  to: '+15550100',
  agent: 'bench',
  agentVersion: '1',
  provider: 'openai',
  model: 'gpt-realtime-2.1',
}

function said(i: number): EventBody {
  const text = 'I would like to know where my order is, please.'
  return { type: 'caller-said', itemId: `item_${i}`, text, startMs: i, endMs: i + 900 }
}

function quantiles(samples: number[]): { p50: number; p99: number; max: number } {
  const sorted = samples.toSorted((a, b) => a - b)
  const at = (share: number): number => Number((sorted[Math.ceil(share * sorted.length) - 1] ?? 0).toFixed(3))
  return { p50: at(0.5), p99: at(0.99), max: at(1) }
}

const openedAt = performance.now()
const log = await openSqliteCallLog({ path: join(folder, 'earshot.db') })
const openMs = Number((performance.now() - openedAt).toFixed(1))

const alone: number[] = []
for (let i = 0; i < 2000; i++) {
  const before = performance.now()
  const body = i === 0 ? started : said(i)
  await log.append([{ v: CALL_EVENT_VERSION, callId: 'alone', seq: i + 1, at: Date.now(), atMs: i, body }])
  alone.push(performance.now() - before)
}

/** 300 calls with ten events a second each, through the journal; each waits until its event is durable. */
const journal = createJournal(log, { onTrouble: (code, detail) => console.error(code, detail) })
const busy: number[] = []
const recording: number[] = []
const loop = monitorEventLoopDelay({ resolution: 1 })
loop.enable()
const began = performance.now()
const waits: Promise<void>[] = []
for (let tick = 0; tick < 300; tick++) {
  for (let call = 0; call < 10; call++) {
    const callId = `call_${(tick * 10 + call) % 300}`
    const before = performance.now()
    journal.record(callId, tick < 30 ? started : said(tick), Date.now(), tick)
    recording.push(performance.now() - before)
    waits.push(journal.durable(callId).then(() => void busy.push(performance.now() - before)))
  }
  const dueMs = (tick + 1) * (10_000 / 3000) - (performance.now() - began)
  if (dueMs > 0) await new Promise((resolve) => setTimeout(resolve, dueMs))
}
await Promise.all(waits)
loop.disable()
await journal.close()
await log.close()
rmSync(folder, { recursive: true })

const result = {
  openMs,
  appendAloneMs: quantiles(alone),
  durableAt3000EventsASecondMs: quantiles(busy),
  recordMs: quantiles(recording),
  eventLoopDelayP99Ms: Number((loop.percentile(99) / 1e6).toFixed(2)),
}
console.table({
  alone: result.appendAloneMs,
  'durable, 3,000/s': result.durableAt3000EventsASecondMs,
  record: result.recordMs,
})
console.log(JSON.stringify(result))
