/** Every telephone in a browser: placed with a token, answered when its socket comes, found again when the socket breaks. */
import type { WebSocket } from 'ws'
import type { Answer, Exchange, Next } from '../carrier.ts'
import { BrowserLeg, type Log, NORMAL, type Why } from './leg.ts'
import { write } from './protocol.ts'
import { OneShot } from './tokens.ts'

/** From placing a call to its socket: whoever is asked for the microphone takes a while to answer. */
const PLACED_FOR_MS = 60_000
/** Longer than a call waits for a stream that broke, so that a phone that is late learns what became of it. */
export const LOST_FOR_MS = 15_000
/** A socket may break and come back for as long as a call may last. */
const FOUND_AGAIN_FOR_MS = 24 * 3_600_000
const PHONES_MOST = 100
/** Pings that may go unanswered. */
const SILENT_PINGS_MOST = 2
const INTERNAL_ERROR = 1011

/** What a phone call is about. */
export interface Placed {
  readonly agent: string
  /** Who calls: a person's name, not a number. */
  readonly from: string
}

interface Phone extends Placed {
  readonly carrierCallId: string
  callId: string | null
  leg: BrowserLeg | null
  sockets: number
  lost: NodeJS.Timeout | null
  over: boolean
}

export interface PhonesParts {
  readonly exchange: Exchange
  readonly log: Log
  readonly now: () => number
  readonly randomToken: () => string
  readonly pingIntervalMs: number
  /** How long a phone whose socket broke is waited for. */
  readonly lostForMs: number
  /** The address of the socket, as the page is told it. */
  readonly address: (token: string) => string
}

export class Phones {
  readonly #parts: PhonesParts
  readonly #tokens: OneShot<Phone>
  readonly #phones = new Set<Phone>()
  readonly #sockets = new Map<WebSocket, { silentPings: number }>()
  #pings: NodeJS.Timeout | null = null
  #placed = 0

  constructor(parts: PhonesParts) {
    this.#parts = parts
    this.#tokens = new OneShot(parts.randomToken)
  }

  /** Phones, tokens and sockets that are still there. */
  get held(): number {
    this.#expire()
    return this.#phones.size + this.#tokens.size + this.#sockets.size
  }

  get openSockets(): number {
    return this.#sockets.size
  }

  /** @returns where the phone's socket is; null: there are too many phones already */
  place({ agent, from }: Placed): string | null {
    this.#expire()
    if (this.#phones.size >= PHONES_MOST) return null
    const carrierCallId = `BR${this.#parts.randomToken()}-${++this.#placed}`
    const phone: Phone = { agent, from, carrierCallId, callId: null, leg: null, sockets: 0, lost: null, over: false }
    this.#phones.add(phone)
    return this.#parts.address(this.#tokens.issue(phone, this.#parts.now() + PLACED_FOR_MS))
  }

  /** Whether a socket with this token would be taken. */
  isGood(token: string): boolean {
    return this.#tokens.look(token, this.#parts.now()) !== null
  }

  /** Takes over a socket whose upgrade was verified. */
  accept(socket: WebSocket, token: string): void {
    this.#watch(socket)
    const phone = this.#tokens.take(token, this.#parts.now())
    // Another socket was quicker by a moment.
    if (phone === null || phone.over) return socket.close(NORMAL)
    try {
      this.#open(phone, socket)
    } catch (error) {
      this.#parts.log.error({ carrier: 'browser', err: error }, 'test phone failed')
      socket.close(INTERNAL_ERROR)
    }
  }

  /** Speaks for the caller of a call whose microphone is silent. @returns false when nobody heard it */
  say(callId: string, audio: Uint8Array): boolean {
    for (const phone of this.#phones) if (phone.callId === callId) return phone.leg?.say(audio) ?? false
    return false
  }

  /** Cuts whatever is still there. */
  close(): void {
    for (const socket of this.#sockets.keys()) socket.terminate()
    for (const phone of this.#phones) if (phone.lost !== null) clearTimeout(phone.lost)
    if (this.#pings !== null) clearInterval(this.#pings)
    this.#pings = null
  }

  #open(phone: Phone, socket: WebSocket): void {
    const { exchange } = this.#parts
    const { carrierCallId, agent, from } = phone
    // A phone whose socket broke asks what has become of its call; one that opens a second socket asks as it did first.
    const lost = phone.callId !== null && phone.leg?.isLive !== true
    const answer = lost
      ? exchange.next('browser', carrierCallId)
      : exchange.answer({ carrier: 'browser', carrierCallId, from, to: 'browser', agent })
    if (answer.type === 'stream') return this.#connect(phone, socket, answer.callId)
    if (answer.type === 'refuse') {
      this.#parts.log.info({ carrier: 'browser', reason: answer.reason }, 'test call refused')
      return this.#finish(phone, socket, 'the call was refused', answer.say)
    }
    this.#finish(phone, socket, ...inWords(answer))
  }

  #connect(phone: Phone, socket: WebSocket, callId: string): void {
    const { exchange, log, now, address } = this.#parts
    phone.callId = callId
    if (phone.lost !== null) clearTimeout(phone.lost)
    phone.lost = null
    const streamId = `${phone.carrierCallId}-${++phone.sockets}`
    const leg = new BrowserLeg(socket, streamId, { log, now }, (each, why) => this.#legOver(phone, each, why))
    const before = phone.leg
    phone.leg = leg
    this.#tokens.forget((each) => each === phone)
    const again = address(this.#tokens.issue(phone, now() + FOUND_AGAIN_FOR_MS))
    // What was made of a greeting goes out while the stream is attached: the phone is to know before that it was answered.
    socket.send(write({ type: 'answered', callId, again }))
    const sink = exchange.attach(callId, leg)
    if (sink === null) {
      phone.leg = before
      return this.#finish(phone, socket, 'the call is over', null)
    }
    leg.serve(sink)
    log.info({ carrier: 'browser', callId, streamId }, 'test phone attached')
  }

  #legOver(phone: Phone, leg: BrowserLeg, why: Why | 'released'): void {
    // The newest socket owns the call: of the one before nobody is told.
    if (phone.leg !== leg) return leg.close()
    switch (why) {
      case 'released': {
        const [words, say] = inWords(this.#parts.exchange.next('browser', phone.carrierCallId))
        leg.end(words, say)
        return this.#forget(phone)
      }
      case 'ended':
      case 'bad-media':
        return this.#forget(phone)
      default:
        phone.lost = setTimeout(() => this.#forget(phone), this.#parts.lostForMs).unref()
    }
  }

  #finish(phone: Phone, socket: WebSocket, why: string, say: string | null): void {
    socket.send(write({ type: 'ended', why, say }))
    socket.close(NORMAL)
    this.#forget(phone)
  }

  /** The phone call is over. */
  #forget(phone: Phone): void {
    if (phone.over) return
    phone.over = true
    if (phone.lost !== null) clearTimeout(phone.lost)
    this.#phones.delete(phone)
    this.#tokens.forget((each) => each === phone)
    this.#parts.exchange.status('browser', phone.carrierCallId, 'completed', true)
  }

  #watch(socket: WebSocket): void {
    const state = { silentPings: 0 }
    this.#sockets.set(socket, state)
    // A broken wire is told by `close`; without a listener it would end the process.
    socket.on('error', () => {})
    socket.on('pong', () => {
      state.silentPings = 0
    })
    socket.once('close', () => this.#sockets.delete(socket))
    this.#pings ??= setInterval(() => this.#ping(), this.#parts.pingIntervalMs).unref()
  }

  #ping(): void {
    this.#expire()
    for (const [socket, state] of this.#sockets) {
      if (++state.silentPings > SILENT_PINGS_MOST) socket.terminate()
      else if (socket.readyState === socket.OPEN) socket.ping()
    }
    if (this.#sockets.size > 0 || this.#pings === null) return
    clearInterval(this.#pings)
    this.#pings = null
  }

  /** Calls that were placed and never made. */
  #expire(): void {
    for (const phone of this.#tokens.expire(this.#parts.now())) if (phone.callId === null) this.#phones.delete(phone)
  }
}

/** A browser cannot dial: it is told where the caller would be sent. */
function inWords(next: Next | Extract<Answer, { type: 'dial' }>): [why: string, say: string | null] {
  if (next.type !== 'dial') return ['the call is over', next.type === 'hang-up' ? next.say : null]
  const { destination } = next
  const name = 'name' in next ? next.name : undefined
  const to = name ?? ('phone' in destination ? destination.phone : destination.sip)
  return [`would be transferred to ${to}`, 'say' in next ? next.say : null]
}
