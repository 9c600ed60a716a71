import { afterEach, beforeEach, expect, it } from 'vitest'
import { type CarrierTwin, createCarrierTwin } from '../../../src/twin/carrier/carrier-twin.ts'
import { type FaultInput, FaultPlan } from '../../../src/twin/carrier/faults.ts'
import { AUTH_TOKEN, type ServerStream, TinyServer } from './tiny-server.ts'

let server: TinyServer
let twin: CarrierTwin

beforeEach(async () => {
  server = await TinyServer.listen()
  twin = createCarrierTwin({ authToken: AUTH_TOKEN })
  server.answers.set('/voice', () => server.connectTwiml())
  server.answers.set('/next', () => '<Response><Hangup/></Response>')
  server.answers.set('/status', () => ({ status: 204, body: '' }))
})
afterEach(async () => {
  await twin.close()
  await server[Symbol.asyncDispose]()
})

function place(...faults: FaultInput[]) {
  return twin.placeCall({
    webhookUrl: `${server.url}/voice`,
    statusCallbackUrl: `${server.url}/status`,
    from: 'anonymous',
    to: '+15550100',
    faults,
  })
}

/** Places a call with faults and waits until a chunk has arrived. */
async function placeUntil(chunk: number, ...faults: FaultInput[]) {
  const call = await place(...faults)
  await call.streaming
  const stream = server.streams[0]!
  await stream.message(({ media }) => media?.chunk === String(chunk))
  return { call, stream }
}

const timestamps = (stream: ServerStream) => stream.media.map(({ timestamp }) => Number(timestamp))

it('refuses a fault it does not know, by name and by field', () => {
  const wrong: unknown[] = [
    { fault: 'sabotage' },
    { fault: 'late' },
    { fault: 'refused', status: 401 },
    { fault: 'unsigned' },
    { fault: 'burst', ms: 10, at: 'mark' },
    { fault: 'cut', afterwards: 1 },
  ]
  for (const fault of wrong) expect(() => new FaultPlan([fault as FaultInput]), JSON.stringify(fault)).toThrow()
  expect(new FaultPlan([]).none).toBe(true)
})

it('loses frames: the timestamps jump, the chunks do not', async () => {
  const { stream } = await placeUntil(4, { fault: 'lost', at: 'media', after: 2, times: 10 })
  expect(timestamps(stream).slice(0, 4)).toEqual([0, 20, 240, 260])
  expect(stream.media.slice(0, 4).map(({ chunk }) => chunk)).toEqual(['1', '2', '3', '4'])
})

it('sends frames after their next ones', async () => {
  const { stream } = await placeUntil(4, { fault: 'reordered', at: 'media', after: 1, times: 1 })
  expect(timestamps(stream).slice(0, 4)).toEqual([0, 40, 20, 60])
})

it('garbles frames', async () => {
  const { stream } = await placeUntil(
    4,
    { fault: 'garbled', at: 'media', as: 'json' },
    { fault: 'garbled', at: 'media', as: 'type' },
    { fault: 'garbled', at: 'media', as: 'base64' },
  )
  expect(stream.unreadable).toHaveLength(1)
  expect(stream.messages.filter(({ event }) => event === 'unheard-of')).toHaveLength(1)
  expect(stream.media[1]).toMatchObject({ timestamp: '40', payload: expect.stringContaining('*') })
})

it('holds frames back and lets them come at once, all of them and in order', async () => {
  const call = await place({ fault: 'burst', after: 3, ms: 300 })
  const arrivedMs: number[] = []
  await call.streaming
  const stream = server.streams[0]!
  stream.socket.on('message', () => arrivedMs.push(performance.now()))
  await stream.message(({ media }) => media?.chunk === '18')
  expect(timestamps(stream).slice(0, 18)).toEqual(Array.from({ length: 18 }, (_, i) => i * 20))
  // Fewer listened before the first frame than there are messages: count from the end.
  const at = (chunk: number) => arrivedMs[arrivedMs.length - (stream.media.length - chunk) - 1]!
  expect(at(4) - at(3)).toBeGreaterThan(250)
})

it('sends frames late, in order', async () => {
  const { stream } = await placeUntil(12, { fault: 'late', at: 'media', after: 2, times: 3, ms: 100 })
  expect(timestamps(stream).slice(0, 12)).toEqual(Array.from({ length: 12 }, (_, i) => i * 20))
})

it('stalls: nothing more comes, and the connection stays', async () => {
  const { call, stream } = await placeUntil(5, { fault: 'stalled', at: 'media', after: 5 })
  stream.play(new Uint8Array(800))
  stream.askMark('never')
  await call.waitUntilHeardMs(100)
  await call.waitForAgentSilence(100)
  expect(stream.media).toHaveLength(5)
  expect(stream.messages.filter(({ event }) => event === 'mark')).toEqual([])
  expect(call.streams[0]?.isOpen).toBe(true)
})

it('gives marks back late, in order, and the audio goes on meanwhile', async () => {
  const { stream } = await placeUntil(1, { fault: 'late', at: 'mark', ms: 200 })
  const framesBefore = stream.media.length
  stream.askMark('a')
  stream.askMark('b')
  await stream.mark('b')
  expect(stream.messages.flatMap(({ mark }) => mark?.name ?? [])).toEqual(['a', 'b'])
  expect(stream.media.length - framesBefore).toBeGreaterThanOrEqual(8)
})

it.each<[string, FaultInput, number]>([
  ['closes without stop', { fault: 'closed', at: 'media', after: 3, code: 1001 }, 1001],
  ['is cut', { fault: 'cut', after: 3 }, 1006],
])('%s, and the call goes on with the next document', async (_, fault, code) => {
  const call = await place(fault)
  expect((await call.ended).why).toBe('hangup-verb')
  expect(await call.streams[0]?.closed).toMatchObject({ by: 'fault', code })
  expect(server.streams[0]?.messages.some(({ event }) => event === 'stop')).toBe(false)
  expect(server.posts('/next')).toHaveLength(1)
})

it('hangs up without stop', async () => {
  const { call, stream } = await placeUntil(2, { fault: 'lost', at: 'stop' })
  await call.hangUp()
  expect(stream.messages.some(({ event }) => event === 'stop')).toBe(false)
})

it('starts late, and speaks only then', async () => {
  const call = await place({ fault: 'late', at: 'start', ms: 150 })
  await call.streaming
  expect(call.nowMs).toBeGreaterThanOrEqual(150)
  const stream = server.streams[0]!
  await stream.message(({ media }) => media?.chunk === '1')
  expect(stream.messages.map(({ event }) => event).slice(0, 3)).toEqual(['connected', 'start', 'media'])
})

it('never starts, and says nothing', async () => {
  server.onStream = async (stream) => {
    await stream.message(({ event }) => event === 'connected')
    stream.socket.close(1008, 'no start')
  }
  const call = await place({ fault: 'lost', at: 'start' })
  await call.ended
  expect(server.streams[0]?.messages).toEqual([{ event: 'connected' }])
})

it.each<[string, FaultInput, object]>([
  [
    'another format',
    { fault: 'wrong-format', encoding: 'audio/l16', sampleRate: 16_000 },
    { mediaFormat: { encoding: 'audio/l16', sampleRate: 16_000, channels: 1 } },
  ],
  ['a wrong token', { fault: 'wrong-token' }, { customParameters: { token: '00000-0' } }],
  ['another call', { fault: 'wrong-call' }, { callSid: `CA${'0'.repeat(32)}` }],
])('starts with %s', async (_, fault, start) => {
  const { stream } = await placeUntil(1, fault)
  expect(stream.messages[1]?.start).toMatchObject(start)
})

it.each<[string, FaultInput]>([
  ['unsigned', { fault: 'unsigned', at: 'upgrade' }],
  ['wrongly signed', { fault: 'altered-signature', at: 'upgrade' }],
])('asks %s for the stream, and is refused', async (_, fault) => {
  const call = await place(fault)
  await call.ended
  expect(server.upgrades).toEqual([false])
  expect(call.errors.map(({ code }) => code)).toEqual([31920])
})

it.each<[string, FaultInput]>([
  ['unsigned', { fault: 'unsigned', at: 'webhook' }],
  ['wrongly signed', { fault: 'altered-signature', at: 'webhook' }],
])('posts the first webhook %s', async (_, fault) => {
  await placeUntil(1, fault)
  expect(server.posts('/voice').map(({ signed }) => signed)).toEqual([false])
})

it('posts a webhook twice', async () => {
  const { call } = await placeUntil(10, { fault: 'duplicate', at: 'webhook', ms: 50 })
  await call.hangUp()
  const [first, again, ...more] = server.posts('/voice')
  expect(again?.form).toEqual(first?.form)
  expect(again?.signed).toBe(true)
  expect(more).toEqual([])
  expect(call.duplicateAnswers).toMatchObject([{ status: 200, body: server.connectTwiml() }])
})

it.each<['same' | 'new' | 'wrong', string, number]>([
  ['same', 'token-1', 1],
  ['new', 'token-2', 2],
  ['wrong', '00000-0', 1],
])('opens a second stream with the %s token, and both hear the caller', async (token, expected, webhooks) => {
  let answered = 0
  server.answers.set('/voice', () => server.connectTwiml(`token-${++answered}`))
  const opened = Promise.withResolvers<ServerStream>()
  server.onStream = (stream) => server.streams.length === 2 && opened.resolve(stream)
  const call = await place({ fault: 'second-stream', after: 3, token })
  const second = await opened.promise
  const start = await second.started()
  expect(start.start).toMatchObject({ callSid: call.callSid, customParameters: { token: expected } })
  expect(server.posts('/voice')).toHaveLength(webhooks)
  await second.message(({ media }) => media?.chunk === '3')
  // The server gives up the first one: the call lives on in the second, and the caller hears it.
  server.streams[0]!.socket.close()
  await call.streams[0]!.closed
  second.play(new Uint8Array(800).fill(0x23))
  await call.waitUntilHeardMs(100)
  expect(server.posts('/next')).toEqual([])
  second.socket.close()
  expect((await call.ended).why).toBe('hangup-verb')
})

it.each<[string, FaultInput, number]>([
  ['a message that is too large', { fault: 'oversize', after: 2, bytes: 70_000 }, 1009],
  ['a message in too many fragments', { fault: 'fragments', after: 2, fragments: 100 }, 1008],
])('sends %s, which a server with limits refuses', async (_, fault, code) => {
  const call = await place(fault)
  await call.ended
  expect(await call.streams[0]?.closed).toMatchObject({ by: 'server', code })
  expect(call.errors.map((error) => error.code)).toEqual([31921])
})

it('sends binary messages and unknown events, and goes on', async () => {
  const { stream } = await placeUntil(
    6,
    { fault: 'binary', after: 2, messages: 7 },
    { fault: 'unknown-event', after: 1 },
  )
  expect(stream.unreadable).toHaveLength(7)
  expect(stream.messages.filter(({ event }) => event === 'novelty')).toHaveLength(1)
  expect(timestamps(stream).slice(0, 6)).toEqual([0, 20, 40, 60, 80, 100])
})

it('posts status callbacks late, out of order, twice or never', async () => {
  const call = await place(
    { fault: 'reordered', at: 'initiated', times: 1 },
    { fault: 'lost', at: 'answered' },
    { fault: 'late', at: 'completed', ms: 150 },
    { fault: 'duplicate', at: 'status' },
  )
  await call.streaming
  await call.hangUp()
  const sequence = server.posts('/status').map(({ form }) => `${form.SequenceNumber} ${form.CallStatus}`)
  expect(sequence.filter((entry, i) => sequence.indexOf(entry) === i)).toEqual([
    '1 ringing',
    '0 initiated',
    '3 completed',
  ])
  expect(sequence).toHaveLength(4)
  const gapMs = server.posts('/status').at(-1)!.atMs - server.posts('/status').at(-2)!.atMs
  expect(gapMs).toBeGreaterThan(100)
})
