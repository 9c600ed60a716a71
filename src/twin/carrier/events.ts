/** What a call of the carrier twin tells while it happens: for a live print, and for tests. `atMs` is call time. */
import type { Verb } from './twiml.ts'

/** What the carrier's debugger would show, with its number. Source: fact sheet telephony.md, section 1.6. */
export interface Notice {
  readonly code: number
  readonly detail: string
  readonly atMs: number
}

export type StatusEvent = 'initiated' | 'ringing' | 'answered' | 'completed'

export type EndedWhy =
  | 'caller-hung-up'
  /** `<Hangup>`. */
  | 'hangup-verb'
  /** `<Reject>`: the call was never answered. */
  | 'rejected'
  /** The document had no further verb. */
  | 'twiml-finished'
  /** A webhook failed or its answer was no TwiML: the caller hears "an application error has occurred". */
  | 'application-error'

export type TwinEvent = { readonly atMs: number } & (
  | { readonly type: 'webhook'; readonly url: string; readonly status: number | null; readonly tookMs: number }
  | { readonly type: 'verb'; readonly verb: Verb }
  | { readonly type: 'stream-started'; readonly streamSid: string }
  | { readonly type: 'stream-closed'; readonly streamSid: string; readonly by: ClosedBy; readonly code: number }
  | { readonly type: 'agent-audio-started' }
  /** `endMs`: when the last sample was played. `cut`: by a clear or the end of the stream. */
  | { readonly type: 'agent-audio-ended'; readonly endMs: number; readonly heardMs: number; readonly cut: boolean }
  | { readonly type: 'cleared'; readonly droppedMs: number }
  | { readonly type: 'mark-echoed'; readonly name: string }
  | { readonly type: 'caller-speech-started'; readonly text: string }
  | { readonly type: 'caller-speech-ended'; readonly text: string }
  | { readonly type: 'dtmf'; readonly digit: string }
  | { readonly type: 'error' | 'warning'; readonly code: number; readonly detail: string }
  | { readonly type: 'status'; readonly event: StatusEvent; readonly httpStatus: number | null }
  | { readonly type: 'ended'; readonly why: EndedWhy }
)

/** Whose doing it was that a stream closed; `fault` is a fault that was asked for. */
export type ClosedBy = 'server' | 'carrier' | 'fault'

/** What waits for something that can no longer happen is told so by this. */
export class CallOver extends Error {
  override readonly name = 'CallOver'
  constructor(waitedFor: string) {
    super(`the call is over: ${waitedFor}`)
  }
}
