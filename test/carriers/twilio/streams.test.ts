/** Media sockets: who gets in, and what gets them cut. */

import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import websocket from '@fastify/websocket'
import Fastify, { type FastifyBaseLogger } from 'fastify'
import { pino } from 'pino'
import { afterEach, expect, it } from 'vitest'
import { MAX_STRANGERS } from '../../../src/carriers/twilio/streams.ts'
import { createTwilioCarrier, type TwilioCarrierOptions } from '../../../src/carriers/twilio/twilio.ts'
import { RecordingExchange } from '../../contracts/recording-exchange.ts'
import {
  AUTH_TOKEN,
  dial,
  openCall,
  openRig,
  PATIENCE,
  type Rig,
  STREAM_URL,
  sign,
  type TwilioSide,
  tokenFor,
  warnings,
} from './rig.ts'

const rigs: Rig[] = []
afterEach(async () => {
  for (const rig of rigs.splice(0)) await rig.close()
})
async function rigWith(options: Partial<TwilioCarrierOptions> = {}): Promise<Rig> {
  const rig = await openRig(options)
  rigs.push(rig)
  return rig
}
async function nothingHeld(rig: Rig): Promise<void> {
  await expect.poll(() => rig.carrier.openStreams, PATIENCE).toBe(0)
  await expect.poll(() => rig.app.websocketServer.clients.size, PATIENCE).toBe(0)
}

it.each([
  ['no signature', { signature: null }, 403],
  ['a signature over https', { signature: sign(STREAM_URL.replace('wss:', 'https:')) }, 403],
  ['a signature over ws', { signature: sign(STREAM_URL.replace('wss:', 'ws:')) }, 403],
  ['a signature over another path', { signature: sign(`${STREAM_URL}/`) }, 403],
  ['a signature with another token', { signature: sign(STREAM_URL, {}, '54321') }, 403],
  ['a tampered signature', { signature: sign(STREAM_URL).replace(/^./, (c) => (c === 'A' ? 'B' : 'A')) }, 403],
  ['a query', { path: '/twilio/media?a=b' }, 400],
  ['a signed query', { path: '/twilio/media?a=b', signature: sign(`${STREAM_URL}?a=b`) }, 400],
  ['another path', { path: '/twilio/media/' }, 404],
])('refuses an upgrade with %s before it happens', async (_, options, status) => {
  const rig = await rigWith()
  await expect(dial(rig, options)).rejects.toThrow(`HTTP ${status}`)
  expect(rig.carrier.openStreams).toBe(0)
  expect(rig.app.websocketServer.clients.size).toBe(0)
})

/** An upgrade to the letter: the usual clients tidy a path up. */
function rawUpgrade(rig: Rig, path: string): Socket {
  const socket = connect(rig.port, '127.0.0.1')
  const upgrade = 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13'
  const key = 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=='
  socket.write(
    `GET ${path} HTTP/1.1\r\nHost: x\r\n${upgrade}\r\n${key}\r\nX-Twilio-Signature: ${sign(STREAM_URL)}\r\n\r\n`,
  )
  return socket
}

it.each([
  ['/twilio/media?', 400],
  ['/twilio/medi%61', 403],
  ['http://voice.example.com/twilio/media', 403],
])('refuses an upgrade of %s, though its router would find the way', async (path, status) => {
  const rig = await rigWith()
  const socket = rawUpgrade(rig, path)
  const [answer] = await once(socket, 'data')
  expect(`${answer}`).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
  await once(socket.resume(), 'close')
})

it('tells who asks for a stream without an upgrade that this is no page', async () => {
  const rig = await rigWith()
  const url = `http://127.0.0.1:${rig.port}/twilio/media`
  expect((await fetch(url)).status).toBe(403)
  expect((await fetch(url, { headers: { 'x-twilio-signature': sign(STREAM_URL) } })).status).toBe(426)
})

/** Each: what a stranger sends, given a good token for CA1; the close code; the log's reason. */
const STRANGERS: [string, (side: TwilioSide, token: string) => void, number, string][] = [
  ['a token that was never issued', (side) => side.start('CA1', 'guessed'), 1008, 'token unknown'],
  ['the token of another call', (side, token) => side.start('CA2', token), 1008, 'token unknown'],
  ['no token', (side, token) => side.start('CA1', token, { customParameters: {} }), 1008, 'no token'],
  ['no parameters', (side, token) => side.start('CA1', token, { customParameters: undefined }), 1008, 'no token'],
  [
    'a token that is no string',
    (side, token) => side.start('CA1', token, { customParameters: { token: [token] } }),
    1008,
    'unreadable',
  ],
  ['another account', (side, token) => side.start('CA1', token, { accountSid: 'AC1' }), 1008, 'another account'],
  [
    'A-law',
    (side, token) =>
      side.start('CA1', token, { mediaFormat: { encoding: 'audio/x-alaw', sampleRate: 8000, channels: 1 } }),
    1008,
    'not audio/x-mulaw',
  ],
  [
    '16 kHz',
    (side, token) =>
      side.start('CA1', token, { mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 16000, channels: 1 } }),
    1008,
    'not audio/x-mulaw',
  ],
  [
    'two channels',
    (side, token) =>
      side.start('CA1', token, { mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 2 } }),
    1008,
    'not audio/x-mulaw',
  ],
  ['no inbound track', (side, token) => side.start('CA1', token, { tracks: ['outbound'] }), 1008, 'no inbound track'],
  ['no format', (side, token) => side.start('CA1', token, { mediaFormat: undefined }), 1008, 'unreadable'],
  ['a callSid that is no string', (side, token) => side.start('CA1', token, { callSid: 5 }), 1008, 'unreadable'],
  ['audio before start', (side) => side.media(Buffer.alloc(160)), 1008, 'media before start'],
  ['stop before start', (side) => side.send({ event: 'stop', streamSid: 'MZ0001' }), 1008, 'stop before start'],
  ['no JSON', (side) => side.socket.send('hello'), 1008, 'unreadable'],
  ['bytes', (side) => side.socket.send(Buffer.alloc(160)), 1003, 'binary message'],
]

it.each(STRANGERS)('closes a stream that sends %s', async (_, send, code, why) => {
  const rig = await rigWith()
  const token = await tokenFor(rig, 'CA1')
  const side = await dial(rig)
  side.connected()
  send(side, token)
  expect(await side.closeCode()).toBe(code)
  expect(rig.exchange.attachments).toBe(0)
  expect(warnings(rig)).toMatchObject([{ msg: 'twilio stream refused', why: expect.stringContaining(why) }])
  await nothingHeld(rig)
  // The call whose token was misused is none the worse for it.
  const rightful = await dial(rig)
  rightful.start('CA1', token)
  expect(await rig.exchange.attached.take()).toMatchObject({ callId: 'call-of-CA1' })
})

it('lets a token be used once', async () => {
  const rig = await rigWith()
  const { sink, token } = await openCall(rig, 'CA1')
  const replay = await dial(rig, { streamSid: 'MZ0002' })
  replay.start('CA1', token)
  expect(await replay.closeCode()).toBe(1008)
  expect(rig.exchange.attachments).toBe(1)
  expect(sink.told.rest).toEqual([])
})

it('lets no token be used after its time', async () => {
  const rig = await rigWith()
  const token = await tokenFor(rig, 'CA1')
  rig.clock.nowMs += 60_000
  const side = await dial(rig)
  side.start('CA1', token)
  expect(await side.closeCode()).toBe(1008)
})

it('takes any account when none is configured', async () => {
  const rig = await rigWith({ accountSid: null })
  const token = await tokenFor(rig, 'CA1')
  const side = await dial(rig)
  side.start('CA1', token, { accountSid: 'AC-any' })
  await rig.exchange.attached.take()
})

it('passes over events it does not know, and start need not follow at once', async () => {
  const rig = await rigWith()
  const token = await tokenFor(rig, 'CA1')
  const side = await dial(rig)
  side.send({ event: 'weather', sun: true })
  side.connected()
  side.send({ event: 'weather', sun: false })
  side.start('CA1', token)
  await rig.exchange.attached.take()
})

it('closes a stream that never says who it is', async () => {
  const rig = await rigWith({ startTimeoutMs: 20 })
  const [silent, chatty] = [await dial(rig), await dial(rig)]
  chatty.connected()
  expect(await silent.closeCode()).toBe(1008)
  expect(await chatty.closeCode()).toBe(1008)
  expect(warnings(rig)).toMatchObject(Array(2).fill({ msg: 'twilio stream refused', why: 'no start in time' }))
  await nothingHeld(rig)
})

it('cuts a refused peer that does not close its side', async () => {
  const rig = await rigWith({ startTimeoutMs: 20 })
  const raw = rawUpgrade(rig, '/twilio/media').resume()
  await once(raw, 'close')
  await nothingHeld(rig)
})

it('lets in only so many strangers at a time', async () => {
  const rig = await rigWith({ startTimeoutMs: 60_000 })
  const token = await tokenFor(rig, 'CA1')
  const sides = await Promise.all(Array.from({ length: MAX_STRANGERS }, () => dial(rig)))
  await expect(dial(rig)).rejects.toThrow('HTTP 503')
  // One of them turns out to be a call: there is room again.
  sides[0]?.start('CA1', token)
  await rig.exchange.attached.take()
  sides.push(await dial(rig))
  await expect(dial(rig)).rejects.toThrow('HTTP 503')
  for (const side of sides) side.socket.terminate()
  await nothingHeld(rig)
  await dial(rig)
})

it('closes a stream for a call that is gone, and one whose attaching fails', async () => {
  const rig = await rigWith()
  rig.exchange.onAttach = () => null
  const side = await dial(rig)
  side.start('CA1', await tokenFor(rig, 'CA1'))
  // In good order: the carrier goes on to ask what comes next, and nothing is to be found in its list of errors.
  expect(await side.closeCode()).toBe(1000)
  rig.exchange.onAttach = () => {
    throw new Error('a bug')
  }
  const other = await dial(rig)
  other.start('CA1', await tokenFor(rig, 'CA1'))
  expect(await other.closeCode()).toBe(1011)
  expect(warnings(rig).map(({ why, err }) => why ?? err)).toMatchObject([
    'no such live call',
    { message: 'a bug' },
    'an error of our own',
  ])
})

it('ends a live stream on a binary message, however many follow', async () => {
  const rig = await rigWith()
  const { side, sink } = await openCall(rig)
  for (let i = 0; i < 1_000; i++) side.socket.send(Buffer.alloc(160))
  expect(await side.closeCode()).toBe(1003)
  expect(await sink.told.take()).toMatchObject({ type: 'closed', why: 'bad-media' })
  expect(warnings(rig)).toMatchObject([{ msg: 'twilio stream cut', why: 'binary message', callSid: 'CA0001' }])
  await nothingHeld(rig)
  expect(sink.told.rest).toEqual([])
})

it('ends a live stream on an oversized message', async () => {
  const rig = await rigWith()
  const { side, sink } = await openCall(rig)
  side.socket.send('x'.repeat(64 * 1024 + 1))
  expect(await sink.told.take()).toMatchObject({ type: 'closed', why: 'bad-media' })
  expect(await side.closeCode()).toBe(1009)
  expect(warnings(rig)).toMatchObject([{ msg: 'twilio stream cut', why: 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH' }])
  await nothingHeld(rig)
})

it('ends a live stream on a message in many fragments', async () => {
  const rig = await rigWith()
  const { side, sink } = await openCall(rig)
  for (let i = 0; i < 1_000; i++) side.socket.send('{', { fin: false })
  expect(await sink.told.take()).toMatchObject({ type: 'closed', why: 'bad-media' })
  expect(await side.closeCode()).toBe(1008)
  expect(warnings(rig)).toMatchObject([{ msg: 'twilio stream cut', why: 'WS_ERR_TOO_MANY_BUFFERED_PARTS' }])
  await nothingHeld(rig)
})

it('refuses to work on a server that takes messages of any size', async () => {
  const app = Fastify()
  await app.register(websocket)
  const log: FastifyBaseLogger = pino({ enabled: false })
  const settings = { publicUrl: null, accountSid: null, authToken: AUTH_TOKEN, verify: true }
  const carrier = createTwilioCarrier({ ...settings, log, now: () => 0 })
  await expect(carrier.register(app, new RecordingExchange())).rejects.toThrow('maxPayload')
  await app.close()
})

it('agrees to no compression', async () => {
  const rig = await rigWith()
  const side = await dial(rig, { headers: { 'sec-websocket-extensions': 'permessage-deflate' } })
  expect(side.socket.extensions).toBe('')
})

it('lets peers that answer pings, or speak, live; cuts those that do neither', async () => {
  const rig = await rigWith({ pingIntervalMs: 80 })
  const polite = await openCall(rig, 'CA1', 'MZ1')
  const deaf = await openCall(rig, 'CA2', 'MZ2', { autoPong: false })
  const busy = await openCall(rig, 'CA3', 'MZ3', { autoPong: false })
  let pings = 0
  busy.side.socket.on('ping', () => {
    pings++
    busy.side.media(Buffer.alloc(160))
  })
  expect(await deaf.sink.told.take()).toMatchObject({ type: 'closed', why: 'lost' })
  await expect.poll(() => pings, PATIENCE).toBeGreaterThan(6)
  expect(rig.carrier.openStreams).toBe(2)
  expect(polite.sink.told.rest).toEqual([])
})

it('holds nothing after a crowd of abusers, and asked nobody for anything', async () => {
  const rig = await rigWith({ startTimeoutMs: 30 })
  const abuse: (() => Promise<unknown>)[] = [
    () => dial(rig, { signature: null }),
    () => dial(rig, { path: '/twilio/media?x' }),
    async () => (await dial(rig)).closeCode(),
    async () => {
      const side = await dial(rig)
      side.start('CA1', AUTH_TOKEN)
      return side.closeCode()
    },
    async () => {
      const side = await dial(rig)
      side.socket.send(Buffer.alloc(70_000))
      return side.closeCode()
    },
    async () => {
      const side = await dial(rig)
      side.socket.send('x'.repeat(1_000), { fin: false })
      side.socket.terminate()
      return side.closeCode()
    },
  ]
  const before = process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length
  for (let round = 0; round < 20; round++) {
    await Promise.allSettled(Array.from({ length: 30 }, (_, i) => abuse[i % abuse.length]?.()))
  }
  await nothingHeld(rig)
  expect(process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length).toBeLessThanOrEqual(before)
  expect({ calls: rig.exchange.calls, attachments: rig.exchange.attachments }).toEqual({ calls: [], attachments: 0 })
  const { side } = await openCall(rig)
  side.socket.close()
})

it('cuts what is left when the server closes', async () => {
  const rig = await openRig()
  const { side, sink } = await openCall(rig)
  const stranger = await dial(rig)
  await rig.close()
  expect(await sink.told.take()).toMatchObject({ type: 'closed' })
  await Promise.all([side.closeCode(), stranger.closeCode()])
  await expect.poll(() => rig.carrier.openStreams, PATIENCE).toBe(0)
})
