/** Calls for tests of whatever reads the log. */
import type { CallEvent, EventBody } from '../../src/call/events.ts'
import { NO_USAGE } from '../../src/call/usage.ts'

/** 21 November 2026, 10:00 UTC. */
export const STARTED_AT = Date.UTC(2026, 10, 21, 10)

export const START: EventBody = {
  type: 'call-started',
  carrier: 'twilio',
  carrierCallId: 'CA0123',
  from: '+15550123',
  to: '+15550100',
  agent: 'harbour-bikes',
  agentVersion: 'a1b2c3d4e5f6',
  provider: 'openai',
  model: 'gpt-realtime-2.1',
}

export const END: EventBody = {
  type: 'call-ended',
  reason: 'caller-hung-up',
  detail: 'the stream ended',
  destination: null,
  callerHeardMs: 4200,
  usage: { ...NO_USAGE, inputAudio: 900, outputAudio: 420 },
  costUsd: 0.0123,
}

export function callerSaid(text: string, startMs: number, endMs: number): EventBody {
  return { type: 'caller-said', itemId: `caller_${startMs}`, text, startMs, endMs }
}

export function agentSaid(
  heardText: string,
  unheardText: string,
  startMs: number,
  more: Partial<Extract<EventBody, { type: 'agent-said' }>> = {},
): EventBody {
  return {
    type: 'agent-said',
    itemId: `agent_${startMs}`,
    responseId: `resp_${startMs}`,
    heardText,
    unheardText,
    sentMs: 2000,
    heardMs: unheardText === '' ? 2000 : 1000,
    startMs,
    endMs: startMs + (unheardText === '' ? 2000 : 1000),
    interrupted: unheardText !== '',
    ...more,
  }
}

/** Events of one call: seq from 1, each `stepMs` of call time after the one before it unless `atMs` says otherwise. */
export function callEvents(
  callId: string,
  bodies: readonly (EventBody | readonly [atMs: number, body: EventBody])[],
  options: { readonly startedAt?: number; readonly stepMs?: number } = {},
): CallEvent[] {
  const { startedAt = STARTED_AT, stepMs = 100 } = options
  return bodies.map((each, i) => {
    const [atMs, body] = 'type' in each ? [i * stepMs, each] : each
    return { v: 1, callId, seq: i + 1, at: startedAt + atMs, atMs, body }
  })
}
