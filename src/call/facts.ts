/**
 * What has happened to a call, in the past tense. `call.ts` decides what follows.
 * Audio never passes through here; facts about it do, settled at most once per mark.
 */
import type { EndReason } from './end-reason.ts'
import type { CallErrorCode } from './errors.ts'
import type { Usage } from './usage.ts'

/** From the carrier's side. */
export type LegFact =
  | { readonly type: 'leg-attached'; readonly streamId: string }
  /** `ended`: the carrier says the call or stream is over; `lost`: the socket broke without a word. */
  | { readonly type: 'leg-closed'; readonly why: 'ended' | 'lost' | 'bad-media' | 'by-us'; readonly detail: string }
  | { readonly type: 'mark-heard'; readonly name: string }
  | { readonly type: 'dtmf'; readonly digit: string }
  | { readonly type: 'carrier-status'; readonly status: string; readonly final: boolean }

/** From the account of audio, kept by the bridge. */
export type AudioFact =
  /**
   * `ms` more of an item's audio was written to the carrier, without a gap, from `sentAtMs` on; `padMs` of silence
   * behind it filled the last frame; `mark` when a mark followed it.
   */
  | {
      readonly type: 'audio-sent'
      readonly itemId: string
      readonly ms: number
      readonly padMs: number
      readonly sentAtMs: number
      readonly mark: string | null
    }
  /** The last of an item's audio has been written to the carrier. */
  | { readonly type: 'audio-all-sent'; readonly itemId: string }
  /** The first audio of an item has come from the model (it may still wait for a leg or for its turn in the pacer). */
  | { readonly type: 'audio-arrived'; readonly itemId: string; readonly responseId: string }
  /** Audio of an item came after its response was muted and was thrown away; told once an item. */
  | { readonly type: 'audio-muted'; readonly itemId: string; readonly responseId: string }
  /** Caller audio keeps coming; told about once a second. */
  | { readonly type: 'caller-audio'; readonly receivedMs: number }

/** From the provider's side. `session` numbers the sessions of a call from 1; facts of a replaced session count for nothing. */
export type SessionFact =
  | { readonly type: 'session-ready'; readonly session: number; readonly lifetimeMs: number | null }
  | {
      readonly type: 'session-closed'
      readonly session: number
      readonly code: CallErrorCode
      readonly detail: string
      /** Whether opening another session can help. */
      readonly retry: boolean
    }
  /** `atMs` in call time, from the session's offset and the account of appended audio. */
  | { readonly type: 'caller-speech-started'; readonly itemId: string; readonly atMs: number }
  | { readonly type: 'caller-speech-stopped'; readonly itemId: string; readonly atMs: number }
  | { readonly type: 'caller-turn-committed'; readonly itemId: string }
  | { readonly type: 'caller-transcript'; readonly itemId: string; readonly text: string; readonly final: boolean }
  | { readonly type: 'response-started'; readonly responseId: string }
  | { readonly type: 'agent-words'; readonly itemId: string; readonly text: string }
  | {
      readonly type: 'tool-called'
      readonly responseId: string
      readonly outputIndex: number
      readonly toolCallId: string
      readonly name: string
      readonly arguments: string
      /** The arguments as the log may keep them. */
      readonly logged: string
      /** What is wrong with them, for the model; null: nothing that is known before the tool is run. */
      readonly fault: string | null
    }
  /** The session has taken a tool's answer into the conversation. */
  | { readonly type: 'tool-result-accepted'; readonly toolCallId: string }
  | {
      readonly type: 'response-ended'
      readonly responseId: string
      readonly status: 'completed' | 'cancelled' | 'failed' | 'incomplete'
      readonly detail: string
      readonly usage: Usage
    }
  /** A response.create was refused because one is already being made. */
  | { readonly type: 'response-refused'; readonly detail: string }
  | { readonly type: 'session-trouble'; readonly code: CallErrorCode; readonly detail: string }

export type ToolEffect =
  | { readonly type: 'end-call' }
  | { readonly type: 'transfer'; readonly destination: string }
  | { readonly type: 'note'; readonly text: string }
  /** Whether the caller agrees to be recorded. */
  | { readonly type: 'recording'; readonly allowed: boolean }

export type ToolFact =
  /** It is being run: from now on it may have acted. */
  | { readonly type: 'tool-sent'; readonly toolCallId: string }
  | {
      readonly type: 'tool-finished'
      readonly toolCallId: string
      /** `failed`: it did not act. `unknown`: it may have. */
      readonly status: 'done' | 'failed' | 'unknown'
      /** For the model. */
      readonly output: string
      /** The same as the log may keep it. */
      readonly logged: string
      readonly effect: ToolEffect | null
    }

/** From the server and the clock. */
export type ControlFact =
  | { readonly type: 'hang-up-asked'; readonly reason: EndReason; readonly detail: string }
  /** The day's budget of the call's agent, or of its caller, is spent. */
  | { readonly type: 'budget-spent'; readonly budget: 'agent' | 'caller' }
  /** Nothing more of the call's audio can be kept; `keptMs` of it is. */
  | { readonly type: 'recording-failed'; readonly detail: string; readonly keptMs: number }
  /** A bug was met while this call was served. */
  | { readonly type: 'broken' }
  /** Some deadline may be due: `step` compares `nowMs` with those the call holds. */
  | { readonly type: 'time-passed' }

/** From a person who watches over the call. `who` is a user's name. */
export type OperatorFact =
  | { readonly type: 'operator-listened'; readonly who: string }
  | { readonly type: 'operator-whispered'; readonly who: string; readonly text: string }
  /** `destination` is one of the agent's; `say` is for the caller's ear first, in the carrier's own voice. */
  | {
      readonly type: 'operator-took-over'
      readonly who: string
      readonly destination: string
      readonly say: string | null
    }
  | { readonly type: 'operator-hung-up'; readonly who: string }

export type CallFact = LegFact | AudioFact | SessionFact | ToolFact | ControlFact | OperatorFact
