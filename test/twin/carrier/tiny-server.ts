/** The smallest server a carrier can call, of raw http and ws: what it answers is up to each test. */
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { validateRequest } from 'twilio/lib/webhooks/webhooks.js'
import { type WebSocket, WebSocketServer } from 'ws'
import { z } from 'zod'

export const AUTH_TOKEN = 'c0ffee00c0ffee00c0ffee00c0ffee00'

export interface Posted {
  readonly path: string
  readonly method: string
  readonly form: Readonly<Record<string, string>>
  /** Whether the official package accepts the signature. */
  readonly signed: boolean
  readonly atMs: number
}

export const CarrierMessage = z.object({
  event: z.string(),
  sequenceNumber: z.string().optional(),
  streamSid: z.string().optional(),
  start: z
    .object({ callSid: z.string(), customParameters: z.record(z.string(), z.string()), mediaFormat: z.unknown() })
    .optional(),
  media: z.object({ track: z.string(), chunk: z.string(), timestamp: z.string(), payload: z.string() }).optional(),
  mark: z.object({ name: z.string() }).optional(),
  dtmf: z.object({ digit: z.string() }).optional(),
  stop: z.object({ accountSid: z.string(), callSid: z.string() }).optional(),
})
export type CarrierMessage = z.infer<typeof CarrierMessage>

/** One accepted stream, the server's end. */
export class ServerStream {
  readonly socket: WebSocket
  readonly messages: CarrierMessage[] = []
  /** Texts that were no such message. */
  readonly unreadable: string[] = []
  readonly #waiting: {
    readonly wanted: (message: CarrierMessage) => boolean
    readonly found: (m: CarrierMessage) => void
  }[] = []

  constructor(socket: WebSocket) {
    this.socket = socket
    socket.on('error', () => {})
    socket.on('message', (data) => {
      const message = read(String(data))
      if (!message) {
        this.unreadable.push(String(data))
        return
      }
      this.messages.push(message)
      for (const waiting of this.#waiting.filter(({ wanted }) => wanted(message))) {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1)
        waiting.found(message)
      }
    })
  }

  get media() {
    return this.messages.flatMap((message) => message.media ?? [])
  }

  get streamSid(): string {
    return this.messages.find(({ event }) => event === 'start')?.streamSid ?? ''
  }

  /** Fulfilled with the first message, past or future, that is wanted. */
  message(wanted: (message: CarrierMessage) => boolean): Promise<CarrierMessage> {
    const past = this.messages.find(wanted)
    if (past) return Promise.resolve(past)
    return new Promise((found) => this.#waiting.push({ wanted, found }))
  }

  started(): Promise<CarrierMessage> {
    return this.message(({ event }) => event === 'start')
  }

  mark(name: string): Promise<CarrierMessage> {
    return this.message((message) => message.mark?.name === name)
  }

  send(message: object): void {
    this.socket.send(JSON.stringify({ streamSid: this.streamSid, ...message }))
  }

  play(audio: Uint8Array): void {
    this.send({ event: 'media', media: { payload: Buffer.from(audio).toString('base64') } })
  }

  askMark(name: string): void {
    this.send({ event: 'mark', mark: { name } })
  }
}

export interface Answer {
  readonly status?: number
  readonly contentType?: string
  readonly body: string
}

export class TinyServer implements AsyncDisposable {
  readonly posted: Posted[] = []
  /** Upgrades that asked for a stream, and whether the official package accepted their signature. */
  readonly upgrades: boolean[] = []
  readonly streams: ServerStream[] = []
  /** What each path answers; any other is 404. */
  readonly answers = new Map<
    string,
    (form: Readonly<Record<string, string>>) => Answer | string | Promise<Answer | string>
  >()
  /** What happens on each stream. */
  onStream: (stream: ServerStream) => unknown = () => {}
  port = 0
  /** Under which name the carrier knows this server, when not by its address. */
  publicUrl: string | null = null

  readonly #http = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', async () => {
      const form = Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString()))
      const path = request.url ?? ''
      const signed = this.#signed(request, this.url, form)
      this.posted.push({ path, method: request.method ?? '', form, signed, atMs: performance.now() })
      const given = await this.answers.get(path.split('?')[0]!)?.(form)
      const answer: Answer = typeof given === 'string' ? { body: given } : (given ?? { status: 404, body: '' })
      response.writeHead(answer.status ?? 200, { 'Content-Type': answer.contentType ?? 'text/xml' }).end(answer.body)
    })
  })
  readonly #ws = new WebSocketServer({
    noServer: true,
    maxPayload: 64 * 1024,
    maxFragments: 32,
    perMessageDeflate: false,
  })

  static async listen(): Promise<TinyServer> {
    const server = new TinyServer()
    server.#http.on('upgrade', (request, socket, head) => {
      const signed = server.#signed(request, server.url.replace(/^http/, 'ws'), {})
      server.upgrades.push(signed)
      if (!signed) {
        socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
        return
      }
      server.#ws.handleUpgrade(request, socket, head, (accepted) => {
        const stream = new ServerStream(accepted)
        server.streams.push(stream)
        server.onStream(stream)
      })
    })
    server.#http.listen(0, '127.0.0.1')
    await once(server.#http, 'listening')
    const address = server.#http.address() as AddressInfo
    server.port = address.port
    return server
  }

  get url(): string {
    return this.publicUrl ?? `http://127.0.0.1:${this.port}`
  }

  get mediaUrl(): string {
    return `${this.url.replace(/^http/, 'ws')}/media`
  }

  /** The usual document: a stream with a token, and another document after it. */
  connectTwiml(token = 'token-1'): string {
    return `<?xml version="1.0" encoding="UTF-8"?><Response><Connect><Stream url="${this.mediaUrl}"><Parameter name="token" value="${token}"/></Stream></Connect><Redirect method="POST">${this.url}/next</Redirect></Response>`
  }

  posts(path: string): Posted[] {
    return this.posted.filter((posted) => posted.path === path)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#ws.clients) client.terminate()
    this.#ws.close()
    this.#http.closeAllConnections()
    this.#http.close()
    await once(this.#http, 'close')
  }

  #signed(request: IncomingMessage, origin: string, form: Record<string, string>): boolean {
    const signature = request.headers['x-twilio-signature']
    return validateRequest(AUTH_TOKEN, String(signature ?? ''), `${origin}${request.url}`, form)
  }
}

function read(text: string): CarrierMessage | null {
  try {
    return CarrierMessage.parse(JSON.parse(text))
  } catch {
    return null
  }
}
