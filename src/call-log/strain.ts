/**
 * How hard a call was on the caller, from 0 to 100: points for each thing that tires people, each kind only up to a most, so
 * that no single one says it all. A call without any of them has 0; from 50 on it is worth listening to.
 */

export interface Hardships {
  /** The caller had to cut the agent off. */
  readonly interruptions: number
  /** The agent began to speak while the caller was speaking. */
  readonly agentInterruptions: number
  /** Silences of more than 2 s, together. */
  readonly deadAirMs: number
  /** Replies that took more than 3 s. */
  readonly slowReplies: number
  /** Lines of the caller that say again what was said before. */
  readonly repeats: number
  /** Tools that failed, or of which nobody knows whether they acted. */
  readonly failedTools: number
  readonly askedForPerson: boolean
  /** Lines of the caller with angry or despairing words. */
  readonly upset: number
  /** Streams and sessions lost, replies that failed. */
  readonly troubles: number
  /** A fault ended the call. */
  readonly failed: boolean
}

/** Points for one, and the most that a kind can give. */
export const STRAIN_POINTS = {
  interruptions: [4, 20],
  agentInterruptions: [5, 20],
  /** A second. */
  deadAir: [0.5, 20],
  slowReplies: [4, 16],
  repeats: [6, 18],
  failedTools: [6, 18],
  askedForPerson: [12, 12],
  upset: [10, 30],
  troubles: [5, 20],
  failed: [20, 20],
} as const

export function strainOf(hardships: Hardships): number {
  const counts: Readonly<Record<keyof typeof STRAIN_POINTS, number>> = {
    interruptions: hardships.interruptions,
    agentInterruptions: hardships.agentInterruptions,
    deadAir: hardships.deadAirMs / 1000,
    slowReplies: hardships.slowReplies,
    repeats: hardships.repeats,
    failedTools: hardships.failedTools,
    askedForPerson: hardships.askedForPerson ? 1 : 0,
    upset: hardships.upset,
    troubles: hardships.troubles,
    failed: hardships.failed ? 1 : 0,
  }
  let points = 0
  for (const [kind, [each, most]] of Object.entries(STRAIN_POINTS)) {
    points += Math.min(most, each * counts[kind as keyof typeof STRAIN_POINTS])
  }
  return Math.min(100, Math.round(points))
}
