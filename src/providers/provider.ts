/** The contract between a realtime speech-to-speech provider and a call. A provider is one folder beside this file. */
import type { AudioFormat } from '../audio/format.ts'
import type { SeedItem } from '../call/commands.ts'
import type { CallErrorCode } from '../call/errors.ts'
import type { Usage } from '../call/usage.ts'

export interface Provider {
  readonly name: string
  /** The wire format a session will use for `wire`, both ways. @throws CallError when the provider cannot take it */
  format(wire: 'pcm16' | 'g711'): AudioFormat
  /** Starts to open a session and returns at once; `ready` or `closed` follows on the sink. */
  open(settings: SessionSettings, sink: SessionSink): Session
}

export interface SessionSettings {
  readonly instructions: string
  readonly wire: 'pcm16' | 'g711'
  readonly model: ModelSettings
  readonly turn: TurnSettings
  readonly tools: readonly ToolSchema[]
  /** The conversation so far, when another session is continued. Written into the session before `ready`. */
  readonly seed: readonly SeedItem[]
  /** A stable pseudonym of the caller for the provider's abuse checks; never a number. */
  readonly callerPseudonym: string
}

export interface ModelSettings {
  readonly name: string
  readonly voice: string
  readonly reasoning: 'minimal' | 'low' | 'medium' | 'high' | 'xhigh' | null
  readonly speed: number
  readonly maxOutputTokens: number | null
  readonly noiseReduction: 'near_field' | 'far_field' | null
  readonly transcription: {
    readonly model: string
    readonly language: string | null
    readonly prompt: string | null
  } | null
  /** Share of the conversation kept when it must be trimmed, and the tokens it may hold after the instructions. */
  readonly truncation: 'auto' | 'disabled' | { readonly retentionRatio: number; readonly maxTokens: number | null }
}

export type TurnSettings =
  | {
      readonly detection: 'server_vad'
      readonly threshold: number
      readonly prefixPaddingMs: number
      readonly silenceDurationMs: number
      readonly idleTimeoutMs: number | null
    }
  | { readonly detection: 'semantic_vad'; readonly eagerness: 'auto' | 'low' | 'medium' | 'high' }

interface ToolSchema {
  readonly name: string
  readonly description: string
  /** JSON Schema of an object. */
  readonly parameters: Readonly<Record<string, unknown>>
}

export interface ResponseRequest {
  /** Replace the session's instructions for this response alone; null: leave them. */
  readonly instructions: string | null
  readonly allowTools: boolean
}

/** What the bridge may do with a session. Before `ready` and after `closed`, all of this does nothing. */
export interface Session {
  /** @param audio in the session's format  @param base64 the same, when already at hand: it is forwarded untouched */
  sendAudio(audio: Uint8Array, base64: string | null): void
  createResponse(request: ResponseRequest): void
  cancelResponse(responseId: string): void
  /** @param audioEndMs whole ms of the item that the caller heard */
  truncateItem(itemId: string, audioEndMs: number): void
  sendToolResult(toolCallId: string, output: string): void
  /** Replace the session's instructions from the next response on. */
  instruct(instructions: string): void
  /** Add a system message to the conversation without asking for a response. */
  tell(text: string): void
  close(): void
  readonly backlogBytes: number
}

export interface SessionSink {
  /** Agent audio of one item in the session's format, base64 as it came. Called synchronously in the order of the wire. */
  audio(responseId: string, itemId: string, base64: string): void
  event(event: SessionEvent): void
}

export type SessionEvent =
  /** The session runs with the settings asked for (the provider's echo has been compared). `lifetimeMs`: until it expires. */
  | { readonly type: 'ready'; readonly lifetimeMs: number | null }
  /** `audioMs`: offset in the audio appended to this session, as the provider counts it. */
  | { readonly type: 'speech-started'; readonly itemId: string; readonly audioMs: number }
  | { readonly type: 'speech-stopped'; readonly itemId: string; readonly audioMs: number }
  | { readonly type: 'turn-committed'; readonly itemId: string }
  | { readonly type: 'caller-transcript'; readonly itemId: string; readonly text: string; readonly final: boolean }
  | { readonly type: 'response-started'; readonly responseId: string }
  /** A message item that will carry audio. */
  | { readonly type: 'item-started'; readonly responseId: string; readonly itemId: string }
  | { readonly type: 'item-audio-done'; readonly responseId: string; readonly itemId: string }
  | { readonly type: 'agent-words'; readonly itemId: string; readonly text: string }
  /** A complete function call of a response that is not cancelled. */
  | {
      readonly type: 'tool-called'
      readonly responseId: string
      readonly outputIndex: number
      readonly toolCallId: string
      readonly name: string
      readonly arguments: string
    }
  | { readonly type: 'tool-result-accepted'; readonly toolCallId: string }
  | {
      readonly type: 'response-ended'
      readonly responseId: string
      readonly status: 'completed' | 'cancelled' | 'failed' | 'incomplete'
      readonly detail: string
      readonly usage: Usage
    }
  /** The provider would not start the response asked for, because one is already being made. */
  | { readonly type: 'response-refused'; readonly detail: string }
  /** Something to write down; the session goes on. `benign` troubles are expected races. */
  | {
      readonly type: 'trouble'
      readonly benign: boolean
      readonly code: CallErrorCode
      readonly detail: string
    }
  /** Told once, last. */
  | { readonly type: 'closed'; readonly code: CallErrorCode; readonly detail: string; readonly retry: boolean }
