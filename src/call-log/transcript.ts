/** A call as people read it, folded from its events: what was said in the order in which it was heard, and what was done. */
import type { EndReason } from '../call/end-reason.ts'
import type { CallErrorCode } from '../call/errors.ts'
import type { CallEvent, EventBody } from '../call/events.ts'
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

export type StoryLine =
  | { readonly by: 'caller'; readonly atMs: number; readonly endMs: number; readonly text: string }
  | {
      readonly by: 'agent'
      readonly atMs: number
      readonly endMs: number
      readonly heardText: string
      readonly unheardText: string
      readonly heardMs: number
      readonly sentMs: number
      readonly interrupted: boolean
      /** On the first line of a reply, once its first audio was heard. */
      readonly latency: Latency | null
    }
  | {
      readonly by: 'tool'
      readonly atMs: number
      readonly name: string
      readonly arguments: string
      /** Null while it runs, or when the log ends before it did. */
      readonly result: ToolResult | null
    }
  | { readonly by: 'keypad'; readonly atMs: number; readonly digit: string }
  | { readonly by: 'trouble'; readonly atMs: number; readonly code: CallErrorCode | null; readonly text: string }
  | { readonly by: 'note'; readonly atMs: number; readonly text: string }

interface ToolResult {
  readonly status: Extract<EventBody, { type: 'tool-finished' }>['status']
  readonly output: string
  readonly tookMs: number
}

/** Parts of the wait for a reply, in ms; a part whose ends are not known is null. */
export interface Latency {
  /** From the caller's last sound to the first that they heard; null when nobody had spoken. */
  readonly totalMs: number | null
  /** Until the turn was known to be over. */
  readonly turnEndMs: number | null
  /** Until the model's first audio came. */
  readonly modelMs: number | null
  /** Until it went out. */
  readonly sendMs: number
  /** Until it was heard. */
  readonly lineMs: number
}

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
      draft.lines.push({ by: 'caller', atMs: body.startMs, endMs: body.endMs, text: body.text })
      return
    case 'agent-said': {
      const { responseId, startMs, endMs, heardText, unheardText, heardMs, sentMs, interrupted } = body
      const latency = latencies.get(responseId) ?? null
      latencies.delete(responseId)
      draft.callerHeardMs += heardMs
      const said = { heardText, unheardText, heardMs, sentMs, interrupted, latency }
      draft.lines.push({ by: 'agent', atMs: startMs, endMs, ...said })
      return
    }
    case 'tool-reserved': {
      const result = results.get(body.toolCallId) ?? null
      draft.lines.push({ by: 'tool', atMs, name: body.name, arguments: body.arguments, result })
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

function latencyOf(body: Extract<EventBody, { type: 'reply-timed' }>): Latency {
  const { callerStoppedMs, decidedMs, firstModelAudioMs, firstSentMs, firstHeardMs } = body
  return {
    totalMs: between(callerStoppedMs, firstHeardMs),
    turnEndMs: between(callerStoppedMs, decidedMs),
    modelMs: between(decidedMs, firstModelAudioMs),
    sendMs: firstSentMs - firstModelAudioMs,
    lineMs: firstHeardMs - firstSentMs,
  }
}

function between(fromMs: number | null, toMs: number | null): number | null {
  return fromMs === null || toMs === null ? null : toMs - fromMs
}
