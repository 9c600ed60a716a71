/** Our reading of the protocol and the official package's must agree: the compiler compares them, message by message. */
import type { RealtimeClientEvent, RealtimeServerEvent } from 'openai/resources/realtime/realtime'
import { expect, expectTypeOf, it } from 'vitest'
import type { z } from 'zod'
import * as say from '../../../src/providers/openai/client-events.ts'
import { readServerEvent, type ServerEvent } from '../../../src/providers/openai/protocol.ts'
import { sessionObject } from '../../../src/providers/openai/session-object.ts'
import { SETTINGS } from '../../contracts/provider.ts'

const text = { type: 'note', text: 'The line broke.' } as const

/** One of each, compiled against the official union: a misspelt or misplaced field does not compile. */
const SAID = [
  say.sessionUpdate(1, sessionObject(SETTINGS, true)),
  say.seedItem(2, { ...text, type: 'caller' }),
  say.seedItem(3, { ...text, type: 'agent' }),
  say.tellItem(4, 'The caller pressed 5.'),
  say.instruct(5, 'You answer for Harbour Bikes.'),
  say.toolResult('call_1', '{}'),
  say.responseCreate(5, { instructions: 'Say hello.', allowTools: false }),
  say.responseCreate(6, { instructions: null, allowTools: true }),
  say.responseCancel(7, 'resp_1'),
  say.itemTruncate(8, 'item_1', 740.9),
] satisfies RealtimeClientEvent[]

type Ours = ServerEvent['type']
type Official<Type> = Extract<RealtimeServerEvent, { type: Type }>
type Read<Type> = z.input<typeof ServerEvent> & { type: Type }
/** The types of events whose official shape our schema would not take. */
type Refused = { [Type in Ours]: Official<Type> extends Read<Type> ? never : Type }[Ours]

it('reads only events that exist, and takes every shape the official types allow', () => {
  expectTypeOf<Ours>().toExtend<RealtimeServerEvent['type']>()
  expectTypeOf<Refused>().toEqualTypeOf<never>()
})

it('says only what the official types allow', () => {
  expectTypeOf(SAID).toExtend<RealtimeClientEvent[]>()
  // Nothing that is undefined, since such a field would be there for the compiler and not on the wire.
  expect(JSON.parse(JSON.stringify(SAID))).toStrictEqual(SAID)
})

/** Exhaustive: the compiler refuses a list that lacks an official event, or has one that is not official. */
const OFFICIAL: Record<RealtimeServerEvent['type'], true> = {
  'conversation.created': true,
  'conversation.item.added': true,
  'conversation.item.created': true,
  'conversation.item.deleted': true,
  'conversation.item.done': true,
  'conversation.item.input_audio_transcription.completed': true,
  'conversation.item.input_audio_transcription.delta': true,
  'conversation.item.input_audio_transcription.failed': true,
  'conversation.item.input_audio_transcription.segment': true,
  'conversation.item.retrieved': true,
  'conversation.item.truncated': true,
  error: true,
  'input_audio_buffer.cleared': true,
  'input_audio_buffer.committed': true,
  'input_audio_buffer.dtmf_event_received': true,
  'input_audio_buffer.speech_started': true,
  'input_audio_buffer.speech_stopped': true,
  'input_audio_buffer.timeout_triggered': true,
  'mcp_list_tools.completed': true,
  'mcp_list_tools.failed': true,
  'mcp_list_tools.in_progress': true,
  'output_audio_buffer.cleared': true,
  'output_audio_buffer.started': true,
  'output_audio_buffer.stopped': true,
  'rate_limits.updated': true,
  'response.content_part.added': true,
  'response.content_part.done': true,
  'response.created': true,
  'response.done': true,
  'response.function_call_arguments.delta': true,
  'response.function_call_arguments.done': true,
  'response.mcp_call.completed': true,
  'response.mcp_call.failed': true,
  'response.mcp_call.in_progress': true,
  'response.mcp_call_arguments.delta': true,
  'response.mcp_call_arguments.done': true,
  'response.output_audio.delta': true,
  'response.output_audio.done': true,
  'response.output_audio_transcript.delta': true,
  'response.output_audio_transcript.done': true,
  'response.output_item.added': true,
  'response.output_item.done': true,
  'response.output_text.delta': true,
  'response.output_text.done': true,
  'session.created': true,
  'session.updated': true,
}

/** An event that is read needs its fields, and is refused without them; only an unknown one comes back as such. */
function isKnown(type: string): boolean {
  try {
    return readServerEvent(JSON.stringify({ type }))?.type !== 'unknown'
  } catch {
    return true
  }
}

it.each(Object.keys(OFFICIAL))('knows the official event %s', (type) => {
  expect(isKnown(type)).toBe(true)
  expect(isKnown(`${type}s`)).toBe(false)
})
