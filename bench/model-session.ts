/** One realtime session at the model's end: the handshake of settings, the caller's audio, and what the bridge answers. */
import type { Socket } from 'node:net'
import type { BenchCall } from './bench-call.ts'
import { eventText, fieldOf } from './model-events.ts'
import { acceptHandshake, Wire } from './wire.ts'

const APPEND = 'input_audio_buffer.append'
const AUDIO = '"audio":"'
/** The type of an event stands within this much of its beginning, whatever order its fields have. */
const TYPE_WITHIN = 100

/** What the bridge says that concerns the conversation. */
export interface Listener {
  truncated(itemId: string, audioEndMs: number): void
  toolAnswered(toolCallId: string, nowMs: number): void
  responseAsked(): void
}

export class ModelSession {
  /** Resolves when the session has been configured as asked. */
  readonly configured: Promise<void>
  /** On the clock of `performance.now`. */
  configuredAtMs = Number.NaN
  listener: Listener | null = null
  /** Caller audio that has come, in ms. */
  heardMs = 0
  readonly #call: BenchCall
  readonly #socket: Socket
  readonly #wire: Wire
  readonly #audio = Buffer.alloc(256 * 1024)
  #configure: (() => void) | null = null

  constructor(call: BenchCall, socket: Socket, head: Buffer, onClose: () => void) {
    this.#call = call
    this.configured = new Promise((resolve) => {
      this.#configure = resolve
    })
    this.#socket = socket
    const take = (bytes: Buffer, from: number, to: number) => this.#take(bytes.toString('latin1', from, to))
    this.#wire = new Wire(socket, false, head, take, onClose)
  }

  /** Ends the handshake, and greets. @param key the client's Sec-WebSocket-Key */
  accept(key: string): void {
    if (!this.#socket.writable) return
    this.#socket.write(acceptHandshake(key))
    this.send(eventText('session.created', { session: this.#session({}) }))
  }

  send(text: string): void {
    this.#wire.send(text)
  }

  /** An event that the strict model of the fact sheet would send too: none is expected. */
  refuse(code: string, message: string): void {
    this.#call.measures.trouble(`error: ${message}`)
    this.send(
      eventText('error', { error: { type: 'invalid_request_error', code, message, param: null, event_id: null } }),
    )
  }

  destroy(): void {
    this.#wire.destroy()
  }

  #take(text: string): void {
    const typeAt = text.indexOf(APPEND)
    if (typeAt >= 0 && typeAt < TYPE_WITHIN) {
      const start = text.indexOf(AUDIO) + AUDIO.length
      return this.#hear(text.slice(start, text.indexOf('"', start)))
    }
    const event: unknown = JSON.parse(text)
    switch (fieldOf(event, 'type')) {
      case 'session.update':
        return this.#update(fieldOf(event, 'session'))
      case 'conversation.item.create': {
        const item = fieldOf(event, 'item')
        if (fieldOf(item, 'type') !== 'function_call_output') return
        return this.listener?.toolAnswered(String(fieldOf(item, 'call_id')), performance.now())
      }
      case 'conversation.item.truncate':
        return this.listener?.truncated(String(fieldOf(event, 'item_id')), Number(fieldOf(event, 'audio_end_ms')))
      case 'response.create':
        return this.listener?.responseAsked()
    }
  }

  #hear(base64: string): void {
    const nowMs = performance.now()
    const { up, modelAudio, measures } = this.#call
    const bytes = this.#audio.write(base64, 'base64')
    const { frameBytes } = modelAudio
    if (bytes % frameBytes !== 0) measures.trouble('audio to the model that is not whole frames')
    for (let at = 0; at + frameBytes <= bytes; at += frameBytes) {
      up.receive(modelAudio.read(this.#audio, at, up.next), nowMs)
      this.heardMs += 20
    }
  }

  #update(asked: unknown): void {
    const audio = fieldOf(asked, 'audio')
    const wanted = this.#call.expected.wire === 'g711' ? 'audio/pcmu' : 'audio/pcm'
    for (const way of ['input', 'output']) {
      const type = fieldOf(fieldOf(fieldOf(audio, way), 'format'), 'type')
      if (type !== wanted) return this.#call.measures.trouble(`audio asked for as ${String(type)} instead of ${wanted}`)
    }
    const settings = typeof asked === 'object' && asked !== null ? asked : {}
    this.send(eventText('session.updated', { session: this.#session(settings) }))
    if (this.#configure === null) return
    this.configuredAtMs = performance.now()
    this.#configure()
    this.#configure = null
  }

  #session(settings: object): object {
    const expiresAt = Math.floor(Date.now() / 1000) + 3600
    const fixed = { id: 'sess_bench', object: 'realtime.session', expires_at: expiresAt, model: 'gpt-realtime-2.1' }
    return { type: 'realtime', ...settings, ...fixed }
  }
}
