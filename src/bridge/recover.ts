/** After a crash: calls that were live are closed in the log as interrupted, and remembered in case their callers are still on the line. */
import { CALL_EVENT_VERSION, type CallEvent } from '../call/events.ts'
import type { Line } from '../call/transcript.ts'
import { addUsage, NO_USAGE } from '../call/usage.ts'
import type { CallLog } from '../call-log/store.ts'
import type { InterruptedCall } from './switchboard.ts'

/** A carrier asks what comes next within seconds of a broken stream; after this nobody is on the line any more. */
const STILL_ON_THE_LINE_MS = 2 * 60_000

/** @param at wall-clock time, ms since 1970  @returns the calls that may still be taken up again */
export async function recoverCalls(log: CallLog, at: number): Promise<readonly InterruptedCall[]> {
  const recent: InterruptedCall[] = []
  for (const callId of await log.unfinished()) {
    const events = await log.events(callId)
    const last = events.at(-1)
    if (last === undefined) continue
    const unknown = unfinishedTools(events, last)
    const left = [...unknown, ...unfinishedRecording(events, unknown.at(-1) ?? last)]
    await log.append([...left, ending(events, left.at(-1) ?? last)])
    const call = interruptedCall(events)
    if (call !== null && at - last.at <= STILL_ON_THE_LINE_MS) recent.push(call)
  }
  return recent
}

/** Tools that were at work: nobody knows whether they acted, and whoever reads the call must see that. */
function unfinishedTools(events: readonly CallEvent[], last: CallEvent): readonly CallEvent[] {
  const working = new Map<string, { readonly name: string; readonly calledMs: number }>()
  for (const { body, atMs } of events) {
    if (body.type === 'tool-reserved') working.set(body.toolCallId, { name: body.name, calledMs: atMs })
    if (body.type === 'tool-finished') working.delete(body.toolCallId)
  }
  return [...working].map(([toolCallId, { name, calledMs }], index) => {
    const tookMs = Math.max(0, last.atMs - calledMs)
    const body = { type: 'tool-finished', toolCallId, name, status: 'unknown', output: '', tookMs } as const
    return { ...last, seq: last.seq + 1 + index, body }
  })
}

/** What was written of the audio is kept, but for the last half second or so. */
function unfinishedRecording(events: readonly CallEvent[], last: CallEvent): readonly CallEvent[] {
  const about = events.findLast(({ body }) => body.type === 'recording-started' || body.type === 'recording-stopped')
  if (about?.body.type !== 'recording-started') return []
  const detail = 'the server stopped; what had been written was kept'
  const body = { type: 'recording-stopped', why: 'call-ended', detail, keptMs: last.atMs - about.atMs } as const
  return [{ ...last, seq: last.seq + 1, body }]
}

function ending(events: readonly CallEvent[], last: CallEvent): CallEvent {
  let usage = NO_USAGE
  let costUsd: number | null = null
  let callerHeardMs = 0
  for (const { body } of events) {
    if (body.type === 'response-ended') {
      usage = addUsage(usage, body.usage)
      if (body.costUsd !== null) costUsd = (costUsd ?? 0) + body.costUsd
    }
    if (body.type === 'agent-said') callerHeardMs += body.heardMs
  }
  const detail = 'the server stopped without ending this call'
  return {
    v: CALL_EVENT_VERSION,
    callId: last.callId,
    seq: last.seq + 1,
    // When the call was last known to live: what came after is not known.
    at: last.at,
    atMs: last.atMs,
    body: { type: 'call-ended', reason: 'interrupted', detail, destination: null, callerHeardMs, usage, costUsd },
  }
}

function interruptedCall(events: readonly CallEvent[]): InterruptedCall | null {
  const first = events[0]?.body
  if (first?.type !== 'call-started') return null
  const { carrier, carrierCallId, from, to, agent } = first
  return { carrier, carrierCallId, from, to, agent, lines: linesOf(events) }
}

/** What the next session is told: what was said, which keys were pressed, and what tools have done or may have done. */
function linesOf(events: readonly CallEvent[]): readonly Line[] {
  const lines: Line[] = []
  const working = new Map<string, string>()
  let digits = ''
  const note = (text: string) => lines.push({ by: 'note', text })
  const noteDigits = () => {
    if (digits !== '') note(`The caller pressed these keys on the telephone: ${digits}`)
    digits = ''
  }
  for (const { body } of events) {
    if (body.type === 'dtmf') {
      digits += body.digit
      continue
    }
    if (body.type === 'caller-said') {
      noteDigits()
      const { itemId, text, startMs, endMs } = body
      lines.push({ by: 'caller', itemId, text, startMs, endMs, recorded: true })
    }
    if (body.type === 'agent-said') {
      noteDigits()
      const { itemId, responseId, heardText } = body
      lines.push({ by: 'agent', itemId, responseId, text: heardText, heardText })
    }
    if (body.type === 'tool-reserved') working.set(body.toolCallId, body.name)
    if (body.type === 'tool-finished') {
      working.delete(body.toolCallId)
      // The call that it repeats has the result.
      if (body.status !== 'repeated') note(`The result of ${body.name}: ${body.output}`)
    }
  }
  noteDigits()
  // A model that does not know of them would ask for the same once more.
  for (const name of working.values()) {
    note(
      `${name} was asked for when the call was interrupted, and it is not known whether it acted. Tell the caller, and do not try again unasked.`,
    )
  }
  return lines
}
