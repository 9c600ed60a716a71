import { afterEach, expect, it } from 'vitest'
import type { EventBody } from '../../src/call/events.ts'
import { NO_USAGE } from '../../src/call/usage.ts'
import { createMetrics, type Metrics } from '../../src/telemetry/metrics.ts'
import { agentSaid, callEvents, callerSaid, END, START } from '../call-log/sample-call.ts'

let metrics: Metrics | null = null
afterEach(() => metrics?.close())

async function counted(bodies: readonly EventBody[], callId = 'c1'): Promise<(line: string) => string | undefined> {
  metrics ??= createMetrics({
    liveCalls: () => 3,
    waitingEvents: () => 7,
    spooledBytes: () => 11,
    logIsBehind: () => true,
    isTool: (agent, name) => agent === 'harbour-bikes' && name === 'lookup_order',
    version: '1.2.3',
  })
  for (const event of callEvents(callId, bodies)) metrics.take(event)
  const { text } = await metrics.page()
  const lines = new Map(text.split('\n').map((line) => [line.slice(0, line.lastIndexOf(' ')), line.split(' ').at(-1)]))
  return (name) => lines.get(name)
}

it('counts a call: how it ended, turns, interruptions, what was never heard, tools, tokens, cost, waits', async () => {
  const usage = { ...NO_USAGE, inputAudio: 900, inputAudioCached: 600, outputAudio: 420, outputText: 10 }
  const value = await counted([
    START,
    { type: 'session-opening', session: 1, why: 'start' },
    { type: 'session-ready', session: 1, tookMs: 250 },
    callerSaid('Where is my order?', 100, 900),
    {
      type: 'reply-timed',
      responseId: 'r',
      callerStoppedMs: 900,
      decidedMs: 1200,
      firstModelAudioMs: 1500,
      firstSentMs: 1510,
      firstHeardMs: 1700,
    },
    agentSaid('It is', 'ready.', 1700),
    { type: 'tool-finished', toolCallId: 't', name: 'lookup_order', status: 'done', output: '', tookMs: 30 },
    { type: 'tool-finished', toolCallId: 'u', name: 'Philippa', status: 'failed', output: '', tookMs: 30 },
    { type: 'response-ended', responseId: 'r', status: 'cancelled', detail: '', usage, costUsd: 0.25 },
    { type: 'trouble', code: 'MARKS_OVERDUE', detail: '' },
    { type: 'operator-acted', who: 'Ada', action: 'whispered', detail: 'Be brief.' },
    END,
  ])
  const agent = 'agent="harbour-bikes"'
  expect({
    started: value(`earshot_calls_started_total{${agent},carrier="twilio"}`),
    ended: value(`earshot_calls_ended_total{${agent},reason="caller-hung-up",family="caller",fault="nobody"}`),
    turns: value(`earshot_caller_turns_total{${agent}}`),
    interruptions: value(`earshot_interruptions_total{${agent}}`),
    heard: value(`earshot_heard_seconds_total{${agent}}`),
    unheard: value(`earshot_unheard_seconds_total{${agent}}`),
    total: value(`earshot_reply_seconds_sum{${agent},part="total"}`),
    turnEnd: value(`earshot_reply_seconds_sum{${agent},part="turn_end"}`),
    known: value(`earshot_tool_seconds_count{${agent},tool="lookup_order",status="done"}`),
    madeUp: value(`earshot_tool_seconds_count{${agent},tool="unknown",status="failed"}`),
    fresh: value(
      `earshot_tokens_total{${agent},model="gpt-realtime-2.1",direction="in",modality="audio",cached="false"}`,
    ),
    cached: value(
      `earshot_tokens_total{${agent},model="gpt-realtime-2.1",direction="in",modality="audio",cached="true"}`,
    ),
    cost: value(`earshot_cost_usd_total{${agent},model="gpt-realtime-2.1"}`),
    trouble: value('earshot_troubles_total{code="MARKS_OVERDUE"}'),
    operator: value('earshot_operator_acts_total{action="whispered"}'),
    opening: value('earshot_session_opening_seconds_sum'),
    live: value('earshot_calls_live'),
    waiting: value('earshot_journal_waiting_events'),
    spooled: value('earshot_spool_bytes'),
    behind: value('earshot_journal_behind'),
    version: value('earshot_build_info{version="1.2.3"}'),
  }).toEqual({
    started: '1',
    ended: '1',
    turns: '1',
    interruptions: '1',
    heard: '1',
    unheard: '1',
    total: '0.8',
    turnEnd: '0.3',
    known: '1',
    madeUp: '1',
    fresh: '300',
    cached: '600',
    cost: '0.25',
    trouble: '1',
    operator: '1',
    opening: '0.25',
    live: '3',
    waiting: '7',
    spooled: '11',
    behind: '1',
    version: '1',
  })
  expect(value('earshot_event_loop_delay_seconds{quantile="0.99"}')).toMatch(/^\d/)
})

it('knows nothing of a call whose beginning it was not told, and of one that is over', async () => {
  const before = await counted([callerSaid('Hello?', 0, 900)], 'never-began')
  const turns = before('earshot_caller_turns_total{agent="harbour-bikes"}')
  const after = await counted([START, END, callerSaid('Hello?', 0, 900)], 'over')
  expect(after('earshot_caller_turns_total{agent="harbour-bikes"}')).toBe(turns)
})
