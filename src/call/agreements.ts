/**
 * Tool calls that are run only when the caller has agreed: each waits until what is to be done was read back, heard, and
 * answered. Rules TC10 and TC12 in RULES.md. Whether the answer was a yes the model judges; that there was one is known here.
 */

export interface Agreement {
  /** The tool and its arguments: another order is another agreement. */
  readonly key: string
  readonly name: string
  /** `confirm`: the tool always asks. `unknown`: it was run, and nobody knows whether it acted. */
  readonly why: 'confirm' | 'unknown'
  /** The response that made the call: what it says itself was decided before. */
  readonly responseId: string
  /** How many lines the transcript had: what begins later can be the read-back. */
  readonly lines: number
  readonly state: 'asked' | 'read-back' | 'answered'
}

/** The tool that tells whether the caller agrees to be recorded. */
export const ALLOW_RECORDING = 'allow_recording'

export type Agreements = readonly Agreement[]

export const NO_AGREEMENTS: Agreements = []

/** A read-back of which less was heard was none. */
const READ_BACK_MS = 1_000

/** From now on the caller is to be asked. Another order of the same tool takes the place of the one before. */
export function askFor(agreements: Agreements, wanted: Omit<Agreement, 'state'>): Agreements {
  const kept = agreements.filter(
    ({ key, name, why }) =>
      key !== wanted.key && !(why === 'confirm' && wanted.why === 'confirm' && name === wanted.name),
  )
  return [...kept, { ...wanted, state: 'asked' }]
}

export function agreementOn(agreements: Agreements, key: string): Agreement | undefined {
  return agreements.find((each) => each.key === key)
}

/**
 * The caller has heard something of the agent.
 * @param line where in the transcript it stands
 */
export function agentWasHeard(
  agreements: Agreements,
  line: number,
  responseId: string,
  heardMs: number,
  toTheEnd: boolean,
): Agreements {
  if (!agreements.some((each) => each.state === 'asked')) return agreements
  if (heardMs <= 0 || (heardMs < READ_BACK_MS && !toTheEnd)) return agreements
  return agreements.map((each) =>
    each.state === 'asked' && line >= each.lines && responseId !== each.responseId
      ? { ...each, state: 'read-back' }
      : each,
  )
}

/** The caller has had a turn: it answers what was read back before. */
export function callerAnswered(agreements: Agreements): Agreements {
  if (!agreements.some((each) => each.state === 'read-back')) return agreements
  return agreements.map((each) => (each.state === 'read-back' ? { ...each, state: 'answered' } : each))
}

/** An agreement holds for one run. */
export function used(agreements: Agreements, key: string): Agreements {
  return agreements.filter((each) => each.key !== key)
}
