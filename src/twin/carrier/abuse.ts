/**
 * Connections that no carrier would make, for a test that many of them leave a server as it was. Each kind says what a right
 * server does with it: `before` it refuses the upgrade with an HTTP status, `after` it accepts and then closes.
 */
import { randomBytes } from 'node:crypto'
import { CONNECTED, mediaMessage, startMessage } from './messages.ts'
import { frame, type Opcode, RawWebSocket } from './raw-websocket.ts'
import { alter, sign } from './signature.ts'

interface Abuser {
  readonly socket: RawWebSocket
  readonly streamSid: string
}

interface Abuse {
  readonly refused: 'before' | 'after'
  /** The upgrade's headers, from right ones. */
  readonly headers?: (right: Record<string, string>, target: Target) => Record<string, string>
  /** False: the request for the upgrade breaks off in its middle. */
  readonly whole?: boolean
  /** What comes after the upgrade was accepted. Nothing: a silent connection. */
  readonly talk?: (abuser: Abuser) => unknown
}

interface Target {
  readonly url: string
  readonly authToken: string
}

const SILENCE = Buffer.alloc(160, 0xff).toString('base64')
const text = (abuser: Abuser, message: string) =>
  abuser.socket.write(frame({ opcode: 'text', payload: Buffer.from(message) }))

/** A start as the carrier sends it, for a call that was never placed. */
function start(abuser: Abuser, changed: object = {}): void {
  text(abuser, CONNECTED)
  const accountSid = `AC${'0'.repeat(32)}`
  const callSid = `CA${randomBytes(16).toString('hex')}`
  const mediaFormat = { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 }
  const customParameters = { token: randomBytes(16).toString('hex'), t: randomBytes(16).toString('hex') }
  text(abuser, startMessage(1, abuser.streamSid, { accountSid, callSid, customParameters, mediaFormat, ...changed }))
}

/** Sends one frame many times, no faster than the network takes it. */
async function flood(abuser: Abuser, times: number, bytes: Buffer): Promise<void> {
  const atOnce = Math.max(1, Math.floor(65_536 / bytes.length))
  const block = Buffer.concat(Array.from({ length: atOnce }, () => bytes))
  for (let sent = 0; sent < times; sent += atOnce) {
    await abuser.socket.write(block)
  }
}

const one = (
  opcode: Opcode,
  payload: string | Buffer,
  more: { fin?: boolean; masked?: boolean; announcedBytes?: bigint } = {},
) => frame({ opcode, payload: Buffer.from(payload), ...more })

const KINDS = {
  unsigned: { refused: 'before', headers: ({ 'X-Twilio-Signature': _, ...others }) => others },
  'altered-signature': {
    refused: 'before',
    headers: (right) => ({ ...right, 'X-Twilio-Signature': alter(right['X-Twilio-Signature'] ?? '') }),
  },
  'empty-signature': { refused: 'before', headers: (right) => ({ ...right, 'X-Twilio-Signature': '' }) },
  'empty-token-signature': {
    refused: 'before',
    headers: (right, { url }) => ({ ...right, 'X-Twilio-Signature': sign('', url, []) }),
  },
  'signature-of-http-url': {
    refused: 'before',
    headers: (right, { url, authToken }) => ({
      ...right,
      'X-Twilio-Signature': sign(authToken, url.replace(/^ws/, 'http'), []),
    }),
  },
  'signature-of-other-path': {
    refused: 'before',
    headers: (right, { url, authToken }) => ({ ...right, 'X-Twilio-Signature': sign(authToken, `${url}/`, []) }),
  },
  'signature-forty-kilobytes': {
    refused: 'before',
    headers: (right) => ({ ...right, 'X-Twilio-Signature': 'A'.repeat(40_000) }),
  },
  'plain-get': {
    refused: 'before',
    headers: ({ Upgrade: _, Connection: __, ...others }) => ({ ...others, Connection: 'close' }),
  },
  'wrong-websocket-version': {
    refused: 'before',
    headers: (right) => ({ ...right, 'Sec-WebSocket-Version': '7' }),
  },
  'abandoned-upgrade': { refused: 'before', whole: false },
  silent: { refused: 'after' },
  'connected-only': { refused: 'after', talk: (abuser) => text(abuser, CONNECTED) },
  'media-before-start': {
    refused: 'after',
    talk: (abuser) => {
      text(abuser, CONNECTED)
      for (let chunk = 1; chunk <= 50; chunk++) {
        text(abuser, mediaMessage(chunk, abuser.streamSid, chunk, (chunk - 1) * 20, SILENCE))
      }
    },
  },
  'unknown-call': { refused: 'after', talk: (abuser) => start(abuser) },
  'no-token': { refused: 'after', talk: (abuser) => start(abuser, { customParameters: {} }) },
  'wrong-encoding': {
    refused: 'after',
    talk: (abuser) => start(abuser, { mediaFormat: { encoding: 'audio/l16', sampleRate: 16_000, channels: 2 } }),
  },
  'start-without-fields': { refused: 'after', talk: (abuser) => text(abuser, '{"event":"start"}') },
  'start-of-wrong-types': {
    refused: 'after',
    talk: (abuser) => text(abuser, '{"event":"start","sequenceNumber":1,"streamSid":[],"start":null}'),
  },
  'two-starts': {
    refused: 'after',
    talk: (abuser) => {
      start(abuser)
      start(abuser)
    },
  },
  'prototype-parameters': {
    refused: 'after',
    talk: (abuser) =>
      text(abuser, '{"event":"start","__proto__":{"t":"x"},"start":{"customParameters":{"__proto__":{"t":"x"}}}}'),
  },
  'not-json': { refused: 'after', talk: (abuser) => flood(abuser, 200, one('text', '{"event":')) },
  'deep-json': { refused: 'after', talk: (abuser) => text(abuser, '['.repeat(30_000)) },
  binary: { refused: 'after', talk: (abuser) => flood(abuser, 200, one('binary', Buffer.alloc(160))) },
  oversize: { refused: 'after', talk: (abuser) => flood(abuser, 1, one('text', 'x'.repeat(1 << 20))) },
  'announced-terabyte': {
    refused: 'after',
    talk: (abuser) => abuser.socket.write(one('text', 'x', { announcedBytes: 1n << 40n })),
  },
  'fragment-flood': {
    refused: 'after',
    talk: async (abuser) => {
      abuser.socket.write(one('text', 'x', { fin: false }))
      await flood(abuser, 20_000, one('continuation', 'x', { fin: false }))
    },
  },
  'empty-fragments': {
    refused: 'after',
    talk: async (abuser) => {
      abuser.socket.write(one('text', '', { fin: false }))
      await flood(abuser, 20_000, one('continuation', '', { fin: false }))
    },
  },
  'ping-flood': { refused: 'after', talk: (abuser) => flood(abuser, 2_000, one('ping', 'x')) },
  unmasked: { refused: 'after', talk: (abuser) => abuser.socket.write(one('text', CONNECTED, { masked: false })) },
  'reserved-opcode': { refused: 'after', talk: (abuser) => abuser.socket.write(one('reserved', 'x')) },
  'fragmented-ping': { refused: 'after', talk: (abuser) => abuser.socket.write(one('ping', 'x', { fin: false })) },
  'invalid-utf8': { refused: 'after', talk: (abuser) => abuser.socket.write(one('text', Buffer.from([0xc3, 0x28]))) },
  'continuation-of-nothing': { refused: 'after', talk: (abuser) => abuser.socket.write(one('continuation', 'x')) },
  'close-code-of-nobody': {
    refused: 'after',
    talk: (abuser) => abuser.socket.write(one('close', Buffer.from([0, 1]))),
  },
  'cut-after-start': {
    refused: 'after',
    talk: (abuser) => {
      start(abuser)
      abuser.socket.destroy()
    },
  },
} as const satisfies Record<string, Abuse>

export type AbuseKind = keyof typeof KINDS
export const ABUSE_KINDS = Object.keys(KINDS) as readonly AbuseKind[]

export interface AbuseOptions {
  /** The stream's URL, ws or wss, as a call would be given it. */
  readonly url: string
  /** The right token: most kinds are signed as the carrier would, so that they get past the first door. */
  readonly authToken: string
  /** How many connections in all; the kinds take turns. */
  readonly connections: number
  /** Default: all. */
  readonly kinds?: readonly AbuseKind[]
  /** How many at once; default 50. */
  readonly concurrency?: number
  /** A server that has not refused after so long has failed to; default 10 s. */
  readonly patienceMs?: number
}

export interface AbuseResult {
  readonly kind: AbuseKind
  /** What a right server does: refuse the upgrade, or close afterwards. */
  readonly expected: 'before' | 'after'
  /** The answer to the upgrade; 101 is accepted, null: the connection went without one. */
  readonly httpStatus: number | null
  /** The server's close code; null: cut without one, or never accepted. */
  readonly closeCode: number | null
  /** The server let the connection live until patience ended, or accepted what it was to refuse. */
  readonly tolerated: boolean
  readonly tookMs: number
}

/** Opens abusive connections and tells how each was refused. Never rejects for what the server does. */
export async function abuse(options: AbuseOptions): Promise<AbuseResult[]> {
  const kinds = options.kinds ?? ABUSE_KINDS
  const results: AbuseResult[] = []
  let next = 0
  const worker = async () => {
    while (next < options.connections) {
      const at = next++
      results[at] = await abuseOnce(kinds[at % kinds.length]!, options)
    }
  }
  await Promise.all(Array.from({ length: options.concurrency ?? 50 }, worker))
  return results
}

async function abuseOnce(kind: AbuseKind, { url, authToken, patienceMs = 10_000 }: AbuseOptions): Promise<AbuseResult> {
  const { refused: expected, headers, whole = true, talk }: Abuse = KINDS[kind]
  const right = {
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
    'X-Twilio-Signature': sign(authToken, url, []),
  }
  const startedMs = performance.now()
  const socket = new RawWebSocket({ url, headers: headers?.(right, { url, authToken }) ?? right, whole })
  let impatient = false
  const patience = setTimeout(
    () => {
      // Half a request is nobody's fault: the abuser goes away before the server loses its patience.
      impatient = whole
      socket.destroy()
    },
    whole ? patienceMs : 20,
  )
  const httpStatus = await socket.answered
  if (httpStatus === 101) await talk?.({ socket, streamSid: `MZ${randomBytes(16).toString('hex')}` })
  const closeCode = await socket.closed
  clearTimeout(patience)
  const tolerated = impatient || (expected === 'before' && httpStatus === 101)
  return { kind, expected, httpStatus, closeCode, tolerated, tookMs: performance.now() - startedMs }
}
