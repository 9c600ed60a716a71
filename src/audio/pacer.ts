/**
 * How much of the agent's audio is due. A model speaks faster than real time; what lies at the carrier ahead of the
 * caller's ear is what a barge-in must clear, so only so much is sent ahead and the rest is held here. Times are
 * milliseconds of one monotonic clock, and may be fractions.
 */
import { FRAME_MS } from './format.ts'

export interface Pace {
  readonly nowMs: number
  /** When the carrier will have played all it has been sent; in the past when it plays nothing. */
  readonly queueEndMs: number
  /** How far ahead of the ear audio may be sent. Less than a frame counts as one frame, else nothing would ever be due. */
  readonly maxLeadMs: number
  /** How many whole frames wait to be sent. */
  readonly heldFrames: number
}

// A clock of fractions of a millisecond does not divide evenly: a frame that lacks 20 nanoseconds of room is due.
const ROUNDING_FRAMES = 1e-6

/** How many of the held frames may be sent now, so that at most maxLeadMs lies ahead of the ear. */
export function framesDue({ nowMs, queueEndMs, maxLeadMs, heldFrames }: Pace): number {
  const leadMs = Math.max(0, queueEndMs - nowMs)
  const room = Math.floor((Math.max(maxLeadMs, FRAME_MS) - leadMs) / FRAME_MS + ROUNDING_FRAMES)
  return Math.max(0, Math.min(heldFrames, room))
}

/**
 * When to look again, for the one timer of a call: as soon as `batchFrames` of the held frames are due, or all of them
 * if they are fewer. A batch spares the call a timer every 20 ms; at most half of maxLeadMs leaves the carrier something
 * to play when the timer is late.
 * @returns not before nowMs; undefined when nothing is held
 */
export function nextDueMs({ nowMs, queueEndMs, maxLeadMs, heldFrames }: Pace, batchFrames: number): number | undefined {
  if (heldFrames <= 0) return undefined
  const leadMs = Math.max(maxLeadMs, FRAME_MS)
  // No more room than the whole lead ever comes free: waiting for more would be waiting for ever.
  const batchMs = Math.min(leadMs, Math.min(heldFrames, Math.max(1, batchFrames)) * FRAME_MS)
  return Math.max(nowMs, queueEndMs + batchMs - leadMs)
}
