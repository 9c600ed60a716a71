/** Everything the API refuses must be refused here, by its code and by the field that is wrong, and the session must go on. */
import { afterAll, afterEach, beforeEach, expect, it } from 'vitest'
import { type ModelTwin, startModelTwin } from '../../../src/twin/model/server.ts'
import { closeSpeech } from '../../../src/twin/speech.ts'
import { AT_ONCE, type Event, RawClient, sessionUpdate } from './raw-client.ts'

let twin: ModelTwin
let client: RawClient
beforeEach(async () => {
  twin = await startModelTwin({ timing: AT_ONCE })
  client = await RawClient.connect(twin.url)
})
afterEach(async () => {
  // Whatever was refused, the session is open and answers.
  await client.ask(sessionUpdate({}), 'session.updated')
  await twin.close()
})
afterAll(closeSpeech)

const output = (fields: Event) => ({ audio: { output: fields } })

it.each<[string, string, string, string | null]>([
  ['no JSON', '{"type":', 'invalid_json', null],
  ['a number', '7', 'missing_required_parameter', 'type'],
  ['an event without a type', '{"event_id":"e"}', 'missing_required_parameter', 'type'],
  ['an unknown event', '{"type":"session.destroy"}', 'invalid_value', 'type'],
  ['a beta event', '{"type":"transcription_session.update","session":{}}', 'invalid_value', 'type'],
  ['a name of an object', '{"type":"toString"}', 'invalid_value', 'type'],
  ['an event for SIP', '{"type":"output_audio_buffer.clear"}', 'invalid_value', 'type'],
])('refuses %s', async (_, text, code, param) => {
  client.socket.send(text)
  expect((await client.next('error')).error).toMatchObject({ code, param })
})

it('refuses a binary message', async () => {
  client.socket.send(Buffer.from('{"type":"response.create"}'))
  expect((await client.next('error')).error).toMatchObject({ code: 'invalid_json' })
})

const user = { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Hello' }] }
const create = (item: Event, fields: Event = {}) => ({ type: 'conversation.item.create', item, ...fields })

it.each<[string, Event, string, string | null]>([
  ['an unknown field', { type: 'response.cancel', now: true }, 'unknown_parameter', 'now'],
  [
    'an event id too long',
    { type: 'response.cancel', event_id: 'x'.repeat(513) },
    'string_above_max_length',
    'event_id',
  ],
  ['audio that is not base64', { type: 'input_audio_buffer.append', audio: '?!' }, 'invalid_value', 'audio'],
  ['base64 without its padding', { type: 'input_audio_buffer.append', audio: 'AAA' }, 'invalid_value', 'audio'],
  ['base64 for URLs', { type: 'input_audio_buffer.append', audio: '_-_-' }, 'invalid_value', 'audio'],
  ['half a sample', { type: 'input_audio_buffer.append', audio: 'AAAA' }, 'invalid_value', 'audio'],
  ['no audio', { type: 'input_audio_buffer.append' }, 'missing_required_parameter', 'audio'],
  ['a commit of nothing', { type: 'input_audio_buffer.commit' }, 'input_audio_buffer_commit_empty', null],
  ['a cancel of nothing', { type: 'response.cancel' }, 'response_cancel_not_active', null],
  ['a cancel of what is not', { type: 'response.cancel', response_id: 'resp_x' }, 'response_cancel_not_active', null],
  [
    'deleting an item there is not',
    { type: 'conversation.item.delete', item_id: 'x' },
    'item_delete_invalid_item_id',
    'item_id',
  ],
  [
    'retrieving an item there is not',
    { type: 'conversation.item.retrieve', item_id: 'x' },
    'item_retrieve_invalid_item_id',
    'item_id',
  ],
  [
    'truncating an item there is not',
    { type: 'conversation.item.truncate', item_id: 'x', content_index: 0, audio_end_ms: 0 },
    'item_truncate_invalid_item_id',
    'item_id',
  ],
  [
    'a negative truncation',
    { type: 'conversation.item.truncate', item_id: 'x', content_index: 0, audio_end_ms: -1 },
    'integer_below_min_value',
    'audio_end_ms',
  ],
  [
    'a truncation in fractions',
    { type: 'conversation.item.truncate', item_id: 'x', content_index: 0, audio_end_ms: 1.5 },
    'invalid_type',
    'audio_end_ms',
  ],
  ['an item of no type', create({ role: 'user' }), 'missing_required_parameter', 'item.type'],
  ['a role there is not', create({ ...user, role: 'tool' }), 'invalid_value', 'item.role'],
  [
    'assistant text under the name of input',
    create({ ...user, role: 'assistant' }),
    'invalid_value',
    'item.content[0].type',
  ],
  [
    'assistant audio',
    create({ type: 'message', role: 'assistant', content: [{ type: 'output_audio', audio: '', transcript: 'Hi' }] }),
    'invalid_value',
    'item.content[0].type',
  ],
  [
    'beta: text content',
    create({ ...user, content: [{ type: 'text', text: 'Hi' }] }),
    'invalid_value',
    'item.content[0].type',
  ],
  [
    'content without its text',
    create({ ...user, content: [{ type: 'input_text' }] }),
    'missing_required_parameter',
    'item.content[0].text',
  ],
  ['an item id too long', create({ ...user, id: 'x'.repeat(33) }), 'string_above_max_length', 'item.id'],
  ['an item id with a slash', create({ ...user, id: 'a/b' }), 'invalid_value', 'item.id'],
  ['a place after an item there is not', create(user, { previous_item_id: 'x' }), 'invalid_value', 'previous_item_id'],
  [
    'an answer to no call',
    create({ type: 'function_call_output', call_id: 'call_x', output: '1' }),
    'invalid_tool_call_id',
    'item.call_id',
  ],
  [
    'an answer that is no text',
    create({ type: 'function_call_output', call_id: 'call_x', output: {} }),
    'invalid_type',
    'item.output',
  ],
  [
    'a response with beta modalities',
    { type: 'response.create', response: { modalities: ['text'] } },
    'unknown_parameter',
    'response.modalities',
  ],
  [
    'a response with a type',
    { type: 'response.create', response: { type: 'realtime' } },
    'unknown_parameter',
    'response.type',
  ],
  [
    'a response at another speed',
    { type: 'response.create', response: { audio: { output: { speed: 1 } } } },
    'unknown_parameter',
    'response.audio.output.speed',
  ],
  [
    'a response to another conversation',
    { type: 'response.create', response: { conversation: 'mine' } },
    'invalid_value',
    'response.conversation',
  ],
  [
    'a reference to an item there is not',
    { type: 'response.create', response: { input: [{ type: 'item_reference', id: 'x' }] } },
    'invalid_value',
    'response.input[0].id',
  ],
  [
    'metadata too long',
    { type: 'response.create', response: { metadata: { topic: 'x'.repeat(513) } } },
    'string_above_max_length',
    'response.metadata.topic',
  ],
])('refuses %s', async (_, event, code, param) => {
  expect(await client.refusal({ event_id: 'mine', ...event })).toMatchObject({
    type: 'invalid_request_error',
    code,
    param,
    event_id: event.event_id ?? 'mine',
  })
})

it('refuses more than 15 MiB of audio at once', async () => {
  const audio = Buffer.alloc(15 * 1024 * 1024 + 2).toString('base64')
  const error = await client.refusal({ type: 'input_audio_buffer.append', audio })
  expect(error).toMatchObject({ code: 'string_above_max_length', param: 'audio' })
  expect(twin.sessions[0]?.appendedBytes).toBe(0)
})

it('refuses a second answer to one call, and a second item of one id', async () => {
  const call = { type: 'function_call', id: 'item_a', call_id: 'call_a', name: 'look', arguments: '{}' }
  await client.ask(create(call), 'conversation.item.done')
  expect(await client.refusal(create({ ...user, id: 'item_a' }))).toMatchObject({
    code: 'invalid_value',
    param: 'item.id',
  })
  const answer = { type: 'function_call_output', call_id: 'call_a', output: 'seen' }
  await client.ask(create(answer), 'conversation.item.done')
  expect(await client.refusal(create(answer))).toMatchObject({ code: 'invalid_tool_call_id', param: 'item.call_id' })
})

it('refuses a second active response, naming the first', async () => {
  await twin.close()
  twin = await startModelTwin({ timing: { ...AT_ONCE, speed: 2 } })
  client = await RawClient.connect(twin.url)
  client.send({ type: 'response.create' })
  const { response } = await client.next('response.created')
  const error = await client.refusal({ type: 'response.create', event_id: 'second' })
  expect(error).toEqual({
    type: 'invalid_request_error',
    code: 'conversation_already_has_active_response',
    message: `Conversation already has an active response in progress: ${response.id}. Wait until the response is finished before creating a new one.`,
    param: null,
    event_id: 'second',
  })
  expect(await client.refusal(sessionUpdate(output({ speed: 1.2 })))).toMatchObject({ code: 'cannot_update_speed' })
  await client.ask({ type: 'response.cancel' }, 'response.done')
})

it('keeps every refusal for those who look', async () => {
  await client.refusal({ type: 'response.cancel' })
  expect(twin.sessions[0]?.errors.map((event) => event.error)).toMatchObject([{ code: 'response_cancel_not_active' }])
  expect(twin.sessions[0]?.received.map((each) => each.type)).toEqual(['response.cancel'])
})
