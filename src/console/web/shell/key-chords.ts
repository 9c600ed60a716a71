/** Which keys mean what: single keys and two in a row, as `j` or `g c`. */

/** A chord that is waited for this long is given up. */
const CHORD_MS = 1200

export interface Pressed {
  readonly key: string
  readonly atMs: number
}

/** What was pressed, by the names that are bound: first the chord with the key before it, then the key alone. */
export function namesOf(before: Pressed | null, now: Pressed): readonly string[] {
  const key = now.key === ' ' ? 'Space' : now.key
  if (before === null || now.atMs - before.atMs > CHORD_MS) return [key]
  return [`${before.key} ${key}`, key]
}
