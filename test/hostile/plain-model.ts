/** A realtime server that configures a session as it is asked and then says what a test has it say, however wrong. */
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { z } from 'zod'
import { Waiters } from '../../src/twin/model/waiters.ts'

const ClientEvent = z.looseObject({ type: z.string() })
export type ClientEvent = z.infer<typeof ClientEvent>
export type ServerEvent = { readonly type: string; readonly [field: string]: unknown }

const APPEND = '{"type":"input_audio_buffer.append","audio":"'
const WAIT_MOST_MS = 20_000

/** Ids are never used twice, in whatever session. */
let responses = 0

export class PlainSession {
  /** All that came but audio. */
  readonly received: ClientEvent[] = []
  /** Called with each piece of caller audio, as base64. */
  onAudio: (base64: string) => void = () => {}
  /** Called with everything else, once the session is configured. */
  onEvent: (event: ClientEvent) => void = () => {}
  /** The close code, once there is one. */
  closed: number | null = null
  configured = false
  /** The model's name, by which one server is many. */
  readonly name: string
  /** From 1 on, of this server. */
  readonly number: number
  readonly #socket: WebSocket
  readonly #model: PlainModel

  constructor(socket: WebSocket, model: PlainModel, name: string) {
    this.name = name
    this.number = model.sessions.length + 1
    this.#socket = socket
    this.#model = model
    socket.on('error', () => {})
    socket.on('close', (code) => {
      this.closed = code
      model.changed()
    })
    socket.on('message', (data) => this.#take(data.toString()))
  }

  get isOpen(): boolean {
    return this.#socket.readyState === this.#socket.OPEN
  }

  send(...events: readonly ServerEvent[]): void {
    for (const event of events) this.sendText(JSON.stringify(event))
  }

  sendText(text: string): void {
    if (this.isOpen) this.#socket.send(text)
  }

  close(code: number): void {
    this.#socket.close(code)
  }

  /** Cut without a word. */
  cut(): void {
    this.#socket.terminate()
  }

  /** Begins a response and an item of it. @returns their ids, and the events that give them audio and an end */
  speak(): Speech {
    const responseId = `resp_${++responses}`
    const itemId = `item_${responses}`
    this.send(
      { type: 'response.created', response: { id: responseId, status: 'in_progress', conversation_id: 'conv_1' } },
      {
        type: 'response.output_item.added',
        response_id: responseId,
        output_index: 0,
        item: { id: itemId, type: 'message', role: 'assistant' },
      },
    )
    const ids = { response_id: responseId, item_id: itemId }
    const delta = (base64: string) => ({ type: 'response.output_audio.delta', ...ids, delta: base64 })
    return {
      responseId,
      itemId,
      delta,
      audio: (base64) => this.send(delta(base64)),
      words: (text) => this.send({ type: 'response.output_audio_transcript.delta', ...ids, delta: text }),
      done: (status = 'completed') =>
        this.send(
          { type: 'response.output_audio.done', ...ids },
          { type: 'response.done', response: { id: responseId, status, conversation_id: 'conv_1', output: [] } },
        ),
    }
  }

  /** A whole response that calls tools and says nothing. */
  callTools(...calls: readonly { readonly callId: string; readonly name: string; readonly args: object }[]): void {
    const responseId = `resp_${++responses}`
    const items = calls.map(({ callId, name, args }) => {
      const id = `item_${callId}`
      return {
        id,
        type: 'function_call',
        status: 'completed',
        call_id: callId,
        name,
        arguments: JSON.stringify(args),
      }
    })
    this.send({
      type: 'response.created',
      response: { id: responseId, status: 'in_progress', conversation_id: 'conv_1' },
    })
    for (const [output_index, item] of items.entries())
      this.send({ type: 'response.output_item.done', response_id: responseId, output_index, item })
    this.send({
      type: 'response.done',
      response: { id: responseId, status: 'completed', conversation_id: 'conv_1', output: items },
    })
  }

  #take(text: string): void {
    if (text.startsWith(APPEND)) return this.onAudio(text.slice(APPEND.length, -2))
    const event = ClientEvent.parse(JSON.parse(text))
    this.received.push(event)
    if (event.type === 'session.update') {
      this.configured = true
      this.#model.configure(this, event)
    } else this.onEvent(event)
    this.#model.changed()
  }
}

export interface Speech {
  readonly responseId: string
  readonly itemId: string
  delta(base64: string): ServerEvent
  audio(base64: string): void
  words(text: string): void
  done(status?: string): void
}

/** What comes of a handshake: a session, nothing at all, or a connection that is gone. */
export type Handshake = 'accept' | 'hang' | 'cut'

export class PlainModel implements AsyncDisposable {
  readonly sessions: PlainSession[] = []
  handshakes = 0
  /** @param name the model's  @param number how often anyone has dialled */
  handshake: (name: string, number: number) => Handshake = () => 'accept'
  /** Told of every session before anything is said in it. */
  onSession: (session: PlainSession) => void = () => {}
  /** Answers `session.update`. Default: the settings asked for, and then `onConfigured`. */
  configure: (session: PlainSession, event: ClientEvent) => void = (session, event) => {
    session.send({ type: 'session.updated', session: { ...Object(event.session), id: 'sess_1' } })
    this.onConfigured(session)
  }
  onConfigured: (session: PlainSession) => void = () => {}
  readonly #http: Server
  readonly #sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false })
  readonly #hanging = new Set<Duplex>()
  readonly #waiters = new Waiters()

  private constructor(http: Server) {
    this.#http = http
    http.on('upgrade', (request, socket, head) => {
      this.handshakes++
      socket.on('error', () => {})
      const name = new URL(request.url ?? '/', 'http://model').searchParams.get('model') ?? ''
      const what = this.handshake(name, this.handshakes)
      if (what === 'cut') socket.destroy()
      else if (what === 'hang') {
        this.#hanging.add(socket)
        // Without a reader it would not be told that the other side has gone.
        socket.on('end', () => socket.end()).resume()
        socket.on('close', () => this.#hanging.delete(socket))
      } else {
        this.#sockets.handleUpgrade(request, socket, head, (client) => {
          const session = new PlainSession(client, this, name)
          this.sessions.push(session)
          this.onSession(session)
          session.send({ type: 'session.created', session: { id: 'sess_1' } })
        })
      }
      this.changed()
    })
  }

  static async listen(): Promise<PlainModel> {
    const http = createServer((_request, response) => response.writeHead(404).end())
    http.listen(0, '127.0.0.1')
    await once(http, 'listening')
    return new PlainModel(http)
  }

  /** What OPENAI_BASE_URL is to be. */
  get url(): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}/v1`
  }

  /** Sessions that are open, and handshakes that hang. */
  get open(): number {
    return this.#sockets.clients.size + this.#hanging.size
  }

  changed(): void {
    this.#waiters.changed()
  }

  until<Seen>(look: () => Seen | undefined | null | false, what: string): Promise<Seen> {
    return this.#waiters.wait(look, what, WAIT_MOST_MS)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#waiters.close()
    for (const client of this.#sockets.clients) client.terminate()
    for (const socket of this.#hanging) socket.destroy()
    this.#http.closeAllConnections()
    this.#http.close()
    await once(this.#http, 'close')
  }
}
