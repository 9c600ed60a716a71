/** `note`: the agent writes something down for the people who read the call. */
import { z } from 'zod'
import { buildTool } from '../tool.ts'

export const note = buildTool(
  {
    name: 'note',
    description:
      'Writes something down for the people who look after this call later: what was agreed, what is still to be done. The caller does not hear it.',
    parameters: z.object({
      text: z.string().trim().min(1).max(1000).describe('What they should know, in one or two sentences.'),
    }),
    // Nothing to be read: what it is for is the effect.
    timeoutMs: 1000,
  },
  ({ text }) => ({ output: 'Noted.', effect: { type: 'note', text } }),
  'call',
)
