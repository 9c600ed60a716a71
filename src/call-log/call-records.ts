/** Rows of tables made from what was folded of a call, and a call of the list made from its row. */
import type { Insertable, Selectable } from 'kysely'
import { z } from 'zod'
import { Usage } from '../call/usage.ts'
import type { CallsTable, CallWordsTable, ToolCallsTable, TurnsTable, UsageTable } from '../database/tables.ts'
import { callRow, type WordMarks, wordMarks } from './call-row.ts'
import type { CallFold, SpokenLine, ToolLine } from './fold-call.ts'
import { CallRow } from './rows.ts'
import { callWords } from './search-words.ts'

/** What was known from the words of a call whose words were taken out, as `forgotten.marks` keeps it. */
export const KeptMarks = z.object({
  askedForPerson: z.boolean(),
  upset: z.int(),
  repeats: z.int(),
  unheardSpeech: z.boolean(),
})

/** What a call begins with; it never changes. */
export type CallStart = Pick<
  Insertable<CallsTable>,
  | 'call_id'
  | 'started_at'
  | 'agent'
  | 'agent_version'
  | 'caller'
  | 'caller_reversed'
  | 'called'
  | 'carrier'
  | 'carrier_call_id'
  | 'provider'
  | 'model'
>
/** What changes while it lives. */
export type CallProgress = Omit<Insertable<CallsTable>, keyof CallStart | 'call_no' | 'repeat_call' | 'recording_set'>

export function callStart({ callId, startedAt, started }: CallFold): CallStart {
  return {
    call_id: callId,
    started_at: startedAt,
    agent: clean(started.agent),
    agent_version: clean(started.agentVersion),
    caller: clean(started.from),
    caller_reversed: reversed(clean(started.from)),
    called: clean(started.to),
    carrier: clean(started.carrier),
    carrier_call_id: clean(started.carrierCallId),
    provider: clean(started.provider),
    model: clean(started.model),
  }
}

export function callProgress(fold: CallFold, marks: WordMarks = wordMarks(fold)): CallProgress {
  const row = callRow(fold, marks)
  return {
    last_seq: fold.lastSeq,
    ended_at: row.endedAt,
    outcome: row.outcome,
    end_reason: row.endReason,
    end_family: row.endFamily,
    end_fault: row.endFault,
    duration_ms: row.durationMs,
    turns: row.turns,
    interruptions: row.interruptions,
    agent_interruptions: row.agentInterruptions,
    caller_spoke_ms: row.callerSpokeMs,
    caller_heard_ms: row.callerHeardMs,
    unheard_speech: yesNo(row.unheardSpeech),
    silences: row.silences,
    dead_air_ms: row.deadAirMs,
    replies: row.replies,
    reply_p50_ms: row.replyP50Ms,
    reply_p95_ms: row.replyP95Ms,
    reply_sort: row.replyP95Ms ?? -1,
    tool_calls: row.toolCalls,
    tools_failed: row.toolsFailed,
    tools_unknown: row.toolsUnknown,
    asked_for_person: yesNo(row.askedForPerson),
    over_budget: yesNo(row.overBudget),
    slow: yesNo(row.slow),
    strain: row.strain,
    troubles: row.troubles,
    cost_usd: row.costUsd,
    cost_sort: row.costUsd ?? -1,
    recording: row.recording,
    end_detail: clean(row.endDetail),
    destination: row.destination === null ? null : clean(row.destination),
  }
}

export function turnRecord(callNo: number, lineNo: number, line: SpokenLine): Insertable<TurnsTable> {
  const { latency } = line
  return {
    call_no: callNo,
    line_no: lineNo,
    by_caller: yesNo(line.by === 'caller'),
    at_ms: line.atMs,
    end_ms: line.endMs,
    heard_text: clean(line.heardText),
    unheard_text: clean(line.unheardText),
    interrupted: yesNo(line.interrupted),
    reply_ms: latency?.totalMs ?? null,
    turn_end_ms: latency?.turnEndMs ?? null,
    model_ms: latency?.modelMs ?? null,
    send_ms: latency?.sendMs ?? null,
    line_ms: latency?.lineMs ?? null,
  }
}

export function toolRecord(callNo: number, toolNo: number, tool: ToolLine): Insertable<ToolCallsTable> {
  const { toolCallId, name, atMs, status, tookMs } = tool
  return {
    call_no: callNo,
    tool_no: toolNo,
    tool_call_id: clean(toolCallId),
    name: clean(name),
    at_ms: atMs,
    status,
    took_ms: tookMs,
  }
}

export function usageRecord(callNo: number, usage: Usage): Insertable<UsageTable> {
  return {
    call_no: callNo,
    input_text: usage.inputText,
    input_text_cached: usage.inputTextCached,
    input_audio: usage.inputAudio,
    input_audio_cached: usage.inputAudioCached,
    input_image: usage.inputImage,
    input_image_cached: usage.inputImageCached,
    output_text: usage.outputText,
    output_audio: usage.outputAudio,
  }
}

export function wordsRecord(callNo: number, fold: CallFold): Insertable<CallWordsTable> {
  const lines = fold.lines.map(lineText)
  return { call_no: callNo, words: callWords(lines), live: yesNo(fold.ended === null) }
}

/** What a line of a call says, as search looks in it and cuts out of it. */
export function lineText(line: { readonly heardText: string; readonly unheardText: string }): string {
  return line.unheardText === '' ? line.heardText : `${line.heardText} ${line.unheardText}`.trim()
}

/** A call's row, joined with what it used. */
export type CallRecord = Selectable<CallsTable> & Omit<Selectable<UsageTable>, 'call_no'>

export function readCallRow(record: CallRecord): CallRow {
  return CallRow.parse({
    callId: record.call_id,
    startedAt: record.started_at,
    endedAt: record.ended_at,
    carrier: record.carrier,
    carrierCallId: record.carrier_call_id,
    agent: record.agent,
    agentVersion: record.agent_version,
    provider: record.provider,
    model: record.model,
    from: record.caller,
    to: record.called,
    durationMs: record.duration_ms,
    endReason: record.end_reason,
    endFamily: record.end_family,
    endFault: record.end_fault,
    endDetail: record.end_detail,
    destination: record.destination,
    outcome: record.outcome,
    turns: record.turns,
    interruptions: record.interruptions,
    agentInterruptions: record.agent_interruptions,
    callerSpokeMs: record.caller_spoke_ms,
    callerHeardMs: record.caller_heard_ms,
    unheardSpeech: record.unheard_speech === 1,
    silences: record.silences,
    deadAirMs: record.dead_air_ms,
    replies: record.replies,
    replyP50Ms: record.reply_p50_ms,
    replyP95Ms: record.reply_p95_ms,
    toolCalls: record.tool_calls,
    toolsFailed: record.tools_failed,
    toolsUnknown: record.tools_unknown,
    askedForPerson: record.asked_for_person === 1,
    overBudget: record.over_budget === 1,
    slow: record.slow === 1,
    strain: record.strain,
    troubles: record.troubles,
    usage: Usage.parse({
      inputText: record.input_text,
      inputTextCached: record.input_text_cached,
      inputAudio: record.input_audio,
      inputAudioCached: record.input_audio_cached,
      inputImage: record.input_image,
      inputImageCached: record.input_image_cached,
      outputText: record.output_text,
      outputAudio: record.output_audio,
    }),
    costUsd: record.cost_usd,
    recording: record.recording_set ?? record.recording,
  })
}

/** A call is one of a caller who is calling again when they had called so long before. */
export const CALLING_AGAIN_MS = 24 * 3_600_000

/** Numbers that are withheld are nobody's. */
export function canCallAgain(from: string): boolean {
  return from.replace(/\D/g, '').length >= 4
}

const HOUR_MS = 3_600_000

/** The hour that a call's figures are counted in. */
export function hourOf(startedAt: number): number {
  return Math.floor(startedAt / HOUR_MS) * HOUR_MS
}

export function reversed(text: string): string {
  return Array.from(text).reverse().join('')
}

function yesNo(yes: boolean): 0 | 1 {
  return yes ? 1 : 0
}

/** Without what Postgres does not take. The event still has all of it. */
function clean(text: string): string {
  return text.toWellFormed().replaceAll('\0', '')
}
