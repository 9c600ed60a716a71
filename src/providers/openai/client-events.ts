/**
 * What we say to the realtime server, GA dialect. Source: realtime fact sheet, sections 7 and 9; a test holds these
 * builders against the types of the official `openai` package.
 *
 * An error event names the client event that caused it by its `event_id` and nothing else, so the id says what the
 * event was for: `purpose:number`, or `tool-result:call_id`.
 */
import type { SeedItem } from '../../call/commands.ts'
import type { ResponseRequest } from '../provider.ts'
import type { SessionObject } from './session-object.ts'

const PURPOSES = ['configure', 'instruct', 'seed', 'create', 'cancel', 'truncate', 'tell', 'tool-result'] as const
export type Purpose = (typeof PURPOSES)[number]

/** What a client event was for, read back from its id; null: not one of ours. */
export function purposeOf(eventId: string | null | undefined): Purpose | null {
  return PURPOSES.find((purpose) => eventId?.startsWith(`${purpose}:`)) ?? null
}

/** `input_audio_buffer.append`, up to its base64 and after it. It carries no event_id: fifty go out a second. */
export const APPEND_HEAD = '{"type":"input_audio_buffer.append","audio":"'
export const APPEND_TAIL = '"}'

export function sessionUpdate(number: number, session: SessionObject) {
  return { type: 'session.update' as const, event_id: `configure:${number}`, session }
}

/** New instructions for a session that runs; all else of its settings stays (fact sheet, section 5: updates are sparse). */
export function instruct(number: number, instructions: string) {
  const session = { type: 'realtime' as const, instructions }
  return { type: 'session.update' as const, event_id: `instruct:${number}`, session }
}

/** A line of the conversation so far. Agent audio cannot be seeded, so its words are (fact sheet, section 9). */
export function seedItem(number: number, seed: SeedItem) {
  return { type: 'conversation.item.create' as const, event_id: `seed:${number}`, item: message(seed) }
}

/** A note for the model that asks for no answer. */
export function tellItem(number: number, text: string) {
  return {
    type: 'conversation.item.create' as const,
    event_id: `tell:${number}`,
    item: message({ type: 'note', text }),
  }
}

function message({ type, text }: SeedItem) {
  switch (type) {
    case 'caller':
      return textMessage('user', 'input_text', text)
    case 'agent':
      return textMessage('assistant', 'output_text', text)
    case 'note':
      return textMessage('system', 'input_text', text)
  }
}

function textMessage<Role extends string, Part extends string>(role: Role, part: Part, text: string) {
  return { type: 'message' as const, role, content: [{ type: part, text }] }
}

export function toolResult(toolCallId: string, output: string) {
  return {
    type: 'conversation.item.create' as const,
    // An event_id holds at most 512 characters (fact sheet, section 7).
    event_id: `tool-result:${toolCallId}`.slice(0, 512),
    item: { type: 'function_call_output' as const, call_id: toolCallId, output },
  }
}

export function responseCreate(number: number, request: ResponseRequest) {
  const response = {
    ...(request.instructions === null ? {} : { instructions: request.instructions }),
    ...(request.allowTools ? {} : { tool_choice: 'none' as const }),
  }
  const event = { type: 'response.create' as const, event_id: `create:${number}` }
  return Object.keys(response).length === 0 ? event : { ...event, response }
}

export function responseCancel(number: number, responseId: string) {
  return { type: 'response.cancel' as const, event_id: `cancel:${number}`, response_id: responseId }
}

/** @param audioEndMs rounded down: a millisecond past the item's audio is refused (fact sheet, section 11) */
export function itemTruncate(number: number, itemId: string, audioEndMs: number) {
  return {
    type: 'conversation.item.truncate' as const,
    event_id: `truncate:${number}`,
    item_id: itemId,
    content_index: 0,
    audio_end_ms: Math.max(0, Math.floor(audioEndMs)),
  }
}
