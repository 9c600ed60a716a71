import { trace } from '@opentelemetry/api'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { expect, it } from 'vitest'
import type { EventBody } from '../../src/call/events.ts'
import { NO_USAGE } from '../../src/call/usage.ts'
import { createSpans } from '../../src/telemetry/spans.ts'
import { agentSaid, callEvents, callerSaid, END, START, STARTED_AT } from '../call-log/sample-call.ts'

const usage = { ...NO_USAGE, inputAudio: 900, inputAudioCached: 600, outputAudio: 420 }
const TALK: readonly (readonly [number, EventBody])[] = [
  [0, START],
  [2000, { type: 'caller-speech-stopped', itemId: 'i1' }],
  [2100, callerSaid('My name is Philippa.', 500, 1900)],
  [2300, { type: 'tool-reserved', toolCallId: 't1', responseId: 'r1', name: 'lookup_order', arguments: '{"a":1}' }],
  [2310, { type: 'tool-sent', toolCallId: 't1' }],
  [
    2900,
    { type: 'tool-finished', toolCallId: 't1', name: 'lookup_order', status: 'unknown', output: 'x', tookMs: 590 },
  ],
  [3000, { type: 'response-ended', responseId: 'r1', status: 'completed', detail: '', usage, costUsd: 0.5 }],
  [3100, { type: 'tool-reserved', toolCallId: 't2', responseId: 'r2', name: 'Philippa', arguments: '' }],
  [
    3200,
    {
      type: 'reply-timed',
      responseId: 'r2',
      callerStoppedMs: 1900,
      decidedMs: 2000,
      firstModelAudioMs: 2900,
      firstSentMs: 2910,
      firstHeardMs: 3100,
    },
  ],
  [4000, { type: 'response-ended', responseId: 'r2', status: 'failed', detail: '', usage, costUsd: null }],
  [5000, agentSaid('It is', 'ready.', 3100, { responseId: 'r2' })],
  [6000, END],
]

it('tells a call as spans: the replies inside it, and the tools inside those', async () => {
  const exporter = new InMemorySpanExporter()
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })
  const tell = createSpans((_agent, name) => name === 'lookup_order', provider.getTracer('test'))
  for (const event of callEvents('c1', TALK)) tell(event)
  const spans = exporter.getFinishedSpans()
  const name = (id: string | undefined) => spans.find((span) => span.spanContext().spanId === id)?.name ?? null
  const ms = ([seconds, nanos]: readonly [number, number]) => Math.round(seconds * 1e3 + nanos / 1e6) - STARTED_AT
  expect(
    spans.map((span) => [span.name, name(span.parentSpanContext?.spanId), ms(span.startTime), ms(span.endTime)]),
  ).toEqual([
    ['execute_tool lookup_order', 'chat gpt-realtime-2.1', 2300, 2900],
    ['chat gpt-realtime-2.1', 'invoke_agent harbour-bikes', 2000, 3000],
    ['execute_tool unknown', 'chat gpt-realtime-2.1', 3100, 6000],
    ['chat gpt-realtime-2.1', 'invoke_agent harbour-bikes', 3100, 5000],
    ['invoke_agent harbour-bikes', null, 0, 6000],
  ])
  const [tool, first, , second, call] = spans
  expect(tool?.attributes).toMatchObject({ 'gen_ai.operation.name': 'execute_tool', 'error.type': 'unknown' })
  expect(first?.attributes).toMatchObject({
    'gen_ai.operation.name': 'chat',
    'gen_ai.usage.input_tokens': 900,
    'gen_ai.usage.output_tokens': 420,
    'gen_ai.usage.cache_read.input_tokens': 600,
    'earshot.cost_usd': 0.5,
  })
  expect(second?.attributes).toMatchObject({ 'earshot.reply.total_ms': 1200, 'earshot.reply.model_ms': 900 })
  expect(second?.events.map((event) => [event.name, event.attributes])).toEqual([
    ['interrupted', { 'earshot.heard_ms': 1000 }],
  ])
  expect(call?.attributes).toMatchObject({
    'gen_ai.agent.name': 'harbour-bikes',
    'gen_ai.conversation.id': 'c1',
    'earshot.end_reason': 'caller-hung-up',
  })
  const all = JSON.stringify(spans.map(({ name, attributes, events }) => [name, attributes, events]))
  for (const secret of ['Philippa', '+15550123', 'ready', '"a":1']) expect(all).not.toContain(secret)
})

it('makes nothing when no SDK is loaded', () => {
  const tell = createSpans(() => true)
  for (const event of callEvents('c1', TALK)) tell(event)
  expect(trace.getTracer('earshot').startSpan('x').isRecording()).toBe(false)
})
