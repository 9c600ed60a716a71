/**
 * What is looked up about a caller before the greeting: asked when the call is answered, while the model is being dialled,
 * and waited for no longer than the agent's file says. Rules LU1–LU6 in RULES.md.
 */
import { change, command, type Draft, record, setAlarm, stopAlarm, tellModel } from './draft.ts'
import type { ToolFact } from './facts.ts'
import { instructionsOf, knownText, LOOKUP_ID, NO_LOOKUP } from './lookup.ts'
import { noted } from './transcript.ts'

/** [LU1] */
export function beginLookup(draft: Draft): void {
  const { lookup } = draft.call.setup
  if (lookup === null) return
  const { name, logged, fault, timeoutMs, withinMs } = lookup
  record(draft, { type: 'tool-reserved', toolCallId: LOOKUP_ID, responseId: LOOKUP_ID, name, arguments: logged })
  change(draft, { lookup: { ...NO_LOOKUP, state: 'running', waitedFor: true } })
  if (fault !== null) return over(draft, 'failed', fault)
  command(draft, { type: 'run-tool', toolCallId: LOOKUP_ID, name, arguments: lookup.arguments })
  setAlarm(draft, `tool:${LOOKUP_ID}`, draft.nowMs + timeoutMs)
  setAlarm(draft, 'lookup', draft.nowMs + withinMs)
}

export function onLookupFact(draft: Draft, fact: ToolFact): void {
  const { lookup } = draft.call
  if (lookup.state !== 'running') return
  if (fact.type === 'tool-sent') {
    if (lookup.sent) return
    change(draft, { lookup: { ...lookup, sent: true } })
    return record(draft, { type: 'tool-sent', toolCallId: LOOKUP_ID })
  }
  over(draft, fact.status, fact.logged)
  if (fact.status === 'done') tell(draft, fact.output, lookup.waitedFor)
}

/** The greeting waits no longer; what still comes is told to the model. [LU3] */
export function stopWaiting(draft: Draft): void {
  change(draft, { lookup: { ...draft.call.lookup, waitedFor: false } })
}

/** It may take no longer. What only reads has changed nothing. [LU5] */
export function lookupTimedOut(draft: Draft): void {
  if (draft.call.lookup.state !== 'running') return
  command(draft, { type: 'abort-tool', toolCallId: LOOKUP_ID })
  over(draft, 'timed-out', 'It did not answer in time.')
}

/** The call ends before it came. [LU5] */
export function dropLookup(draft: Draft): void {
  if (draft.call.lookup.state !== 'running') return
  command(draft, { type: 'abort-tool', toolCallId: LOOKUP_ID })
  over(draft, 'aborted', '')
}

function over(draft: Draft, status: 'done' | 'failed' | 'unknown' | 'timed-out' | 'aborted', output: string): void {
  stopAlarm(draft, `tool:${LOOKUP_ID}`)
  stopAlarm(draft, 'lookup')
  change(draft, { lookup: { ...draft.call.lookup, state: 'over', waitedFor: false } })
  const name = draft.call.setup.lookup?.name ?? ''
  const tookMs = draft.nowMs
  record(draft, { type: 'tool-finished', toolCallId: LOOKUP_ID, name, status, output, tookMs })
}

/** In time for the greeting it is part of the instructions, of this session and of all later ones; else it is a note. [LU2, LU3] */
function tell(draft: Draft, output: string, inTime: boolean): void {
  const known = knownText(draft.call.setup.lookup?.name ?? '', output)
  record(draft, { type: 'tool-answered', toolCallId: LOOKUP_ID })
  if (!inTime) {
    tellModel(draft, known)
    return change(draft, { lines: noted(draft.call.lines, known) })
  }
  change(draft, { lookup: { ...draft.call.lookup, known } })
  if (draft.call.session.state === 'ready') instruct(draft)
}

/** A session that has just begun to serve, or serves already, learns what is known. [LU2] */
export function instruct(draft: Draft): void {
  if (draft.call.lookup.known === null) return
  command(draft, { type: 'instruct-session', instructions: instructionsOf(draft.call) })
}
