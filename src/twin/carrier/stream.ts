/** One media stream, the carrier's end: the signed WebSocket, caller audio out, agent audio and marks in. */
import { WebSocket } from 'ws'
import { Appointment } from './agenda.ts'
import type { CallClock } from './call-clock.ts'
import { FRAME_MS } from './caller-voice.ts'
import type { ClosedBy } from './events.ts'
import type { FaultPlan } from './faults.ts'
import { FaultyWire } from './faulty-wire.ts'
import {
  CONNECTED,
  dtmfMessage,
  markMessage,
  mediaMessage,
  readServerMessage,
  type Start,
  startMessage,
  stopMessage,
} from './messages.ts'
import { Playout } from './playout.ts'

export interface StreamSetup {
  readonly streamSid: string
  /** As the TwiML gave it; the signature is over this. */
  readonly url: string
  /** Where the connection really goes; usually the same. */
  readonly connectUrl: string
  /** Null: the upgrade goes out unsigned. */
  readonly signature: string | null
  readonly start: Start
  /** Keep the audio and the history of what was played. */
  readonly record: boolean
  readonly faults: FaultPlan
  readonly clock: CallClock
}

export interface StreamListener {
  /** The start was sent: caller audio goes out from here on. */
  started(stream: MediaStream): void
  audio(stream: MediaStream, audio: Buffer, nowMs: number): void
  cleared(stream: MediaStream, droppedMs: number, nowMs: number): void
  markEchoed(name: string): void
  notice(level: 'error' | 'warning', code: number, detail: string): void
  secondStream(token: 'same' | 'new' | 'wrong'): void
}

export interface StreamClosed {
  readonly by: ClosedBy
  /** 1006 when there was no close frame, and when the upgrade was refused. */
  readonly code: number
  readonly reason: string
  readonly atMs: number
  /** Agent audio that was still queued, which nobody hears. */
  readonly droppedMs: number
}

/** How the server's handshake failed, as an HTTP status; null when there was no answer at all. */
export interface Refused {
  readonly httpStatus: number | null
}

const CONNECT_WITHIN_MS = 5_000
/** After our close frame the server has this long to answer it. */
const CLOSE_WITHIN_MS = 2_000

export class MediaStream {
  readonly streamSid: string
  readonly playout: Playout
  /** Every media message's audio, beside the playout's segments; empty when nothing is recorded. */
  readonly audio: Buffer[] = []
  /** How many messages of each kind came from the server. */
  readonly received = { media: 0, mark: 0, clear: 0, refused: 0 }
  /** Null once the stream is open, or how it was refused. Fulfilled before `closed`. */
  readonly opened: Promise<Refused | null>
  /** Never rejects. */
  readonly closed: Promise<StreamClosed>

  readonly #setup: StreamSetup
  readonly #listener: StreamListener
  readonly #clock: CallClock
  readonly #socket: WebSocket
  readonly #wire: FaultyWire
  readonly #echo = new Appointment(() => this.#echoMarks())
  #closedBy: ClosedBy = 'server'
  #closeTimer: NodeJS.Timeout | undefined
  #sequence = 1
  #chunk = 1
  #ticks = 0
  #started = false
  #overflowed = false
  /** Caller audio is held back until then. */
  #burstAtMs = 0
  #refused: Refused | null = null

  constructor(setup: StreamSetup, listener: StreamListener) {
    this.#setup = setup
    this.#listener = listener
    this.#clock = setup.clock
    this.streamSid = setup.streamSid
    this.playout = new Playout(setup.record)
    this.#wire = new FaultyWire(
      { write: (text) => this.#write(text), close: (code, reason) => this.#close('fault', code, reason) },
      setup.faults,
      setup.clock,
    )
    this.#socket = new WebSocket(setup.connectUrl, {
      headers: {
        Host: new URL(setup.url).host,
        'User-Agent': 'Twilio.TmeWs/1.0',
        ...(setup.signature !== null && { 'X-Twilio-Signature': setup.signature }),
      },
      perMessageDeflate: false,
      handshakeTimeout: CONNECT_WITHIN_MS,
      maxPayload: 16 * 1024 * 1024,
    })
    this.#socket.on('message', (data, isBinary) => this.#receive(data, isBinary))
    this.#socket.on('error', (error) => this.#failed(error))
    this.opened = new Promise((resolve) => {
      this.#socket.on('unexpected-response', (request, response) => {
        this.#refused = { httpStatus: response.statusCode ?? null }
        const { statusCode, statusMessage } = response
        this.#listener.notice('error', 31920, `the handshake was answered with ${statusCode} ${statusMessage}`)
        request.destroy()
        this.#socket.terminate()
      })
      this.#socket.on('open', () => {
        resolve(null)
        this.#begin()
      })
      this.#socket.on('close', () => resolve(this.#refused ?? { httpStatus: null }))
    })
    this.closed = new Promise((resolve) => {
      this.#socket.on('close', (code, reason) => resolve(this.#end(code, reason.toString('utf8'))))
    })
  }

  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN
  }

  /** Sends one frame of caller audio, if the stream has started. @param payload 20 ms of µ-law in base64 */
  sendFrame(payload: string): void {
    if (!this.#started || !this.isOpen) return
    const timestampMs = this.#ticks++ * FRAME_MS
    if (this.#setup.faults.none) {
      this.#socket.send(mediaMessage(this.#sequence++, this.streamSid, this.#chunk++, timestampMs, payload))
    } else this.#sendFaultyFrame(payload, timestampMs)
  }

  sendDtmf(digit: string): void {
    this.#send('dtmf', () => dtmfMessage(this.#sequence++, this.streamSid, digit))
  }

  /** The call is over: `stop`, then close. Fulfilled when the connection is closed. */
  stop(): Promise<StreamClosed> {
    const { accountSid, callSid } = this.#setup.start
    const close = () => this.#close('carrier', 1000, '')
    if (!this.#started) close()
    else this.#send('stop', () => stopMessage(this.#sequence++, this.streamSid, accountSid, callSid), close)
    return this.closed
  }

  #begin(): void {
    this.#send('connected', () => CONNECTED)
    const { faults, start } = this.#setup
    const sent = alteredStart(start, faults)
    this.#send('start', () => {
      this.#started = true
      // Told from here, where the message is really written: a late start starts the stream late.
      this.#listener.started(this)
      return startMessage(this.#sequence++, this.streamSid, sent)
    })
  }

  #sendFaultyFrame(payload: string, timestampMs: number): void {
    const { faults } = this.#setup
    const nowMs = this.#clock.nowMs()
    if (faults.strike('unknown-event', 'media')) this.#write(`{"event":"novelty","streamSid":"${this.streamSid}"}`)
    const second = faults.strike('second-stream', 'media')
    if (second) this.#listener.secondStream(second.token)
    const oversize = faults.strike('oversize', 'media')
    if (oversize) this.#write('x'.repeat(oversize.bytes))
    const binary = faults.strike('binary', 'media')
    for (let i = 0; binary && i < binary.messages; i++) this.#socket.send(Buffer.alloc(binary.bytes))
    const flood = faults.strike('fragments', 'media')
    for (let i = 0; flood && i < flood.fragments; i++) this.#socket.send('x', { fin: false })
    if (faults.strike('cut', 'media')) {
      this.#closedBy = 'fault'
      this.#socket.terminate()
      return
    }
    const burst = faults.strike('burst', 'media')
    if (burst) this.#burstAtMs = nowMs + burst.ms
    const text = () => mediaMessage(this.#sequence++, this.streamSid, this.#chunk++, timestampMs, payload)
    this.#wire.send({ at: 'media', text }, Math.max(0, this.#burstAtMs - nowMs))
  }

  #send(at: string, text: () => string, done?: () => void): void {
    if (!this.isOpen) done?.()
    else if (this.#setup.faults.none) {
      this.#write(text())
      done?.()
    } else this.#wire.send({ at, text, ...(done && { done }) })
  }

  #write(text: string): void {
    if (this.isOpen) this.#socket.send(text)
  }

  #receive(data: WebSocket.RawData, isBinary: boolean): void {
    const nowMs = this.#clock.nowMs()
    if (this.#socket.readyState !== WebSocket.OPEN) return
    if (isBinary || !Buffer.isBuffer(data)) {
      this.received.refused++
      this.#listener.notice('warning', 31950, 'a binary message')
      return
    }
    const message = readServerMessage(data.toString('utf8'), this.#started ? this.streamSid : null)
    this.received[message.type]++
    switch (message.type) {
      case 'media':
        if (this.playout.push(message.audio.length, nowMs)) {
          if (this.#setup.record) this.audio.push(message.audio)
          this.#listener.audio(this, message.audio, nowMs)
        } else if (!this.#overflowed) {
          // The carrier says so once a stream.
          this.#overflowed = true
          this.#listener.notice('warning', 31931, 'more than ten minutes of audio are queued: media is discarded')
        }
        return
      case 'mark':
        this.playout.mark(message.name, nowMs)
        this.#echoMarks()
        return
      case 'clear': {
        const { droppedMs, marks } = this.playout.clear(nowMs)
        this.#clock.cancel(this.#echo)
        this.#listener.cleared(this, droppedMs, nowMs)
        for (const name of marks) this.#echoMark(name)
        return
      }
      case 'refused':
        this.#listener.notice('warning', 31951, message.detail)
    }
  }

  #echoMarks(): void {
    const nowMs = this.#clock.nowMs()
    for (let name = this.playout.takeDueMark(nowMs); name !== undefined; name = this.playout.takeDueMark(nowMs)) {
      this.#echoMark(name)
    }
    if (this.playout.nextMarkMs < Number.POSITIVE_INFINITY) this.#clock.at(this.#echo, this.playout.nextMarkMs)
  }

  #echoMark(name: string): void {
    this.#send('mark', () => {
      this.#listener.markEchoed(name)
      return markMessage(this.#sequence++, this.streamSid, name)
    })
  }

  #close(by: ClosedBy, code: number, reason: string): void {
    if (this.#socket.readyState === WebSocket.CLOSING || this.#socket.readyState === WebSocket.CLOSED) return
    this.#closedBy = by
    this.#socket.close(code, reason)
    this.#closeTimer = setTimeout(() => this.#socket.terminate(), CLOSE_WITHIN_MS)
  }

  #failed(error: Error & { code?: string }): void {
    if (this.#refused || this.#closedBy !== 'server') return
    const { code = '' } = error
    if (code.startsWith('WS_ERR')) this.#listener.notice('error', 31924, error.message)
    else if (code === 'ECONNREFUSED') this.#listener.notice('error', 31902, error.message)
    else if (!this.#started) this.#listener.notice('error', 31901, error.message)
  }

  #end(code: number, reason: string): StreamClosed {
    clearTimeout(this.#closeTimer)
    this.#clock.cancel(this.#echo)
    this.#wire.close()
    const atMs = this.#clock.nowMs()
    const { droppedMs } = this.playout.clear(atMs)
    if (this.#closedBy === 'server' && this.#started && !isClean(code)) {
      this.#listener.notice('error', 31921, `the server closed the stream with ${code} ${reason}`)
    }
    return { by: this.#closedBy, code, reason, atMs, droppedMs }
  }
}

/** Close codes that say nothing is wrong; 1005 is a close frame without a code. */
export function isClean(code: number): boolean {
  return code === 1000 || code === 1001 || code === 1005
}

function alteredStart(start: Start, faults: FaultPlan): Start {
  const { encoding, sampleRate, channels } = faults.strike('wrong-format', 'start') ?? start.mediaFormat
  const { customParameters, callSid } = start
  return {
    ...start,
    mediaFormat: { encoding, sampleRate, channels },
    customParameters: faults.strike('wrong-token', 'start') ? wrongParameters(customParameters) : customParameters,
    callSid: faults.strike('wrong-call', 'start') ? `CA${'0'.repeat(32)}` : callSid,
  }
}

/** Other values of the same length and look: what a guess is. */
export function wrongParameters(parameters: Readonly<Record<string, string>>): Record<string, string> {
  const wrong = (value: string) => value.replace(/[a-z0-9]/gi, (letter) => (letter === '0' ? '1' : '0'))
  return Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, wrong(value)]))
}
