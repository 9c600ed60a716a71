/** The carrier under test on a real server, and Twilio's side of the wire, signed by Twilio's own package. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import Fastify, { type FastifyBaseLogger, type FastifyInstance } from 'fastify'
import { pino } from 'pino'
import twilioWebhooks from 'twilio/lib/webhooks/webhooks.js'
import { WebSocket } from 'ws'
import {
  createTwilioCarrier,
  type TwilioCarrier,
  type TwilioCarrierOptions,
} from '../../../src/carriers/twilio/twilio.ts'
import { Happenings, RecordingExchange } from '../../contracts/recording-exchange.ts'

export const AUTH_TOKEN = '12345'
export const ACCOUNT_SID = 'AC00000000000000000000000000000000'
export const PUBLIC_URL = 'https://voice.example.com'
/** For what follows soon, but not at once: the far side of a socket closing. */
export const PATIENCE = { timeout: 10_000 }
export const STREAM_URL = 'wss://voice.example.com/twilio/media'

export type Fields = Readonly<Record<string, string | readonly string[]>>

export interface Answered {
  readonly status: number
  readonly type: string | null
  readonly text: string
}

export interface Rig {
  readonly app: FastifyInstance
  readonly carrier: TwilioCarrier
  readonly exchange: RecordingExchange
  readonly port: number
  /** Every line logged, by the carrier and by the server, at any level. */
  readonly log: string[]
  /** Turn to move the carrier's clock. */
  readonly clock: { nowMs: number }
  close(): Promise<void>
}

export async function openRig(options: Partial<TwilioCarrierOptions> = {}): Promise<Rig> {
  const log: string[] = []
  const logger: FastifyBaseLogger = pino({ level: 'trace' }, { write: (line: string) => void log.push(line) })
  const app = Fastify({ loggerInstance: logger })
  const exchange = new RecordingExchange()
  const clock = { nowMs: 0 }
  const carrier = createTwilioCarrier({
    publicUrl: PUBLIC_URL,
    accountSid: ACCOUNT_SID,
    authToken: AUTH_TOKEN,
    verify: true,
    log: logger,
    now: () => clock.nowMs,
    ...options,
  })
  await carrier.register(app, exchange)
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo
  return { app, carrier, exchange, port, log, clock, close: () => app.close() }
}

export function sign(url: string, fields: Fields = {}, authToken = AUTH_TOKEN): string {
  return twilioWebhooks.getExpectedTwilioSignature(authToken, url, fields)
}

/** @param signature null to send none */
export async function post(
  rig: Rig,
  path: string,
  fields: Fields,
  signature: string | null = sign(PUBLIC_URL + path, fields),
): Promise<Answered> {
  const body = new URLSearchParams()
  for (const [name, value] of Object.entries(fields)) {
    for (const one of typeof value === 'string' ? [value] : value) body.append(name, one)
  }
  const response = await fetch(`http://127.0.0.1:${rig.port}${path}`, {
    method: 'POST',
    body,
    headers: signature === null ? {} : { 'x-twilio-signature': signature },
  })
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() }
}

export function voiceForm(callSid: string): Fields {
  return {
    CallSid: callSid,
    From: '+15550111',
    To: '+15550100',
    CallStatus: 'ringing',
    AccountSid: ACCOUNT_SID,
    Direction: 'inbound',
  }
}

/** Answers a call and gives the token of its TwiML. */
export async function tokenFor(rig: Rig, callSid: string): Promise<string> {
  const { text } = await post(rig, '/twilio/voice', voiceForm(callSid))
  const token = /<Parameter name="token" value="([^"]+)"\/>/.exec(text)?.[1]
  if (token === undefined) throw new Error(`no token in ${text}`)
  return token
}

export type FromUs =
  | { readonly type: 'message'; readonly text: string }
  | { readonly type: 'closed'; readonly code: number }

/** Twilio's end of a media stream. */
export class TwilioSide {
  readonly socket: WebSocket
  readonly streamSid: string
  readonly got = new Happenings<FromUs>()
  #sequenceNumber = 1
  #chunk = 0
  #timestampMs = 0

  constructor(socket: WebSocket, streamSid: string) {
    this.socket = socket
    this.streamSid = streamSid
    socket.on('message', (data: Buffer) => this.got.add({ type: 'message', text: data.toString() }))
    socket.on('close', (code) => this.got.add({ type: 'closed', code }))
    socket.on('error', () => {}) // followed by `close`
  }

  send(message: unknown): void {
    this.socket.send(JSON.stringify(message))
  }

  connected(): void {
    this.send({ event: 'connected', protocol: 'Call', version: '1.0.0' })
  }

  start(callSid: string, token: string, changed: Readonly<Record<string, unknown>> = {}): void {
    const start = {
      accountSid: ACCOUNT_SID,
      streamSid: this.streamSid,
      callSid,
      tracks: ['inbound'],
      mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 },
      customParameters: { token },
      ...changed,
    }
    this.send({ event: 'start', sequenceNumber: '1', start, streamSid: this.streamSid })
  }

  media(audio: Buffer, changed: Readonly<Record<string, unknown>> = {}): void {
    const timestamp = `${this.#timestampMs}`
    this.#timestampMs += audio.length / 8
    const media = {
      track: 'inbound',
      chunk: `${++this.#chunk}`,
      timestamp,
      payload: audio.toString('base64'),
      ...changed,
    }
    this.send({ event: 'media', sequenceNumber: `${++this.#sequenceNumber}`, media, streamSid: this.streamSid })
  }

  async closeCode(): Promise<number> {
    for (;;) {
      const got = await this.got.take()
      if (got.type === 'closed') return got.code
    }
  }
}

export interface DialOptions {
  readonly path?: string
  /** Null to send none. */
  readonly signature?: string | null
  readonly headers?: Record<string, string>
  readonly streamSid?: string
  readonly autoPong?: boolean
}

/** Opens the socket, properly signed unless told otherwise; rejects with the HTTP status when it is refused. */
export async function dial(rig: Rig, options: DialOptions = {}): Promise<TwilioSide> {
  const {
    path = '/twilio/media',
    signature = sign(STREAM_URL),
    headers = {},
    streamSid = 'MZ0001',
    autoPong = true,
  } = options
  const socket = new WebSocket(`ws://127.0.0.1:${rig.port}${path}`, {
    perMessageDeflate: false,
    autoPong,
    headers: signature === null ? headers : { 'x-twilio-signature': signature, ...headers },
  })
  const side = new TwilioSide(socket, streamSid)
  const refused = new Promise<never>((_, reject) => {
    socket.on('unexpected-response', (request, response) => {
      reject(new Error(`HTTP ${response.statusCode}`))
      response.resume()
      request.destroy()
    })
  })
  await Promise.race([once(socket, 'open'), refused])
  return side
}

/** A call answered and its stream attached. */
export async function openCall(rig: Rig, callSid = 'CA0001', streamSid = 'MZ0001', options: DialOptions = {}) {
  const token = await tokenFor(rig, callSid)
  const side = await dial(rig, { streamSid, ...options })
  side.connected()
  side.start(callSid, token)
  const sink = await rig.exchange.attached.take()
  return { side, sink, token }
}

export function warnings(rig: Rig): Record<string, unknown>[] {
  return rig.log.map((line): Record<string, unknown> => JSON.parse(line)).filter((line) => Number(line.level) >= 40)
}
