/** What was on the line, laid out on call time: what the caller said, and what of the agent the caller really heard. */
import type { Segment } from './playout.ts'

const SAMPLES_PER_MS = 8
const SILENCE = 0xff

export interface HeardSegment {
  readonly segment: Segment
  readonly audio: Uint8Array
}

/**
 * One µ-law track of 8 kHz from call time 0 on.
 * @param said utterances with the call time of their first sample; the last may go on past the end
 */
export function callerTrack(
  said: readonly { readonly startMs: number; readonly mulaw: Uint8Array }[],
  lengthMs: number,
) {
  const track = silence(lengthMs)
  for (const { startMs, mulaw } of said) place(track, startMs, mulaw)
  return track
}

/** As {@link callerTrack}: of every media message only as much as was played. */
export function agentTrack(heard: readonly HeardSegment[], lengthMs: number) {
  const track = silence(lengthMs)
  for (const { segment, audio } of heard) {
    place(track, segment.startMs, audio.subarray(0, Math.round(segment.playedMs * SAMPLES_PER_MS)))
  }
  return track
}

function silence(lengthMs: number): Uint8Array {
  return new Uint8Array(Math.ceil(lengthMs * SAMPLES_PER_MS)).fill(SILENCE)
}

function place(track: Uint8Array, startMs: number, mulaw: Uint8Array): void {
  const at = Math.round(startMs * SAMPLES_PER_MS)
  track.set(mulaw.subarray(0, Math.max(0, track.length - at)), Math.min(at, track.length))
}
