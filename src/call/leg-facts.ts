/** What facts of the carrier's side and of the audio account do to a call. */

import { change, command, type Draft, record, setAlarm, stopAlarm, tellModel } from './draft.ts'
import { APOLOGY, finish, HANG_UP } from './ending.ts'
import type { AudioFact, LegFact } from './facts.ts'
import { DIGITS_PAUSE_MS, MEDIA_WITHIN_MS, STALL_AFTER_MS, STREAM_AGAIN_WITHIN_MS } from './limits.ts'
import { instructionsOf } from './lookup.ts'
import { audioAllSent, audioSent, isInLine, itemArrived, markHeard, type PlayedItem, probeSent } from './playout.ts'
import { recordFromStart } from './recording.ts'
import { responseSpoke, wish } from './responses.ts'
import { itemsGone, leaveLine, timeReplies } from './settle-items.ts'
import { callerHadTurn } from './tool-facts.ts'
import { agentBegan, agentLine, agentWords, noted } from './transcript.ts'
import { bargeIn, takeTurn } from './turn.ts'

export function onLegFact(draft: Draft, fact: LegFact | AudioFact): void {
  const { call, nowMs } = draft
  switch (fact.type) {
    case 'leg-attached':
      return attach(draft, fact.streamId)
    case 'leg-closed':
      return legClosed(draft, fact.why, fact.detail)
    case 'mark-heard':
      change(draft, { playout: markHeard(call.playout, fact.name, nowMs) })
      return timeReplies(draft)
    case 'dtmf':
      record(draft, { type: 'dtmf', digit: fact.digit })
      change(draft, { digits: call.digits + fact.digit })
      if (fact.digit === '#') return digitsDone(draft)
      return setAlarm(draft, 'digits', nowMs + DIGITS_PAUSE_MS)
    case 'carrier-status':
      record(draft, { type: 'carrier-status', status: fact.status, final: fact.final })
      // The stream's end may never be told: any of the carrier's end signals ends the call. [EN5]
      if (fact.final) legClosed(draft, 'ended', `the carrier reports ${fact.status}`)
      return
    case 'audio-arrived':
      return audioArrived(draft, fact.itemId, fact.responseId)
    case 'audio-sent':
      // Audio of an item that has left the line was never let through: it takes no floor.
      if (!isInLine(call.playout, fact.itemId)) return
      change(draft, {
        playout: audioSent(call.playout, fact.itemId, fact.ms, fact.mark, fact.sentAtMs, fact.padMs),
        turn: takeTurn(call.turn, { type: 'agent-audio-started', itemId: fact.itemId }),
      })
      return
    case 'audio-all-sent':
      return change(draft, { playout: audioAllSent(call.playout, fact.itemId) })
    case 'audio-muted':
      // The model made more than we let through: it must not believe that any of it was heard. [TT5]
      if (call.truncated.has(fact.itemId) || isInLine(call.playout, fact.itemId)) return
      change(draft, { truncated: new Set(call.truncated).add(fact.itemId) })
      return command(draft, { type: 'truncate-item', itemId: fact.itemId, heardMs: 0 })
    case 'caller-audio':
      if (call.legAttached) setAlarm(draft, 'media', nowMs + MEDIA_WITHIN_MS)
      return watchStall(draft)
  }
}

function attach(draft: Draft, streamId: string): void {
  const { call, nowMs } = draft
  const again = call.legAttempts > 0
  // Another stream's queue is empty: what the one before it held will not be heard. [LG2]
  if (call.legAttached) {
    cutOff(draft)
    dropResponse(draft)
  }
  const name = `probe-${call.legAttempts + 1}`
  change(draft, { phase: 'live', legAttached: true, legAttempts: call.legAttempts + 1 })
  change(draft, { playout: probeSent(draft.call.playout, name, nowMs) })
  record(draft, { type: 'leg-attached', streamId, attempt: draft.call.legAttempts })
  command(draft, { type: 'mark-leg', name })
  stopAlarm(draft, 'stream')
  stopAlarm(draft, 'stream-again')
  setAlarm(draft, 'media', nowMs + MEDIA_WITHIN_MS)
  if (!again) {
    recordFromStart(draft)
    return setAlarm(draft, 'length', nowMs + call.setup.maxMs)
  }
  // A call that has not been greeted yet has nothing to go on with.
  if (call.greeting !== 'due')
    resume(
      draft,
      'The line broke for a moment and is back. Apologise in a few words and go on where the caller stopped hearing you.',
    )
}

/**
 * Everything queued is lost: the model learns how much of it was heard, and says no more of it.
 * @returns what was in line
 */
export function cutOff(draft: Draft): readonly PlayedItem[] {
  const gone = leaveLine(draft)
  if (gone.length === 0) return gone
  const { foreign } = draft.call
  command(draft, ...bargeIn(gone, foreign))
  change(draft, { truncated: new Set([...draft.call.truncated, ...gone.map((item) => item.itemId)]) })
  itemsGone(draft, gone)
  for (const item of gone) {
    if (item.toTheEnd || !foreign.has(item.itemId)) continue
    const heard = agentLine(draft.call.lines, item.itemId)?.heardText ?? ''
    const text =
      heard === ''
        ? 'The caller heard nothing of your last sentence.'
        : `Of your last sentence the caller heard only: ${heard}`
    tellModel(draft, text)
  }
  return gone
}

/** Nobody will hear the response being made: its audio is thrown away, and its tool calls are not run. */
export function dropResponse(draft: Draft): void {
  const { active } = draft.call.responses
  if (active === null) return
  const { responseId } = active
  command(draft, { type: 'mute-response', responseId }, { type: 'cancel-response', responseId })
  change(draft, { responses: { ...draft.call.responses, active: { ...active, interrupted: true } } })
}

export function resume(draft: Draft, instructions: string): void {
  const text = `${instructionsOf(draft.call)}\n\n${instructions}`
  change(draft, { responses: wish(draft.call.responses, { kind: 'resume', instructions: text, allowTools: true }) })
}

function legClosed(draft: Draft, why: 'ended' | 'lost' | 'bad-media' | 'by-us', detail: string): void {
  const { call, nowMs } = draft
  switch (why) {
    case 'by-us':
      return
    case 'bad-media':
      record(draft, { type: 'trouble', code: 'MEDIA_UNREADABLE', detail })
      return finish(draft, 'bad-media', detail, { type: 'hang-up', say: APOLOGY })
    case 'ended':
      // A call that was being ended anyway keeps the reason it was ended for.
      if (call.ending !== null) return finish(draft, call.ending.reason, call.ending.detail, call.ending.next)
      return finish(draft, call.phase === 'ringing' ? 'stream-not-opened' : 'caller-hung-up', detail, HANG_UP)
    case 'lost': {
      record(draft, { type: 'leg-lost', detail })
      change(draft, { legAttached: false })
      cutOff(draft)
      dropResponse(draft)
      stopAlarm(draft, 'media')
      setAlarm(draft, 'stream-again', nowMs + STREAM_AGAIN_WITHIN_MS)
    }
  }
}

function audioArrived(draft: Draft, itemId: string, responseId: string): void {
  const { call, nowMs } = draft
  // An item begins once: what has left the line, or was cut before it came, does not come back.
  if (agentLine(call.lines, itemId) !== undefined || call.truncated.has(itemId)) return
  const wordsAhead = new Map(call.wordsAhead)
  wordsAhead.delete(itemId)
  change(draft, {
    playout: itemArrived(call.playout, itemId, responseId, nowMs),
    lines: agentWords(agentBegan(call.lines, itemId, responseId), itemId, call.wordsAhead.get(itemId) ?? ''),
    wordsAhead,
    responses: responseSpoke(call.responses, responseId),
    prodded: false,
  })
  stopAlarm(draft, 'reply')
  if (call.untimed.has(responseId) || call.lines.some((line) => line.by === 'agent' && line.responseId === responseId))
    return
  const untimed = new Map(call.untimed).set(responseId, { ...call.reply, firstModelAudioMs: nowMs })
  change(draft, { untimed, reply: { callerStoppedMs: null, decidedMs: null } })
}

/**
 * A caller's audio that stops in mid-turn would leave the turn open for ever: the provider ends a turn only when it
 * hears silence. [LG5]
 */
function watchStall(draft: Draft): void {
  if (draft.call.turn.holder === 'caller') setAlarm(draft, 'stall', draft.nowMs + STALL_AFTER_MS)
  else stopAlarm(draft, 'stall')
}

/** A row of keys is complete: the model is told, and asked to answer. [LG4] */
export function digitsDone(draft: Draft): void {
  const { digits } = draft.call
  stopAlarm(draft, 'digits')
  if (digits === '') return
  const text = `The caller pressed these keys on the telephone: ${digits}`
  callerHadTurn(draft)
  change(draft, { digits: '', lines: noted(draft.call.lines, text) })
  tellModel(draft, text)
  change(draft, {
    responses: wish(draft.call.responses, { kind: 'reply', instructions: null, allowTools: true }),
  })
}
