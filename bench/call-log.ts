/**
 * `npm run bench -- log`: a log of many generated calls: how long its pages, searches and figures take, and what writing
 * 2,000 events a second does to the event loop. `--folder` decides which disk is measured.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay, performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { createJournal } from '../src/bridge/journal.ts'
import type { CallEvent } from '../src/call/events.ts'
import type { CallStore } from '../src/call-log/call-store.ts'
import { type CallFilter, FLAGS, SORTS } from '../src/call-log/query.ts'
import { openSqliteCallLog } from '../src/call-log/sqlite.ts'
import { generateCalls } from '../test/call-log/generated-calls.ts'

const DAY_MS = 86_400_000
const FROM = Date.UTC(2026, 8, 1)
const DAYS = 60
const TIMES = 15

export const LOG_USAGE = `npm run bench -- log [options]
  --calls 100000       calls in the log, of 20 lines each
  --seconds 30         how long 2,000 events a second are written
  --folder path        which disk is measured (the system's folder for temporary files)
  --keep               leave the log there, and use one that is there`

interface Row {
  readonly what: string
  readonly p50: number
  readonly p95: number
  readonly goal: number
}

export async function benchLog(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      calls: { type: 'string', default: '100000' },
      seconds: { type: 'string', default: '30' },
      folder: { type: 'string' },
      keep: { type: 'boolean', default: false },
    },
  })
  const calls = Number(values.calls)
  const folder =
    values.keep && values.folder ? values.folder : mkdtempSync(join(values.folder ?? tmpdir(), 'earshot-bench-log-'))
  const path = join(folder, 'earshot.db')
  try {
    const openedAt = performance.now()
    const store = await openSqliteCallLog({ path })
    say(`opened in ${(performance.now() - openedAt).toFixed(0)} ms`)
    await fill(store, calls, path)
    await warm(store)
    const rows = [...(await pages(store)), ...(await searches(store)), ...(await figures(store))]
    console.table(Object.fromEntries(rows.map(({ what, ...times }) => [what, times])))
    await write(store, Number(values.seconds))
    await store.close()
    const again = performance.now()
    await (await openSqliteCallLog({ path })).close()
    say(`opened again and closed in ${(performance.now() - again).toFixed(0)} ms`)
    const missed = rows.filter(({ p95, goal }) => p95 > goal)
    say(
      missed.length === 0 ? 'all within their goals' : `over their goals: ${missed.map(({ what }) => what).join('; ')}`,
    )
  } finally {
    if (!values.keep) rmSync(folder, { recursive: true })
  }
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}

async function fill(store: CallStore, calls: number, path: string): Promise<void> {
  const there = (await store.facets({})).total
  if (there >= calls) return say(`${there} calls are there`)
  const startedAt = performance.now()
  let events = 0
  let waiting: Promise<void>[] = []
  for (const call of generateCalls({ seed: 1, calls, from: FROM, days: DAYS })) {
    events += call.length
    waiting.push(store.append(call))
    if (waiting.length < 200) continue
    await Promise.all(waiting)
    waiting = []
  }
  await Promise.all(waiting)
  const seconds = (performance.now() - startedAt) / 1000
  const megabytes = statSync(path).size / 1e6
  say(
    `${calls} calls, ${events} events in ${seconds.toFixed(0)} s (${Math.round(events / seconds)} a second), ${megabytes.toFixed(0)} MB`,
  )
}

/** Hours that were never counted are counted now: what a log does over weeks. */
async function warm(store: CallStore): Promise<void> {
  const startedAt = performance.now()
  await store.figures({ from: FROM, to: FROM + (DAYS + 1) * DAY_MS })
  say(`all hours counted in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`)
}

async function timed(what: string, goal: number, work: (i: number) => Promise<unknown>): Promise<Row> {
  const times: number[] = []
  for (let i = 0; i < TIMES; i++) {
    const startedAt = performance.now()
    await work(i)
    times.push(performance.now() - startedAt)
  }
  times.sort((a, b) => a - b)
  const at = (share: number): number => Number((times[Math.ceil(share * times.length) - 1] ?? 0).toFixed(1))
  return { what, p50: at(0.5), p95: at(0.95), goal }
}

async function pages(store: CallStore): Promise<Row[]> {
  const filters: Record<string, CallFilter> = {
    'no filter': {},
    agents: { agents: ['workshop'] },
    outcomes: { outcomes: ['failed'] },
    reasons: { endReasons: ['drained'] },
    number: { numbers: ['+15550101'] },
    'caller, whole': { caller: '+15551000123' },
    'caller, end': { caller: '0123' },
    'a week': { from: FROM + 20 * DAY_MS, to: FROM + 27 * DAY_MS },
    length: { minDurationMs: 120_000, maxDurationMs: 121_000 },
    strain: { minStrain: 60 },
    tool: { tools: ['book_time'] },
    'no such tag': { tags: ['nothing'] },
    ...Object.fromEntries(FLAGS.map((flag): [string, CallFilter] => [flag, { flags: [flag] }])),
    'rare together': { agents: ['night-desk'], outcomes: ['failed'], flags: ['tool-unknown', 'asked-for-person'] },
  }
  const rows: Row[] = []
  for (const [name, filter] of Object.entries(filters)) {
    rows.push(await timed(`page: ${name}`, 100, () => store.list(filter)))
  }
  for (const sort of SORTS) {
    for (const order of ['desc', 'asc'] as const) {
      let after: string | null = null
      rows.push(
        await timed(`sorted by ${sort} ${order}, page after page`, 100, async () => {
          const page: { next: string | null } = await store.list({ sort, order, ...(after !== null && { after }) })
          after = page.next
        }),
      )
    }
    rows.push(
      await timed(`sorted by ${sort}, of one agent that failed`, 100, () =>
        store.list({ sort, agents: ['workshop'], outcomes: ['failed'] }),
      ),
    )
  }
  rows.push(await timed('facets', 500, () => store.facets({})))
  rows.push(
    await timed('facets of a week and an agent', 500, () =>
      store.facets({ ...filters['a week'], agents: ['workshop'] }),
    ),
  )
  return rows
}

async function searches(store: CallStore): Promise<Row[]> {
  const texts = [
    'order',
    'velodrome',
    'unicycle',
    'ord',
    'o',
    'real person',
    '"chain is rusty"',
    'rusty velodrome',
    'nothingatall',
    '修理',
    'order thursday rusty',
  ]
  const rows: Row[] = []
  for (const text of texts) {
    rows.push(await timed(`search: ${text}`, 100, () => store.list({ text })))
    rows.push(await timed(`search: ${text}, by cost`, 100, () => store.list({ text, sort: 'cost' })))
    rows.push(
      await timed(`search: ${text}, of agent, failed`, 100, () =>
        store.list({ text, agents: ['night-desk'], outcomes: ['failed'] }),
      ),
    )
  }
  rows.push(await timed('facets of a search: order', 1000, () => store.facets({ text: 'order' })))
  return rows
}

async function figures(store: CallStore): Promise<Row[]> {
  const all = { from: FROM, to: FROM + (DAYS + 1) * DAY_MS }
  return [
    await timed('figures: all, by day', 200, () => store.figures(all)),
    await timed('figures: all, by hour, Berlin', 200, () =>
      store.figures({ ...all, by: 'hour', zone: 'Europe/Berlin' }),
    ),
    await timed('figures: all, by day, Kathmandu', 200, () => store.figures({ ...all, zone: 'Asia/Kathmandu' })),
    await timed('figures: a week of an agent, by hour', 200, () =>
      store.figures({ from: FROM + 7 * DAY_MS + 12_345, to: FROM + 14 * DAY_MS, agents: ['workshop'], by: 'hour' }),
    ),
    await timed('spent', 50, () => store.spent('workshop', '+15551000123', FROM + (DAYS - 1) * DAY_MS)),
  ]
}

/** 300 calls at a time through the journal, 2,000 events a second, while somebody searches. */
async function write(store: CallStore, seconds: number): Promise<void> {
  const journal = createJournal(store, { onTrouble: (code, detail) => say(`${code}: ${detail}`) })
  const from = Date.now()
  const streams = [...generateCalls({ seed: from % 1_000_000, calls: 300, lines: 300, from, days: 1 })].map(
    (events) => ({ events, next: 0 }),
  )
  const record = (event: CallEvent): void => void journal.record(event.callId, event.body, event.at, event.atMs)
  const loop = monitorEventLoopDelay({ resolution: 1 })
  const durable: number[] = []
  const until = performance.now() + seconds * 1000
  let written = 0
  loop.enable()
  const startedAt = performance.now()
  const searching = (async () => {
    while (performance.now() < until) {
      await store.list({ text: 'order', sort: 'cost' })
      await sleep(200)
    }
  })()
  while (performance.now() < until) {
    const due = Math.floor(((performance.now() - startedAt) / 1000) * 2000)
    for (; written < due; written++) {
      const stream = streams[written % streams.length]
      const event = stream?.events[stream.next++]
      if (event !== undefined) record(event)
      if (written % 100 === 0 && event !== undefined) {
        const asked = performance.now()
        void journal.durable(event.callId).then(() => durable.push(performance.now() - asked))
      }
    }
    await sleep(5)
  }
  loop.disable()
  await searching
  await journal.close()
  durable.sort((a, b) => a - b)
  const at = (share: number): string => (durable[Math.ceil(share * durable.length) - 1] ?? 0).toFixed(1)
  say(
    `${written} events in ${seconds} s: event loop p99 ${(loop.percentile(99) / 1e6).toFixed(1)} ms, max ${(loop.max / 1e6).toFixed(1)} ms; durable p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`,
  )
}
