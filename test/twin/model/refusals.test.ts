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

const input = (fields: Event) => ({ audio: { input: fields } })
const output = (fields: Event) => ({ audio: { output: fields } })
const vad = (fields: Event) => input({ turn_detection: { type: 'server_vad', ...fields } })
const semantic = (fields: Event) => input({ turn_detection: { type: 'semantic_vad', ...fields } })
const VAD = 'session.audio.input.turn_detection'

it.each<[string, Event, string, string]>([
  ['an unknown field', { mood: 'good' }, 'unknown_parameter', 'session.mood'],
  ['temperature', { temperature: 0.8 }, 'unknown_parameter', 'session.temperature'],
  ['beta: modalities', { modalities: ['audio'] }, 'unknown_parameter', 'session.modalities'],
  ['beta: voice at the top', { voice: 'marin' }, 'unknown_parameter', 'session.voice'],
  ['beta: input_audio_format', { input_audio_format: 'g711_ulaw' }, 'unknown_parameter', 'session.input_audio_format'],
  ['beta: turn_detection at the top', { turn_detection: null }, 'unknown_parameter', 'session.turn_detection'],
  ['beta: a format by name', input({ format: 'g711_ulaw' }), 'invalid_type', 'session.audio.input.format'],
  [
    'pcmu with a rate',
    input({ format: { type: 'audio/pcmu', rate: 8000 } }),
    'unknown_parameter',
    'session.audio.input.format.rate',
  ],
  [
    'pcma with a rate',
    output({ format: { type: 'audio/pcma', rate: 8000 } }),
    'unknown_parameter',
    'session.audio.output.format.rate',
  ],
  [
    'pcm without a rate',
    input({ format: { type: 'audio/pcm' } }),
    'missing_required_parameter',
    'session.audio.input.format.rate',
  ],
  [
    'pcm at another rate',
    output({ format: { type: 'audio/pcm', rate: 16000 } }),
    'invalid_value',
    'session.audio.output.format.rate',
  ],
  ['an unknown format', input({ format: { type: 'audio/opus' } }), 'invalid_value', 'session.audio.input.format.type'],
  ['an unknown voice', output({ voice: 'hal' }), 'invalid_value', 'session.audio.output.voice'],
  ['a speed too high', output({ speed: 3 }), 'integer_above_max_value', 'session.audio.output.speed'],
  ['a misplaced voice', input({ voice: 'marin' }), 'unknown_parameter', 'session.audio.input.voice'],
  ['eagerness on server_vad', vad({ eagerness: 'low' }), 'unknown_parameter', `${VAD}.eagerness`],
  ['threshold on semantic_vad', semantic({ threshold: 0.5 }), 'unknown_parameter', `${VAD}.threshold`],
  [
    'silence_duration_ms on semantic_vad',
    semantic({ silence_duration_ms: 5 }),
    'unknown_parameter',
    `${VAD}.silence_duration_ms`,
  ],
  [
    'idle_timeout_ms on semantic_vad',
    semantic({ idle_timeout_ms: 6000 }),
    'unknown_parameter',
    `${VAD}.idle_timeout_ms`,
  ],
  ['idle_timeout_ms too short', vad({ idle_timeout_ms: 4999 }), 'integer_below_min_value', `${VAD}.idle_timeout_ms`],
  ['idle_timeout_ms too long', vad({ idle_timeout_ms: 30_001 }), 'integer_above_max_value', `${VAD}.idle_timeout_ms`],
  ['a threshold above 1', vad({ threshold: 1.5 }), 'decimal_above_max_value', `${VAD}.threshold`],
  ['half a millisecond', vad({ prefix_padding_ms: 0.5 }), 'invalid_type', `${VAD}.prefix_padding_ms`],
  ['an unknown eagerness', semantic({ eagerness: 'keen' }), 'invalid_value', `${VAD}.eagerness`],
  ['a turn detection of no type', input({ turn_detection: {} }), 'missing_required_parameter', `${VAD}.type`],
  ['both modalities', { output_modalities: ['text', 'audio'] }, 'array_above_max_length', 'session.output_modalities'],
  ['too many output tokens', { max_output_tokens: 4097 }, 'integer_above_max_value', 'session.max_output_tokens'],
  ['another model', { model: 'gpt-realtime-2' }, 'cannot_update_model', 'session.model'],
  ['an unknown effort', { reasoning: { effort: 'heroic' } }, 'invalid_value', 'session.reasoning.effort'],
  [
    'a strict tool',
    { tools: [{ type: 'function', name: 'a', strict: true }] },
    'unknown_parameter',
    'session.tools[0].strict',
  ],
  ['a tool without a name', { tools: [{ type: 'function' }] }, 'missing_required_parameter', 'session.tools[0].name'],
  [
    'a nested tool, as chat completions has',
    { tools: [{ type: 'function', function: { name: 'a' } }] },
    'missing_required_parameter',
    'session.tools[0].name',
  ],
  [
    'a choice of a tool there is not',
    { tool_choice: { type: 'function', name: 'fly' } },
    'invalid_value',
    'session.tool_choice',
  ],
  ['an unknown tool choice', { tool_choice: 'maybe' }, 'invalid_value', 'session.tool_choice'],
  [
    'a transcription model there is not',
    input({ transcription: { model: 'parrot' } }),
    'invalid_value',
    'session.audio.input.transcription.model',
  ],
  [
    'keywords on whisper-1',
    input({ transcription: { model: 'whisper-1', keywords: ['x'] } }),
    'unsupported_parameter',
    'session.audio.input.transcription.keywords',
  ],
  [
    'delay on gpt-transcribe',
    input({ transcription: { model: 'gpt-transcribe', delay: 'low' } }),
    'unsupported_parameter',
    'session.audio.input.transcription.delay',
  ],
  [
    'a streaming transcriber with turn detection',
    input({ transcription: { model: 'gpt-live-transcribe' } }),
    'invalid_value',
    VAD,
  ],
  [
    'an unknown noise reduction',
    input({ noise_reduction: { type: 'total' } }),
    'invalid_value',
    'session.audio.input.noise_reduction.type',
  ],
  [
    'a retention ratio above 1',
    { truncation: { type: 'retention_ratio', retention_ratio: 80 } },
    'integer_above_max_value',
    'session.truncation.retention_ratio',
  ],
  [
    'more post-instruction tokens than the model holds',
    { truncation: { type: 'retention_ratio', retention_ratio: 0.8, token_limits: { post_instructions: 200_000 } } },
    'integer_above_max_value',
    'session.truncation.token_limits.post_instructions',
  ],
  ['an instruction that is no text', { instructions: 5 }, 'invalid_type', 'session.instructions'],
])('refuses in session.update: %s', async (_, session, code, param) => {
  const error = await client.refusal({ ...sessionUpdate(session), event_id: 'mine' })
  expect(error).toEqual({ type: 'invalid_request_error', code, param, message: expect.any(String), event_id: 'mine' })
  expect(error.message).toContain("'")
})

it('words a refusal as the API does', async () => {
  expect((await client.refusal({ type: 'session.update', session: {} })).message).toBe(
    "Missing required parameter: 'session.type'.",
  )
  expect((await client.refusal(sessionUpdate({ mood: 1 }))).message).toBe("Unknown parameter: 'session.mood'.")
  expect((await client.refusal(sessionUpdate({ instructions: 5 }))).message).toBe(
    "Invalid type for 'session.instructions': expected a string, but got an integer instead.",
  )
  expect((await client.refusal(sessionUpdate(vad({ idle_timeout_ms: 10 })))).message).toBe(
    `Invalid '${VAD}.idle_timeout_ms': integer below minimum value. Expected a value >= 5000, but got 10 instead.`,
  )
  expect((await client.refusal(sessionUpdate(input({ format: { type: 'audio/opus' } })))).message).toBe(
    "Invalid value: 'audio/opus'. Supported values are: 'audio/pcm', 'audio/pcmu', 'audio/pcma'.",
  )
})

it('refuses session.update without its type, or of another type', async () => {
  const error = await client.refusal({ type: 'session.update', session: { instructions: 'Be brief.' } })
  expect(error).toMatchObject({ code: 'missing_required_parameter', param: 'session.type', event_id: null })
  const other = await client.refusal({ type: 'session.update', session: { type: 'transcription' } })
  expect(other).toMatchObject({ code: 'invalid_value', param: 'session.type' })
})

it('changes nothing when a part of an update is refused', async () => {
  await client.refusal(sessionUpdate({ instructions: 'Be rude.', ...output({ voice: 'hal' }) }))
  expect(twin.sessions[0]?.settings.instructions).not.toBe('Be rude.')
})

it('refuses reasoning and parallel tool calls of models that do not reason', async () => {
  const plain = await RawClient.connect(twin.url, 'gpt-realtime-1.5')
  expect(plain.events[0]?.session.reasoning).toBeUndefined()
  for (const fields of [{ reasoning: { effort: 'low' } }, { parallel_tool_calls: false }]) {
    const [field] = Object.keys(fields)
    const inSession = await plain.refusal(sessionUpdate(fields))
    expect(inSession).toMatchObject({ code: 'unsupported_parameter', param: `session.${field}` })
    const inResponse = await plain.refusal({ type: 'response.create', response: fields })
    expect(inResponse).toMatchObject({ code: 'unsupported_parameter', param: `response.${field}` })
  }
})

it('locks voice and output format once the agent has spoken, and the input format once audio has come', async () => {
  await client.ask(sessionUpdate(output({ voice: 'cedar' })), 'session.updated')
  client.send({ type: 'response.create' })
  await client.next('response.done')
  expect(await client.refusal(sessionUpdate(output({ voice: 'marin' })))).toMatchObject({
    code: 'cannot_update_voice',
    message: "Cannot update a conversation's voice if assistant audio is present.",
  })
  expect(
    await client.refusal({ type: 'response.create', response: { audio: { output: { voice: 'marin' } } } }),
  ).toMatchObject({ code: 'cannot_update_voice' })
  await client.ask(sessionUpdate(output({ voice: 'cedar' })), 'session.updated')
  expect(await client.refusal(sessionUpdate(output({ format: { type: 'audio/pcmu' } })))).toMatchObject({
    code: 'cannot_update_audio_format',
  })
  client.append(new Uint8Array(480))
  expect(await client.refusal(sessionUpdate(input({ format: { type: 'audio/pcmu' } })))).toMatchObject({
    code: 'cannot_update_audio_format',
    param: 'session.audio.input.format',
  })
})

it('fixes tracing once it is enabled', async () => {
  await client.ask(sessionUpdate({ tracing: 'auto' }), 'session.updated')
  await client.ask(sessionUpdate({ tracing: 'auto' }), 'session.updated')
  expect(await client.refusal(sessionUpdate({ tracing: null }))).toMatchObject({ code: 'cannot_update_tracing' })
})

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
