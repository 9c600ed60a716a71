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
