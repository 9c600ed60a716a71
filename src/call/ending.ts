/** How a call ends: once, with one reason, after the caller has heard what was to be said. Rules EN1–EN7 in RULES.md. */
import type { NextStep } from './commands.ts'
import { NO_DEADLINES } from './deadlines.ts'
import { change, command, type Draft, record, setAlarm, stopAlarm } from './draft.ts'
import type { EndReason } from './end-reason.ts'
import { GOODBYE_WITHIN_MS } from './limits.ts'
import { dropLookup } from './lookup-facts.ts'
import { isWorking, wantsReply } from './pending-tools.ts'
import { heardInAll, isSounding } from './playout.ts'
import { stopRecording } from './recording.ts'
import { dropWish, isFree, type Wish, wish } from './responses.ts'
import { itemsGone, leaveLine, passOnHeard } from './settle-items.ts'
import type { Call, Ending } from './state.ts'

/** Spoken by the carrier's own voice, because the model cannot. */
export const APOLOGY =
  'We are sorry, there is a problem on our side and we cannot continue this call. Please call again later.'

export const HANG_UP: NextStep = { type: 'hang-up', say: null }

/**
 * The call will end when all that is to be said has been heard. The first decision to end stands, but one that the caller
 * may take back gives way to one that stands whatever the caller does: then the sentence that goes with it is the last.
 */
export function beginEnding(draft: Draft, ending: Omit<Ending, 'extended'>, lastWords: Wish | null): void {
  const earlier = draft.call.ending
  if (earlier !== null && (ending.cancellable || !earlier.cancellable)) return
  change(draft, { ending: { ...ending, extended: false }, responses: dropWish(draft.call.responses, 'goodbye') })
  if (lastWords !== null) change(draft, { responses: wish(draft.call.responses, lastWords) })
  setAlarm(draft, 'goodbye', draft.nowMs + GOODBYE_WITHIN_MS)
}

/** A caller who speaks before the goodbye was heard keeps the line. [EN4] */
export function takeBackEnding(draft: Draft): void {
  if (draft.call.ending?.cancellable !== true) return
  change(draft, { ending: null, responses: dropWish(draft.call.responses, 'goodbye') })
  stopAlarm(draft, 'goodbye')
}

/** Nothing more is to be said, heard, run or answered. */
export function isOver(call: Call): boolean {
  return (
    call.ending !== null &&
    isFree(call.responses) &&
    call.responses.wishes.length === 0 &&
    !isSounding(call.playout) &&
    !wantsReply(call.tools) &&
    !isWorking(call.tools) &&
    call.turn.holder !== 'caller'
  )
}

/** The end, reached once: everything the call holds is let go, and no deadline remains. [EN1, EN2] */
export function finish(draft: Draft, reason: EndReason, detail: string, next: NextStep): void {
  const { call, nowMs } = draft
  const callerHeardMs = heardInAll(call.playout, nowMs)
  itemsGone(draft, leaveLine(draft))
  passOnHeard(draft)
  for (const line of draft.call.lines) {
    if (line.by !== 'caller' || line.recorded) continue
    const endMs = line.endMs ?? nowMs
    record(draft, { type: 'caller-said', itemId: line.itemId, text: line.text, startMs: line.startMs, endMs })
  }
  for (const tool of call.tools) {
    if (tool.output !== null) continue
    // What the backend did is not known, and nobody will ask again; of what only reads, or was never begun, it is. [TC7]
    command(draft, { type: 'abort-tool', toolCallId: tool.toolCallId })
    const { toolCallId, name } = tool
    const tookMs = nowMs - tool.calledMs
    const status = tool.sent && call.setup.tools[name]?.readOnly !== true ? 'unknown' : 'aborted'
    record(draft, { type: 'tool-finished', toolCallId, name, status, output: '', tookMs })
  }
  dropLookup(draft)
  stopRecording(draft, 'call-ended', '')
  if (call.session.next !== null) command(draft, { type: 'close-session', session: call.session.next.number })
  if (call.session.state !== 'gone') command(draft, { type: 'close-session', session: call.session.number })
  command(draft, { type: 'release-leg', next })
  record(draft, {
    type: 'call-ended',
    reason,
    detail,
    destination: next.type === 'transfer' ? next.destination : null,
    callerHeardMs,
    usage: call.usage,
    costUsd: call.setup.price === null ? null : call.costUsd,
  })
  command(draft, { type: 'forget-call' })
  change(draft, { phase: 'ended', deadlines: NO_DEADLINES, ending: null, legAttached: false })
}
