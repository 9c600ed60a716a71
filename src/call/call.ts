/**
 * The whole of what a call decides: a pure function of what it was, what happened and when. RULES.md says what it must
 * do; the files beside this one say how, one idea each. Time is an argument, in ms since the call began.
 */
import type { CallCommand } from './commands.ts'
import { onControlFact } from './control-facts.ts'
import { change, command, type Draft, record, setAlarm, stopAlarm } from './draft.ts'
import { finish, isOver } from './ending.ts'
import type { CallFact } from './facts.ts'
import { onLegFact } from './leg-facts.ts'
import { MARKS_GRACE_MS, REPLY_WITHIN_MS, STREAM_WITHIN_MS } from './limits.ts'
import { beginLookup } from './lookup-facts.ts'
import { onOperatorFact } from './operator-facts.ts'
import { isWorking, markAskedFor, wantsReply } from './pending-tools.ts'
import { expectedEndMs, isHearing, isSounding, nextMarkMs, soundedByClock, takeHeard } from './playout.ts'
import { isFree, takeWish, wish } from './responses.ts'
import { greetWhenDue, isQuiet, onSessionFact, openSession } from './session-facts.ts'
import { itemsGone, passOnHeard } from './settle-items.ts'
import { type Call, type CallSetup, newCall } from './state.ts'
import { answerTools, onToolFact } from './tool-facts.ts'

/** A verified call waits for an answer: the model is dialled at once, while the carrier is told where to stream. [SE1] */
export function startCall(setup: CallSetup): [Call, readonly CallCommand[]] {
  const draft: Draft = { call: newCall(setup), commands: [], nowMs: 0 }
  const { carrier, carrierCallId, from, to, agent, agentVersion, provider, model } = setup
  record(draft, { type: 'call-started', carrier, carrierCallId, from, to, agent, agentVersion, provider, model })
  setAlarm(draft, 'stream', STREAM_WITHIN_MS)
  // The model is dialled first: what is looked up comes while it answers.
  openSession(draft, 'start')
  beginLookup(draft)
  return [draft.call, draft.commands]
}

/**
 * @param nowMs call time; never less than at the step before
 * @returns the call as it is now, and what is to be done, in order. An ended call stays as it is and asks for nothing. [EN1]
 */
export function step(call: Call, fact: CallFact, nowMs: number): [Call, readonly CallCommand[]] {
  if (call.phase === 'ended') return [call, NOTHING]
  const draft: Draft = { call, commands: [], nowMs }
  take(draft, fact)
  if (hasNotEnded(draft)) settle(draft)
  return [draft.call, draft.commands]
}

const NOTHING: readonly CallCommand[] = []

/** Asked through a function, because the phase may have changed since it was last looked at. */
function hasNotEnded(draft: Draft): boolean {
  return draft.call.phase !== 'ended'
}

function take(draft: Draft, fact: CallFact): void {
  switch (fact.type) {
    case 'leg-attached':
    case 'leg-closed':
    case 'mark-heard':
    case 'dtmf':
    case 'carrier-status':
    case 'audio-arrived':
    case 'audio-sent':
    case 'audio-all-sent':
    case 'audio-muted':
    case 'caller-audio':
      return onLegFact(draft, fact)
    case 'tool-sent':
    case 'tool-finished':
      return onToolFact(draft, fact)
    case 'recording-failed':
    case 'hang-up-asked':
    case 'budget-spent':
    case 'broken':
    case 'time-passed':
      return onControlFact(draft, fact)
    case 'operator-listened':
    case 'operator-whispered':
    case 'operator-took-over':
    case 'operator-hung-up':
      return onOperatorFact(draft, fact)
    default:
      return onSessionFact(draft, fact)
  }
}

/** What follows from the state alone, whatever led to it. */
function settle(draft: Draft): void {
  hearItems(draft)
  answerTools(draft)
  const { ending } = draft.call
  if (ending !== null && isOver(draft.call)) return finish(draft, ending.reason, ending.detail, ending.next)
  greetWhenDue(draft)
  ask(draft)
  watchModel(draft)
  if (draft.call.session.renewalDue && draft.call.session.next === null && isQuiet(draft)) openSession(draft, 'renewal')
  passOnHeard(draft)
}

function hearItems(draft: Draft): void {
  const known = soundedByClock(draft.call.playout, draft.nowMs)
  const [playout, gone] = takeHeard(known, draft.nowMs)
  if (playout !== draft.call.playout) change(draft, { playout })
  if (gone.length > 0) {
    itemsGone(draft, gone)
  }
  const line = draft.call.playout
  if (line.queue.length === 0) return stopAlarm(draft, 'marks')
  // Counted from when the next mark should come, which nothing else that happens may put off. [PO7]
  if (line.marksTrusted) return setAlarm(draft, 'marks', nextMarkMs(line) + MARKS_GRACE_MS)
  // By the clock alone: look again when the last of what was sent has sounded. Later, only a fact can bring news.
  if (isHearing(line, draft.nowMs)) setAlarm(draft, 'marks', expectedEndMs(line))
  else stopAlarm(draft, 'marks')
}

/** Whenever the next move is the model's and the caller hears nothing, the model's time runs. [DL2] */
function watchModel(draft: Draft): void {
  if (!isModelsMove(draft.call, draft.nowMs)) stopAlarm(draft, 'reply')
  else if (!draft.call.deadlines.has('reply')) setAlarm(draft, 'reply', draft.nowMs + REPLY_WITHIN_MS)
}

/** A model that stops in mid-sentence owes its next sound just as one that never began. */
function isModelsMove(call: Call, nowMs: number): boolean {
  const { responses, playout, turn, tools, session } = call
  if (session.state !== 'ready' || isFree(responses) || turn.holder === 'caller' || isWorking(tools)) return false
  // What has come and waits for a stream waits for the carrier; while a broken stream is away, nobody listens.
  if (!call.legAttached) return call.phase === 'ringing' && !isSounding(playout)
  return !isHearing(playout, nowMs)
}

/** Asks for the next response when none is in the way. [RQ1] */
function ask(draft: Draft): void {
  const { call } = draft
  if (call.session.state !== 'ready' || call.turn.holder === 'caller') return
  // A greeting may be made before the stream is there; while a broken stream is away, nothing is said to nobody. [LG3]
  if (call.phase === 'live' && !call.legAttached) return
  // Whatever is asked for now knows the answers sent before, so that only a reply nobody wished for is added. [TC4, TC5]
  const addReply = call.responses.wishes.length === 0 && wantsReply(call.tools)
  const reply = { kind: 'reply', instructions: null, allowTools: true } as const
  const [responses, wanted] = takeWish(addReply ? wish(call.responses, reply) : call.responses)
  if (wanted === null) return
  change(draft, { responses, tools: markAskedFor(call.tools) })
  command(draft, { type: 'create-response', ...wanted })
}
