import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Heartbeat } from '../../../src/providers/openai/heartbeat.ts'
import type { Tuning } from '../../../src/providers/openai/line.ts'
import { createOpenAiProvider } from '../../../src/providers/openai/openai.ts'
import { sessionObject } from '../../../src/providers/openai/session-object.ts'
import type { SessionSettings } from '../../../src/providers/provider.ts'
import { SETTINGS } from '../../contracts/provider.ts'
import { RecordingSessionSink } from '../../contracts/recording-session.ts'
import { echoOf } from './echo.ts'
import { type Connection, type Said, ScriptedServer } from './scripted-server.ts'

let server: ScriptedServer
beforeEach(async () => {
  server = await ScriptedServer.listen()
})
afterEach(async () => {
  await server.close()
})

const AT_ONCE: Partial<Tuning> = { retryDelaysMs: [0, 0, 0], jitterMs: () => 0 }
const CREATED: Said = { type: 'session.created', session: { type: 'realtime' } }

function open(
  tuning: Partial<Tuning> = AT_ONCE,
  settings: Partial<SessionSettings> = {},
  apiKey: string | null = 'sk-1',
) {
  const sink = new RecordingSessionSink()
  const provider = createOpenAiProvider({ apiKey, baseUrl: server.baseUrl }, tuning)
  return { sink, session: provider.open({ ...SETTINGS, ...settings }, sink) }
}

async function accept(connection: Connection, more = {}): Promise<void> {
  connection.say(CREATED)
  const echo = { ...echoOf(await connection.nextOf('session.update')), ...more }
  connection.say({ type: 'session.updated', session: echo })
}

it('dials the model with the key and the pseudonym of the caller', async () => {
  open()
  const { url, headers } = await server.connection()
  expect(url).toBe('/v1/realtime?model=gpt-realtime-2.1')
  expect(headers.authorization).toBe('Bearer sk-1')
  expect(headers['openai-safety-identifier']).toBe('caller-5f2c')
  expect(headers['openai-beta']).toBeUndefined()
})

it('dials a server of our own without a key, and tells it nothing of the caller', async () => {
  open(AT_ONCE, {}, null)
  const { headers } = await server.connection()
  expect(headers.authorization).toBeUndefined()
  expect(headers['openai-safety-identifier']).toBeUndefined()
})

it('leaves out a pseudonym that no header can hold', async () => {
  open(AT_ONCE, { callerPseudonym: 'größe\n' })
  expect((await server.connection()).headers['openai-safety-identifier']).toBeUndefined()
})

it('says nothing before the session is created, then asks once for all that was wanted', async () => {
  const { sink } = open()
  const connection = await server.connection()
  connection.say({ type: 'conversation.created', conversation: {} }, CREATED, CREATED)
  const session = sessionObject(SETTINGS, true)
  expect(await connection.next()).toEqual({ type: 'session.update', event_id: 'configure:1', session })
  expect(sink.events).toEqual([])
  connection.say({ type: 'session.updated', session: { type: 'realtime', audio: session.audio } })
  await sink.first('ready')
  expect(connection.waiting).toBe(0)
})

it.each([
  ['in its echo', {}, { expires_at: 1_700_003_600 }, 3_600_000],
  ['when it is created', { expires_at: 1_700_000_010 }, {}, 10_000],
  ['nowhere', {}, {}, null],
  ['in a past that shows that clocks differ', {}, { expires_at: 1_699_999_999 }, null],
])('knows how long the session lives when the server says so %s', async (_where, created, updated, lifetimeMs) => {
  const { sink } = open({ now: () => 1_700_000_000_000 })
  const connection = await server.connection()
  connection.say({ type: 'session.created', session: { type: 'realtime', ...created } })
  await accept(connection, updated)
  expect(await sink.first('ready')).toEqual({ type: 'ready', lifetimeMs })
})

it('refuses a server that answers in another format, before any audio is heard', async () => {
  const { sink, session } = open()
  const connection = await server.connection()
  connection.say(CREATED)
  const { audio } = echoOf(await connection.nextOf('session.update'))
  const output = { ...audio?.output, format: { type: 'audio/pcm', rate: 24000 } } as const
  const ofItem = { response_id: 'resp_1', item_id: 'item_1', output_index: 0, content_index: 0 }
  connection.say(
    { type: 'response.output_audio.delta', ...ofItem, delta: 'AAAA' },
    { type: 'session.updated', session: { type: 'realtime', audio: { ...audio, output } } },
    { type: 'response.output_audio.delta', ...ofItem, delta: 'AAAA' },
  )
  expect(await sink.first('closed')).toEqual({
    type: 'closed',
    code: 'PROVIDER_REFUSED',
    detail: 'the server uses audio/pcm 24000 for audio.output.format, not audio/pcmu',
    retry: false,
  })
  await connection.closed
  session.sendAudio(new Uint8Array(160), null)
  expect(sink.heard).toEqual([])
  expect(sink.events).toHaveLength(1)
  expect(server.dials).toBe(1)
})

it('goes on with another voice, and tells of it', async () => {
  const { sink } = open()
  const connection = await server.connection()
  connection.say(CREATED)
  const { audio } = echoOf(await connection.nextOf('session.update'))
  const output = { ...audio?.output, voice: 'alloy' }
  connection.say({ type: 'session.updated', session: { type: 'realtime', audio: { ...audio, output } } })
  await sink.first('ready')
  expect(sink.events).toEqual([
    {
      type: 'trouble',
      benign: false,
      code: 'PROVIDER_ERROR',
      detail: 'the server uses alloy for audio.output.voice, not marin',
    },
    { type: 'ready', lifetimeMs: null },
  ])
})

const NO_TRANSCRIPTION: Said = {
  type: 'error',
  error: {
    type: 'invalid_request_error',
    code: 'invalid_value',
    message: 'Not a model for this.',
    param: 'session.audio.input.transcription.model',
    event_id: 'configure:1',
  },
}

it("asks again without the caller's words when the server refuses that part alone", async () => {
  const { sink } = open()
  const connection = await server.connection()
  connection.say(CREATED)
  await connection.nextOf('session.update')
  connection.say(NO_TRANSCRIPTION)
  const second = await connection.nextOf('session.update')
  expect(second).toEqual({ type: 'session.update', event_id: 'configure:2', session: sessionObject(SETTINGS, false) })
  connection.say({ type: 'session.updated', session: echoOf(second) })
  connection.say({ type: 'input_audio_buffer.committed', item_id: 'item_1' })
  await sink.first('caller-transcript')
  const field = 'session.audio.input.transcription.model'
  expect(sink.events).toEqual([
    {
      type: 'trouble',
      benign: false,
      code: 'PROVIDER_ERROR',
      detail: `the caller's words will not be transcribed: invalid_value in ${field} (configure)`,
    },
    { type: 'ready', lifetimeMs: null },
    { type: 'turn-committed', itemId: 'item_1' },
    { type: 'caller-transcript', itemId: 'item_1', text: '', final: true },
  ])
})

it('does not ask a third time', async () => {
  const { sink } = open()
  const connection = await server.connection()
  connection.say(CREATED)
  await connection.nextOf('session.update')
  connection.say(NO_TRANSCRIPTION)
  await connection.nextOf('session.update')
  connection.say(NO_TRANSCRIPTION)
  expect(await sink.first('closed')).toMatchObject({ code: 'PROVIDER_REFUSED', retry: false })
  expect(server.dials).toBe(1)
})

it('closes with the sentence of the server, without the key it may quote', async () => {
  const { sink } = open(AT_ONCE, {}, 'very-secret-key')
  const connection = await server.connection()
  const message = 'Incorrect key: very-secret-key'
  connection.say({ type: 'error', error: { type: 'invalid_request_error', code: 'invalid_api_key', message } })
  expect(await sink.first('closed')).toEqual({
    type: 'closed',
    code: 'PROVIDER_REFUSED',
    detail: 'invalid_api_key: Incorrect key: (key)',
    retry: false,
  })
})

it('dials again after each trouble that may pass, three times, waiting longer each time', async () => {
  const waits: number[] = []
  // The wait itself is taken back, so that the test does not wait.
  const { sink } = open({ jitterMs: (delayMs) => -Math.abs(waits.push(delayMs) && delayMs) })
  server.refuseNext({ status: 503, body: '' }, { status: 429, body: '{}' }, 'reset')
  await accept(await server.connection())
  await sink.first('ready')
  expect(waits).toEqual([250, 500, 1000])
  expect(server.dials).toBe(4)
  expect(sink.events).toHaveLength(1)
})

it('gives up after the fourth', async () => {
  const refusal = { status: 503, body: '<html>key: sk-1</html>' }
  server.refuseNext(refusal, refusal, refusal, refusal)
  const { sink } = open()
  expect(await sink.first('closed')).toEqual({
    type: 'closed',
    code: 'PROVIDER_UNREACHABLE',
    detail: 'status 503',
    retry: true,
  })
  expect(server.dials).toBe(4)
})

it.each([400, 401, 403, 404])(
  'gives up at once at status %i, with the error code and nothing else of the body',
  async (status) => {
    server.refuseNext({ status, body: '{"error":{"code":"no_such_thing","message":"sk-1 is wrong"}}' })
    const { sink } = open()
    const detail = `status ${status}, no_such_thing`
    expect(await sink.first('closed')).toEqual({ type: 'closed', code: 'PROVIDER_REFUSED', detail, retry: false })
    expect(server.dials).toBe(1)
  },
)

it('closes when nobody is there', async () => {
  const gone = await ScriptedServer.listen()
  await gone.close()
  const sink = new RecordingSessionSink()
  createOpenAiProvider({ apiKey: null, baseUrl: gone.baseUrl }, AT_ONCE).open(SETTINGS, sink)
  const detail = 'ECONNREFUSED'
  expect(await sink.first('closed')).toEqual({ type: 'closed', code: 'PROVIDER_UNREACHABLE', detail, retry: true })
})

it('closes when the session is not ready in time, whatever it waits for', async () => {
  server.refuseNext('hang')
  const { sink } = open({ openWithinMs: 200 })
  const detail = 'not ready within 200 ms'
  expect(await sink.first('closed')).toEqual({ type: 'closed', code: 'PROVIDER_UNREACHABLE', detail, retry: true })
  const silent = open({ openWithinMs: 200 })
  const connection = await server.connection()
  connection.say(CREATED)
  expect(await silent.sink.first('closed')).toMatchObject({ code: 'PROVIDER_UNREACHABLE', retry: true })
  await connection.closed
})

it('dials again when a handshake hangs', async () => {
  server.refuseNext('hang')
  const { sink } = open({ ...AT_ONCE, handshakeWithinMs: 250 })
  await accept(await server.connection())
  await sink.first('ready')
  expect(server.dials).toBe(2)
})

it('dials again when an answer never ends, and what was left of it is not heard', async () => {
  server.refuseNext('half')
  const { sink } = open({ ...AT_ONCE, handshakeWithinMs: 250 })
  await accept(await server.connection())
  await sink.first('ready')
  expect(server.dials).toBe(2)
  expect(sink.events).toHaveLength(1)
})

it('tells nothing of an answer that was being read when the session was closed', async () => {
  server.refuseNext('half')
  const closed = open({ ...AT_ONCE, handshakeWithinMs: 250 })
  await expect.poll(() => server.dials).toBe(1)
  closed.session.close()
  const after = open()
  await accept(await server.connection())
  await after.sink.first('ready')
  expect(closed.sink.events).toEqual([])
  expect(server.dials).toBe(2)
})

it('has no more than its time to open, and all the time once it is open', async () => {
  const { sink, session } = open({ openWithinMs: 200 })
  await accept(await server.connection())
  await sink.first('ready')
  server.refuseNext('hang')
  await open({ openWithinMs: 250 }).sink.first('closed')
  expect(sink.events).toHaveLength(1)
  session.close()
})

it('is not ready for a listener that closed it when told of a difference', async () => {
  const watch = vi.spyOn(Heartbeat.prototype, 'watch')
  const { sink, session } = open()
  const tell = sink.event.bind(sink)
  sink.event = (event) => {
    tell(event)
    session.close()
  }
  const connection = await server.connection()
  await accept(connection, { model: 'another-model' })
  await connection.closed
  expect(sink.events.map(({ type }) => type)).toEqual(['trouble'])
  expect(watch).not.toHaveBeenCalled()
  watch.mockRestore()
})

it('dials again when the session is closed, or refused for now, before it runs', async () => {
  const { sink } = open()
  ;(await server.connection()).close(1011)
  const second = await server.connection()
  second.say(CREATED)
  await second.nextOf('session.update')
  second.say({ type: 'error', error: { type: 'server_error', message: 'Sorry.' } })
  ;(await server.connection()).cut()
  await accept(await server.connection())
  await sink.first('ready')
  expect(server.dials).toBe(4)
})

it('does not dial again when the session is closed for good before it runs', async () => {
  const { sink } = open()
  ;(await server.connection()).close(1008, 'policy')
  const detail = 'close code 1008, policy'
  expect(await sink.first('closed')).toEqual({ type: 'closed', code: 'PROVIDER_REFUSED', detail, retry: false })
  expect(server.dials).toBe(1)
})

it('does not dial again once it was closed while it waited to', async () => {
  const waiting = Promise.withResolvers<void>()
  server.refuseNext({ status: 503, body: '' }, { status: 503, body: '' })
  const first = open({
    retryDelaysMs: [20],
    jitterMs: () => {
      waiting.resolve()
      return 0
    },
  })
  await waiting.promise
  first.session.close()
  // This one waits longer, so it comes back after the first one would have.
  const second = open({ retryDelaysMs: [80], jitterMs: () => 0 })
  await accept(await server.connection())
  await second.sink.first('ready')
  expect(server.dials).toBe(3)
  expect(first.sink.events).toEqual([])
})

it('survives messages that cannot be read before it runs, but not a run of them', async () => {
  const { sink } = open()
  const connection = await server.connection()
  connection.sayText('hello?')
  await accept(connection)
  await sink.first('ready')
  const trouble = { type: 'trouble', benign: true, code: 'PROVIDER_ERROR', detail: 'a message could not be read' }
  expect(sink.events).toEqual([trouble, { type: 'ready', lifetimeMs: null }])

  const other = open()
  const babbler = await server.connection()
  for (let i = 0; i < 20; i += 1) babbler.sayText('hello?')
  expect(await other.sink.first('closed')).toMatchObject({ code: 'PROVIDER_REFUSED', retry: false })
  expect(other.sink.all('trouble')).toHaveLength(19)
})
