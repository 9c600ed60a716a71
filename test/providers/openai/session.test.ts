import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { NO_USAGE } from '../../../src/call/usage.ts'
import { Heartbeat, type Pulse } from '../../../src/providers/openai/heartbeat.ts'
import type { Tuning } from '../../../src/providers/openai/line.ts'
import { createOpenAiProvider } from '../../../src/providers/openai/openai.ts'
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

async function running(sink = new RecordingSessionSink(), tuning: Partial<Tuning> = {}) {
  const provider = createOpenAiProvider({ apiKey: null, baseUrl: server.baseUrl }, tuning)
  const session = provider.open(SETTINGS, sink)
  const connection = await server.connection()
  connection.say({ type: 'session.created', session: { type: 'realtime' } })
  connection.say({ type: 'session.updated', session: echoOf(await connection.nextOf('session.update')) })
  await sink.first('ready')
  sink.events.length = 0
  return { session, sink, connection }
}

const SPEECH: Said = { type: 'input_audio_buffer.speech_started', item_id: 'item_1', audio_start_ms: 0 }
const errorOf = (error: object): Said => ({
  type: 'error',
  error: { type: 'invalid_request_error', message: 'the caller said +15550100', ...error },
})
/** Waits until the session has read everything said so far. */
async function settled(connection: Connection, sink: RecordingSessionSink): Promise<void> {
  const before = sink.all('speech-started').length
  connection.say(SPEECH)
  await sink.first('speech-started', before + 1)
  sink.events.splice(
    sink.events.findLastIndex(({ type }) => type === 'speech-started'),
    1,
  )
}

describe('errors', () => {
  it('that happen to everyone are benign, and the session goes on', async () => {
    const { sink, connection } = await running()
    connection.say(
      errorOf({ code: 'response_cancel_not_active', event_id: 'cancel:1' }),
      errorOf({ code: 'invalid_value', event_id: 'truncate:2' }),
    )
    await settled(connection, sink)
    expect(sink.events).toEqual([
      { type: 'trouble', benign: true, code: 'PROVIDER_ERROR', detail: 'response_cancel_not_active (cancel)' },
      { type: 'trouble', benign: true, code: 'PROVIDER_ERROR', detail: 'invalid_value (truncate)' },
    ])
  })

  it('of a response beside another one refuse it', async () => {
    const { session, sink, connection } = await running()
    session.createResponse({ instructions: null, allowTools: true })
    const { event_id } = await connection.nextOf('response.create')
    connection.say(errorOf({ code: 'conversation_already_has_active_response', event_id }))
    await settled(connection, sink)
    const detail = 'conversation_already_has_active_response (create)'
    expect(sink.events).toEqual([{ type: 'response-refused', detail }])
  })

  it('of a response that will never be made end it at once, so that nobody waits for it', async () => {
    const { session, sink, connection } = await running()
    session.createResponse({ instructions: null, allowTools: true })
    const { event_id: responseId } = await connection.nextOf('response.create')
    connection.say(errorOf({ code: 'invalid_value', param: 'response.input', event_id: responseId }))
    await settled(connection, sink)
    const detail = 'invalid_value in response.input (create)'
    expect(sink.events).toEqual([
      { type: 'trouble', benign: false, code: 'PROVIDER_ERROR', detail },
      { type: 'response-started', responseId },
      { type: 'response-ended', responseId, status: 'failed', detail, usage: NO_USAGE },
    ])
  })

  it('of a response that will never be made only refuse it while another one is being made', async () => {
    const { sink, connection } = await running()
    connection.say({ type: 'response.created', response: { id: 'resp_1' } })
    connection.say(errorOf({ code: null, type: 'server_error', event_id: 'create:1' }))
    await settled(connection, sink)
    const detail = 'server_error (create)'
    expect(sink.events).toEqual([
      { type: 'response-started', responseId: 'resp_1' },
      { type: 'trouble', benign: false, code: 'PROVIDER_ERROR', detail },
      { type: 'response-refused', detail },
    ])
  })

  it('of anything else are trouble, and say what they were about', async () => {
    const { session, sink, connection } = await running()
    session.sendToolResult('call_1', '{}')
    const { event_id } = await connection.nextOf('conversation.item.create')
    connection.say(errorOf({ code: 'invalid_tool_call_id', event_id }))
    await settled(connection, sink)
    expect(sink.events).toEqual([
      { type: 'trouble', benign: false, code: 'PROVIDER_ERROR', detail: 'invalid_tool_call_id (tool-result)' },
    ])
  })

  it('of an expired session close it once, and another one can help', async () => {
    const { sink, connection } = await running()
    connection.say(errorOf({ code: 'session_expired' }))
    connection.close(1001, 'Your session hit the maximum duration of 60 minutes.')
    await connection.closed
    expect(sink.events).toEqual([{ type: 'closed', code: 'PROVIDER_CLOSED', detail: 'session_expired', retry: true }])
  })

  it('of the account close the session for good', async () => {
    const { sink, connection } = await running()
    connection.say(errorOf({ code: 'insufficient_quota' }), SPEECH)
    await connection.closed
    expect(sink.events).toEqual([
      { type: 'closed', code: 'PROVIDER_REFUSED', detail: 'insufficient_quota', retry: false },
    ])
  })

  it('without end close the session', async () => {
    const { sink, connection } = await running()
    for (let i = 0; i < 25; i += 1) connection.say(errorOf({ code: 'invalid_audio' }))
    await connection.closed
    expect(sink.all('trouble')).toHaveLength(19)
    expect(sink.events.at(-1)).toMatchObject({ type: 'closed', code: 'PROVIDER_ERROR', retry: true })
  })
})

describe('messages', () => {
  it('nobody knows are ignored and counted', async () => {
    const { session, sink, connection } = await running()
    connection.sayText('{"type":"response.dreamt","event_id":"e"}')
    connection.sayText('{"type":"ping"}')
    connection.say({ type: 'rate_limits.updated', rate_limits: [] })
    await settled(connection, sink)
    expect(session.unknownEvents).toBe(2)
    expect(sink.events).toEqual([])
  })

  it('that cannot be read cost themselves alone', async () => {
    const { sink, connection } = await running()
    for (let i = 0; i < 19; i += 1) connection.sayText('{"type":"response.done"')
    await settled(connection, sink)
    for (let i = 0; i < 19; i += 1) connection.sayText('{"type":"response.output_audio.delta","delta":7}')
    await settled(connection, sink)
    const ids = { response_id: 'resp_1', item_id: 'item_1', output_index: 0, content_index: 0 }
    connection.sayText('?')
    connection.say({ type: 'response.output_audio.delta', ...ids, delta: 'AAAA' })
    for (let i = 0; i < 19; i += 1) connection.sayText('?')
    await settled(connection, sink)
    const detail = 'a message could not be read'
    expect(sink.events).toEqual(Array(58).fill({ type: 'trouble', benign: true, code: 'PROVIDER_ERROR', detail }))
  })

  it('that cannot be read, twenty in a row, close the session', async () => {
    const { sink, connection } = await running()
    for (let i = 0; i < 20; i += 1) connection.sayText('?')
    await connection.closed
    expect(sink.events.at(-1)).toMatchObject({ type: 'closed', code: 'PROVIDER_ERROR', retry: true })
  })

  it('with audio reach the call however they are written', async () => {
    const { sink, connection } = await running()
    const ids = '"response_id":"resp_1","item_id":"item_1","output_index":0,"content_index":0'
    connection.sayText(`{"type":"response.output_audio.delta",${ids},"delta":"A//="}`)
    connection.sayText(`{"type":"response.output_audio.delta",${ids},"delta":"A\\/\\/="}`)
    connection.sayText(`{"delta": "A//=", ${ids}, "logprobs": [], "type": "response.output_audio.delta"}`)
    await sink.untilHeard(3)
    expect(sink.heard).toEqual(Array(3).fill({ responseId: 'resp_1', itemId: 'item_1', base64: 'A//=' }))
  })

  it('larger than any message should be close the session', async () => {
    const { sink, connection } = await running()
    connection.sayText(' '.repeat(16 * 1024 * 1024 + 1))
    const detail = 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH'
    expect(await sink.first('closed')).toEqual({ type: 'closed', code: 'PROVIDER_CLOSED', detail, retry: false })
  })
})

describe('what is sent', () => {
  it('is not a cancel for a response that has ended', async () => {
    const { session, sink, connection } = await running()
    connection.say({ type: 'response.created', response: { id: 'resp_1' } })
    connection.say({ type: 'response.done', response: { id: 'resp_1', status: 'completed' } })
    await sink.first('response-ended')
    session.cancelResponse('resp_1')
    session.cancelResponse('resp_2')
    const first = await connection.next()
    expect(first).toEqual({ type: 'response.cancel', event_id: 'cancel:1', response_id: 'resp_2' })
  })

  it('is each session’s own audio, of any size, whole', async () => {
    const { session: a, connection: far } = await running()
    const { session: b, connection: other } = await running()
    const sizes = [0, 1, 160, 960, 48_000, 49_100, 49_200, 200_000]
    for (const size of sizes) {
      a.sendAudio(Buffer.alloc(size, 0x11), null)
      b.sendAudio(Buffer.alloc(size, 0xee), null)
    }
    for (const size of sizes) {
      expect((await far.nextOf('input_audio_buffer.append')).audio).toBe(Buffer.alloc(size, 0x11).toString('base64'))
      expect((await other.nextOf('input_audio_buffer.append')).audio).toBe(Buffer.alloc(size, 0xee).toString('base64'))
    }
  })

  it('is counted while the network does not take it, and told of once', async () => {
    const { session, sink, connection } = await running()
    connection.stall()
    const second = Buffer.alloc(48_000)
    // Kernels hold some megabytes on loopback before anything waits here.
    for (let i = 0; i < 1000 && session.backlogBytes < 3 * 1024 * 1024; i += 1) session.sendAudio(second, null)
    expect(session.backlogBytes).toBeGreaterThan(3 * 1024 * 1024)
    expect(sink.events).toEqual([
      {
        type: 'trouble',
        benign: false,
        code: 'PROVIDER_ERROR',
        detail: expect.stringMatching(/^\d+ bytes of caller audio wait/),
      },
    ])
    session.close()
    expect(session.backlogBytes).toBe(0)
  })
})

describe('the end', () => {
  it.each([
    [1001, true],
    [1011, true],
    [1000, false],
    [1008, false],
    [4000, false],
  ])('with close code %i can be mended by another session: %s', async (code, retry) => {
    const { sink, connection } = await running()
    connection.close(code, 'bye')
    const detail = `close code ${code}, bye`
    expect(await sink.first('closed')).toEqual({ type: 'closed', code: 'PROVIDER_CLOSED', detail, retry })
  })

  it('is told when the other side gives no sign of life', async () => {
    const mute = await ScriptedServer.listen({ autoPong: false })
    try {
      const sink = new RecordingSessionSink()
      const provider = createOpenAiProvider({ apiKey: null, baseUrl: mute.baseUrl }, { pingEveryMs: 5 })
      provider.open(SETTINGS, sink)
      const connection = await mute.connection()
      connection.say({ type: 'session.created', session: { type: 'realtime' } })
      connection.say({ type: 'session.updated', session: echoOf(await connection.nextOf('session.update')) })
      const detail = 'no sign of life after 2 pings'
      expect(await sink.first('closed')).toEqual({ type: 'closed', code: 'PROVIDER_CLOSED', detail, retry: true })
      expect(await connection.closed).toBe(1006)
      expect(connection.pings).toBeLessThanOrEqual(2)
    } finally {
      await mute.close()
    }
  })

  it('does not come while pings are answered', async () => {
    const { sink, connection } = await running(new RecordingSessionSink(), { pingEveryMs: 20 })
    await expect.poll(() => connection.pings, { interval: 5 }).toBeGreaterThan(5)
    await settled(connection, sink)
    expect(sink.events).toEqual([])
  })

  it('comes for a session whose listener throws, and for no other', async () => {
    class Throwing extends RecordingSessionSink {
      override event(event: Parameters<RecordingSessionSink['event']>[0]): void {
        super.event(event)
        if (event.type === 'speech-started') throw new TypeError('a bug')
      }
      override audio(): void {
        throw new TypeError('another bug')
      }
    }
    const { sink: healthy, connection: well } = await running()
    const { sink: first, connection: one } = await running(new Throwing())
    one.say(SPEECH)
    await one.closed
    expect(first.events.at(-1)).toEqual({ type: 'closed', code: 'INTERNAL', detail: 'TypeError: a bug', retry: false })
    const { sink: second, connection: two } = await running(new Throwing())
    const ofItem = { response_id: 'resp_1', item_id: 'item_1', output_index: 0, content_index: 0 }
    two.say({ type: 'response.output_audio.delta', ...ofItem, delta: 'AAAA' })
    await two.closed
    expect(second.events).toMatchObject([{ type: 'closed', code: 'INTERNAL', detail: 'TypeError: another bug' }])
    await settled(well, healthy)
    expect(healthy.events).toEqual([])
  })

  it('comes between two events of one message when the listener closes the session there', async () => {
    const { session, sink, connection } = await running()
    const tell = sink.event.bind(sink)
    sink.event = (event) => {
      tell(event)
      if (event.type === 'tool-called') session.close()
    }
    const item = {
      type: 'function_call',
      status: 'completed',
      call_id: 'call_1',
      name: 'end_call',
      arguments: '{}',
    } as const
    connection.say({ type: 'response.done', response: { id: 'resp_1', status: 'completed', output: [item] } })
    await connection.closed
    expect(sink.events.map(({ type }) => type)).toEqual(['tool-called'])
  })

  it('leaves nothing behind after many sessions', async () => {
    const watched = new Set<Pulse>()
    const watch = vi.spyOn(Heartbeat.prototype, 'watch').mockImplementation((pulse) => void watched.add(pulse))
    const unwatch = vi.spyOn(Heartbeat.prototype, 'unwatch').mockImplementation((pulse) => void watched.delete(pulse))
    for (let i = 0; i < 30; i += 1) {
      const { session, connection } = await running()
      expect(watched.size).toBe(1)
      session.close()
      expect(await connection.closed).toBe(1000)
    }
    expect(watched.size).toBe(0)
    watch.mockRestore()
    unwatch.mockRestore()
    await expect.poll(() => server.open()).toBe(0)
  })
})
