/** What facts of the provider's side do to a call: sessions that come and go, the caller's turns, the model's responses. */
import { change, command, type Draft, record, setAlarm, stopAlarm } from './draft.ts'
import { APOLOGY, beginEnding, finish, takeBackEnding } from './ending.ts'
import type { SessionFact } from './facts.ts'
import { cutOff, dropResponse, resume } from './leg-facts.ts'
import { RECONNECT_EVERY_MS, RENEW_BEFORE_MS, REPLY_WITHIN_MS, SESSION_WITHIN_MS, STALL_AFTER_MS } from './limits.ts'
import { instructionsOf } from './lookup.ts'
import { instruct } from './lookup-facts.ts'
import { markAccepted, markReplied, wantsReply } from './pending-tools.ts'
import {
  callerSpoke,
  countFailure,
  isFree,
  responseEnded,
  responseRefused,
  responseStarted,
  sessionGone,
  type Wish,
  wish,
} from './responses.ts'
import { callerHadTurn, giveUpReading, toolAsked } from './tool-facts.ts'
import { agentLine, agentWords, callerBegan, callerLine, changeCaller, seedOf } from './transcript.ts'
import { takeTurn } from './turn.ts'
import { addUsage, costUsd } from './usage.ts'

export function onSessionFact(draft: Draft, fact: SessionFact): void {
  const { call } = draft
  switch (fact.type) {
    case 'session-ready':
      return sessionReady(draft, fact.session, fact.lifetimeMs)
    case 'session-closed':
      return sessionClosed(draft, fact)
    case 'caller-speech-started':
      return speechStarted(draft, fact.itemId, fact.atMs)
    case 'caller-speech-stopped':
      return speechStopped(draft, fact.itemId, fact.atMs)
    case 'caller-turn-committed':
      return turnCommitted(draft, fact.itemId)
    case 'caller-transcript':
      return transcript(draft, fact.itemId, fact.text, fact.final)
    case 'response-started':
      return started(draft, fact.responseId)
    case 'agent-words':
      return words(draft, fact.itemId, fact.text)
    case 'tool-called':
      return toolAsked(draft, fact)
    case 'tool-result-accepted':
      return change(draft, { tools: markAccepted(call.tools, fact.toolCallId) })
    case 'response-ended':
      return ended(draft, fact)
    case 'response-refused':
      return change(draft, { responses: responseRefused(call.responses) })
    case 'session-trouble':
      return record(draft, { type: 'trouble', code: fact.code, detail: fact.detail })
  }
}

/** Opens the call's next session, seeded with what was said so far. */
export function openSession(draft: Draft, why: 'start' | 'reconnect' | 'renewal'): void {
  const { session, lines } = draft.call
  const number = session.opened + 1
  record(draft, { type: 'session-opening', session: number, why })
  command(draft, { type: 'open-session', session: number, why, seed: seedOf(lines) })
  if (why === 'renewal') {
    const next = { number, openedMs: draft.nowMs, linesSeeded: lines.length }
    return change(draft, { session: { ...session, opened: number, next, renewalDue: false } })
  }
  change(draft, {
    session: {
      ...session,
      number,
      opened: number,
      state: 'opening',
      openedMs: draft.nowMs,
      next: null,
      renewalDue: false,
    },
    // The seed says it already.
    untold: [],
  })
  setAlarm(draft, 'session', draft.nowMs + SESSION_WITHIN_MS)
}

function sessionReady(draft: Draft, number: number, lifetimeMs: number | null): void {
  const { session, lines } = draft.call
  const { nowMs } = draft
  if (number === session.next?.number) {
    record(draft, { type: 'session-ready', session: number, tookMs: nowMs - session.next.openedMs })
    // The conversation went on while the new session opened: it does not know, so another is opened later. [SE5]
    if (!isQuiet(draft) || lines.length !== session.next.linesSeeded) {
      command(draft, { type: 'close-session', session: number })
      return change(draft, { session: { ...session, next: null, renewalDue: true } })
    }
    record(draft, { type: 'session-swapped', from: session.number, to: number })
    change(draft, { session: { ...session, number, openedMs: session.next.openedMs, next: null } })
  } else if (number === session.number && session.state === 'opening') {
    record(draft, { type: 'session-ready', session: number, tookMs: nowMs - session.openedMs })
    stopAlarm(draft, 'session')
    change(draft, { session: { ...session, state: 'ready', owesAnswer: false } })
    // A call that has not been greeted yet has nothing to go on with.
    if (draft.call.greeting !== 'due') goOn(draft, number, session.owesAnswer)
  } else return
  command(draft, { type: 'use-session', session: number })
  instruct(draft)
  command(draft, ...draft.call.untold.map((text) => ({ type: 'tell-model', text }) as const))
  change(draft, { untold: [] })
  if (lifetimeMs !== null) {
    setAlarm(draft, 'renewal', nowMs + Math.max(lifetimeMs * 0.9, lifetimeMs - RENEW_BEFORE_MS))
  }
}

/** A session that serves in the place of another, or after a restart, takes up what its caller waits for. [SE2] */
function goOn(draft: Draft, number: number, owesAnswer: boolean): void {
  if (number === 1 && draft.call.setup.earlier.length > 0) {
    resume(
      draft,
      'The call was interrupted for a moment by a restart on our side. Apologise in a few words and go on where you stopped.',
    )
  } else if (owesAnswer) {
    resume(
      draft,
      'There was a short interruption. Say "Sorry, one moment." and then answer what the caller last said, or go on with what you were doing.',
    )
  }
}

/** The greeting, once in a call, and no tool in its turn; what is looked up before it is waited for. [GR1, GR3, LU2] */
export function greetWhenDue(draft: Draft): void {
  const { greeting } = draft.call.setup
  const { lookup, session } = draft.call
  if (greeting === null || draft.call.greeting !== 'due' || session.state !== 'ready' || lookup.waitedFor) return
  const plain = `Greet the caller. Say exactly: "${greeting}" Say nothing else.`
  const known = `${instructionsOf(draft.call)}\n\n${plain} Only the name of the caller may be added, when it is known.`
  const instructions = lookup.known === null ? plain : known
  change(draft, {
    greeting: 'begun',
    responses: wish(draft.call.responses, { kind: 'greeting', instructions, allowTools: false }),
  })
}

/** Nobody speaks, nothing sounds, nothing is being made or run: the moment to replace a session. */
export function isQuiet(draft: Draft): boolean {
  const { turn, playout, responses, tools } = draft.call
  return (
    turn.holder === 'nobody' &&
    playout.items.length === 0 &&
    isFree(responses) &&
    responses.wishes.length === 0 &&
    tools.every((tool) => tool.answered) &&
    !wantsReply(tools)
  )
}

function sessionClosed(draft: Draft, fact: Extract<SessionFact, { type: 'session-closed' }>): void {
  const { call, nowMs } = draft
  const { session } = call
  const renewal = fact.session === session.next?.number
  // A session that we closed ourselves says so too.
  if (!renewal && fact.session !== session.number) return
  record(draft, { type: 'session-lost', session: fact.session, code: fact.code, detail: fact.detail })
  if (renewal) {
    // A renewal that fails costs nothing yet: the session it was to replace still serves.
    return change(draft, { session: { ...session, next: null, renewalDue: fact.retry } })
  }
  if (session.next !== null) command(draft, { type: 'close-session', session: session.next.number })
  const lostMidCall = session.state === 'ready'
  const recently = session.lastReconnectMs !== null && nowMs - session.lastReconnectMs < RECONNECT_EVERY_MS
  const owesAnswer = session.owesAnswer || !isFree(call.responses) || wantsReply(call.tools) || call.ending !== null
  if (call.turn.holder === 'caller') change(draft, { turn: { holder: 'nobody' } })
  change(draft, {
    responses: sessionGone(call.responses),
    session: { ...session, state: 'gone', next: null, owesAnswer },
    wordsAhead: new Map(),
  })
  // No other session knows these items: they can no longer be truncated, only told about. [SE4]
  change(draft, { foreign: new Set([...call.foreign, ...call.playout.items.map((item) => item.itemId)]) })
  stopAlarm(draft, 'renewal')
  stopAlarm(draft, 'reply')
  if (!fact.retry) return finish(draft, 'model-refused', fact.detail, { type: 'hang-up', say: APOLOGY })
  // The provider's handshake has been retried by its session already: what failed to open will not open. [SE3]
  if (!lostMidCall || recently) return finish(draft, 'model-lost', fact.detail, { type: 'hang-up', say: APOLOGY })
  // A greeting that nobody heard the beginning of is still due. [GR1]
  if (call.greeting === 'begun' && !call.lines.some((line) => line.by === 'agent')) change(draft, { greeting: 'due' })
  change(draft, { session: { ...draft.call.session, lastReconnectMs: nowMs } })
  openSession(draft, 'reconnect')
}

function speechStarted(draft: Draft, itemId: string, atMs: number): void {
  const { call } = draft
  const { active } = call.responses
  // First the ear, then the books: the clear goes out before anything else is done. [TT3]
  const cut = cutOff(draft)
  record(draft, { type: 'caller-speech-started', itemId })
  takeBackEnding(draft)
  if (active !== null || cut.some((item) => !item.toTheEnd)) wrapUpAgain(draft)
  if (active !== null && !active.interrupted) command(draft, { type: 'mute-response', responseId: active.responseId })
  giveUpReading(draft, [
    ...(active === null ? [] : [active.responseId]),
    ...cut.filter((item) => !item.toTheEnd).map((item) => item.responseId),
  ])
  stopAlarm(draft, 'reply')
  setAlarm(draft, 'stall', draft.nowMs + STALL_AFTER_MS)
  change(draft, {
    turn: takeTurn(draft.call.turn, { type: 'caller-speech-started', itemId }),
    responses: callerSpoke(draft.call.responses),
    lines: callerBegan(draft.call.lines, itemId, atMs),
  })
}

function speechStopped(draft: Draft, itemId: string, atMs: number): void {
  const { call, nowMs } = draft
  record(draft, { type: 'caller-speech-stopped', itemId })
  const startMs = callerLine(call.lines, itemId)?.startMs ?? atMs
  const endMs = Math.max(startMs, atMs)
  change(draft, {
    turn: takeTurn(call.turn, { type: 'caller-speech-stopped' }),
    lines: changeCaller(call.lines, itemId, { endMs }),
    reply: { callerStoppedMs: endMs, decidedMs: nowMs },
  })
  // Should the turn never be committed, the model is asked all the same. [DL2]
  setAlarm(draft, 'reply', nowMs + REPLY_WITHIN_MS)
}

function turnCommitted(draft: Draft, itemId: string): void {
  const { call, nowMs } = draft
  const lines = callerBegan(call.lines, itemId, nowMs)
  if (call.committed !== itemId) callerHadTurn(draft)
  change(draft, {
    lines,
    committed: itemId,
    responses: { ...call.responses, promised: call.responses.active === null || call.responses.promised },
  })
  setAlarm(draft, 'reply', nowMs + REPLY_WITHIN_MS)
  if (!call.setup.transcribed) transcript(draft, itemId, '', true)
}

function transcript(draft: Draft, itemId: string, text: string, final: boolean): void {
  const line = callerLine(draft.call.lines, itemId)
  if (line === undefined || line.recorded) return
  change(draft, { lines: changeCaller(draft.call.lines, itemId, { text, recorded: final }) })
  if (!final) return
  const endMs = line.endMs ?? draft.nowMs
  record(draft, { type: 'caller-said', itemId, text, startMs: line.startMs, endMs })
}

/** Words may come before the item's first audio; until then it is not known whether any of them will be heard. */
function words(draft: Draft, itemId: string, text: string): void {
  const { lines, wordsAhead } = draft.call
  if (agentLine(lines, itemId) !== undefined) return change(draft, { lines: agentWords(lines, itemId, text) })
  change(draft, { wordsAhead: new Map(wordsAhead).set(itemId, (wordsAhead.get(itemId) ?? '') + text) })
}

function started(draft: Draft, responseId: string): void {
  const { call } = draft
  const asked = call.responses.asked !== null
  // The caller is being answered: a greeting that was held back would be a second hello. [GR2, LU6]
  if (!asked && call.greeting === 'due') change(draft, { greeting: 'none' })
  change(draft, {
    responses: responseStarted(call.responses, responseId, call.turn.holder === 'caller'),
    tools: markReplied(call.tools, asked),
  })
  setAlarm(draft, 'reply', draft.nowMs + REPLY_WITHIN_MS)
  // It was asked for, or belongs to a turn that ended, before we knew that the caller was speaking again. [RQ5]
  if (call.turn.holder === 'caller') dropResponse(draft)
}

function ended(draft: Draft, fact: Extract<SessionFact, { type: 'response-ended' }>): void {
  const { call } = draft
  const { price } = call.setup
  const cost = price === null ? null : costUsd(fact.usage, price)
  const { responseId, status, detail, usage } = fact
  record(draft, { type: 'response-ended', responseId, status, detail, usage, costUsd: cost })
  const [responses, response] = responseEnded(call.responses, responseId)
  change(draft, { responses, usage: addUsage(call.usage, usage), costUsd: call.costUsd + (cost ?? 0) })
  if (response !== null) {
    change(draft, { wordsAhead: new Map() })
    if (!responses.promised) stopAlarm(draft, 'reply')
    change(draft, { responses: countFailure(responses, response, status) })
    // Nobody waits for what was cut off, however it ended.
    if (!response.interrupted) {
      if (status === 'failed') failed(draft, detail)
      else change(draft, { prodded: false })
    }
  }
  const over = price !== null && draft.call.costUsd >= call.setup.maxCostUsd
  if (over && draft.call.phase !== 'ended') {
    wrapUp(draft, 'over-budget', 'the call has cost as much as it may')
  }
}

/** A failed response is asked for once more, with a word to the caller; a second failure ends the call. [RQ7] */
function failed(draft: Draft, detail: string): void {
  if (draft.call.responses.failures > 1) return finish(draft, 'model-lost', detail, { type: 'hang-up', say: APOLOGY })
  record(draft, { type: 'trouble', code: 'PROVIDER_RESPONSE_FAILED', detail })
  resume(draft, 'Your last answer was lost. Say "Sorry, one moment." and then answer what the caller last said.')
}

/** A spoken end that the caller cannot talk away: the call has used up its time or its money. [EN6] */
export function wrapUp(draft: Draft, reason: 'max-length' | 'over-budget', detail: string): void {
  if (draft.call.ending?.cancellable === false) return
  if (draft.call.session.state !== 'ready') return finish(draft, reason, detail, { type: 'hang-up', say: APOLOGY })
  const next = { type: 'hang-up', say: null } as const
  beginEnding(draft, { reason, detail, next, cancellable: false }, wrapUpWords(draft))
}

/** Cut off, it is said once more when the caller has been answered: nobody is hung up on without a word. [EN6] */
function wrapUpAgain(draft: Draft): void {
  if (draft.call.ending?.cancellable !== false) return
  change(draft, { responses: wish(draft.call.responses, wrapUpWords(draft)) })
}

function wrapUpWords(draft: Draft): Wish {
  const instructions = `${instructionsOf(draft.call)}\n\nThe time for this call is up. Say exactly: "I am sorry, our time on this call is up. Please call again if there is anything else. Goodbye."`
  return { kind: 'wrap-up', instructions, allowTools: false }
}
