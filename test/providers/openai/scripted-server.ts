/** A realtime server that says and answers only what a test writes down. */
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import type { RealtimeClientEvent, RealtimeServerEvent } from 'openai/resources/realtime/realtime'
import { type WebSocket, WebSocketServer } from 'ws'
import { Queue } from './queue.ts'

export type ClientMessage = RealtimeClientEvent & { event_id?: string }
/** `event_id` is filled in. */
export type Said = RealtimeServerEvent extends infer Event
  ? Event extends unknown
    ? Omit<Event, 'event_id'>
    : never
  : never

export class Connection {
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly #socket: WebSocket
  readonly #messages = new Queue<string>()
  /** The close code our side sent. */
  readonly closed: Promise<number>
  pings = 0
  #said = 0

  constructor(socket: WebSocket, request: IncomingMessage) {
    this.#socket = socket
    this.url = request.url ?? ''
    this.headers = request.headers
    socket.on('message', (data) => this.#messages.put(data.toString()))
    socket.on('ping', () => {
      this.pings += 1
    })
    this.closed = new Promise((resolve) => {
      socket.on('close', (code) => resolve(code))
    })
  }

  say(...events: readonly Said[]): void {
    for (const event of events) {
      this.#said += 1
      this.sayText(JSON.stringify({ event_id: `event_${this.#said}`, ...event }))
    }
  }

  sayText(text: string): void {
    this.#socket.send(text)
  }

  async nextText(): Promise<string> {
    return await this.#messages.take()
  }

  async next(): Promise<ClientMessage> {
    return JSON.parse(await this.nextText())
  }

  /** Reads on until a message of this type comes; the others are lost. */
  async nextOf<Type extends ClientMessage['type']>(type: Type): Promise<Extract<ClientMessage, { type: Type }>> {
    for (;;) {
      const message = await this.next()
      if (message.type === type) return message as Extract<ClientMessage, { type: Type }>
    }
  }

  /** Messages that came and nobody has taken. */
  get waiting(): number {
    return this.#messages.length
  }

  close(code: number, reason = ''): void {
    this.#socket.close(code, reason)
  }

  /** The network is gone, without a word. */
  cut(): void {
    this.#socket.terminate()
  }

  /** Takes nothing more from the network. */
  stall(): void {
    this.#socket.pause()
  }
}

interface Refusal {
  readonly status: number
  readonly body: string
}
/** `hang`: no answer; `half`: an answer that never ends; `reset`: the network breaks. */
type Fate = Refusal | 'hang' | 'half' | 'reset'

export class ScriptedServer {
  readonly baseUrl: string
  /** How often somebody dialled. */
  dials = 0
  readonly #http: Server
  readonly #sockets: WebSocketServer
  readonly #connections = new Queue<Connection>()
  readonly #raw: Duplex[] = []
  readonly #refusals: Fate[] = []

  static async listen(options: { autoPong?: boolean } = {}): Promise<ScriptedServer> {
    const http = createServer()
    http.listen(0, '127.0.0.1')
    await once(http, 'listening')
    return new ScriptedServer(http, options)
  }

  private constructor(http: Server, options: { autoPong?: boolean }) {
    this.#http = http
    this.#sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, ...options })
    this.baseUrl = `http://127.0.0.1:${(http.address() as AddressInfo).port}/v1`
    http.on('upgrade', (request, socket, head) => {
      this.dials += 1
      socket.on('error', () => {})
      const refusal = this.#refusals.shift()
      // An upgraded socket is nobody's but ours: the server that it came from no longer closes it.
      this.#raw.push(socket)
      if (refusal === 'hang') return
      if (refusal === 'reset') socket.destroy()
      else if (refusal === 'half') socket.write('HTTP/1.1 401 No\r\nContent-Length: 99\r\n\r\n{')
      else if (refusal !== undefined) {
        const head = `HTTP/1.1 ${refusal.status} No\r\nContent-Length: ${Buffer.byteLength(refusal.body)}\r\nConnection: close`
        socket.end(`${head}\r\n\r\n${refusal.body}`)
      } else {
        this.#sockets.handleUpgrade(request, socket, head, (client) => {
          this.#connections.put(new Connection(client, request))
        })
      }
    })
  }

  /** What comes of the next handshakes, in turn. */
  refuseNext(...refusals: readonly Fate[]): void {
    this.#refusals.push(...refusals)
  }

  /** The next connection that was accepted. */
  async connection(): Promise<Connection> {
    return await this.#connections.take()
  }

  /** TCP connections that are open. */
  async open(): Promise<number> {
    return await new Promise((resolve, reject) => {
      this.#http.getConnections((error, count) => (error === null ? resolve(count) : reject(error)))
    })
  }

  async close(): Promise<void> {
    for (const client of this.#sockets.clients) client.terminate()
    for (const socket of this.#raw) socket.destroy()
    this.#http.closeAllConnections()
    this.#http.close()
    await once(this.#http, 'close')
  }
}
