/** What the server and the clock do to a call. Rules DL1–DL3, EN6, EN7, RE5. */

import { type DeadlineName, dueDeadlines } from './deadlines.ts'
import { change, command, type Draft, record, setAlarm, stopAlarm } from './draft.ts'
import { APOLOGY, finish, HANG_UP } from './ending.ts'
import type { ControlFact } from './facts.ts'
import { cutOff, digitsDone, dropResponse } from './leg-facts.ts'
import { GOODBYE_EXTENSION_MS, STALL_SILENCE_MS } from './limits.ts'
import { stopWaiting } from './lookup-facts.ts'
import { distrustMarks, expectedEndMs, isSounding } from './playout.ts'
import { stopRecording } from './recording.ts'
import { wish } from './responses.ts'
import { wrapUp } from './session-facts.ts'
import { toolTimedOut } from './tool-facts.ts'

export function onControlFact(draft: Draft, fact: ControlFact): void {
  switch (fact.type) {
    case 'hang-up-asked':
      return finish(draft, fact.reason, fact.detail, HANG_UP)
    case 'budget-spent': {
      const whose = fact.budget === 'agent' ? 'all calls of this agent' : 'the calls of one caller'
      return wrapUp(draft, 'over-budget', `${whose} have cost as much as they may in one day`)
    }
    case 'recording-failed':
      return stopRecording(draft, 'failed', fact.detail, fact.keptMs)
    case 'broken':
      return finish(draft, 'internal-error', 'a bug in Earshot ended this call', { type: 'hang-up', say: APOLOGY })
    case 'time-passed':
      for (const name of dueDeadlines(draft.call.deadlines, draft.nowMs)) {
        // One deadline may end the call or move another.
        const atMs = draft.call.deadlines.get(name)
        if (atMs === undefined || atMs > draft.nowMs) continue
        stopAlarm(draft, name)
        passed(draft, name)
      }
  }
}

function passed(draft: Draft, name: DeadlineName): void {
  const { call } = draft
  const apologise = { type: 'hang-up', say: APOLOGY } as const
  switch (name) {
    case 'stream':
      return finish(draft, 'stream-not-opened', 'no media stream came for the answered call', HANG_UP)
    case 'stream-again':
      return finish(draft, 'stream-lost', 'the media stream broke and none came in its place', apologise)
    case 'session':
      record(draft, { type: 'deadline-passed', deadline: name })
      return finish(draft, 'model-lost', 'the model session was not ready in time', apologise)
    case 'media':
      record(draft, { type: 'deadline-passed', deadline: name })
      return finish(draft, 'no-media', 'no caller audio came', apologise)
    case 'stall':
      if (call.turn.holder !== 'caller') return
      command(draft, { type: 'fill-silence', ms: STALL_SILENCE_MS })
      return setAlarm(draft, 'stall', draft.nowMs + STALL_SILENCE_MS)
    case 'marks':
      if (!call.playout.marksTrusted) return
      record(draft, { type: 'trouble', code: 'MARKS_OVERDUE', detail: 'what was heard is taken from the clock' })
      return change(draft, { playout: distrustMarks(call.playout) })
    case 'reply':
      return replyOverdue(draft)
    case 'lookup':
      record(draft, { type: 'deadline-passed', deadline: name })
      return stopWaiting(draft)
    case 'digits':
      return digitsDone(draft)
    case 'length':
      record(draft, { type: 'deadline-passed', deadline: name })
      return wrapUp(draft, 'max-length', 'the call has lasted as long as it may')
    case 'goodbye':
      return goodbyeOverdue(draft)
    case 'renewal':
      return change(draft, { session: { ...call.session, renewalDue: true } })
    default:
      record(draft, { type: 'deadline-passed', deadline: name })
      return toolTimedOut(draft, name.slice('tool:'.length))
  }
}

/** The model owes an answer: it is asked once more, and given up the second time. [DL2] */
function replyOverdue(draft: Draft): void {
  const { call } = draft
  const { active, asked } = call.responses
  record(draft, { type: 'deadline-passed', deadline: 'reply' })
  if (call.prodded) {
    return finish(draft, 'model-silent', 'the model did not answer', { type: 'hang-up', say: APOLOGY })
  }
  const again = asked ?? active?.wish ?? { kind: 'reply' as const, instructions: null, allowTools: true }
  // What stopped half-way is cut off; the provider makes one response at a time, so the next is asked for when this one
  // has ended, which a model that still lives says at once.
  if (active !== null) cutOff(draft)
  dropResponse(draft)
  const responses = { ...draft.call.responses, asked: null, promised: false, blocked: false }
  change(draft, { prodded: true, responses: wish(responses, again) })
}

function goodbyeOverdue(draft: Draft): void {
  const { call, nowMs } = draft
  const { ending } = call
  if (ending === null) return
  if (isSounding(call.playout) && expectedEndMs(call.playout) > nowMs && !ending.extended) {
    change(draft, { ending: { ...ending, extended: true } })
    return setAlarm(draft, 'goodbye', nowMs + GOODBYE_EXTENSION_MS)
  }
  record(draft, { type: 'deadline-passed', deadline: 'goodbye' })
  finish(draft, ending.reason, ending.detail, ending.next)
}
