/** The parts of a caller's wait for a reply, in ms; a part whose ends are not known is null. */
import { z } from 'zod'
import type { EventBody } from './events.ts'

export const Latency = z.object({
  /** From the caller's last sound to the first that they heard; null when nobody had spoken. */
  totalMs: z.number().nullable(),
  /** Until the turn was known to be over. */
  turnEndMs: z.number().nullable(),
  /** Until the model's first audio came. */
  modelMs: z.number().nullable(),
  /** Until it went out. */
  sendMs: z.number(),
  /** Until it was heard. */
  lineMs: z.number(),
})
export type Latency = z.infer<typeof Latency>

export function latencyOf(body: Extract<EventBody, { type: 'reply-timed' }>): Latency {
  const { callerStoppedMs, decidedMs, firstModelAudioMs, firstSentMs, firstHeardMs } = body
  return {
    totalMs: between(callerStoppedMs, firstHeardMs),
    turnEndMs: between(callerStoppedMs, decidedMs),
    modelMs: between(decidedMs, firstModelAudioMs),
    sendMs: firstSentMs - firstModelAudioMs,
    lineMs: firstHeardMs - firstSentMs,
  }
}

function between(fromMs: number | null, toMs: number | null): number | null {
  return fromMs === null || toMs === null ? null : toMs - fromMs
}
