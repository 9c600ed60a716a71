/** The row of a call in the list, made from what was folded of it. */
import { END_REASONS } from '../call/end-reason.ts'
import type { CallerMood } from './caller-words.ts'
import type { CallFold, SpokenLine } from './fold-call.ts'
import type { CallRow, Outcome } from './rows.ts'
import { agentCutIns, silencesOf } from './silences.ts'
import { strainOf } from './strain.ts'

/** What is known of a call from its words alone: it is kept when the words are taken out, so that figures stay as they are. */
export interface WordMarks extends CallerMood {
  readonly unheardSpeech: boolean
}

const SLOW_MS = 3000

export function wordMarks({ mood, lines }: CallFold): WordMarks {
  return { ...mood, unheardSpeech: lines.some(({ unheardText }) => unheardText.trim() !== '') }
}

/** @param marks of a call whose words were taken out */
export function callRow(fold: CallFold, marks: WordMarks = wordMarks(fold)): CallRow {
  const { callId, startedAt, started, ended, usage, costUsd } = fold
  const talk = talkOf(fold)
  const tools = toolCounts(fold)
  const reason = ended === null ? null : END_REASONS[ended.reason]
  const outcome = ended === null ? null : outcomeOf(fold)
  const slowReplies = talk.waits.filter((wait) => wait > SLOW_MS).length
  const replyP95Ms = percentile(talk.waits, 0.95)
  return {
    callId,
    startedAt,
    endedAt: ended?.at ?? null,
    carrier: started.carrier,
    carrierCallId: started.carrierCallId,
    agent: started.agent,
    agentVersion: started.agentVersion,
    provider: started.provider,
    model: started.model,
    from: started.from,
    to: started.to,
    durationMs: fold.lastMs,
    endReason: ended?.reason ?? null,
    endFamily: reason?.family ?? null,
    endFault: reason?.fault ?? null,
    endDetail: ended?.detail ?? '',
    destination: ended?.destination ?? null,
    outcome,
    turns: talk.turns,
    interruptions: talk.interruptions,
    agentInterruptions: talk.agentInterruptions,
    callerSpokeMs: talk.callerSpokeMs,
    callerHeardMs: talk.callerHeardMs,
    unheardSpeech: marks.unheardSpeech,
    silences: talk.silences,
    deadAirMs: talk.deadAirMs,
    replies: talk.waits.length,
    replyP50Ms: percentile(talk.waits, 0.5),
    replyP95Ms,
    ...tools,
    askedForPerson: marks.askedForPerson,
    overBudget: ended?.reason === 'over-budget',
    slow: replyP95Ms !== null && replyP95Ms > SLOW_MS,
    strain: strainOf({
      interruptions: talk.interruptions,
      agentInterruptions: talk.agentInterruptions,
      deadAirMs: talk.deadAirMs,
      slowReplies,
      repeats: marks.repeats,
      failedTools: tools.toolsFailed + tools.toolsUnknown,
      askedForPerson: marks.askedForPerson,
      upset: marks.upset,
      troubles: fold.troubles,
      failed: outcome === 'failed',
    }),
    troubles: fold.troubles,
    usage,
    costUsd,
    recording: fold.recording,
  }
}

interface Talk {
  readonly turns: number
  readonly interruptions: number
  readonly agentInterruptions: number
  readonly callerSpokeMs: number
  readonly callerHeardMs: number
  readonly silences: number
  readonly deadAirMs: number
  /** For a reply, as the caller knew it. */
  readonly waits: readonly number[]
}

function talkOf({ lines, attachedMs, ended }: CallFold): Talk {
  const caller = lines.filter(({ by }) => by === 'caller')
  const heard = lines.filter(wasHeard)
  const silences = silencesOf([...caller, ...heard], attachedMs, ended?.atMs ?? null)
  return {
    turns: caller.length,
    // A barge-in cuts every item in line; the one that had begun to sound is the one interrupted.
    interruptions: heard.filter(({ interrupted }) => interrupted).length,
    agentInterruptions: agentCutIns(heard, caller),
    callerSpokeMs: sum(caller.map(({ atMs, endMs }) => Math.max(0, endMs - atMs))),
    callerHeardMs: ended?.callerHeardMs ?? sum(heard.map(({ heardMs }) => heardMs)),
    silences: silences.length,
    deadAirMs: sum(silences.map(({ atMs, endMs }) => endMs - atMs)),
    waits: lines.flatMap(({ latency }) => (typeof latency?.totalMs === 'number' ? [Math.max(0, latency.totalMs)] : [])),
  }
}

function wasHeard({ by, heardMs }: SpokenLine): boolean {
  return by === 'agent' && heardMs > 0
}

function toolCounts({ tools }: CallFold): { toolCalls: number; toolsFailed: number; toolsUnknown: number } {
  const failed = tools.filter(({ status }) => status === 'failed' || status === 'timed-out' || status === 'aborted')
  const unknown = tools.filter(({ status }) => status === 'unknown')
  return { toolCalls: tools.length, toolsFailed: failed.length, toolsUnknown: unknown.length }
}

function outcomeOf({ ended, tookOver, lines }: CallFold): Outcome {
  const reason = ended?.reason ?? 'interrupted'
  if (reason === 'transferred' || tookOver) return 'transferred'
  if (reason === 'caller-hung-up') return wasAnswered(lines) ? 'contained' : 'abandoned'
  if (reason === 'agent-ended') return 'contained'
  const { family } = END_REASONS[reason]
  return family === 'limit' || family === 'operator' ? 'cut-short' : 'failed'
}

/** The agent was heard after something that the caller had said. */
function wasAnswered(lines: readonly SpokenLine[]): boolean {
  const first = Math.min(...lines.filter(({ by }) => by === 'caller').map(({ atMs }) => atMs))
  return lines.some((line) => wasHeard(line) && line.atMs > first)
}

/** By the nearest rank. */
export function percentile(values: readonly number[], share: number): number | null {
  return values.toSorted((a, b) => a - b)[Math.ceil(share * values.length) - 1] ?? null
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
