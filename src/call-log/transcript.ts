/** A call as people read it, folded from its events: what was said in the order in which it was heard, and what was done. */
import { z } from 'zod'
import type { EndReason } from '../call/end-reason.ts'
import { CALL_ERRORS, type CallErrorCode } from '../call/errors.ts'
import { type CallEvent, OperatorAction } from '../call/events.ts'
import { Latency, latencyOf } from '../call/latency.ts'
import { addUsage, NO_USAGE, type Usage } from '../call/usage.ts'

export interface CallStory {
  /** Null when the log has lost the call's beginning. */
  readonly started: Started | null
  /** Null while the call is live. */
  readonly ended: Ended | null
  /** Call time of the last event. */
  readonly durationMs: number
  /** By the call time at which they began to be heard, or happened. */
  readonly lines: readonly StoryLine[]
  /** How much of the agent's voice the caller heard. */
  readonly callerHeardMs: number
  readonly usage: Usage
  /** Null when no price is known. */
  readonly costUsd: number | null
}

interface Started {
  /** ms since 1970 */
  readonly at: number
  readonly carrier: string
  readonly carrierCallId: string
  readonly from: string
  readonly to: string
  readonly agent: string
  readonly agentVersion: string
  readonly provider: string
  readonly model: string
}

interface Ended {
  readonly atMs: number
  readonly reason: EndReason
  readonly detail: string
  readonly destination: string | null
}

const ms = z.number().min(0)

const ToolResult = z.object({
  status: z.enum(['done', 'failed', 'timed-out', 'unknown', 'repeated', 'held', 'aborted']),
  output: z.string(),
  tookMs: ms,
})
type ToolResult = z.infer<typeof ToolResult>

export const StoryLine = z.discriminatedUnion('by', [
  z.object({ by: z.literal('caller'), itemId: z.string(), atMs: ms, endMs: ms, text: z.string() }),
  z.object({
    by: z.literal('agent'),
    itemId: z.string(),
    responseId: z.string(),
    atMs: ms,
    endMs: ms,
    heardText: z.string(),
    unheardText: z.string(),
    heardMs: ms,
    sentMs: ms,
    interrupted: z.boolean(),
    /** On the first line of a reply, once its first audio was heard. */
    latency: Latency.nullable(),
  }),
  z.object({
    by: z.literal('tool'),
    toolCallId: z.string(),
    responseId: z.string(),
    atMs: ms,
    name: z.string(),
    arguments: z.string(),
    /** Null while it runs, or when the log ends before it did. */
    result: ToolResult.nullable(),
  }),
  z.object({ by: z.literal('keypad'), atMs: ms, digit: z.string() }),
  z.object({
    by: z.literal('trouble'),
    atMs: ms,
    code: z.enum(Object.keys(CALL_ERRORS) as [CallErrorCode, ...CallErrorCode[]]).nullable(),
    text: z.string(),
  }),
  z.object({ by: z.literal('note'), atMs: ms, text: z.string() }),
  /** What a person did to the call while it was live. */
  z.object({ by: z.literal('operator'), atMs: ms, who: z.string(), action: OperatorAction, text: z.string() }),
])
export type StoryLine = z.infer<typeof StoryLine>

/** @param events of one call, by rising seq */
export function foldStory(events: readonly CallEvent[]): CallStory {
  const draft: Draft = { started: null, ended: null, callerHeardMs: 0, usage: NO_USAGE, costUsd: null, lines: [] }
  const results = new Map<string, ToolResult>()
  const latencies = new Map<string, Latency>()
  // Outcomes come behind what they belong to.
  for (const { body } of events) {
    if (body.type === 'tool-finished') {
      const { status, output, tookMs } = body
      results.set(body.toolCallId, { status, output, tookMs })
    }
    if (body.type === 'reply-timed') latencies.set(body.responseId, latencyOf(body))
  }
  for (const event of events) addEvent(draft, event, results, latencies)
  const { lines, ...rest } = draft
  const durationMs = Math.max(0, ...events.map(({ atMs }) => atMs))
  // What began first was heard first, whenever its words came; what began together stays in the order of the log.
  return { ...rest, durationMs, lines: lines.toSorted((a, b) => a.atMs - b.atMs) }
}

interface Draft {
  started: Started | null
  ended: Ended | null
  callerHeardMs: number
  usage: Usage
  costUsd: number | null
  readonly lines: StoryLine[]
}

function addEvent(
  draft: Draft,
  { at, atMs, body }: CallEvent,
  results: ReadonlyMap<string, ToolResult>,
  latencies: Map<string, Latency>,
): void {
  const note = (text: string): void => void draft.lines.push({ by: 'note', atMs, text })
  const trouble = (code: CallErrorCode | null, text: string): void =>
    void draft.lines.push({ by: 'trouble', atMs, code, text })
  switch (body.type) {
    case 'call-started': {
      const { type: _, ...who } = body
      draft.started = { at, ...who }
      return
    }
    case 'caller-said':
      draft.lines.push({ by: 'caller', itemId: body.itemId, atMs: body.startMs, endMs: body.endMs, text: body.text })
      return
    case 'agent-said': {
      const { itemId, responseId, startMs, endMs, heardText, unheardText, heardMs, sentMs, interrupted } = body
      const latency = latencies.get(responseId) ?? null
      latencies.delete(responseId)
      draft.callerHeardMs += heardMs
      const said = { heardText, unheardText, heardMs, sentMs, interrupted, latency }
      draft.lines.push({ by: 'agent', itemId, responseId, atMs: startMs, endMs, ...said })
      return
    }
    case 'tool-reserved': {
      const { toolCallId, responseId, name } = body
      const result = results.get(toolCallId) ?? null
      draft.lines.push({ by: 'tool', toolCallId, responseId, atMs, name, arguments: body.arguments, result })
      return
    }
    case 'dtmf':
      draft.lines.push({ by: 'keypad', atMs, digit: body.digit })
      return
    case 'response-ended':
      draft.usage = addUsage(draft.usage, body.usage)
      if (body.costUsd !== null) draft.costUsd = (draft.costUsd ?? 0) + body.costUsd
      if (body.status === 'failed' || body.status === 'incomplete')
        trouble(null, `reply ${body.status}: ${body.detail}`)
      return
    case 'leg-attached':
      if (body.attempt > 1) note(`the media stream is back (stream ${body.attempt} of this call)`)
      return
    case 'leg-lost':
      return trouble(null, `the media stream was lost: ${body.detail}`)
    case 'session-lost':
      return trouble(body.code, `the model session was lost: ${body.detail}`)
    case 'session-swapped':
      return note(`model session ${body.to} took over from session ${body.from}`)
    case 'trouble':
      return trouble(body.code, body.detail)
    case 'note':
      return note(`the agent noted: ${body.text}`)
    case 'operator-acted':
      draft.lines.push({ by: 'operator', atMs, who: body.who, action: body.action, text: body.detail })
      return
    case 'recording-started':
      return note(body.consent === 'given' ? 'recording began, with consent' : 'recording began')
    case 'recording-stopped':
      return body.why === 'call-ended' ? undefined : note(`recording stopped: ${body.detail}`)
    case 'deadline-passed':
      return note(`the time for ${body.deadline} was up`)
    case 'call-ended': {
      const { reason, detail, destination } = body
      draft.ended = { atMs, reason, detail, destination }
      draft.callerHeardMs = body.callerHeardMs
      draft.usage = body.usage
      draft.costUsd = body.costUsd
      return
    }
    default:
      return
  }
}
