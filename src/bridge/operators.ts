/** What people may do to live calls. Each is written into the call's journal before it takes effect; rules OP1–OP6. */
import type { OperatorFact } from '../call/facts.ts'
import type { LiveCall } from './bridge.ts'
import { destinationOf } from './destinations.ts'

export interface LiveCalls {
  find(callId: string): LiveCall | undefined
}

/** Null: it is done. */
export type Undone = 'no-such-call' | 'no-such-destination' | null

/** @param who a user's or a key's name  @param text for the model alone */
export function whisper(calls: LiveCalls, callId: string, who: string, text: string): Undone {
  return act(calls, callId, { type: 'operator-whispered', who, text })
}

/** @param destination one of the call's agent's  @param say for the caller's ear first, in the carrier's own voice */
export function takeOver(
  calls: LiveCalls,
  callId: string,
  who: string,
  destination: string,
  say: string | null = null,
): Undone {
  const call = calls.find(callId)
  if (call !== undefined && destinationOf(call.agent, destination) === null) return 'no-such-destination'
  return act(calls, callId, { type: 'operator-took-over', who, destination, say })
}

export function hangUp(calls: LiveCalls, callId: string, who: string): Undone {
  return act(calls, callId, { type: 'operator-hung-up', who })
}

/** Somebody begins to listen in. */
export function listenedIn(calls: LiveCalls, callId: string, who: string): Undone {
  return act(calls, callId, { type: 'operator-listened', who })
}

function act(calls: LiveCalls, callId: string, fact: OperatorFact): Undone {
  const call = calls.find(callId)
  if (call === undefined) return 'no-such-call'
  call.act(fact)
  return null
}
