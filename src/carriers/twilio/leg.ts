/** One Twilio media stream that serves a call: owns the socket from the `start` message on. */
import type { FastifyBaseLogger } from 'fastify'
import type { WebSocket } from 'ws'
import { bytesToMs, MULAW_8K, silenceByte } from '../../audio/format.ts'
import type { Leg, LegEvent, LegSink } from '../carrier.ts'
import { base64Bytes, decodeBase64 } from './base64.ts'
import { CallerTimeline, DROP } from './caller-timeline.ts'
import { cutMedia, type MediaCut } from './cut-media.ts'
import { clearMessage, type Message, markMessage, mediaEnvelope, readMessage } from './protocol.ts'

export type Log = Pick<FastifyBaseLogger, 'debug' | 'info' | 'warn' | 'error'>
type Closed = Extract<LegEvent, { type: 'closed' }>

const MAX_BAD_IN_A_ROW = 50
/** A gap is filled in pieces of at most this much. */
const SILENCE_CHUNK_MS = 200
const FRAME_BYTES = 160
const TEXT = { binary: false }

export const NORMAL = 1000
const UNSUPPORTED_DATA = 1003
export const POLICY_VIOLATION = 1008
export const INTERNAL_ERROR = 1011

/** Filled by `cutMedia` for one message at a time, whichever leg's. */
const cut: MediaCut = { chunk: 0, timestampMs: 0, payload: '' }

export class TwilioLeg implements Leg {
  readonly streamId: string
  readonly format = MULAW_8K
  /** Twilio keeps ten minutes; more than this ahead of the ear serves nobody. */
  readonly maxLeadMs = 20_000
  /** Set by every message, taken down by whoever looks for dead peers. */
  heardFrom = true
  readonly #socket: WebSocket
  readonly #log: Log
  readonly #callSid: string
  readonly #mediaHead: string
  readonly #mediaTail: string
  readonly #timeline = new CallerTimeline()
  #sink: LegSink | null = null
  /** `released`: our side is closed and the sink only waits for `closed`. */
  #state: 'live' | 'released' | 'closed' = 'live'
  #wireError = ''
  /** Caller audio is decoded here; `#frame` is the part of it that the newest frame fills, nearly always the same. */
  #audio = Buffer.allocUnsafeSlow(FRAME_BYTES)
  #frame = this.#audio
  #badInARow = 0
  #bad = 0
  #ignored = 0

  constructor(socket: WebSocket, streamSid: string, callSid: string, log: Log) {
    this.#socket = socket
    this.streamId = streamSid
    this.#callSid = callSid
    this.#log = log
    const [head, tail] = mediaEnvelope(streamSid)
    this.#mediaHead = head
    this.#mediaTail = tail
  }

  /** Begins to listen, for `sink`. Whatever has come to pass since the leg was made is told at once. */
  serve(sink: LegSink): void {
    this.#sink = sink
    this.#socket.on('message', (data: Buffer, isBinary: boolean) => this.#hear(data, isBinary))
    this.#socket.on('error', (error: Error & { code?: string }) => {
      this.#wireError = error.code ?? error.name
    })
    this.#socket.on('close', (code: number) => this.#socketClosed(code))
  }

  get backlogBytes(): number {
    return this.#open ? this.#socket.bufferedAmount : 0
  }

  play(audio: Uint8Array, base64: string | null): void {
    if (!this.#open || audio.length === 0) return
    const payload = base64 ?? Buffer.from(audio.buffer, audio.byteOffset, audio.length).toString('base64')
    // All of it is ASCII, and `ws` spends less on bytes than on a string it has to measure and encode.
    this.#socket.send(Buffer.from(this.#mediaHead + payload + this.#mediaTail, 'latin1'), TEXT)
  }

  mark(name: string): void {
    if (this.#open) this.#socket.send(markMessage(this.streamId, name))
  }

  clear(): void {
    if (this.#open) this.#socket.send(clearMessage(this.streamId))
  }

  release(): void {
    if (this.#state !== 'live') return
    this.#state = 'released'
    this.#socket.close(NORMAL)
  }

  get #open(): boolean {
    return this.#state === 'live' && this.#socket.readyState === this.#socket.OPEN
  }

  /** A fault of whoever listens ends this leg, and no other. */
  #hear(data: Buffer, isBinary: boolean): void {
    this.heardFrom = true
    if (this.#state !== 'live') return
    try {
      if (isBinary) {
        this.#log.warn({ ...this.#names, why: 'binary message' }, 'twilio stream cut')
        return this.#end('bad-media', 'a binary message, which Twilio never sends', UNSUPPORTED_DATA)
      }
      if (cutMedia(data.toString('latin1'), this.streamId, cut)) {
        if (this.#takeAudio(cut.chunk, cut.timestampMs, cut.payload)) return
      }
      this.#read(data.toString('utf8'))
    } catch (error) {
      this.#log.error({ ...this.#names, err: error }, 'twilio stream failed')
      this.#end('by-us', 'an error of our own', INTERNAL_ERROR)
    }
  }

  #read(text: string): void {
    let message: Message
    try {
      message = readMessage(text)
    } catch {
      return this.#countBad()
    }
    if (!('streamSid' in message) || message.streamSid !== this.streamId) return this.#countIgnored()
    switch (message.event) {
      case 'media':
        if (message.track !== 'inbound') return this.#countIgnored()
        if (!this.#takeAudio(message.chunk, message.timestampMs, message.payload)) this.#countBad()
        return
      case 'mark':
        this.#badInARow = 0
        return this.#sink?.event({ type: 'mark-heard', name: message.name })
      case 'dtmf':
        this.#badInARow = 0
        return this.#sink?.event({ type: 'dtmf', digit: message.digit })
      case 'stop':
        return this.#end('ended', 'stop', NORMAL)
    }
  }

  /** @returns whether the payload was base64, and with it the message good */
  #takeAudio(chunk: number, timestampMs: number, payload: string): boolean {
    const bytes = base64Bytes(payload)
    if (bytes < 0) return false
    if (bytes > this.#audio.length) this.#audio = Buffer.allocUnsafeSlow(bytes)
    if (!decodeBase64(payload, bytes, this.#audio)) return false
    this.#badInARow = 0
    if (bytes === 0) return true
    const gapMs = this.#timeline.admit(chunk, timestampMs, bytesToMs(MULAW_8K, bytes))
    if (gapMs === DROP) return true
    if (gapMs > 0) this.#fillGap(gapMs)
    // A view costs garbage, so the last one is kept for as long as frames have one size.
    if (this.#frame.length !== bytes || this.#frame.buffer !== this.#audio.buffer) {
      this.#frame = this.#audio.subarray(0, bytes)
    }
    if (this.#state === 'live') this.#sink?.audio(this.#frame, payload)
    return true
  }

  #fillGap(gapMs: number): void {
    const silence = Buffer.alloc((FRAME_BYTES / 20) * SILENCE_CHUNK_MS, silenceByte('mulaw'))
    let bytes = Math.round(gapMs * (FRAME_BYTES / 20))
    for (; bytes > 0 && this.#state === 'live'; bytes -= silence.length) {
      this.#sink?.audio(bytes < silence.length ? silence.subarray(0, bytes) : silence, null)
    }
  }

  #countBad(): void {
    this.#bad++
    if (this.#bad === 1) this.#log.debug(this.#names, 'twilio message unreadable, the first of this stream')
    if (++this.#badInARow < MAX_BAD_IN_A_ROW) return
    this.#log.warn({ ...this.#names, why: `${MAX_BAD_IN_A_ROW} unreadable messages in a row` }, 'twilio stream cut')
    this.#end('bad-media', `${MAX_BAD_IN_A_ROW} unreadable messages in a row`, POLICY_VIOLATION)
  }

  #countIgnored(): void {
    this.#ignored++
    if (this.#ignored === 1) this.#log.debug(this.#names, 'twilio message ignored, the first of this stream')
  }

  #socketClosed(code: number): void {
    if (this.#state === 'released') return this.#tell('by-us', 'released')
    if (!this.#wireError.startsWith('WS_ERR_')) return this.#tell('lost', `socket closed with ${code}`)
    this.#log.warn({ ...this.#names, why: this.#wireError }, 'twilio stream cut')
    this.#tell('bad-media', `WebSocket error ${this.#wireError}`)
  }

  #end(why: Closed['why'], detail: string, code: number): void {
    this.#socket.close(code)
    this.#tell(why, detail)
  }

  #tell(why: Closed['why'], detail: string): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    const { filledMs, dropped } = this.#timeline
    this.#log.info(
      { ...this.#names, why, detail, bad: this.#bad, ignored: this.#ignored, dropped, filledMs },
      'twilio stream closed',
    )
    try {
      this.#sink?.event({ type: 'closed', why, detail })
    } catch (error) {
      this.#log.error({ ...this.#names, err: error }, 'twilio stream failed')
    }
  }

  get #names(): { carrier: 'twilio'; callSid: string; streamSid: string } {
    return { carrier: 'twilio', callSid: this.#callSid, streamSid: this.streamId }
  }
}
