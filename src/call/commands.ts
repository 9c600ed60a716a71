/** What a call asks of the world, in the imperative. `bridge/` performs each, in order, and decides nothing. */
import type { EventBody } from './events.ts'

/** What the conversation was, for a session that must go on where another stopped. */
export type SeedItem =
  | { readonly type: 'caller'; readonly text: string }
  | { readonly type: 'agent'; readonly text: string }
  | { readonly type: 'note'; readonly text: string }

export type ResponseKind = 'greeting' | 'reply' | 'wrap-up' | 'goodbye' | 'resume'

export type CallCommand =
  /** Open a session; the first serves the call as soon as it is ready, a renewal waits for `swap-session`. */
  | {
      readonly type: 'open-session'
      readonly session: number
      readonly why: 'start' | 'reconnect' | 'renewal'
      readonly seed: readonly SeedItem[]
    }
  /** From now on caller audio goes to this session, held audio first; the one before it is closed. */
  | { readonly type: 'use-session'; readonly session: number }
  /** From now on these are the instructions of the session that serves the call. */
  | { readonly type: 'instruct-session'; readonly instructions: string }
  | { readonly type: 'close-session'; readonly session: number }
  | {
      readonly type: 'create-response'
      readonly kind: ResponseKind
      /** They stand in the place of the agent's instructions for this response alone; null: those stay. */
      readonly instructions: string | null
      readonly allowTools: boolean
    }
  /** Let the session hear silence in the place of caller audio that does not come. */
  | { readonly type: 'fill-silence'; readonly ms: number }
  | { readonly type: 'cancel-response'; readonly responseId: string }
  /** Ask the carrier to send a mark back behind whatever is queued. */
  | { readonly type: 'mark-leg'; readonly name: string }
  /** Drop all agent audio held here and queued at the carrier, and the filter history with it. */
  | { readonly type: 'clear-leg' }
  /**
   * This much of an item, from `fromMs` of it on, has reached the caller's ear, where it began to sound at `atMs`. For whoever
   * keeps or follows the call: what was cut before it sounded is never among it.
   */
  | {
      readonly type: 'pass-on-heard'
      readonly itemId: string
      readonly fromMs: number
      readonly ms: number
      readonly atMs: number
    }
  /** Keep the audio of both sides from now on. */
  | { readonly type: 'start-recording' }
  /** No more of it; with `erase`, nothing of it may be left. */
  | { readonly type: 'stop-recording'; readonly erase: boolean }
  /** Audio of this response that still comes is thrown away; `audio-muted` tells of each item it belonged to. */
  | { readonly type: 'mute-response'; readonly responseId: string }
  | { readonly type: 'truncate-item'; readonly itemId: string; readonly heardMs: number }
  | { readonly type: 'run-tool'; readonly toolCallId: string; readonly name: string; readonly arguments: string }
  | { readonly type: 'abort-tool'; readonly toolCallId: string }
  | { readonly type: 'send-tool-result'; readonly toolCallId: string; readonly output: string }
  /** Tell the model something without asking it to speak: a key pressed, a note of the operator. */
  | { readonly type: 'tell-model'; readonly text: string }
  /** Close the leg; the carrier then asks what comes next. `say` is spoken by the carrier's own voice. */
  | { readonly type: 'release-leg'; readonly next: NextStep }
  | { readonly type: 'record'; readonly event: EventBody }
  /** The call is over: drop whatever is still held for it. Always the last command of a call. */
  | { readonly type: 'forget-call' }

export type NextStep =
  | { readonly type: 'hang-up'; readonly say: string | null }
  /** `say` is spoken by the carrier's own voice before it dials; left out: nothing. */
  | { readonly type: 'transfer'; readonly destination: string; readonly say?: string }
