/**
 * What a telephone in a browser and its carrier say to each other: audio in binary messages, one 20 ms frame of µ-law each,
 * and all else as JSON. `console/contract/live.ts` has the same for the page; a test holds both equal.
 */
import { z } from 'zod'

/** What the phone says. Extra fields are left alone. */
const PhoneSays = z.discriminatedUnion('type', [
  z.object({ type: z.literal('mark'), name: z.string().max(64) }),
  z.object({ type: z.literal('dtmf'), digit: z.string().regex(/^[0-9*#A-D]$/) }),
  z.object({ type: z.literal('hang-up') }),
])
export type PhoneSays = z.infer<typeof PhoneSays>

/** What the phone is told. */
export type PhoneMessage =
  /** `again`: where the phone finds this call again should its socket break, once. */
  | { readonly type: 'answered'; readonly callId: string; readonly again: string }
  | { readonly type: 'mark'; readonly name: string }
  | { readonly type: 'clear' }
  | { readonly type: 'ended'; readonly why: string; readonly say: string | null }

/** @throws SyntaxError or ZodError on anything else: the leg counts it and drops it, and the call goes on */
export function readSaid(text: string): PhoneSays {
  return PhoneSays.parse(JSON.parse(text))
}

export function write(message: PhoneMessage): string {
  return JSON.stringify(message)
}
