/** What is told of a call that has ended. docs/api.md shows it to those who receive it. */
import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { CallEvent } from '../call/events.ts'
import { CallRow } from '../call-log/rows.ts'
import { foldStory, StoryLine } from '../call-log/transcript.ts'

/** It rises when a receiver would have to read a message otherwise than before; new fields may come at any time. */
const MESSAGE_VERSION = 1

export const HookMessage = z.object({
  type: z.literal('call.ended'),
  version: z.literal(MESSAGE_VERSION),
  /** When the call ended, in ISO 8601. */
  timestamp: z.iso.datetime(),
  data: z.object({
    call: CallRow,
    /** What was said, heard and done; not there when the agent's file says `words: false`. */
    lines: z.array(StoryLine).optional(),
  }),
})
export type HookMessage = z.infer<typeof HookMessage>

export function messageOf(call: CallRow, events: readonly CallEvent[], words: boolean): HookMessage {
  return {
    type: 'call.ended',
    version: MESSAGE_VERSION,
    timestamp: new Date(call.endedAt ?? call.startedAt).toISOString(),
    data: { call, ...(words ? { lines: [...foldStory(events).lines] } : {}) },
  }
}

/** The same for the same call and receiver, however often it is told: by it a receiver knows what it has had. */
export function messageId(callId: string, url: string): string {
  return `msg_${createHash('sha256').update(`${callId}\n${url}`).digest('base64url').slice(0, 24)}`
}
