/** The twin held against a client we did not write: the official agents SDK, over its own WebSocket transport. */
import { OpenAIRealtimeWebSocket, RealtimeAgent, RealtimeSession, tool } from '@openai/agents-realtime'
import { afterAll, afterEach, expect, it } from 'vitest'
import { z } from 'zod'
import { createResampler } from '../../../src/audio/resample.ts'
import { type ModelTwin, startModelTwin } from '../../../src/twin/model/server.ts'
import type { TwinSession } from '../../../src/twin/model/session-record.ts'
import { closeSpeech, speak } from '../../../src/twin/speech.ts'

const SCRIPT = `
match: harbour bikes
rules:
  - when: { hears: 'where is order (\\w+)' }
    say: One moment, I will look that up.
    call: [{ name: look_up_order, arguments: { order: '{{1}}' } }]
  - when: { toolResult: look_up_order }
    say: It is {{result.status}} and comes on {{result.day}}.
  - when: { hears: 'opening hours' }
    say: >-
      We are open from nine to five on every weekday, from ten to two on Saturdays, and never on Sundays,
      unless it is the first Sunday of the month, when the harbour has its market.
  - when: { hears: 'never mind' }
    say: All right.
`

let twin: ModelTwin
let client: RealtimeSession
afterEach(async () => {
  client.close()
  await twin.close()
})
afterAll(closeSpeech)

/** Agent audio that the client was given, in bytes; and the errors it complained of. */
const given = { audioBytes: 0, errors: [] as unknown[], interrupted: 0, asked: [] as string[] }
// biome-ignore lint/suspicious/noExplicitAny: raw events are held against the client's own schemas below.
let events: any[] = []

async function connect(): Promise<TwinSession> {
  twin = await startModelTwin({ scripts: [SCRIPT], apiKey: 'sk-twin', timing: { firstAudioMs: 20, transcriptMs: 50 } })
  Object.assign(given, { audioBytes: 0, errors: [], interrupted: 0, asked: [] })
  events = []
  const lookUp = tool({
    name: 'look_up_order',
    description: 'Where an order is',
    parameters: z.object({ order: z.string() }),
    execute: ({ order }) => {
      given.asked.push(order)
      return JSON.stringify({ status: 'on its way', day: 'Friday' })
    },
  })
  const agent = new RealtimeAgent({ name: 'desk', instructions: 'You answer for Harbour Bikes.', tools: [lookUp] })
  client = new RealtimeSession(agent, { transport: new OpenAIRealtimeWebSocket(), model: 'gpt-realtime-2.1' })
  client.on('audio', (event) => {
    given.audioBytes += event.data.byteLength
  })
  client.on('audio_interrupted', () => given.interrupted++)
  client.on('error', (event) => given.errors.push(event.error))
  client.on('transport_event', (event) => events.push(event))
  await client.connect({
    apiKey: 'sk-twin',
    url: `${twin.url.replace('http', 'ws')}/realtime?model=gpt-realtime-2.1`,
  })
  const session = await twin.waitFor(() => twin.sessions[0], 'the session')
  await twin.waitFor(() => session.settings.instructions.includes('Harbour Bikes'), 'the agent’s settings')
  return session
}

/** Says it as a caller would: in 20 ms frames of 24 kHz PCM, with a second of silence after it. */
async function say(words: string, pauseMs = 1000): Promise<void> {
  const { pcm } = await speak(words, { voice: 'rms' })
  twin.hears(words)
  const wide = createResampler(16000, 24000).resample(pcm)
  const audio = new Int16Array(wide.length + 24 * pauseMs)
  audio.set(wide)
  for (let at = 0; at < audio.length; at += 480) client.sendAudio(audio.slice(at, at + 480).buffer)
}

const responseDone = (session: TwinSession, count: number) =>
  twin.waitFor(
    () => session.responses.length === count && session.responses.every((each) => each.status !== 'in_progress'),
    `the end of ${count} responses`,
  )

const textOf = (session: TwinSession) => session.items.map((item) => item.text ?? item.name ?? item.output)

it('completes a conversation', async () => {
  const session = await connect()
  expect(session.settings).toMatchObject({
    audio: { input: { turn_detection: { type: 'semantic_vad' } } },
    tools: [{ type: 'function', name: 'look_up_order' }],
  })
  await say('What are your opening hours?')
  await responseDone(session, 1)
  await twin.waitFor(
    () => session.items.length === 2 && session.received.at(-1)?.type === 'conversation.item.retrieve',
    'its retrieval',
  )
  expect(session.errors).toEqual([])
  expect(given.errors).toEqual([])
  const [answer] = session.items.slice(-1)
  expect(answer?.text).toMatch(/^We are open .* its market\.$/s)
  await expect.poll(() => given.audioBytes).toBe(Math.round(answer!.audioMs * 48))
  // The client's own history agrees, and it has seen the caller's words.
  await expect
    .poll(() => client.history.map((item) => item.type === 'message' && JSON.stringify(item.content)))
    .toEqual([expect.stringContaining('opening hours'), expect.stringContaining('We are open')])
  expect(client.usage.totalTokens).toBe(session.responses[0]?.usage?.total_tokens)
})

it('is interrupted: what was not heard is cut off', async () => {
  const session = await connect()
  await say('What are your opening hours?')
  await twin.waitFor(() => (session.responses[0]?.audioMs ?? 0) > 500, 'half a second of the answer')
  await say('Never mind.')
  await twin.waitFor(() => session.items.some((item) => item.truncatedAtMs !== null), 'the truncation')
  await responseDone(session, 2)
  expect(given.interrupted).toBe(1)
  expect(session.errors).toEqual([])
  expect(session.responses[0]).toMatchObject({
    status: 'cancelled',
    statusDetails: { type: 'cancelled', reason: 'turn_detected' },
  })
  const [cut] = session.items.filter((item) => item.truncatedAtMs !== null)
  expect(cut!.truncatedAtMs).toBeLessThanOrEqual(session.responses[0]!.audioMs)
  expect(cut).toMatchObject({ role: 'assistant', status: 'incomplete', text: null })
  expect(session.items.at(-1)?.text).toBe('All right.')
})

it('calls a tool and tells the result', async () => {
  const session = await connect()
  await say('Where is order seven?')
  await responseDone(session, 2)
  expect(given.asked).toEqual(['seven'])
  expect(session.errors).toEqual([])
  expect(given.errors).toEqual([])
  expect(textOf(session)).toEqual([
    'Where is order seven?',
    'One moment, I will look that up.',
    'look_up_order',
    expect.stringContaining('Friday'),
    'It is on its way and comes on Friday.',
  ])
})

it('sends no event that the official client’s schemas do not know', async () => {
  const session = await connect()
  await say('Where is order seven?')
  await responseDone(session, 2)
  await say('What are your opening hours?')
  await twin.waitFor(() => (session.responses[2]?.audioMs ?? 0) > 500, 'half a second of the answer')
  await say('Never mind.')
  await responseDone(session, 4)
  const [call] = session.items.filter((item) => item.type === 'function_call')
  client.transport.sendEvent({ type: 'conversation.item.delete', item_id: call!.id })
  client.transport.sendEvent({ type: 'input_audio_buffer.clear' })
  client.transport.sendEvent({ type: 'response.create', response: { output_modalities: ['text'] } })
  await responseDone(session, 5)
  await twin.waitFor(() => session.sent.at(-1)?.type === 'response.done', 'the last event')
  await expect.poll(() => events.at(-1)?.type).toBe('response.done')

  const schemas = new URL(
    '../../../node_modules/@openai/agents-realtime/dist/openaiRealtimeEvents.mjs',
    import.meta.url,
  )
  const { parseRealtimeEvent } = await import(/* @vite-ignore */ schemas.href)
  const unknown = events.filter((event) => parseRealtimeEvent({ data: JSON.stringify(event) }).isGeneric)
  expect(unknown).toEqual([])
  expect(new Set(events.map((event) => event.type)).size).toBeGreaterThan(25)
})
