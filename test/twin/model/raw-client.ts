/** A bare WebSocket client of the realtime API, which shares no code with the twin or with our provider. */
import { once } from 'node:events'
import { WebSocket } from 'ws'
import { encodeMulaw } from '../../../src/audio/g711.ts'
import { createResampler } from '../../../src/audio/resample.ts'
import { speak, type Voice } from '../../../src/twin/speech.ts'

/** A server event; tests look into it freely. */
// biome-ignore lint/suspicious/noExplicitAny: tests compare what came with what must come, and a wrong shape fails them.
export type Event = Record<string, any>

export class RawClient {
  readonly socket: WebSocket
  readonly events: Event[] = []
  closed: { code: number; reason: string } | null = null
  #read = 0
  #wake: (() => void) | null = null

  constructor(url: string, headers: Record<string, string> = {}) {
    this.socket = new WebSocket(url, { headers: { authorization: 'Bearer sk-test', ...headers } })
    this.socket.on('message', (data) => {
      const text = String(data)
      try {
        this.events.push(JSON.parse(text))
      } catch {
        this.events.push({ type: '(not JSON)', text })
      }
      this.#wake?.()
    })
    this.socket.on('close', (code, reason) => {
      this.closed = { code, reason: reason.toString() }
      this.#wake?.()
    })
    this.socket.on('error', () => {})
  }

  /** Connects to the twin and reads the two events of its greeting. */
  static async connect(url: string, model = 'gpt-realtime-2.1'): Promise<RawClient> {
    const client = new RawClient(`${url.replace('http', 'ws')}/realtime?model=${model}`)
    await client.next('conversation.created')
    return client
  }

  /** The HTTP answer to a handshake that is refused. */
  static async refused(url: string, headers: Record<string, string> = {}): Promise<{ status: number; body: Event }> {
    const socket = new WebSocket(url, { headers })
    socket.on('error', () => {})
    const [, response] = await once(socket, 'unexpected-response')
    let body = ''
    for await (const chunk of response) body += chunk
    return { status: response.statusCode, body: JSON.parse(body) }
  }

  send(event: Event): void {
    this.socket.send(JSON.stringify(event))
  }

  /** The next event of this type among those not read yet; what comes before it is passed over, but stays in `events`. */
  async next(type: string): Promise<Event> {
    for (;;) {
      while (this.#read < this.events.length) {
        const event = this.events[this.#read++]!
        if (event.type === type) return event
      }
      if (this.closed) throw new Error(`closed (${this.closed.code}) before ${type}`)
      await this.#more(type)
    }
  }

  /** The types of all events from the one at `from` to the next of type `to`, and that one. */
  async through(to: string): Promise<Event[]> {
    const from = this.#read
    await this.next(to)
    return this.events.slice(from, this.#read)
  }

  async ask(event: Event, answer: string): Promise<Event> {
    this.send(event)
    return this.next(answer)
  }

  /** Sends an event that must be refused, and gives the error. */
  async refusal(event: Event): Promise<Event> {
    return (await this.ask(event, 'error')).error
  }

  async close(): Promise<{ code: number; reason: string }> {
    while (!this.closed) await this.#more('close')
    return this.closed
  }

  append(bytes: Uint8Array): void {
    this.send({ type: 'input_audio_buffer.append', audio: Buffer.from(bytes).toString('base64') })
  }

  #more(what: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        const seen = this.events.slice(-8).map((event) => event.type)
        reject(new Error(`no ${what}; last were ${seen.join(', ')}`))
      }, 60_000)
      this.#wake = () => {
        clearTimeout(timer)
        this.#wake = null
        resolve()
      }
    })
  }
}

/** Answers as fast as the processor allows. */
export const AT_ONCE = { firstAudioMs: 0, speed: Number.POSITIVE_INFINITY, argumentsMs: 0, transcriptMs: 0 }

export const PHONE = { input: { format: { type: 'audio/pcmu' } }, output: { format: { type: 'audio/pcmu' } } }

export function sessionUpdate(session: Event): Event {
  return { type: 'session.update', session: { type: 'realtime', ...session } }
}

export async function phoneSpeech(text: string, voice: Voice = 'rms'): Promise<Uint8Array> {
  const { pcm, sampleRateHz } = await speak(text, { voice })
  const narrow = createResampler(sampleRateHz === 8000 ? 8000 : 16000, 8000).resample(pcm)
  const bytes = new Uint8Array(narrow.length)
  encodeMulaw(narrow, bytes)
  return bytes
}

export function phoneSilence(ms: number): Uint8Array {
  return new Uint8Array(ms * 8).fill(0xff)
}
