/** An event as it is written into files: what a CallEvent is, held to its schema when it is read back. */
import { z } from 'zod'
import { EventBody } from '../call/events.ts'

export const CallEventRecord = z.object({
  v: z.int(),
  callId: z.string(),
  seq: z.int(),
  at: z.number(),
  atMs: z.number(),
  body: EventBody,
})
