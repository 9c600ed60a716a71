/** Who spoke when: silences of both sides, and the agent speaking into the caller's words. All in call time. */

export interface Stretch {
  readonly atMs: number
  readonly endMs: number
}

/** Shorter ones belong to talking. */
const SILENCE_MS = 2000
/** Times of speech are known to about so much; less is no interruption. */
const OVERLAP_MS = 200

/**
 * Stretches in which nobody was heard for more than SILENCE_MS, by rising time.
 * @param sounds of both sides, in any order
 * @param fromMs when the line was open; null when that is not known  @param untilMs when it closed; null while it is open
 */
export function silencesOf(sounds: readonly Stretch[], fromMs: number | null, untilMs: number | null): Stretch[] {
  const found: Stretch[] = []
  let quietSince = fromMs
  for (const { atMs, endMs } of sounds.toSorted((a, b) => a.atMs - b.atMs)) {
    if (quietSince !== null && atMs - quietSince > SILENCE_MS) found.push({ atMs: quietSince, endMs: atMs })
    quietSince = Math.max(quietSince ?? endMs, endMs)
  }
  if (quietSince !== null && untilMs !== null && untilMs - quietSince > SILENCE_MS) {
    found.push({ atMs: quietSince, endMs: untilMs })
  }
  return found
}

/** How many of the agent's lines began while the caller was speaking. */
export function agentCutIns(agent: readonly Stretch[], caller: readonly Stretch[]): number {
  return agent.filter(({ atMs }) =>
    caller.some((line) => line.atMs + OVERLAP_MS <= atMs && atMs <= line.endMs - OVERLAP_MS),
  ).length
}
