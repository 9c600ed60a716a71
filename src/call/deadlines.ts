/** Every timer of a call, by name: when each is due, in call time. The bridge holds one real timer for the earliest. Rules DL1–DL3. */

export type DeadlineName =
  | 'stream' // the carrier opens the media stream
  | 'stream-again' // a broken stream comes back
  | 'session' // the model session is ready
  | 'lookup' // what is looked up before the greeting is there
  | 'media' // caller audio keeps coming
  | 'stall' // the caller, who was speaking, is silence to the provider
  | 'marks' // the carrier returns the marks of what was sent
  | 'reply' // the model answers
  | 'digits' // the caller has pressed the last key of a row
  | 'length' // the call has lasted as long as it may
  | 'goodbye' // an ending call is over, whatever the model does
  | 'renewal' // the session is replaced before it expires
  | `tool:${string}` // a backend answers

export type Deadlines = ReadonlyMap<DeadlineName, number>

export const NO_DEADLINES: Deadlines = new Map()

/** A later date replaces an earlier one of the same name. */
export function setDeadline(deadlines: Deadlines, name: DeadlineName, atMs: number): Deadlines {
  return new Map(deadlines).set(name, atMs)
}

export function cancelDeadline(deadlines: Deadlines, name: DeadlineName): Deadlines {
  if (!deadlines.has(name)) return deadlines
  const left = new Map(deadlines)
  left.delete(name)
  return left
}

/** @returns ms of call time, or null when nothing is due ever */
export function nextDeadlineMs(deadlines: Deadlines): number | null {
  let next: number | null = null
  for (const atMs of deadlines.values()) if (next === null || atMs < next) next = atMs
  return next
}

/** The deadlines that have passed, earliest first. */
export function dueDeadlines(deadlines: Deadlines, nowMs: number): readonly DeadlineName[] {
  return [...deadlines]
    .filter(([, atMs]) => atMs <= nowMs)
    .sort((a, b) => a[1] - b[1])
    .map(([name]) => name)
}
