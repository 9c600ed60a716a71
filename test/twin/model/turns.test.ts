import { afterAll, afterEach, expect, it } from 'vitest'
import { decodeMulaw, encodeAlaw } from '../../../src/audio/g711.ts'
import { createResampler } from '../../../src/audio/resample.ts'
import { type ModelTwin, startModelTwin } from '../../../src/twin/model/server.ts'
import type { ModelTwinOptions } from '../../../src/twin/model/twin-options.ts'
import { closeSpeech, speak } from '../../../src/twin/speech.ts'
import { AT_ONCE, type Event, PHONE, phoneSilence, phoneSpeech, RawClient, sessionUpdate } from './raw-client.ts'

let twin: ModelTwin
afterEach(() => twin.close())
afterAll(closeSpeech)

async function connect(detection: Event | null, options: ModelTwinOptions = {}): Promise<RawClient> {
  twin = await startModelTwin({ timing: AT_ONCE, ...options })
  const client = await RawClient.connect(twin.url)
  const audio = { ...PHONE, input: { ...PHONE.input, turn_detection: detection } }
  await client.ask(sessionUpdate({ audio }), 'session.updated')
  return client
}

const SERVER_VAD = { type: 'server_vad' }
const QUESTION = 'Where is my order?'

it('hears a turn, commits it and answers, in the documented order', async () => {
  const client = await connect(SERVER_VAD)
  client.append(phoneSilence(1000))
  const speech = await phoneSpeech(QUESTION)
  client.append(speech)
  client.append(phoneSilence(700))
  const events = await client.through('response.done')
  const types = events.map((event) => event.type)
  const deltas = types.filter((type) => /audio(_transcript)?\.delta$/.test(type))
  expect(types.filter((type) => !deltas.includes(type))).toEqual([
    'input_audio_buffer.speech_started',
    'input_audio_buffer.speech_stopped',
    'input_audio_buffer.committed',
    'conversation.item.added',
    'conversation.item.done',
    'response.created',
    'rate_limits.updated',
    'response.output_item.added',
    'conversation.item.added',
    'response.content_part.added',
    'response.output_audio.done',
    'response.output_audio_transcript.done',
    'response.content_part.done',
    'response.output_item.done',
    'conversation.item.done',
    'response.done',
  ])
  // Words come before the audio they are heard in, and with it in turns.
  expect(deltas[0]).toBe('response.output_audio_transcript.delta')
  expect(new Set(deltas.slice(1, -1)).size).toBe(2)

  const [started, stopped, committed, added] = events as [Event, Event, Event, Event]
  expect(new Set([started, stopped, committed].map((event) => event.item_id)).size).toBe(1)
  expect(added.item).toMatchObject({ id: started.item_id, role: 'user', status: 'completed' })
  expect(added.item.content).toEqual([{ type: 'input_audio', transcript: null }])
  // Prefix padding is part of the turn: the voice begins 300 ms after what is told, give or take a word's onset.
  expect(started.audio_start_ms).toBeGreaterThanOrEqual(700)
  expect(started.audio_start_ms).toBeLessThan(1100)
  // And so is the silence that ended it.
  const spokenMs = speech.length / 8
  expect(stopped.audio_end_ms).toBeGreaterThan(1000 + spokenMs * 0.6 + 500)
  expect(stopped.audio_end_ms).toBeLessThanOrEqual(1000 + spokenMs + 520)
  expect(twin.sessions[0]?.items[0]).toMatchObject({ audioMs: stopped.audio_end_ms - started.audio_start_ms })
  expect(events.at(-1)?.response).toMatchObject({ status: 'completed', status_details: null })
})

it('finds the same turns however the same audio is cut, because its clock is the audio', async () => {
  const audio = Buffer.concat([phoneSilence(600), await phoneSpeech(QUESTION), phoneSilence(900)])
  const found: Event[][] = []
  for (const chunkBytes of [audio.length, 160, 1237]) {
    const client = await connect({ ...SERVER_VAD, create_response: false })
    for (let at = 0; at < audio.length; at += chunkBytes) client.append(audio.subarray(at, at + chunkBytes))
    const events = await client.through('conversation.item.done')
    found.push(events.map((event) => ({ ...event, event_id: 0, item_id: 0, item: 0 })))
    await twin.close()
  }
  expect(found[1]).toEqual(found[0])
  expect(found[2]).toEqual(found[0])
})

it('hears two turns in one append', async () => {
  const client = await connect({ ...SERVER_VAD, create_response: false })
  const speech = await phoneSpeech(QUESTION)
  client.append(Buffer.concat([phoneSilence(500), speech, phoneSilence(800), speech, phoneSilence(800)]))
  const [first] = await client.through('conversation.item.done')
  const [second, , committed] = await client.through('conversation.item.done')
  expect(second?.audio_start_ms).toBeGreaterThan(first?.audio_start_ms + 1000)
  expect(committed).toMatchObject({ previous_item_id: first?.item_id })
})

it('never takes the same audio into two turns, however long the padding', async () => {
  const client = await connect({ ...SERVER_VAD, create_response: false, prefix_padding_ms: 5000 })
  const speech = await phoneSpeech(QUESTION)
  client.append(Buffer.concat([phoneSilence(500), speech, phoneSilence(600), speech, phoneSilence(600)]))
  const [first, firstStop] = await client.through('input_audio_buffer.speech_stopped')
  const second = await client.next('input_audio_buffer.speech_started')
  await client.next('conversation.item.done')
  expect([first?.audio_start_ms, second.audio_start_ms]).toEqual([0, firstStop?.audio_end_ms])
  // What a turn took is gone from the buffer: the client finds only what came after it.
  const leftMs = twin.sessions[0]!.appendedMs - client.events.findLast((event) => event.audio_end_ms)?.audio_end_ms
  client.append(phoneSilence(200))
  await client.ask({ type: 'input_audio_buffer.commit' }, 'conversation.item.done')
  expect(twin.sessions[0]!.items.at(-1)?.audioMs).toBeCloseTo(leftMs + 200, 5)
})

it('hears A-law and 24 kHz PCM as well as µ-law', async () => {
  const { pcm } = await speak(QUESTION, { voice: 'rms' })
  const wide = createResampler(16000, 24000).resample(pcm)
  twin = await startModelTwin({ timing: AT_ONCE })
  const client = await RawClient.connect(twin.url)
  client.append(new Uint8Array(24_000))
  client.append(new Uint8Array(Int16Array.from(wide).buffer))
  client.append(new Uint8Array(36_000))
  const started = await client.next('input_audio_buffer.speech_started')
  const stopped = await client.next('input_audio_buffer.speech_stopped')
  expect(started.audio_start_ms).toBeLessThan(800)
  expect(stopped.audio_end_ms).toBeGreaterThan(1500)
  await client.next('response.done')

  const aLaw = await RawClient.connect(twin.url)
  const audio = { input: { format: { type: 'audio/pcma' } } }
  await aLaw.ask(sessionUpdate({ audio }), 'session.updated')
  aLaw.append(new Uint8Array(16_000).fill(0xd5))
  const linear = new Int16Array((await phoneSpeech(QUESTION)).length)
  decodeMulaw(await phoneSpeech(QUESTION), linear)
  const encoded = new Uint8Array(linear.length)
  encodeAlaw(linear, encoded)
  aLaw.append(encoded)
  await aLaw.next('input_audio_buffer.speech_started')
})

it('honours threshold, padding and silence', async () => {
  const speech = await phoneSpeech(QUESTION)
  const hearWith = async (detection: Event) => {
    const client = await connect({ ...SERVER_VAD, create_response: false, ...detection })
    client.append(Buffer.concat([phoneSilence(2000), speech, phoneSilence(2500)]))
    const [started, stopped] = await client.through('input_audio_buffer.speech_stopped')
    await twin.close()
    return { startMs: started?.audio_start_ms, endMs: stopped?.audio_end_ms }
  }
  const usual = await hearWith({})
  expect(await hearWith({ prefix_padding_ms: 0 })).toEqual({ ...usual, startMs: usual.startMs + 300 })
  expect(await hearWith({ silence_duration_ms: 1500 })).toEqual({ ...usual, endMs: usual.endMs + 1000 })
  expect((await hearWith({ threshold: 0.9 })).startMs).toBeGreaterThanOrEqual(usual.startMs)

  // What the usual threshold takes for a voice is too quiet for a high one.
  const { pcm } = await speak(QUESTION, { voice: 'rms' })
  const quiet = createResampler(16000, 24000).resample(pcm.map((sample) => sample / 24))
  const bytes = new Uint8Array(Int16Array.from(quiet).buffer)
  for (const [threshold, heard] of [
    [0.1, true],
    [1, false],
  ] as const) {
    twin = await startModelTwin({ timing: AT_ONCE })
    const client = await RawClient.connect(twin.url)
    const turn_detection = { ...SERVER_VAD, threshold, create_response: false }
    await client.ask(sessionUpdate({ audio: { input: { turn_detection } } }), 'session.updated')
    client.append(bytes)
    await client.ask({ type: 'input_audio_buffer.clear' }, 'input_audio_buffer.cleared')
    expect(client.events.some((event) => event.type === 'input_audio_buffer.speech_started')).toBe(heard)
    await twin.close()
  }
})

it('takes no click, no hiss and no silence for a voice', async () => {
  const client = await connect(SERVER_VAD)
  const click = phoneSilence(1000).fill(0x80, 4000, 4160)
  let state = 1
  const hiss = Uint8Array.from({ length: 16_000 }, () => {
    state = (state * 1_103_515_245 + 12_345) & 0x7fffffff
    return 0x70 + (state % 16) + (state & 64 ? 0x80 : 0)
  })
  client.append(Buffer.concat([phoneSilence(1000), click, hiss, phoneSilence(1000)]))
  await client.ask({ type: 'input_audio_buffer.clear' }, 'input_audio_buffer.cleared')
  expect(client.events.filter((event) => event.type.includes('speech'))).toEqual([])
})

it('waits with semantic_vad as long as its eagerness says', async () => {
  const speech = await phoneSpeech(QUESTION)
  const ends: number[] = []
  for (const eagerness of ['high', 'auto', 'low']) {
    const client = await connect({ type: 'semantic_vad', eagerness, create_response: false })
    client.append(Buffer.concat([phoneSilence(500), speech, phoneSilence(1500)]))
    ends.push((await client.next('input_audio_buffer.speech_stopped')).audio_end_ms)
    await twin.close()
  }
  expect(ends[1]! - ends[0]!).toBe(200)
  expect(ends[2]! - ends[1]!).toBe(300)
})

it('leaves the turn to the client when turn detection is off', async () => {
  const client = await connect(null)
  const speech = await phoneSpeech(QUESTION)
  client.append(phoneSilence(500))
  await client.ask({ type: 'input_audio_buffer.clear' }, 'input_audio_buffer.cleared')
  client.append(speech)
  client.append(phoneSilence(1000))
  client.send({ type: 'input_audio_buffer.commit' })
  const events = await client.through('conversation.item.done')
  expect(events.map((event) => event.type)).toEqual([
    'input_audio_buffer.committed',
    'conversation.item.added',
    'conversation.item.done',
  ])
  expect(twin.sessions[0]?.items[0]?.audioMs).toBeCloseTo(speech.length / 8 + 1000, 5)
  expect((await client.refusal({ type: 'input_audio_buffer.commit' })).code).toBe('input_audio_buffer_commit_empty')
  client.send({ type: 'response.create' })
  expect((await client.next('response.done')).response.status).toBe('completed')
})

it('lets the client commit while the caller is still speaking, under the item id it told', async () => {
  const client = await connect({ ...SERVER_VAD, create_response: false })
  client.append(Buffer.concat([phoneSilence(500), await phoneSpeech(QUESTION)]))
  const { item_id } = await client.next('input_audio_buffer.speech_started')
  const committed = await client.ask({ type: 'input_audio_buffer.commit' }, 'input_audio_buffer.committed')
  expect(committed.item_id).toBe(item_id)
  expect(twin.sessions[0]?.callerSpeaking).toBe(false)
})

it('tells of speech and does nothing more when it may neither answer nor interrupt', async () => {
  const client = await connect(
    { ...SERVER_VAD, create_response: false, interrupt_response: false },
    { timing: { ...AT_ONCE, speed: 4 } },
  )
  client.send({ type: 'response.create', response: { instructions: 'Say "One two three four five six seven eight."' } })
  await client.next('response.output_audio.delta')
  client.append(Buffer.concat([phoneSilence(500), await phoneSpeech(QUESTION), phoneSilence(700)]))
  await client.next('input_audio_buffer.committed')
  expect(twin.sessions[0]?.responses.map((each) => each.status)).toEqual(['in_progress'])
  expect((await client.next('response.done')).response.status).toBe('completed')
  expect(twin.sessions[0]?.responses).toHaveLength(1)
})

it('reports, as an error without an event id, that it cannot answer a turn while it still speaks', async () => {
  const client = await connect({ ...SERVER_VAD, interrupt_response: false }, { timing: { ...AT_ONCE, speed: 4 } })
  client.send({ type: 'response.create', response: { instructions: 'Say "One two three four five six seven eight."' } })
  await client.next('response.output_audio.delta')
  client.append(Buffer.concat([phoneSilence(500), await phoneSpeech(QUESTION), phoneSilence(700)]))
  const { error } = await client.next('error')
  expect(error).toMatchObject({ code: 'conversation_already_has_active_response', event_id: null })
})

it('asks whether the caller is still there after idle_timeout_ms of silence, counted from the end of playing', async () => {
  const client = await connect({ ...SERVER_VAD, idle_timeout_ms: 5000 })
  client.append(phoneSilence(20_000)) // Nothing has been said yet: nobody is idle.
  client.send({ type: 'response.create' })
  const done = await client.next('response.done')
  const spokenMs = twin.sessions[0]!.responses[0]!.audioMs
  expect(done.response.status).toBe('completed')
  client.append(phoneSilence(spokenMs + 4900))
  client.append(phoneSilence(300))
  const events = await client.through('response.done')
  expect(events.slice(0, 5).map((event) => event.type)).toEqual([
    'input_audio_buffer.timeout_triggered',
    'input_audio_buffer.committed',
    'conversation.item.added',
    'conversation.item.done',
    'response.created',
  ])
  const [idle] = events
  expect(idle?.audio_start_ms).toBeCloseTo(20_000 + spokenMs, -1)
  expect(idle?.audio_end_ms - idle?.audio_start_ms).toBeGreaterThanOrEqual(5000)
  expect(idle?.audio_end_ms - idle?.audio_start_ms).toBeLessThanOrEqual(5020)
  const said = events.find((event) => event.type === 'response.output_audio_transcript.done')
  expect(said?.transcript).toBe('Are you still there?')
  expect(twin.sessions[0]?.responses[1]?.trigger).toBe('idle')
})

it('does not ask again when the caller speaks in time', async () => {
  const client = await connect({ ...SERVER_VAD, idle_timeout_ms: 5000, create_response: false })
  client.send({ type: 'response.create' })
  await client.next('response.done')
  client.append(Buffer.concat([phoneSilence(3000), await phoneSpeech(QUESTION), phoneSilence(30_000)]))
  await client.ask({ type: 'input_audio_buffer.clear' }, 'input_audio_buffer.cleared')
  expect(client.events.some((event) => event.type === 'input_audio_buffer.timeout_triggered')).toBe(false)
})

it('transcribes late, in the words that were told, billed as the transcription model is', async () => {
  twin = await startModelTwin({ timing: { ...AT_ONCE, transcriptMs: 30 } })
  const client = await RawClient.connect(twin.url)
  const transcription = { model: 'gpt-transcribe' }
  await client.ask(sessionUpdate({ audio: { ...PHONE, input: { ...PHONE.input, transcription } } }), 'session.updated')
  twin.hears(QUESTION)
  client.append(Buffer.concat([phoneSilence(500), await phoneSpeech(QUESTION), phoneSilence(700)]))
  const { item_id } = await client.next('input_audio_buffer.committed')
  const delta = await client.next('conversation.item.input_audio_transcription.delta')
  expect(delta).toMatchObject({ item_id, content_index: 0, delta: QUESTION })
  const completed = await client.next('conversation.item.input_audio_transcription.completed')
  const seconds = twin.sessions[0]!.items[0]!.audioMs / 1000
  expect(completed).toMatchObject({
    item_id,
    content_index: 0,
    transcript: QUESTION,
    usage: { type: 'duration', seconds },
    languages: [{ code: 'en' }],
  })
  const { item } = await client.ask({ type: 'conversation.item.retrieve', item_id }, 'conversation.item.retrieved')
  expect(item.content[0].transcript).toBe(QUESTION)
  expect(Buffer.from(item.content[0].audio, 'base64').length / 8000).toBeCloseTo(seconds, 5)

  const other = { model: 'gpt-4o-mini-transcribe' }
  await client.ask(sessionUpdate({ audio: { input: { transcription: other } } }), 'session.updated')
  client.append(Buffer.concat([await phoneSpeech(QUESTION), phoneSilence(700)]))
  const silent = await client.next('conversation.item.input_audio_transcription.completed')
  expect(silent).toMatchObject({ transcript: '', usage: { type: 'tokens', output_tokens: 0 } })
  expect(silent.usage.input_tokens).toBe(silent.usage.input_token_details.audio_tokens)
})
