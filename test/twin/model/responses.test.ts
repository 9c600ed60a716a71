import { afterAll, afterEach, expect, it } from 'vitest'
import { type ModelTwin, startModelTwin } from '../../../src/twin/model/server.ts'
import type { ModelTwinOptions } from '../../../src/twin/model/twin-options.ts'
import { closeSpeech, speak } from '../../../src/twin/speech.ts'
import { AT_ONCE, type Event, PHONE, phoneSilence, phoneSpeech, RawClient, sessionUpdate } from './raw-client.ts'

let twin: ModelTwin
afterEach(() => twin.close())
afterAll(closeSpeech)

/** Slow enough to be interrupted in mid-sentence, since every test interrupts as soon as it has heard a word. */
const TALKING = { ...AT_ONCE, speed: 4 }
const LONG = 'Say exactly: This is a sentence that goes on for a while, so that somebody can interrupt it.'

async function connect(options: ModelTwinOptions = {}, session: Event = {}): Promise<RawClient> {
  twin = await startModelTwin({ timing: AT_ONCE, ...options })
  const client = await RawClient.connect(twin.url)
  await client.ask(sessionUpdate({ audio: PHONE, ...session }), 'session.updated')
  return client
}

const respond = (response: Event = {}) => ({ type: 'response.create', response })
const ofType = (events: Event[], type: string) => events.filter((event) => event.type === type)
const bytesOf = (events: Event[]) =>
  Buffer.concat(ofType(events, 'response.output_audio.delta').map((event) => Buffer.from(event.delta, 'base64')))

it('speaks the sentence that the instructions quote, in words and in audio of the session’s format', async () => {
  for (const [format, bytesPerMs] of [
    [{ type: 'audio/pcmu' }, 8],
    [{ type: 'audio/pcma' }, 8],
    [{ type: 'audio/pcm', rate: 24000 }, 48],
  ] as const) {
    const client = await connect()
    await client.ask(sessionUpdate({ audio: { output: { format } } }), 'session.updated')
    client.send(
      respond({ instructions: 'Greet the caller with "Harbour Bikes. How can I help?"', tool_choice: 'none' }),
    )
    const events = await client.through('response.done')
    const words = ofType(events, 'response.output_audio_transcript.delta').map((event) => event.delta)
    expect(words).toEqual(['Harbour', ' Bikes.', ' How', ' can', ' I', ' help?'])
    const [first, second] = await Promise.all(
      ['Harbour Bikes.', ' How can I help?'].map((text) => speak(text, { voice: 'slt' })),
    )
    const spokenMs = (first!.pcm.length + second!.pcm.length) / 16
    expect(bytesOf(events).length / bytesPerMs).toBeCloseTo(spokenMs, -1)
    const { response } = events.at(-1)!
    expect(response.audio.output).toEqual({ format, voice: 'alloy' })
    expect(response.output[0].content).toEqual([{ type: 'output_audio', transcript: 'Harbour Bikes. How can I help?' }])
    await twin.close()
  }
})

it('sends audio in pieces of the same length, faster than it sounds', async () => {
  const client = await connect({ timing: { ...AT_ONCE, speed: 8, firstAudioMs: 60 } })
  const askedAt = performance.now()
  client.send(respond({ instructions: LONG }))
  await client.next('response.output_audio.delta')
  expect(performance.now() - askedAt).toBeGreaterThanOrEqual(59)
  const firstAt = performance.now()
  await client.next('response.done')
  const tookMs = performance.now() - firstAt
  const spokenMs = twin.sessions[0]!.responses[0]!.audioMs
  expect(tookMs).toBeGreaterThan(spokenMs / 8 - 60)
  expect(tookMs).toBeLessThan(spokenMs)
  const lengths = ofType(client.events, 'response.output_audio.delta').map((event) => atob(event.delta).length)
  expect(new Set(lengths.slice(0, -1))).toEqual(new Set([800]))
})

it('sends each word a little ahead of its audio', async () => {
  const client = await connect({ timing: { ...AT_ONCE, pieceMs: 20 } })
  client.send(respond({ instructions: LONG }))
  const events = await client.through('response.done')
  let [words, audioMs] = [0, 0]
  const [total] = ofType(events, 'response.output_audio_transcript.done').map((event) => event.transcript.length)
  const spokenMs = bytesOf(events).length / 8
  for (const event of events) {
    if (event.type === 'response.output_audio_transcript.delta') {
      expect(audioMs).toBeLessThanOrEqual((words / total) * spokenMs + 1)
      words += event.delta.length
    }
    if (event.type === 'response.output_audio.delta') audioMs += atob(event.delta).length / 8
  }
  expect(words).toBe(total)
})

it('is interrupted by the caller: what was being said is closed as incomplete, then the response is cancelled', async () => {
  const client = await connect({ timing: TALKING })
  client.send(respond({ instructions: LONG }))
  await client.next('response.output_audio.delta')
  client.append(Buffer.concat([phoneSilence(300), await phoneSpeech('Stop, please.')]))
  await client.next('input_audio_buffer.speech_started')
  const closing = await client.through('response.done')
  const types = closing.map((event) => event.type)
  expect(types).toEqual([
    'response.output_audio.done',
    'response.output_audio_transcript.done',
    'response.content_part.done',
    'response.output_item.done',
    'conversation.item.done',
    'response.done',
  ])
  const { response } = closing.at(-1)!
  expect(response).toMatchObject({
    status: 'cancelled',
    status_details: { type: 'cancelled', reason: 'turn_detected' },
    output: [{ status: 'incomplete' }],
  })
  expect(closing[1]?.transcript.length).toBeLessThan(LONG.length - 13)
  expect(response.usage.output_token_details.audio_tokens).toBeGreaterThan(0)

  const [itemId, sentMs] = [response.output[0].id, twin.sessions[0]!.responses[0]!.audioMs]
  const truncate = { type: 'conversation.item.truncate', item_id: itemId, content_index: 0 }
  const tooLate = await client.refusal({ ...truncate, audio_end_ms: Math.ceil(sentMs) + 1 })
  expect(tooLate).toMatchObject({
    code: 'invalid_value',
    param: 'audio_end_ms',
    message: `Audio content of ${Math.floor(sentMs)}ms is already shorter than ${Math.ceil(sentMs) + 1}ms`,
  })
  const truncated = await client.ask({ ...truncate, audio_end_ms: 40 }, 'conversation.item.truncated')
  expect(truncated).toMatchObject({ item_id: itemId, content_index: 0, audio_end_ms: 40 })
  const seen = twin.sessions[0]?.items.find((item) => item.id === itemId)
  expect(seen).toMatchObject({ truncatedAtMs: 40, audioMs: 40, text: null })
  const { item } = await client.ask(
    { type: 'conversation.item.retrieve', item_id: itemId },
    'conversation.item.retrieved',
  )
  expect(item.content).toEqual([{ type: 'output_audio', audio: expect.any(String) }])
  expect(atob(item.content[0].audio).length).toBe(320)
  // What is gone stays gone: the audio is 40 ms long now.
  expect((await client.refusal({ ...truncate, audio_end_ms: 41 })).code).toBe('invalid_value')

  // And the turn that interrupted is answered.
  client.append(phoneSilence(700))
  expect((await client.next('response.created')).response.id).not.toBe(response.id)
  expect((await client.next('response.done')).response.status).toBe('completed')
})

it('is cancelled by the client, before its first word and in mid-sentence', async () => {
  const client = await connect({ timing: { ...TALKING, firstAudioMs: 10_000 } })
  client.send(respond())
  await client.next('response.created')
  const { response } = await client.ask({ type: 'response.cancel' }, 'response.done')
  expect(response).toMatchObject({
    status: 'cancelled',
    status_details: { type: 'cancelled', reason: 'client_cancelled' },
    output: [],
  })
  await twin.close()

  const other = await connect({ timing: TALKING })
  other.send(respond({ instructions: LONG }))
  const { response_id } = await other.next('response.output_audio.delta')
  const done = await other.ask({ type: 'response.cancel', response_id }, 'response.done')
  expect(done.response.output[0].status).toBe('incomplete')
  // Nothing of it comes any more.
  await other.ask(sessionUpdate({}), 'session.updated')
  expect(other.events.slice(other.events.indexOf(done)).map((event) => event.type)).toEqual([
    'response.done',
    'session.updated',
  ])
})

it('writes text when it is asked for text', async () => {
  const client = await connect()
  client.send(respond({ instructions: 'Write "One two."', output_modalities: ['text'] }))
  const events = await client.through('response.done')
  expect(events.map((event) => event.type)).toEqual([
    'response.created',
    'rate_limits.updated',
    'response.output_item.added',
    'conversation.item.added',
    'response.content_part.added',
    'response.output_text.delta',
    'response.output_text.delta',
    'response.output_text.done',
    'response.content_part.done',
    'response.output_item.done',
    'conversation.item.done',
    'response.done',
  ])
  expect(events.at(-1)?.response.output[0].content).toEqual([{ type: 'output_text', text: 'One two.' }])
  expect(events.at(-1)?.response.usage.output_token_details).toEqual({ text_tokens: 2, audio_tokens: 0 })
})

it('answers beside the conversation: in parallel, told apart by metadata, and not part of it', async () => {
  const client = await connect({ timing: TALKING })
  client.send(respond({ instructions: LONG }))
  const { response_id } = await client.next('response.output_audio.delta')
  client.send(
    respond({
      conversation: 'none',
      input: [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Angry?' }] }],
      instructions: 'Answer with "calm".',
      output_modalities: ['text'],
      metadata: { topic: 'mood' },
    }),
  )
  const text = await client.next('response.output_text.done')
  const { response } = await client.next('response.done')
  expect(response).toMatchObject({ status: 'completed', conversation_id: null, metadata: { topic: 'mood' } })
  expect(text).toMatchObject({ text: 'calm', response_id: response.id })
  expect(response.usage.input_token_details.cached_tokens).toBe(0)
  expect(twin.sessions[0]?.items.some((item) => item.text === 'calm')).toBe(false)
  expect(
    client.events.some((event) => event.type === 'conversation.item.added' && event.item.id === text.item_id),
  ).toBe(false)
  const main = await client.ask({ type: 'response.cancel' }, 'response.done')
  expect(main.response.id).toBe(response_id)
})

it('is not interrupted by the caller when it is beside the conversation', async () => {
  const client = await connect({ timing: { ...TALKING, speed: 8 } })
  client.send(respond({ conversation: 'none', instructions: LONG }))
  await client.next('response.output_audio.delta')
  client.append(Buffer.concat([phoneSilence(300), await phoneSpeech('Stop, please.')]))
  await client.next('input_audio_buffer.speech_started')
  expect((await client.next('response.done')).response.status).toBe('completed')
})

it('stops where its tokens end', async () => {
  const client = await connect()
  const { response } = await client.ask(respond({ instructions: LONG, max_output_tokens: 20 }), 'response.done')
  expect(response).toMatchObject({
    status: 'incomplete',
    status_details: { type: 'incomplete', reason: 'max_output_tokens' },
    max_output_tokens: 20,
    output: [{ status: 'incomplete' }],
  })
  expect(response.usage.output_tokens).toBeLessThanOrEqual(20)
  expect(response.usage.output_tokens).toBeGreaterThan(10)
  const text = { instructions: LONG, output_modalities: ['text'], max_output_tokens: 3 }
  const written = await client.ask(respond(text), 'response.done')
  expect(written.response.output[0].content[0].text.length).toBeLessThanOrEqual(12)
})

it('serves many sessions at once, each for itself', async () => {
  twin = await startModelTwin({ timing: { ...AT_ONCE, speed: 8 } })
  const turn = Buffer.concat([phoneSilence(300), await phoneSpeech('Hello there.'), phoneSilence(700)])
  const said = await Promise.all(
    Array.from({ length: 20 }, async (_, index) => {
      const client = await RawClient.connect(twin.url)
      const { session } = client.events[0]!
      await client.ask(sessionUpdate({ audio: PHONE }), 'session.updated')
      twin.sessions.find((each) => each.id === session.id)!.hears(`number ${index}`)
      client.append(turn)
      const events = await client.through('response.done')
      const [transcript] = ofType(events, 'response.output_audio_transcript.done')
      return transcript?.transcript
    }),
  )
  expect(said).toEqual(said.map((_, index) => `I am a stand-in model. I heard you say: number ${index}`))
  const ids = twin.sessions.flatMap((session) => [session.id, ...session.items.map((item) => item.id)])
  expect(new Set(ids).size).toBe(60)
})

it('takes what instructions add to the agent’s own for what is asked', async () => {
  const agent = 'You answer for "Harbour Bikes and their friends in the old town".'
  const client = await connect({}, { instructions: agent })
  for (const [instructions, words] of [
    [`${agent}\n\nSay "Goodbye."`, 'Goodbye.'],
    [agent, 'I am a stand-in model. Is there anything else?'],
  ]) {
    client.send(respond({ instructions }))
    expect((await client.next('response.output_audio_transcript.done')).transcript).toBe(words)
    await client.next('response.done')
  }
})
