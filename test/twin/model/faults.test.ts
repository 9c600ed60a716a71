import { afterAll, afterEach, expect, it } from 'vitest'
import type { FaultInput } from '../../../src/twin/faults.ts'
import { type ModelTwin, startModelTwin } from '../../../src/twin/model/server.ts'
import { closeSpeech } from '../../../src/twin/speech.ts'
import { AT_ONCE, type Event, PHONE, phoneSilence, phoneSpeech, RawClient, sessionUpdate } from './raw-client.ts'

let twin: ModelTwin
afterEach(() => twin.close())
afterAll(closeSpeech)

async function connect(faults: readonly FaultInput[], session: Event = {}): Promise<RawClient> {
  twin = await startModelTwin({ timing: AT_ONCE })
  const client = await RawClient.connect(twin.url)
  await client.ask(sessionUpdate({ audio: PHONE, ...session }), 'session.updated')
  twin.setFaults(faults)
  return client
}

const RESPOND = { type: 'response.create' }

it('late: every response begins so much later', async () => {
  const client = await connect([{ fault: 'late', ms: 80 }])
  for (let i = 0; i < 2; i++) {
    const askedAt = performance.now()
    client.send(RESPOND)
    await client.next('response.created')
    expect(performance.now() - askedAt).toBeGreaterThanOrEqual(79)
    await client.next('response.done')
  }
})

it('lost: the connection is cut without a word, or with 1011', async () => {
  const client = await connect([{ fault: 'lost', at: 'response.output_audio.delta', after: 3 }])
  client.send(RESPOND)
  expect(await client.close()).toEqual({ code: 1006, reason: '' })
  expect(client.events.filter((event) => event.type === 'response.output_audio.delta')).toHaveLength(3)
  await twin.waitFor(() => twin.sessions[0]?.closed, 'the end of the session')
  await twin.close()

  const other = await connect([{ fault: 'lost', after: 2, code: 1011 }])
  other.send(RESPOND)
  expect((await other.close()).code).toBe(1011)
  expect(other.events.slice(-2).map((event) => event.type)).toEqual(['response.created', 'rate_limits.updated'])
  // It struck once: who comes back is served.
  await RawClient.connect(twin.url)
})

it('closed: with the code and the reason asked for', async () => {
  const client = await connect([{ fault: 'closed', at: 'response.done', code: 4321, reason: 'because' }])
  client.send(RESPOND)
  expect(await client.close()).toEqual({ code: 4321, reason: 'because' })
  expect(client.events.at(-1)?.type).toBe('conversation.item.done')
  await twin.waitFor(() => twin.sessions[0]?.closed?.code === 4321, 'the end of the session')
})

it.each(['before-response', 'after-response'] as const)('reordered: the transcript comes %s', async (transcript) => {
  const client = await connect([{ fault: 'reordered', transcript }], {
    audio: { ...PHONE, input: { ...PHONE.input, transcription: { model: 'whisper-1' } } },
  })
  client.append(Buffer.concat([phoneSilence(300), await phoneSpeech('Hello there.'), phoneSilence(700)]))
  const completed = 'conversation.item.input_audio_transcription.completed'
  const seen = await client.through(transcript === 'before-response' ? 'response.done' : completed)
  const order = seen
    .map((event) => event.type)
    .filter((type) => [completed, 'response.created', 'response.done'].includes(type))
  expect(order).toEqual(
    transcript === 'before-response'
      ? [completed, 'response.created', 'response.done']
      : ['response.created', 'response.done', completed],
  )
})

it('garbled: broken JSON, and an event nobody knows, come before events that are in order', async () => {
  const client = await connect([
    { fault: 'garbled', at: 'response.created' },
    { fault: 'garbled', at: 'response.done', as: 'type' },
  ])
  client.send(RESPOND)
  const events = await client.through('response.done')
  expect(events[0]?.type).toBe('(not JSON)')
  expect(events[1]?.type).toBe('response.created')
  expect(events.at(-2)?.type).toBe('session.mood_changed')
})

it('stalled: a response is accepted and never heard of, until it is cancelled', async () => {
  const client = await connect([{ fault: 'stalled' }])
  client.send(RESPOND)
  expect((await client.refusal(RESPOND)).code).toBe('conversation_already_has_active_response')
  expect(client.events.some((event) => event.type === 'response.created')).toBe(false)
  const done = await client.ask({ type: 'response.cancel' }, 'response.done')
  expect(done.response.status).toBe('cancelled')
  expect((await client.ask(RESPOND, 'response.done')).response.status).toBe('completed')
})

it('failed: the response is created and fails; the same turn can be answered again', async () => {
  const client = await connect([{ fault: 'failed', code: 'rate_limit_exceeded', type: 'tokens' }])
  twin.hears('What time is it?')
  client.append(Buffer.concat([phoneSilence(300), await phoneSpeech('What time is it?'), phoneSilence(700)]))
  const { response } = await client.next('response.done')
  expect(response).toMatchObject({
    status: 'failed',
    output: [],
    status_details: { type: 'failed', error: { type: 'tokens', code: 'rate_limit_exceeded' } },
  })
  expect(response.usage.output_tokens).toBe(0)
  client.send(RESPOND)
  expect((await client.next('response.output_audio_transcript.done')).transcript).toContain('What time is it?')
})

it('arguments-cut: the call and its response are incomplete', async () => {
  const tools = [
    {
      type: 'function',
      name: 'look_up',
      parameters: { type: 'object', properties: { order: { type: 'string' } }, required: ['order'] },
    },
  ]
  const client = await connect([{ fault: 'arguments-cut' }], { tools, tool_choice: 'required' })
  client.send(RESPOND)
  const cut = await client.next('response.function_call_arguments.done')
  expect(() => JSON.parse(cut.arguments)).toThrow()
  const { item } = await client.next('response.output_item.done')
  expect(item).toMatchObject({ type: 'function_call', status: 'incomplete', arguments: cut.arguments })
  const { response } = await client.next('response.done')
  expect(response).toMatchObject({ status: 'incomplete', status_details: { reason: 'max_output_tokens' } })
})

it('refused: so many handshakes get the status, in the usual words', async () => {
  twin = await startModelTwin({
    faults: [
      { fault: 'refused', status: 429, times: 2 },
      { fault: 'refused', status: 503 },
    ],
  })
  const url = `${twin.url.replace('http', 'ws')}/realtime?model=gpt-realtime-2.1`
  for (const status of [429, 429, 503]) {
    const refused = await RawClient.refused(url)
    expect(refused.status).toBe(status)
    expect(refused.body.error).toMatchObject({ type: 'invalid_request_error', message: expect.any(String) })
  }
  await RawClient.connect(twin.url)
  expect(twin.handshakes).toBe(4)
})

it('slow-connect: the handshake is answered late, and a client that leaves meanwhile is forgotten', async () => {
  twin = await startModelTwin({ faults: [{ fault: 'slow-connect', ms: 60 }] })
  const startedAt = performance.now()
  const hasty = new RawClient(`${twin.url.replace('http', 'ws')}/realtime?model=gpt-realtime-2.1`)
  await twin.waitFor(() => twin.handshakes === 1, 'the handshake')
  hasty.socket.terminate()
  await RawClient.connect(twin.url)
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(59)
  expect(twin.sessions).toHaveLength(1)
})

it('refuses a misspelt fault and keeps the old list', async () => {
  const client = await connect([{ fault: 'stalled' }])
  // @ts-expect-error there is no such fault
  expect(() => twin.setFaults([{ fault: 'tired' }])).toThrow()
  client.send(RESPOND)
  expect((await client.refusal(RESPOND)).code).toBe('conversation_already_has_active_response')
})
