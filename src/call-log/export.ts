/**
 * Calls as text for other programs: CSV, a row each, and JSONL, a call each with all that was said and done. Made page by page,
 * so that a log of any size goes out in little memory.
 */
import type { CallArchive } from './archive.ts'
import type { CallFilter, CallPage } from './query.ts'
import type { ListedCall, Note } from './rows.ts'
import type { CallLog } from './store.ts'
import { foldStory } from './transcript.ts'

export type ExportFormat = 'csv' | 'jsonl'

/** What an export reads. */
export type Exported = Pick<CallArchive, 'list' | 'notes'> & Pick<CallLog, 'events'>

const PAGE = 200

/** @returns pieces of text, oldest call last, each of a whole number of lines */
export async function* exportCalls(log: Exported, filter: CallFilter, format: ExportFormat): AsyncGenerator<string> {
  if (format === 'csv') yield csvLine(COLUMNS.map(([name]) => name))
  for (let after: string | null | undefined; after !== null; ) {
    const page: CallPage = await log.list({ ...filter, limit: PAGE, ...(after !== undefined && { after }) })
    if (format === 'csv') {
      if (page.calls.length > 0) yield page.calls.map(csvRow).join('')
    } else {
      for (const call of page.calls) yield jsonLine(call, await log.notes(call.callId), await linesOf(log, call.callId))
    }
    after = page.next
  }
}

async function linesOf(log: Exported, callId: string): Promise<unknown> {
  return foldStory(await log.events(callId)).lines
}

/** @param notes of people @param lines of the call's story */
function jsonLine({ hit: _, notes: __, ...call }: ListedCall, notes: readonly Note[], lines: unknown): string {
  return `${JSON.stringify({ ...call, notes, lines })}\n`
}

type Cell = string | number | boolean | null

const iso = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString())

/** Columns in the order in which they stand; new ones go to the end. */
const COLUMNS: readonly (readonly [name: string, of: (call: ListedCall) => Cell])[] = [
  ['call_id', (call) => call.callId],
  ['started_at', (call) => iso(call.startedAt)],
  ['ended_at', (call) => iso(call.endedAt)],
  ['agent', (call) => call.agent],
  ['agent_version', (call) => call.agentVersion],
  ['carrier', (call) => call.carrier],
  ['carrier_call_id', (call) => call.carrierCallId],
  ['provider', (call) => call.provider],
  ['model', (call) => call.model],
  ['from', (call) => call.from],
  ['to', (call) => call.to],
  ['duration_ms', (call) => call.durationMs],
  ['outcome', (call) => call.outcome],
  ['end_reason', (call) => call.endReason],
  ['end_family', (call) => call.endFamily],
  ['end_fault', (call) => call.endFault],
  ['end_detail', (call) => call.endDetail],
  ['destination', (call) => call.destination],
  ['turns', (call) => call.turns],
  ['interruptions', (call) => call.interruptions],
  ['agent_interruptions', (call) => call.agentInterruptions],
  ['caller_spoke_ms', (call) => call.callerSpokeMs],
  ['caller_heard_ms', (call) => call.callerHeardMs],
  ['unheard_speech', (call) => call.unheardSpeech],
  ['silences', (call) => call.silences],
  ['dead_air_ms', (call) => call.deadAirMs],
  ['replies', (call) => call.replies],
  ['reply_p50_ms', (call) => call.replyP50Ms],
  ['reply_p95_ms', (call) => call.replyP95Ms],
  ['tool_calls', (call) => call.toolCalls],
  ['tools_failed', (call) => call.toolsFailed],
  ['tools_unknown', (call) => call.toolsUnknown],
  ['asked_for_person', (call) => call.askedForPerson],
  ['over_budget', (call) => call.overBudget],
  ['strain', (call) => call.strain],
  ['troubles', (call) => call.troubles],
  ['cost_usd', (call) => call.costUsd],
  ['recording', (call) => call.recording],
  ['rating', (call) => call.review.rating],
  ['tags', (call) => call.review.tags.join(' ')],
  ['assignee', (call) => call.review.assignee],
  ['reviewed_at', (call) => iso(call.review.reviewedAt)],
  ['notes', (call) => call.notes],
]

function csvRow(call: ListedCall): string {
  return csvLine(COLUMNS.map(([, of]) => of(call)))
}

/** RFC 4180: CRLF, quotes doubled. */
export function csvLine(cells: readonly Cell[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`
}

/**
 * A text that a spreadsheet would take for a formula gets an apostrophe before it: callers and models choose what stands in
 * some of them (owasp.org, CSV injection). Numbers of our own are left as they are.
 */
function csvCell(cell: Cell): string {
  if (cell === null) return ''
  if (typeof cell !== 'string') return String(cell)
  const safe = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
