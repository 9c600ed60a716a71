import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, expect, it } from 'vitest'
import { type CarrierTwin, createCarrierTwin } from '../../../src/twin/carrier/carrier-twin.ts'
import { CallOver, type TwinEvent } from '../../../src/twin/carrier/events.ts'
import { readWav } from '../../../src/twin/carrier/wav.ts'
import { closeSpeech } from '../../../src/twin/speech.ts'
import { AUTH_TOKEN, TinyServer } from './tiny-server.ts'

let server: TinyServer
let twin: CarrierTwin

beforeEach(async () => {
  server = await TinyServer.listen()
  twin = createCarrierTwin({ authToken: AUTH_TOKEN })
  server.answers.set('/voice', () => server.connectTwiml())
  server.answers.set('/next', () => '<Response><Say>Goodbye.</Say><Hangup/></Response>')
  server.answers.set('/status', () => ({ status: 204, body: '' }))
})
afterEach(async () => {
  await twin.close()
  expect(twin.calls.size).toBe(0)
  await server[Symbol.asyncDispose]()
})
afterAll(closeSpeech)

const numbers = { from: '+15550111', to: '+15550100' }
const place = (options: Partial<Parameters<CarrierTwin['placeCall']>[0]> = {}) =>
  twin.placeCall({ webhookUrl: `${server.url}/voice?tenant=a`, ...numbers, ...options })
/** So many ms of a sound that is not silence. */
const sound = (ms: number) => new Uint8Array(ms * 8).fill(0x23)

it('places a call as the carrier does, and the official package accepts every signature', async () => {
  server.onStream = async (stream) => {
    await stream.message(({ media }) => media?.chunk === '5')
    stream.socket.close(1000)
  }
  const call = await place({
    statusCallbackUrl: `${server.url}/status`,
    extraParams: { StirVerstat: 'TN-Validation-Passed-A' },
  })
  const { why, verbs } = await call.ended
  expect(why).toBe('hangup-verb')
  expect(verbs.map(({ verb }) => verb)).toEqual(['Connect', 'Redirect', 'Say', 'Hangup'])
  expect(call.saidByCarrier).toEqual(['Goodbye.'])
  expect([call.warnings, call.errors]).toEqual([[], []])

  expect(server.posted.map(({ signed }) => signed)).not.toContain(false)
  expect(server.upgrades).toEqual([true])
  const [voice] = server.posted.filter(({ path }) => path.startsWith('/voice'))
  expect(voice).toMatchObject({ path: '/voice?tenant=a', method: 'POST' })
  expect(voice?.form).toEqual({
    AccountSid: twin.accountSid,
    ApiVersion: '2010-04-01',
    CallSid: call.callSid,
    CallStatus: 'ringing',
    Called: '+15550100',
    Caller: '+15550111',
    Direction: 'inbound',
    From: '+15550111',
    To: '+15550100',
    StirVerstat: 'TN-Validation-Passed-A',
  })
  expect(server.posts('/next')[0]?.form).toMatchObject({ CallSid: call.callSid, CallStatus: 'in-progress' })
  expect(server.posts('/status').map(({ form }) => [form.SequenceNumber, form.CallStatus])).toEqual([
    ['0', 'initiated'],
    ['1', 'ringing'],
    ['2', 'in-progress'],
    ['3', 'completed'],
  ])
  expect(server.posts('/status')[3]?.form).toMatchObject({ CallDuration: '0', Duration: '1' })
  expect(Date.parse(server.posts('/status')[3]?.form.Timestamp ?? '')).toBeGreaterThan(Date.now() - 60_000)
})

it('speaks on the stream as documented, a frame every 20 ms without drift', async () => {
  const call = await place()
  await call.streaming
  const stream = server.streams[0]!
  const arrivals: number[] = []
  stream.socket.on('message', () => arrivals.push(performance.now()))
  await stream.message(({ media }) => media?.chunk === '51')
  await call.hangUp()

  expect(stream.unreadable).toEqual([])
  expect(stream.messages[0]).toEqual({ event: 'connected' })
  expect(stream.messages[1]).toMatchObject({
    event: 'start',
    sequenceNumber: '1',
    start: {
      callSid: call.callSid,
      customParameters: { token: 'token-1' },
      mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 },
    },
  })
  const media = stream.media.slice(0, 51)
  expect(media.map(({ chunk, timestamp }) => [chunk, timestamp])).toEqual(
    Array.from({ length: 51 }, (_, i) => [String(i + 1), String(i * 20)]),
  )
  expect(media.every(({ payload }) => Buffer.from(payload, 'base64').equals(Buffer.alloc(160, 0xff)))).toBe(true)
  const numbered = stream.messages.slice(1).map(({ sequenceNumber }) => Number(sequenceNumber))
  expect(numbered).toEqual(numbered.map((_, i) => i + 1))
  // Single frames may be late on a busy machine; the least lateness of many stays what it was, or the clock drifts.
  const latenessMs = arrivals.slice(0, 50).map((atMs, i) => atMs - i * 20)
  const leastMs = (from: number) => Math.min(...latenessMs.slice(from, from + 25))
  expect(Math.abs(leastMs(25) - leastMs(0))).toBeLessThan(15)
  expect(stream.messages.at(-1)).toMatchObject({ event: 'stop', stop: { callSid: call.callSid } })
})

it('lets the caller speak, by text, file and samples, and records it where it was said', async () => {
  const call = await place()
  const folder = await mkdtemp(join(tmpdir(), 'earshot-twin-'))
  try {
    const spoken = await call.say('Hello.')
    expect(spoken.endMs - spoken.startMs).toBeGreaterThan(200)
    expect(call.nowMs).toBeGreaterThanOrEqual(spoken.endMs)
    const beep = Int16Array.from({ length: 3200 }, (_, i) => 12_000 * Math.sin(i))
    const [first, second] = await Promise.all([
      call.playPcm({ sampleRateHz: 16_000, pcm: beep }),
      call.playPcm({ sampleRateHz: 16_000, pcm: beep }),
    ])
    expect(first.endMs - first.startMs).toBe(200)
    expect(second.startMs).toBe(first.endMs)
    const before = join(folder, 'before.wav')
    await call.writeWav(before, 'mulaw')
    const again = await call.playWav(before)
    expect(again.startMs).toBeGreaterThanOrEqual(second.endMs)

    const heard = server.streams[0]!.media.map(({ payload }) => Buffer.from(payload, 'base64'))
    const loud = heard.filter((frame) => frame.some((byte) => byte !== 0xff)).length
    expect(loud * 20).toBeGreaterThan(spoken.endMs - spoken.startMs)
    const { atMs } = await call.hangUp()
    const after = join(folder, 'after.wav')
    await call.writeWav(after)
    const { pcm } = readWav(await readFile(after))
    expect(pcm.length).toBe(Math.ceil(atMs * 8))
    const at = Math.round(first.startMs * 8)
    expect(Math.max(...pcm.subarray(at + 100, at + 1500))).toBeGreaterThan(5000)
    expect(Math.max(...pcm.subarray(0, Math.round(spoken.startMs * 8)))).toBe(0)
  } finally {
    await rm(folder, { recursive: true })
  }
})

it('plays what it is sent on a true clock, and gives marks back when it was heard', async () => {
  const call = await place()
  await call.streaming
  const stream = server.streams[0]!
  await stream.started()
  const sentMs = call.nowMs
  stream.askMark('nothing')
  stream.play(sound(200))
  stream.askMark('one')
  stream.play(sound(100))
  stream.askMark('two')
  const beganMs = await call.waitForAgentSpeech()
  const twoHundred = await call.waitUntilHeardMs(200)
  expect(twoHundred - beganMs).toBeGreaterThanOrEqual(200)
  expect(call.playedMs).toBeGreaterThanOrEqual(200)
  await stream.mark('two')
  expect(call.nowMs - sentMs).toBeGreaterThanOrEqual(300)
  expect(stream.messages.flatMap(({ mark }) => mark?.name ?? [])).toEqual(['nothing', 'one', 'two'])
  expect(call.playedMs).toBe(300)
  const silentMs = await call.waitForAgentSilence(150)
  const [first, second] = call.segments
  expect(silentMs - (second!.startMs + 100)).toBeGreaterThanOrEqual(150)
  expect(second!.startMs).toBe(first!.startMs + 200)
  expect(call.segments.map(({ bytes, playedMs, clearedAtMs }) => [bytes, playedMs, clearedAtMs])).toEqual([
    [1600, 200, null],
    [800, 100, null],
  ])
  expect(call.warnings).toEqual([])
})

it('drops the queue on clear, gives all marks back at once, and knows what was heard', async () => {
  const events: TwinEvent[] = []
  const call = await place({ onEvent: (event) => events.push(event) })
  await call.streaming
  const stream = server.streams[0]!
  await stream.started()
  stream.play(sound(400))
  stream.askMark('a')
  stream.play(sound(5000))
  stream.askMark('b')
  await call.waitUntilHeardMs(250)
  stream.send({ event: 'clear' })
  await stream.mark('b')
  expect(call.clears).toHaveLength(1)
  const { atMs, droppedMs } = call.clears[0]!
  const [first, second] = call.segments
  expect(call.playedMs).toBeCloseTo(atMs - first!.startMs, 6)
  expect(call.playedMs + droppedMs).toBeCloseTo(5400, 6)
  expect(first!.playedMs + second!.playedMs).toBeCloseTo(call.playedMs, 6)
  expect(second!.clearedAtMs).toBe(atMs)
  stream.play(sound(60))
  stream.askMark('c')
  await stream.mark('c')
  expect(call.playedMs + droppedMs).toBeCloseTo(5460, 6)
  await call.hangUp()
  const told = events.map(({ type }) => type).filter((type) => /agent|cleared|mark/.test(type))
  expect(told).toEqual([
    'agent-audio-started',
    'cleared',
    'agent-audio-ended',
    'mark-echoed',
    'mark-echoed',
    'agent-audio-started',
    'mark-echoed',
    'agent-audio-ended',
  ])
  const folder = await mkdtemp(join(tmpdir(), 'earshot-twin-'))
  try {
    await call.writeWav(join(folder, 'heard.wav'), 'mulaw')
    const wav = await readFile(join(folder, 'heard.wav'))
    const agent = wav.subarray(58).filter((_, i) => i % 2 === 1)
    const heardBytes = agent.filter((byte) => byte === 0x23).length
    expect(heardBytes / 8).toBeCloseTo(call.playedMs, 0)
    expect(agent.indexOf(0x23)).toBe(Math.round(first!.startMs * 8))
  } finally {
    await rm(folder, { recursive: true })
  }
})

it('presses keys, and hangs up with stop, close and completed', async () => {
  const call = await place({ statusCallbackUrl: `${server.url}/status` })
  await call.streaming
  await expect(call.sendDtmf('5x')).rejects.toThrow('not DTMF')
  await call.sendDtmf('5#')
  const stream = server.streams[0]!
  stream.play(sound(2000))
  await call.waitForAgentSpeech()
  const unspoken = expect(call.playPcm({ sampleRateHz: 8000, pcm: new Int16Array(80_000) })).rejects.toThrow(CallOver)
  const unheard = expect(call.waitUntilHeardMs(5000)).rejects.toThrow(CallOver)
  const { why } = await call.hangUp()
  await Promise.all([unspoken, unheard])
  expect(why).toBe('caller-hung-up')
  expect(stream.messages.flatMap(({ dtmf }) => dtmf?.digit ?? [])).toEqual(['5', '#'])
  expect(stream.messages.at(-1)?.event).toBe('stop')
  expect(server.posts('/status').map(({ form }) => form.CallStatus)).toEqual([
    'initiated',
    'ringing',
    'in-progress',
    'completed',
  ])
  // The rest of the sentence was never heard.
  expect(call.playedMs).toBeLessThan(2000)
  expect(await call.streams[0]?.closed).toMatchObject({ by: 'carrier', code: 1000 })
  expect(server.posts('/next')).toEqual([])
  expect((await call.hangUp()).why).toBe('caller-hung-up')
  await expect(call.say('Anybody?')).rejects.toThrow(CallOver)
})

it('attaches again when the document after the stream says so, on the same clock', async () => {
  const heardTwice = Promise.withResolvers<void>()
  server.onStream = async (stream) => {
    await stream.started()
    stream.play(sound(100))
    stream.askMark('heard')
    await stream.mark('heard')
    if (server.streams.length === 1) stream.socket.terminate()
    else heardTwice.resolve()
  }
  server.answers.set('/next', () => server.connectTwiml('token-2'))
  const call = await place()
  await heardTwice.promise
  await server.streams[1]?.message(({ media }) => media?.chunk === '1')
  expect(server.streams.map((stream) => stream.messages[1]?.start?.customParameters.token)).toEqual([
    'token-1',
    'token-2',
  ])
  expect(call.playedMs).toBe(200)
  const [first, second] = call.segments
  expect(second!.startMs).toBeGreaterThan(first!.startMs + 100)
  expect(call.errors.map(({ code }) => code)).toEqual([31921])
  expect(server.streams[1]?.media[0]).toMatchObject({ chunk: '1', timestamp: '0' })
})

it('reports what a real carrier would complain about, and plays none of it', async () => {
  const call = await place()
  await call.streaming
  const stream = server.streams[0]!
  await stream.started()
  const payload = Buffer.from(sound(20)).toString('base64')
  stream.socket.send('not json')
  stream.socket.send(Buffer.from([1, 2, 3]), { binary: true })
  stream.send({ event: 'media', media: { payload, track: 'outbound' } })
  stream.send({ event: 'media', media: { payload: '***' } })
  stream.send({ event: 'media', streamSid: 'MZ1', media: { payload } })
  stream.send({ event: 'say', text: 'hello' })
  stream.askMark('after')
  await stream.mark('after')
  expect(call.warnings.map(({ code }) => code)).toEqual([31951, 31950, 31951, 31951, 31951, 31951])
  expect(call.segments).toEqual([])
  expect(call.streams[0]?.received).toEqual({ media: 0, mark: 1, clear: 0, refused: 6 })
  stream.play(sound(300_000))
  stream.play(sound(299_000))
  stream.play(sound(2000))
  stream.play(sound(2000))
  stream.askMark('never')
  stream.send({ event: 'clear' })
  await stream.mark('never')
  expect(call.warnings.slice(6).map(({ code }) => code)).toEqual([31931])
  expect(call.clears[0]?.droppedMs).toBeGreaterThan(590_000)
})

it('signs public names while it connects elsewhere', async () => {
  server.publicUrl = 'https://voice.example.com'
  const far = createCarrierTwin({ authToken: AUTH_TOKEN, connectTo: `http://127.0.0.1:${server.port}` })
  try {
    const call = await far.placeCall({ webhookUrl: 'https://voice.example.com/voice', ...numbers })
    await call.streaming
    expect(server.upgrades).toEqual([true])
    expect(server.posted.every(({ signed }) => signed)).toBe(true)
    expect(call.errors).toEqual([])
  } finally {
    await far.close()
  }
})

it('carries many calls for load: frames made by the caller of the twin, nothing kept', async () => {
  const arrived: number[] = []
  const frames = (chunk: number) => Buffer.alloc(160, chunk % 256).toString('base64')
  server.onStream = async (stream) => {
    await stream.started()
    stream.play(sound(20))
    await stream.message(({ media }) => media?.chunk === '20')
    stream.socket.close()
  }
  const calls = await Promise.all(
    Array.from({ length: 30 }, () => place({ record: false, frames, onAudio: (audio) => arrived.push(audio.length) })),
  )
  await Promise.all(calls.map((call) => call.ended))
  expect(arrived).toEqual(Array(30).fill(160))
  expect(calls.map(({ playedMs, segments, warnings, errors }) => [playedMs, segments, warnings, errors])).toEqual(
    Array(30).fill([20, [], [], []]),
  )
  for (const stream of server.streams) {
    expect(stream.media.slice(0, 20).map(({ payload }) => Buffer.from(payload, 'base64')[7])).toEqual(
      Array.from({ length: 20 }, (_, i) => i + 1),
    )
  }
  await expect(calls[0]!.writeWav('/dev/null')).rejects.toThrow('not recorded')
})
