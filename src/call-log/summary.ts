/** The row of a call in the list of calls, folded from its events. Stores keep it beside them; it can always be folded again. */
import type { CallEvent } from '../call/events.ts'
import type { CallSummary } from './store.ts'

/**
 * @param summary null before `call-started`; until that event nothing is known that could be listed
 * @param event the call's next event by seq
 */
export function foldSummary(summary: CallSummary | null, event: CallEvent): CallSummary | null {
  const { body } = event
  if (summary === null) {
    if (body.type !== 'call-started') return null
    const { carrier, carrierCallId, agent, from, to } = body
    return {
      callId: event.callId,
      startedAt: event.at,
      carrier,
      carrierCallId,
      agent,
      from,
      to,
      durationMs: event.atMs,
      endReason: null,
      turns: 0,
      interruptions: 0,
      toolCalls: 0,
      costUsd: null,
    }
  }
  const next = { ...summary, durationMs: Math.max(summary.durationMs, event.atMs) }
  switch (body.type) {
    case 'caller-said':
      return { ...next, turns: next.turns + 1 }
    case 'agent-said':
      // A barge-in cuts every item in line; the one that had begun to sound is the one interrupted.
      return body.interrupted && body.heardMs > 0 ? { ...next, interruptions: next.interruptions + 1 } : next
    case 'tool-reserved':
      return { ...next, toolCalls: next.toolCalls + 1 }
    case 'response-ended':
      return body.costUsd === null ? next : { ...next, costUsd: (next.costUsd ?? 0) + body.costUsd }
    case 'call-ended':
      return { ...next, endReason: body.reason, costUsd: body.costUsd }
    default:
      return next
  }
}
