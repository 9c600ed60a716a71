import { afterEach, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { type ModelTwin, startModelTwin } from '../../../src/twin/model/server.ts'
import { RawClient } from './raw-client.ts'

let twin: ModelTwin
afterEach(() => twin.close())

const socketUrl = (query: string, path = '/realtime') => `${twin.url.replace('http', 'ws')}${path}${query}`

it('lets in whoever comes when no key is configured, and greets with the defaults of the API', async () => {
  twin = await startModelTwin({ seed: 7 })
  expect(twin.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/v1$/)
  const client = new RawClient(socketUrl('?model=gpt-realtime-2.1'))
  const { session } = await client.next('session.created')
  expect(session).toEqual({
    type: 'realtime',
    object: 'realtime.session',
    id: expect.stringMatching(/^sess_/),
    model: 'gpt-realtime-2.1',
    expires_at: Math.floor(twin.sessions[0]!.expiresAtMs / 1000),
    output_modalities: ['audio'],
    instructions: expect.stringContaining('helpful'),
    audio: {
      input: {
        format: { type: 'audio/pcm', rate: 24000 },
        noise_reduction: null,
        transcription: null,
        turn_detection: {
          type: 'server_vad',
          threshold: 0.5,
          prefix_padding_ms: 300,
          silence_duration_ms: 500,
          idle_timeout_ms: null,
          create_response: true,
          interrupt_response: true,
        },
      },
      output: { format: { type: 'audio/pcm', rate: 24000 }, voice: 'alloy', speed: 1 },
    },
    include: null,
    max_output_tokens: 'inf',
    reasoning: { effort: 'low' },
    tools: [],
    tool_choice: 'auto',
    prompt: null,
    tracing: null,
    truncation: 'auto',
  })
  const { conversation } = await client.next('conversation.created')
  expect(conversation).toEqual({ id: expect.stringMatching(/^conv_/), object: 'realtime.conversation' })
  expect(twin.sessions[0]!.expiresAtMs - Date.now()).toBeGreaterThan(59 * 60_000)
})

it('insists on the configured key, in a header or as browsers send it', async () => {
  twin = await startModelTwin({ apiKey: 'sk-right' })
  const url = socketUrl('?model=gpt-realtime-2.1')
  expect(await RawClient.refused(url)).toMatchObject({
    status: 401,
    body: { error: { type: 'invalid_request_error', code: null, param: null } },
  })
  const wrong = await RawClient.refused(url, { authorization: 'Bearer sk-wrong' })
  expect(wrong).toMatchObject({ status: 401, body: { error: { code: 'invalid_api_key' } } })
  expect(JSON.stringify(wrong)).not.toContain('sk-wrong')
  await new RawClient(url, { authorization: 'Bearer sk-right' }).next('session.created')
  const browser = new WebSocket(url, ['realtime', 'openai-insecure-api-key.sk-right'])
  await new Promise((resolve, reject) => browser.once('open', resolve).once('error', reject))
  expect(browser.protocol).toBe('realtime')
  expect(JSON.stringify(twin.sessions.map((session) => session.headers))).not.toContain('sk-right')
  expect(twin.handshakes).toBe(4)
})

it.each([
  ['?model=gpt-7-telepathy', '/realtime', 404, 'model_not_found'],
  ['', '/realtime', 400, 'missing_model'],
  ['?model=gpt-realtime-2.1', '/reallife', 404, 'unknown_url'],
  ['?intent=transcription', '/realtime', 400, 'invalid_value'],
])('refuses %s at %s with %i %s', async (query, path, status, code) => {
  twin = await startModelTwin()
  expect(await RawClient.refused(socketUrl(query, path))).toMatchObject({ status, body: { error: { code } } })
  expect(twin.sessions).toEqual([])
})

it('serves model names it is told of', async () => {
  twin = await startModelTwin({ models: ['house-model'] })
  await new RawClient(socketUrl('?model=house-model')).next('session.created')
})

it('refuses the beta dialect as the API does: lets the client in, tells it, and closes with 4000', async () => {
  twin = await startModelTwin()
  const client = new RawClient(socketUrl('?model=gpt-realtime-2.1'), { 'OpenAI-Beta': 'realtime=v1' })
  const { error } = await client.next('error')
  expect(error).toMatchObject({ type: 'invalid_request_error', code: 'beta_api_shape_disabled' })
  expect(await client.close()).toEqual({ code: 4000, reason: 'invalid_request_error.beta_api_shape_disabled' })
  expect(twin.sessions).toEqual([])
})

it('answers plain HTTP with the usual error', async () => {
  twin = await startModelTwin()
  const response = await fetch(`${twin.url}/models`)
  expect(response.status).toBe(404)
  expect(await response.json()).toMatchObject({ error: { type: 'invalid_request_error' } })
})

it('makes up the same identifiers from the same seed', async () => {
  const seen: unknown[] = []
  for (const seed of [1, 1, 2]) {
    twin = await startModelTwin({ seed })
    const client = new RawClient(socketUrl('?model=gpt-realtime-2.1'))
    seen.push([await client.next('session.created'), await client.next('conversation.created')])
    await twin.close()
  }
  const withoutTime = seen.map((events) => JSON.stringify(events).replace(/"expires_at":\d+/, ''))
  expect(withoutTime[1]).toBe(withoutTime[0])
  expect(withoutTime[2]).not.toBe(withoutTime[0])
})

it('expires sessions: says so, then closes with 1001', async () => {
  twin = await startModelTwin({ sessionMs: 50 })
  const client = new RawClient(socketUrl('?model=gpt-realtime-2.1'))
  const { error } = await client.next('error')
  expect(error).toMatchObject({ type: 'invalid_request_error', code: 'session_expired' })
  const { code, reason } = await client.close()
  expect(code).toBe(1001)
  expect(reason).toContain('60 minutes')
  await twin.waitFor(() => twin.sessions[0]?.closed, 'the close')
})

it('says what it waited for in vain, and stops waiting when it is closed', async () => {
  twin = await startModelTwin()
  await expect(twin.waitFor(() => undefined, 'a miracle', 20)).rejects.toThrow('a miracle')
  await expect(
    twin.waitFor(
      () => {
        throw new Error('looked badly')
      },
      'anything',
      20,
    ),
  ).rejects.toThrow('looked badly')
  const waiting = expect(twin.waitFor(() => false, 'the end')).rejects.toThrow('closed')
  await twin.close()
  await waiting
})
