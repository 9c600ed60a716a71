/** `allow_recording`: what the caller says to being recorded. Agents with `recording: { mode: after_consent }` have it by themselves. */
import { z } from 'zod'
import { buildTool } from '../tool.ts'

/** That a yes waits for the caller's answer, the core sees to (src/call/recording.ts). */
export const allowRecording = buildTool(
  {
    name: 'allow_recording',
    description:
      'Tells whether the caller agrees that this call is recorded. Ask them first, and call it when they have answered, with allowed true or false. Call it with allowed false whenever they say later that they do not want to be recorded: what was kept is then erased.',
    parameters: z.object({ allowed: z.boolean().describe('What the caller has said.') }),
    timeoutMs: 1000,
  },
  ({ allowed }) => ({
    output: allowed ? 'From now on the call is recorded.' : 'The call is not recorded, and nothing of it is kept.',
    effect: { type: 'recording', allowed },
  }),
  'call',
)
