/** How hard a call that goes on has been on the caller until now, by what can be counted as it happens. */
import type { Notebook } from './notebook.ts'

type Counted = Pick<Notebook, 'interruptions' | 'slowReplies' | 'failedTools' | 'troubles'>

/** Points for one, and the most that a kind can give. */
const POINTS = {
  interruptions: [4, 20],
  slowReplies: [4, 16],
  failedTools: [6, 18],
  troubles: [5, 20],
} as const

/** @returns 0 to 100; what takes the whole call to see is added when it is over */
export function strainSoFar(counted: Counted): number {
  let points = 0
  for (const kind of ['interruptions', 'slowReplies', 'failedTools', 'troubles'] as const) {
    const [each, most] = POINTS[kind]
    points += Math.min(most, each * counted[kind])
  }
  return points
}
