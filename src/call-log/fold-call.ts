/**
 * A call as far as its events are known: folded one event after another, pure, and kept while the call lives. Rows are made
 * from it (call-row.ts). Folding on from any point gives what folding all events again gives.
 */
import type { EndReason } from '../call/end-reason.ts'
import type { CallEvent, EventBody } from '../call/events.ts'
import { type Latency, latencyOf } from '../call/latency.ts'
import { addUsage, NO_USAGE, type Usage } from '../call/usage.ts'
import { addMood, type CallerMood, NO_MOOD } from './caller-words.ts'

export interface CallFold {
  readonly callId: string
  /** Of the last event that was folded in. */
  readonly lastSeq: number
  readonly startedAt: number
  readonly started: Omit<Extract<EventBody, { type: 'call-started' }>, 'type'>
  /** Call time of the last event. */
  readonly lastMs: number
  /** When the caller's line was first open, in call time. */
  readonly attachedMs: number | null
  readonly lines: readonly SpokenLine[]
  readonly tools: readonly ToolLine[]
  /** Parts of replies whose words have not come yet, by response. */
  readonly timed: ReadonlyMap<string, Latency>
  readonly usage: Usage
  readonly costUsd: number | null
  readonly troubles: number
  readonly recording: 'none' | 'live' | 'kept'
  readonly tookOver: boolean
  readonly mood: CallerMood
  readonly ended: Ended | null
}

export interface SpokenLine {
  readonly by: 'caller' | 'agent'
  /** Empty for the caller's. */
  readonly responseId: string
  readonly atMs: number
  readonly endMs: number
  /** All of a caller's line. */
  readonly heardText: string
  readonly unheardText: string
  readonly heardMs: number
  readonly interrupted: boolean
  /** On the first line of a timed reply. */
  readonly latency: Latency | null
}

export interface ToolLine {
  readonly toolCallId: string
  readonly name: string
  readonly atMs: number
  readonly status: Extract<EventBody, { type: 'tool-finished' }>['status'] | null
  readonly tookMs: number | null
}

interface Ended {
  readonly at: number
  readonly atMs: number
  readonly reason: EndReason
  readonly detail: string
  readonly destination: string | null
  readonly callerHeardMs: number
}

/**
 * @param fold null before `call-started`; until that event nothing is known that could be listed
 * @param event the call's next event by seq
 */
export function foldCall(fold: CallFold | null, event: CallEvent): CallFold | null {
  const { body } = event
  if (fold === null) return body.type === 'call-started' ? begin(event, body) : null
  const next = { ...fold, lastSeq: event.seq, lastMs: Math.max(fold.lastMs, event.atMs) }
  switch (body.type) {
    case 'leg-attached':
      return { ...next, attachedMs: fold.attachedMs ?? event.atMs }
    case 'caller-said':
      return addCallerLine(next, body)
    case 'agent-said':
      return addAgentLine(next, body)
    case 'reply-timed':
      return addLatency(next, body.responseId, latencyOf(body))
    case 'tool-reserved': {
      const { toolCallId, name } = body
      return { ...next, tools: [...fold.tools, { toolCallId, name, atMs: event.atMs, status: null, tookMs: null }] }
    }
    case 'tool-finished':
      return finishTool(next, body)
    case 'response-ended': {
      const costUsd = body.costUsd === null ? fold.costUsd : (fold.costUsd ?? 0) + body.costUsd
      const failed = body.status === 'failed' || body.status === 'incomplete'
      return { ...next, usage: addUsage(fold.usage, body.usage), costUsd, troubles: fold.troubles + (failed ? 1 : 0) }
    }
    case 'leg-lost':
    case 'session-lost':
    case 'trouble':
      return { ...next, troubles: fold.troubles + 1 }
    case 'operator-acted':
      return { ...next, tookOver: fold.tookOver || body.action === 'took-over' }
    case 'recording-started':
      return { ...next, recording: 'live' }
    case 'recording-stopped':
      return { ...next, recording: body.keptMs > 0 ? 'kept' : 'none' }
    case 'call-ended':
      return end(next, event.at, event.atMs, body)
    default:
      return next
  }
}

function begin({ callId, seq, at, atMs }: CallEvent, body: Extract<EventBody, { type: 'call-started' }>): CallFold {
  const { type: _, ...started } = body
  return {
    callId,
    lastSeq: seq,
    startedAt: at,
    started,
    lastMs: atMs,
    attachedMs: null,
    lines: [],
    tools: [],
    timed: new Map(),
    usage: NO_USAGE,
    costUsd: null,
    troubles: 0,
    recording: 'none',
    tookOver: false,
    mood: NO_MOOD,
    ended: null,
  }
}

function addCallerLine(fold: CallFold, body: Extract<EventBody, { type: 'caller-said' }>): CallFold {
  const { text, startMs, endMs } = body
  const spoken = { atMs: startMs, endMs, heardText: text, unheardText: '', heardMs: 0, interrupted: false }
  const earlier = fold.lines.filter(({ by }) => by === 'caller').map(({ heardText }) => heardText)
  return {
    ...fold,
    lines: [...fold.lines, { by: 'caller', responseId: '', ...spoken, latency: null }],
    mood: addMood(fold.mood, text, earlier),
  }
}

function addAgentLine(fold: CallFold, body: Extract<EventBody, { type: 'agent-said' }>): CallFold {
  const { responseId, startMs, endMs, heardText, unheardText, heardMs, interrupted } = body
  const latency = fold.timed.get(responseId) ?? null
  const spoken = { atMs: startMs, endMs, heardText, unheardText, heardMs, interrupted, latency }
  const lines = [...fold.lines, { by: 'agent' as const, responseId, ...spoken }]
  if (latency === null) return { ...fold, lines }
  const timed = new Map(fold.timed)
  timed.delete(responseId)
  return { ...fold, lines, timed }
}

/** Times come before the words or behind them. */
function addLatency(fold: CallFold, responseId: string, latency: Latency): CallFold {
  const first = fold.lines.findIndex((line) => line.by === 'agent' && line.responseId === responseId)
  if (first < 0) return { ...fold, timed: new Map(fold.timed).set(responseId, latency) }
  return { ...fold, lines: fold.lines.map((line, i) => (i === first ? { ...line, latency } : line)) }
}

function finishTool(fold: CallFold, body: Extract<EventBody, { type: 'tool-finished' }>): CallFold {
  const { toolCallId, status, tookMs } = body
  const tools = fold.tools.map((tool) => (tool.toolCallId === toolCallId ? { ...tool, status, tookMs } : tool))
  return { ...fold, tools }
}

function end(fold: CallFold, at: number, atMs: number, body: Extract<EventBody, { type: 'call-ended' }>): CallFold {
  const { reason, detail, destination, callerHeardMs, usage, costUsd } = body
  const ended = { at, atMs, reason, detail, destination, callerHeardMs }
  // One that was being written when the server stopped is made whole at the next start.
  const recording = fold.recording === 'live' ? 'kept' : fold.recording
  return { ...fold, usage, costUsd, recording, ended }
}
