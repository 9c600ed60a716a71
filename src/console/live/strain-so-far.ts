/** How hard a call that goes on has been on the caller until now, by what can be counted as it happens. */
import { strainOf } from '../../call-log/strain.ts'
import type { Notebook } from './notebook.ts'

type Counted = Pick<Notebook, 'interruptions' | 'slowReplies' | 'failedTools' | 'troubles'>

/** @returns 0 to 100; what takes the whole call to see is added when it is over */
export function strainSoFar({ interruptions, slowReplies, failedTools, troubles }: Counted): number {
  const unseen = { agentInterruptions: 0, deadAirMs: 0, repeats: 0, askedForPerson: false, upset: 0, failed: false }
  return strainOf({ ...unseen, interruptions, slowReplies, failedTools, troubles })
}
