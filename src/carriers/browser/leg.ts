/** One socket of a telephone in a browser that serves a call. */
import type { FastifyBaseLogger } from 'fastify'
import type { WebSocket } from 'ws'
import { FRAME_MS, frameBytes, MULAW_8K } from '../../audio/format.ts'
import { createVoiceActivity } from '../../audio/voice-activity.ts'
import type { Leg, LegEvent, LegSink } from '../carrier.ts'
import { type PhoneSays, readSaid, write } from './protocol.ts'

export type Log = Pick<FastifyBaseLogger, 'debug' | 'info' | 'warn' | 'error'>
export type Why = Extract<LegEvent, { type: 'closed' }>['why']

const FRAME_BYTES = frameBytes(MULAW_8K)
const BINARY = { binary: true }
/** Unreadable messages in a row, and messages beyond what a telephone can say in its time. */
const BAD_MOST = 50
/** A page that was held up sends what it has gathered at once; what is more than this ahead of the clock is no telephone's. */
const AHEAD_MOST_FRAMES = 500
/** Twenty seconds of audio are 160 KB: a page that leaves more than this unread has stopped listening. */
const BACKLOG_MOST_BYTES = 512 * 1024
/** Whoever paused for this long is not speaking. */
const QUIET_MS = 500

export const NORMAL = 1000
const POLICY_VIOLATION = 1008
const INTERNAL_ERROR = 1011

export class BrowserLeg implements Leg {
  readonly streamId: string
  readonly format = MULAW_8K
  /** The page keeps what is queued in memory, and plays it by its own clock. */
  readonly maxLeadMs = 10_000
  readonly #socket: WebSocket
  readonly #log: Log
  readonly #now: () => number
  readonly #startedMs: number
  readonly #voice = createVoiceActivity(MULAW_8K)
  /** The leg serves nobody any more: released by the call, or closed, and why. */
  readonly #onOver: (leg: BrowserLeg, why: Why | 'released') => void
  #sink: LegSink | null = null
  #state: 'live' | 'released' | 'closed' = 'live'
  #messages = 0
  #badInARow = 0
  /** Words that were typed, spoken in the place of a silent microphone. */
  #typed = Buffer.alloc(0)

  constructor(
    socket: WebSocket,
    streamId: string,
    parts: { readonly log: Log; readonly now: () => number },
    onOver: (leg: BrowserLeg, why: Why | 'released') => void,
  ) {
    this.#socket = socket
    this.streamId = streamId
    this.#log = parts.log
    this.#now = parts.now
    this.#startedMs = parts.now()
    this.#onOver = onOver
  }

  /** Begins to listen, for `sink`. */
  serve(sink: LegSink): void {
    this.#sink = sink
    this.#socket.on('message', (data: Buffer, isBinary: boolean) => this.#hear(data, isBinary))
    this.#socket.on('close', (code: number) => {
      this.#tell(this.#state === 'released' ? 'by-us' : 'lost', `socket closed with ${code}`)
    })
  }

  get isLive(): boolean {
    return this.#state === 'live'
  }

  get backlogBytes(): number {
    return this.#open ? this.#socket.bufferedAmount : 0
  }

  play(audio: Uint8Array): void {
    if (!this.#open) return
    if (this.#socket.bufferedAmount > BACKLOG_MOST_BYTES) {
      this.#log.warn({ carrier: 'browser', streamId: this.streamId }, 'test phone cut: it does not read')
      return this.#socket.terminate()
    }
    // Copied, because the socket may keep it for longer than we may.
    const copy = Buffer.from(audio)
    for (let at = 0; at < copy.length; at += FRAME_BYTES) this.#socket.send(copy.subarray(at, at + FRAME_BYTES), BINARY)
  }

  mark(name: string): void {
    if (this.#open) this.#socket.send(write({ type: 'mark', name }))
  }

  clear(): void {
    if (this.#open) this.#socket.send(write({ type: 'clear' }))
  }

  release(): void {
    if (this.#state !== 'live') return
    this.#state = 'released'
    // The call is still busy with its own end: what comes next is asked when it has reached it.
    queueMicrotask(() => this.#onOver(this, 'released'))
  }

  /** Says how it ended and closes the socket. */
  end(why: string, say: string | null): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return
    this.#socket.send(write({ type: 'ended', why, say }))
    this.#socket.close(NORMAL)
  }

  /** Another leg has taken its place. */
  close(): void {
    this.#socket.close(NORMAL)
  }

  /**
   * Lets the caller say something whose microphone is silent.
   * @param audio µ-law, 8 kHz
   * @returns false when somebody is speaking: nothing is said then
   */
  say(audio: Uint8Array): boolean {
    if (this.#state !== 'live' || this.#now() - this.#voice.lastVoicedMs < QUIET_MS) return false
    this.#typed = Buffer.concat([this.#typed, audio])
    return true
  }

  get #open(): boolean {
    return this.#state === 'live' && this.#socket.readyState === this.#socket.OPEN
  }

  /** A fault of whoever listens ends this leg, and no other. */
  #hear(data: Buffer, isBinary: boolean): void {
    if (this.#state !== 'live') return
    this.#messages++
    if (this.#messages - AHEAD_MOST_FRAMES > (this.#now() - this.#startedMs) / FRAME_MS + this.#messages / 4)
      return this.#bad()
    try {
      if (!isBinary) return this.#said(data.toString('utf8'))
      if (data.length !== FRAME_BYTES) return this.#bad()
      this.#badInARow = 0
      const nowMs = this.#now()
      this.#voice.frame(data, nowMs)
      this.#sink?.audio(this.#withTyped(data), null)
    } catch (error) {
      this.#log.error({ carrier: 'browser', streamId: this.streamId, err: error }, 'test phone failed')
      this.#socket.close(INTERNAL_ERROR)
      this.#tell('by-us', 'an error of our own')
    }
  }

  #withTyped(frame: Buffer): Buffer {
    if (this.#typed.length === 0) return frame
    this.#typed.copy(frame, 0, 0, FRAME_BYTES)
    this.#typed = this.#typed.subarray(FRAME_BYTES)
    return frame
  }

  #said(text: string): void {
    let said: PhoneSays
    try {
      said = readSaid(text)
    } catch {
      return this.#bad()
    }
    this.#badInARow = 0
    switch (said.type) {
      case 'mark':
        return this.#sink?.event({ type: 'mark-heard', name: said.name })
      case 'dtmf':
        return this.#sink?.event({ type: 'dtmf', digit: said.digit })
      case 'hang-up':
        this.#tell('ended', 'the test phone hung up')
        return this.#socket.close(NORMAL)
    }
  }

  #bad(): void {
    if (++this.#badInARow < BAD_MOST) return
    this.#log.warn({ carrier: 'browser', streamId: this.streamId }, 'test phone cut: its messages cannot be read')
    this.#tell('bad-media', `${BAD_MOST} unreadable messages in a row`)
    this.#socket.close(POLICY_VIOLATION)
  }

  #tell(why: Why, detail: string): void {
    if (this.#state === 'closed') return
    const released = this.#state === 'released'
    this.#state = 'closed'
    this.#log.info({ carrier: 'browser', streamId: this.streamId, why, detail }, 'test phone closed')
    try {
      this.#sink?.event({ type: 'closed', why, detail })
    } catch (error) {
      this.#log.error({ carrier: 'browser', streamId: this.streamId, err: error }, 'test phone failed')
    }
    if (!released) this.#onOver(this, why)
  }
}
