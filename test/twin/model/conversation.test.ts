import { afterAll, afterEach, expect, it } from 'vitest'
import { type ModelTwin, startModelTwin } from '../../../src/twin/model/server.ts'
import type { ModelTwinOptions } from '../../../src/twin/model/twin-options.ts'
import { closeSpeech } from '../../../src/twin/speech.ts'
import { AT_ONCE, type Event, PHONE, phoneSilence, phoneSpeech, RawClient, sessionUpdate } from './raw-client.ts'

let twin: ModelTwin
afterEach(() => twin.close())
afterAll(closeSpeech)

/** Slow enough to be interrupted in mid-sentence, since every test interrupts as soon as it has heard a word. */
const TALKING = { ...AT_ONCE, speed: 4 }
const LONG = 'Say exactly: This is a sentence that goes on for a while, so that somebody can interrupt it.'

const look = (name: string): Event => ({
  type: 'function',
  name,
  parameters: { type: 'object', properties: { order: { type: 'string' } }, required: ['order'] },
})

async function connect(options: ModelTwinOptions = {}, session: Event = {}): Promise<RawClient> {
  twin = await startModelTwin({ timing: AT_ONCE, ...options })
  const client = await RawClient.connect(twin.url)
  await client.ask(sessionUpdate({ audio: PHONE, ...session }), 'session.updated')
  return client
}

const respond = (response: Event = {}) => ({ type: 'response.create', response })
const ofType = (events: Event[], type: string) => events.filter((event) => event.type === type)

it('truncates what was said long ago and cancels nothing for it', async () => {
  const client = await connect()
  client.send(respond({ instructions: LONG }))
  const { response } = await client.next('response.done')
  client.append(Buffer.concat([phoneSilence(300), await phoneSpeech('Stop, please.')]))
  await client.next('input_audio_buffer.speech_started')
  expect((await client.refusal({ type: 'response.cancel' })).code).toBe('response_cancel_not_active')
  const item_id = response.output[0].id
  const truncate = { type: 'conversation.item.truncate', item_id, content_index: 0, audio_end_ms: 0 }
  await client.ask(truncate, 'conversation.item.truncated')
  expect(ofType(client.events, 'response.done')).toHaveLength(1)
})

it('truncates no turn of the caller, no text, no other content and nothing that was never heard', async () => {
  const client = await connect({ timing: { ...AT_ONCE, firstAudioMs: 0, speed: 2 } })
  const text = (role: string, type: string) => ({ type: 'message', role, content: [{ type, text: 'Hi' }] })
  for (const item of [text('user', 'input_text'), text('assistant', 'output_text'), text('system', 'input_text')]) {
    const { item: added } = await client.ask({ type: 'conversation.item.create', item }, 'conversation.item.done')
    const truncate = { type: 'conversation.item.truncate', item_id: added.id, content_index: 0, audio_end_ms: 0 }
    expect(await client.refusal(truncate)).toMatchObject({
      code: 'unsupported_content_type',
      message: 'Only model output audio messages can be truncated.',
    })
  }
  client.send(respond({ instructions: LONG }))
  const { item_id } = await client.next('response.output_audio.delta')
  const other = { type: 'conversation.item.truncate', item_id, content_index: 1, audio_end_ms: 0 }
  expect(await client.refusal(other)).toMatchObject({ code: 'unsupported_content_type', param: 'content_index' })
})

it('goes on from a conversation that was seeded as text', async () => {
  const client = await connect()
  const seed = async (role: string, type: string, text: string) => {
    const item = { type: 'message', role, content: [{ type, text }] }
    return (await client.ask({ type: 'conversation.item.create', item }, 'conversation.item.done')).item
  }
  const asked = await seed('user', 'input_text', 'Where is my order?')
  const answered = await seed('assistant', 'output_text', 'It is on its way.')
  expect(answered).toMatchObject({ status: 'completed', content: [{ type: 'output_text', text: 'It is on its way.' }] })
  const first = await client.ask(
    {
      type: 'conversation.item.create',
      previous_item_id: 'root',
      item: { ...asked, id: 'summary', role: 'system', content: [{ type: 'input_text', text: 'So far…' }] },
    },
    'conversation.item.added',
  )
  expect(first.previous_item_id).toBeNull()
  const between = await client.ask(
    { type: 'conversation.item.create', previous_item_id: asked.id, item: { ...asked, id: 'between' } },
    'conversation.item.added',
  )
  expect(between.previous_item_id).toBe(asked.id)
  expect(twin.sessions[0]?.items.map((item) => item.id)).toEqual(['summary', asked.id, 'between', answered.id])
  await client.ask({ type: 'conversation.item.delete', item_id: 'between' }, 'conversation.item.deleted')
  // All is answered: neither a greeting nor the old question comes again.
  client.send(respond())
  expect((await client.next('response.output_audio_transcript.done')).transcript).toBe(
    'I am a stand-in model. Is there anything else?',
  )
  await client.next('response.done')
  await seed('user', 'input_text', 'Thanks.')
  client.send(respond())
  expect((await client.next('response.output_audio_transcript.done')).transcript).toBe(
    'I am a stand-in model. I heard you say: Thanks.',
  )
})

it('merges updates field by field, and shows all settings each time', async () => {
  const client = await connect({}, { instructions: 'Be brief.' })
  const vad = (turn_detection: unknown) => sessionUpdate({ audio: { input: { turn_detection } } })
  const detection = async (event: Event) =>
    (await client.ask(event, 'session.updated')).session.audio.input.turn_detection
  expect(await detection(vad({ type: 'server_vad', threshold: 0.7 }))).toMatchObject({
    threshold: 0.7,
    silence_duration_ms: 500,
  })
  expect(await detection(vad({ type: 'server_vad', silence_duration_ms: 300 }))).toMatchObject({
    threshold: 0.7,
    silence_duration_ms: 300,
  })
  expect(await detection(vad({ type: 'semantic_vad' }))).toEqual({
    type: 'semantic_vad',
    eagerness: 'auto',
    create_response: true,
    interrupt_response: true,
  })
  expect(await detection(vad(null))).toBeNull()
  const { session } = await client.ask(sessionUpdate({ tools: [look('a')], instructions: '' }), 'session.updated')
  expect(session).toMatchObject({ instructions: '', tools: [look('a')], audio: PHONE })
  expect((await client.ask(sessionUpdate({ tools: [] }), 'session.updated')).session.tools).toEqual([])
  expect(session.event_id).toBeUndefined()
})

it('bills the whole conversation as input, and its unchanged beginning as cached', async () => {
  const client = await connect({}, { instructions: 'x'.repeat(4000) })
  const usageOf = async (instructions?: string) => {
    const { response } = await client.ask(respond(instructions ? { instructions } : {}), 'response.done')
    return response.usage
  }
  const first = await usageOf()
  const { text_tokens, audio_tokens } = first.output_token_details
  expect(first.input_token_details).toEqual({
    text_tokens: 1001, // The instructions, and the empty list of tools.
    audio_tokens: 0,
    image_tokens: 0,
    cached_tokens: 0,
    cached_tokens_details: { text_tokens: 0, audio_tokens: 0, image_tokens: 0 },
  })
  const spokenMs = twin.sessions[0]!.responses[0]!.audioMs
  expect(audio_tokens).toBe(Math.ceil(spokenMs / 50))
  expect(first.total_tokens).toBe(first.input_tokens + first.output_tokens)

  const speech = await phoneSpeech('Where is it?')
  client.append(Buffer.concat([phoneSilence(300), speech, phoneSilence(700)]))
  const second = (await client.next('response.done')).response.usage
  const callerMs = twin.sessions[0]!.items[1]!.audioMs
  expect(second.input_token_details).toMatchObject({
    text_tokens: 1001 + text_tokens,
    audio_tokens: audio_tokens + Math.ceil(callerMs / 100),
    cached_tokens_details: { text_tokens: 1001 + text_tokens, audio_tokens },
  })
  expect((await usageOf()).input_token_details.cached_tokens).toBe(second.total_tokens)
  // Other instructions come first in the input, so nothing after them is cached.
  expect((await usageOf('Say "Fine."')).input_token_details.cached_tokens).toBe(0)
})

it('leaves the cache alone when it answers beside the conversation', async () => {
  const client = await connect({}, { instructions: 'x'.repeat(400) })
  const { usage } = (await client.ask(respond(), 'response.done')).response
  await client.ask(respond({ conversation: 'none', instructions: 'Say "Fine."' }), 'response.done')
  const { response } = await client.ask(respond(), 'response.done')
  expect(response.usage.input_token_details.cached_tokens).toBe(usage.total_tokens)
})

it('loses the cache from a truncated item on', async () => {
  const client = await connect({}, { instructions: 'x'.repeat(400) })
  const first = (await client.ask(respond({}), 'response.done')).response
  const truncate = {
    type: 'conversation.item.truncate',
    item_id: first.output[0].id,
    content_index: 0,
    audio_end_ms: 500,
  }
  await client.ask(truncate, 'conversation.item.truncated')
  const { usage } = (await client.ask(respond({}), 'response.done')).response
  expect(usage.input_token_details).toMatchObject({ text_tokens: 101, audio_tokens: 10, cached_tokens: 101 })
})

it('tells the rate limits at the start of each response', async () => {
  const client = await connect()
  const left: number[] = []
  for (let i = 0; i < 2; i++) {
    client.send(respond())
    const { rate_limits } = await client.next('rate_limits.updated')
    expect(rate_limits.map((limit: Event) => limit.name)).toEqual(['requests', 'tokens'])
    left.push(rate_limits[1].remaining)
    await client.next('response.done')
  }
  expect(left[1]).toBeLessThan(left[0]!)
  expect(left[0]! - left[1]!).toBe(twin.sessions[0]?.responses[0]?.usage?.total_tokens)
})

it('goes on sending an item that is truncated before it is cancelled, and keeps it cut', async () => {
  const client = await connect({ timing: TALKING })
  client.send(respond({ instructions: LONG }))
  const { item_id } = await client.next('response.output_audio.delta')
  const truncate = { type: 'conversation.item.truncate', item_id, content_index: 0, audio_end_ms: 30 }
  await client.ask(truncate, 'conversation.item.truncated')
  await client.next('response.output_audio.delta')
  const { response } = await client.ask({ type: 'response.cancel' }, 'response.done')
  expect(response.output[0].content).toEqual([{ type: 'output_audio' }])
  expect(twin.sessions[0]?.items[0]).toMatchObject({ audioMs: 30, truncatedAtMs: 30, text: null })
})

it('takes the caller’s words from the session, from the twin, from the script, in that order', async () => {
  const client = await connect({ scripts: ['callerTurns: [scripted one, scripted two]'] })
  const [session] = await twin.waitFor(() => twin.sessions.length > 0 && twin.sessions, 'the session')
  twin.hears('told to the twin')
  session!.hears('told to the session')
  const turn = Buffer.concat([phoneSilence(300), await phoneSpeech('Hello there.'), phoneSilence(700)])
  for (let i = 0; i < 5; i++) {
    client.append(turn)
    await client.next('response.done')
  }
  expect(session!.items.filter((item) => item.role === 'user').map((item) => item.text)).toEqual([
    'told to the session',
    'told to the twin',
    'scripted one',
    'scripted two',
    '',
  ])
})

it('keeps the audio of the newest items only, and the length of all', async () => {
  const client = await connect()
  client.send(respond({ instructions: 'Say "One."' }))
  const { response } = await client.next('response.done')
  const item_id = response.output[0].id
  const { audioMs } = twin.sessions[0]!.items[0]!
  const note = { type: 'message', role: 'system', content: [{ type: 'input_text', text: 'So.' }] }
  for (let i = 0; i < 20; i++)
    await client.ask({ type: 'conversation.item.create', item: note }, 'conversation.item.done')
  const { item } = await client.ask({ type: 'conversation.item.retrieve', item_id }, 'conversation.item.retrieved')
  expect(item.content[0].audio).toBe('')
  expect(twin.sessions[0]!.items[0]!.audioMs).toBe(audioMs)
  const truncate = { type: 'conversation.item.truncate', item_id, content_index: 0, audio_end_ms: 100 }
  await client.ask(truncate, 'conversation.item.truncated')
  expect(twin.sessions[0]!.items[0]!.audioMs).toBe(100)
})
