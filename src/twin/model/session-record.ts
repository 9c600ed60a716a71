/** What can be seen of a session from outside: for tests, scenarios and the demo. */
import type { Received } from './client-events.ts'
import type { Item } from './conversation.ts'
import type { ResponseStatus, ServerEvent } from './responses.ts'
import type { Settings } from './session-settings.ts'
import type { ResponseUsage } from './usage.ts'

/** Beyond this many, the oldest entries of a log are forgotten. */
const LOG_LIMIT = 3000

export interface SeenItem {
  readonly id: string
  readonly type: 'message' | 'function_call' | 'function_call_output'
  readonly role: 'system' | 'user' | 'assistant' | null
  readonly status: string
  /** What is said or written; null when the model no longer knows (a truncated item). */
  readonly text: string | null
  readonly audioMs: number
  readonly truncatedAtMs: number | null
  readonly callId: string | null
  readonly name: string | null
  readonly arguments: string | null
  readonly output: string | null
}

export interface SeenResponse {
  readonly id: string
  /** Who asked for it: the client, a caller's turn, or a caller's silence. */
  readonly trigger: 'client' | 'turn' | 'idle'
  readonly inConversation: boolean
  readonly status: ResponseStatus
  readonly statusDetails: Readonly<Record<string, unknown>> | null
  readonly itemIds: readonly string[]
  readonly audioMs: number
  readonly usage: ResponseUsage | null
}

/** One connection of a client, live or past. All of it can be read at any time. */
export interface TwinSession {
  readonly id: string
  readonly settings: Settings
  /** Request headers of the handshake, without the key. */
  readonly headers: Readonly<Record<string, string>>
  /** Client events as they came, refused ones too; appended audio is counted instead. */
  readonly received: readonly Received[]
  /** Server events as they were sent; base64 audio is replaced by its length in bytes. */
  readonly sent: readonly ServerEvent[]
  /** The `error` events among them. */
  readonly errors: readonly ServerEvent[]
  readonly items: readonly SeenItem[]
  readonly responses: readonly SeenResponse[]
  readonly appendedBytes: number
  readonly appendedMs: number
  readonly callerSpeaking: boolean
  readonly expiresAtMs: number
  /** Tells what this caller is about to say, as the twin's own `hears`; it comes before what the twin was told. */
  hears(words: string): void
  /** How the connection ended; null while it is open. */
  readonly closed: { readonly code: number; readonly reason: string } | null
}

/** An array that forgets its oldest entries. */
export class Log<Entry> {
  readonly entries: Entry[] = []

  add(entry: Entry): void {
    this.entries.push(entry)
    if (this.entries.length > LOG_LIMIT) this.entries.shift()
  }
}

/** Audio would fill the log within minutes: its place is taken by its length. */
export function withoutAudio(event: ServerEvent): ServerEvent {
  if (event.type === 'response.output_audio.delta' && typeof event.delta === 'string') {
    return { ...event, delta: Buffer.byteLength(event.delta, 'base64') }
  }
  return event.type === 'conversation.item.retrieved' ? { ...event, item: null } : event
}

/** An item as it is seen from outside. */
export function seenItem(item: Item): SeenItem {
  const none = {
    role: null,
    text: null,
    audioMs: 0,
    truncatedAtMs: null,
    callId: null,
    name: null,
    arguments: null,
    output: null,
  }
  const { id, type, status } = item
  if (item.type === 'function_call') {
    return { ...none, id, type, status, callId: item.callId, name: item.name, arguments: item.arguments }
  }
  if (item.type === 'function_call_output')
    return { ...none, id, type, status, callId: item.callId, output: item.output }
  const texts = item.parts.map((part) => ('text' in part ? part.text : 'transcript' in part ? part.transcript : null))
  const text = item.role === 'user' && item.words !== null ? item.words : texts.find((each) => each !== null)
  return {
    ...none,
    id,
    type,
    status,
    role: item.role,
    text: text ?? null,
    audioMs: item.parts.reduce((sum, part) => sum + ('audio' in part ? part.audio.ms : 0), 0),
    truncatedAtMs: item.truncatedAtMs,
  }
}
