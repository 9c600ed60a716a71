/** `end_call`: the agent hangs up, once its goodbye has been heard. */
import { z } from 'zod'
import { buildTool } from '../tool.ts'

export const endCall = buildTool(
  {
    name: 'end_call',
    description:
      'Ends the phone call. Use it only when the caller has said goodbye or clearly wants nothing more. Say goodbye in the same turn.',
    parameters: z.object({
      reason: z
        .string()
        .max(200)
        .optional()
        .describe('In a few words, why the call is over. The caller does not hear it.'),
    }),
  },
  () => ({
    output:
      'The call ends as soon as the caller has heard you. If you have not said goodbye yet, do so now in one short sentence.',
    effect: { type: 'end-call' },
  }),
  'call',
)
