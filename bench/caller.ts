/**
 * A caller on Twilio's side of the line, lean: posts the signed webhook, opens the stream of the TwiML, sends a frame every
 * 20 ms and plays what it gets on a true clock, eight bytes a millisecond. Marks come back when they are reached, and all
 * at once on a clear. Source: twilio.com/docs/voice/media-streams/websocket-messages.
 */
import { createHmac } from 'node:crypto'
import { request } from 'node:http'
import { connect, type Socket } from 'node:net'
import type { BenchCall } from './bench-call.ts'
import type { Ticker } from './ticker.ts'
import { askHandshake, handshakeAnswer, Wire } from './wire.ts'

export const AUTH_TOKEN = 'bench'
const FRAME_MS = 20
const BYTES_PER_MS = 8
const MEDIA = '{"event":"media"'
const PAYLOAD = '"payload":"'

interface Stream {
  readonly url: URL
  readonly parameters: Readonly<Record<string, string>>
}

interface Mark {
  readonly name: string
  sent: boolean
}

export class Caller {
  readonly #call: BenchCall
  readonly #ticker: Ticker
  readonly #callSid: string
  readonly #streamSid: string
  readonly #audio = Buffer.alloc(64 * 1024)
  #wire: Wire | null = null
  #messages = 1
  #queueEndMs = 0
  #marks: Mark[] = []
  #closed = Promise.resolve()

  constructor(call: BenchCall, ticker: Ticker) {
    const id = `${process.pid.toString(16)}${Date.now().toString(16)}${call.index.toString(16)}`.padStart(32, '0')
    this.#call = call
    this.#ticker = ticker
    this.#callSid = `CA${id}`
    this.#streamSid = `MZ${id}`
  }

  /** Rings. @param called the number dialled  @throws Error when the answer is not TwiML with a stream */
  async ring(base: string, called: string): Promise<Stream> {
    const from = `+1555${String(1_000_000 + this.#call.index)}`
    const fields = { AccountSid: 'ACbench', CallSid: this.#callSid, CallStatus: 'ringing', From: from, To: called }
    const askedAtMs = performance.now()
    const twiml = await post(`${base}/twilio/voice`, fields)
    this.#call.measures.twiml.add(performance.now() - askedAtMs)
    const url = /<Stream[^>]* url="([^"]+)"/.exec(twiml)?.[1]
    if (url === undefined) throw new Error(`no stream in the answer to a call: ${twiml.slice(0, 300)}`)
    const parameters: Record<string, string> = {}
    for (const [, name, value] of twiml.matchAll(/<Parameter name="([^"]+)" value="([^"]+)"/g)) {
      parameters[name!] = value!
    }
    return { url: new URL(url), parameters }
  }

  /** Opens the stream and begins to speak. */
  async talk(stream: Stream): Promise<void> {
    const socket = connect({ host: stream.url.hostname, port: Number(stream.url.port) })
    const answer = handshakeAnswer(socket)
    socket.write(askHandshake(stream.url, { 'X-Twilio-Signature': sign(stream.url.href, {}) }))
    this.#open(socket, await answer)
    const start = {
      accountSid: 'ACbench',
      streamSid: this.#streamSid,
      callSid: this.#callSid,
      tracks: ['inbound'],
      customParameters: stream.parameters,
      mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 },
    }
    this.#wire?.send(JSON.stringify({ event: 'connected', protocol: 'Call', version: '1.0.0' }))
    this.#wire?.send(JSON.stringify({ event: 'start', sequenceNumber: '1', start, streamSid: this.#streamSid }))
    this.#ticker.add(this.#call.index, this)
  }

  /** Sends one frame. */
  tick(): void {
    const number = this.#call.up.sent
    const payload = this.#call.callerAudio.encode(this.#call.index, number, 1)
    const text = `{"event":"media","sequenceNumber":"${++this.#messages}","media":{"track":"inbound","chunk":"${number + 1}","timestamp":"${number * FRAME_MS}","payload":"${payload}"},"streamSid":"${this.#streamSid}"}`
    this.#call.up.send(1, performance.now(), true)
    this.#wire?.send(text)
  }

  /** Says no more; the stream stays open. */
  hush(): void {
    this.#ticker.remove(this.#call.index, this)
  }

  /** Hangs up. Resolves when the server has closed the stream, or was cut after a second, and knows that the call is over. */
  async hangUp(base: string): Promise<void> {
    this.hush()
    const stop = { accountSid: 'ACbench', callSid: this.#callSid }
    const sequenceNumber = String(++this.#messages)
    this.#wire?.send(JSON.stringify({ event: 'stop', sequenceNumber, stop, streamSid: this.#streamSid }))
    this.#wire?.close()
    const cut = setTimeout(() => this.#wire?.destroy(), 1000)
    await this.#closed
    clearTimeout(cut)
    const fields = { AccountSid: 'ACbench', CallSid: this.#callSid, CallStatus: 'completed', SequenceNumber: '1' }
    await post(`${base}/twilio/status`, fields)
  }

  /** The line breaks. */
  cut(): void {
    this.hush()
    this.#wire?.destroy()
  }

  #open(socket: Socket, head: Buffer): void {
    this.#closed = new Promise((resolve) => {
      this.#wire = new Wire(
        socket,
        true,
        head,
        (bytes, from, to) => this.#hear(bytes.toString('latin1', from, to)),
        resolve,
      )
    })
  }

  #hear(text: string): void {
    const nowMs = performance.now()
    if (text.startsWith(MEDIA)) {
      const start = text.indexOf(PAYLOAD) + PAYLOAD.length
      return this.#play(text.slice(start, text.indexOf('"', start)), nowMs)
    }
    const message: unknown = JSON.parse(text)
    if (typeof message !== 'object' || message === null || !('event' in message)) return
    if (message.event === 'clear') this.#clear(nowMs)
    else if (message.event === 'mark' && 'mark' in message) {
      const { mark } = message
      if (typeof mark === 'object' && mark !== null && 'name' in mark) this.#mark(String(mark.name), nowMs)
    }
  }

  #play(payload: string, nowMs: number): void {
    const bytes = this.#audio.write(payload, 'base64')
    const { down, callerAudio, measures } = this.#call
    const { frameBytes } = callerAudio
    if (bytes % frameBytes !== 0) measures.trouble('audio to the caller that is not whole frames')
    for (let at = 0; at + frameBytes <= bytes; at += frameBytes) {
      this.#call.heard(callerAudio.read(this.#audio, at, down.next), nowMs)
    }
    this.#queueEndMs = Math.max(nowMs, this.#queueEndMs) + bytes / BYTES_PER_MS
  }

  #mark(name: string, nowMs: number): void {
    const mark = { name, sent: false }
    if (this.#queueEndMs <= nowMs) return this.#return(mark)
    this.#marks.push(mark)
    this.#ticker.at(this.#queueEndMs, () => {
      if (mark.sent) return
      this.#marks.shift()
      this.#return(mark)
    })
  }

  #clear(nowMs: number): void {
    this.#call.cleared(nowMs, Math.max(0, this.#queueEndMs - nowMs))
    this.#queueEndMs = nowMs
    for (const mark of this.#marks) this.#return(mark)
    this.#marks = []
  }

  #return(mark: Mark): void {
    mark.sent = true
    const sequenceNumber = String(++this.#messages)
    this.#wire?.send(
      JSON.stringify({ event: 'mark', sequenceNumber, streamSid: this.#streamSid, mark: { name: mark.name } }),
    )
  }
}

function sign(url: string, fields: Readonly<Record<string, string>>): string {
  const names = Object.keys(fields).sort()
  const signed = url + names.map((name) => name + fields[name]).join('')
  return createHmac('sha1', AUTH_TOKEN).update(signed).digest('base64')
}

function post(url: string, fields: Readonly<Record<string, string>>): Promise<string> {
  const body = new URLSearchParams(fields).toString()
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    'content-length': body.length,
    'x-twilio-signature': sign(url, fields),
  }
  return new Promise((resolve, reject) => {
    const asked = request(url, { method: 'POST', headers, agent: false }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (part: string) => {
        text += part
      })
      response.on('end', () => {
        if (response.statusCode === 200 || response.statusCode === 204) resolve(text)
        else reject(new Error(`${url} answered ${response.statusCode}: ${text.slice(0, 300)}`))
      })
    })
    asked.on('error', reject)
    asked.end(body)
  })
}
