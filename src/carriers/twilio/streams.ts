/** Every media socket of the carrier: strangers until their `start`, legs from then on, and gone without a trace. */
import type { WebSocket } from 'ws'
import type { Exchange, LegSink } from '../carrier.ts'
import { INTERNAL_ERROR, type Log, NORMAL, POLICY_VIOLATION, TwilioLeg } from './leg.ts'
import { type Message, readMessage, type StreamStart } from './protocol.ts'
import type { StreamTokens } from './stream-tokens.ts'

/** Sockets that have not said who they are, in all. */
export const MAX_STRANGERS = 200
/** Pings that may go unanswered, with nothing else heard either. */
const MAX_SILENT_PINGS = 2
/** Twilio sends none. */
const MANY_PINGS = 100
/** How long a refused peer may take to close its side. */
const REFUSAL_GRACE_MS = 1_000

export interface StreamSettings {
  readonly accountSid: string | null
  readonly log: Log
  readonly now: () => number
  readonly startTimeoutMs: number
  readonly pingIntervalMs: number
}

interface Peer {
  readonly socket: WebSocket
  leg: TwilioLeg | null
  silentPings: number
}

export class Streams {
  readonly #settings: StreamSettings
  readonly #tokens: StreamTokens
  readonly #exchange: Exchange
  readonly #peers = new Set<Peer>()
  #strangers = 0
  #pings: NodeJS.Timeout | null = null

  constructor(settings: StreamSettings, tokens: StreamTokens, exchange: Exchange) {
    this.#settings = settings
    this.#tokens = tokens
    this.#exchange = exchange
  }

  /** Sockets that are not closed yet. */
  get open(): number {
    return this.#peers.size
  }

  /** Those of them that have not sent a good `start`. */
  get strangers(): number {
    return this.#strangers
  }

  get full(): boolean {
    return this.#strangers >= MAX_STRANGERS
  }

  /** Takes over a socket whose upgrade was verified. */
  accept(socket: WebSocket): void {
    const peer: Peer = { socket, leg: null, silentPings: 0 }
    this.#peers.add(peer)
    this.#strangers++
    this.#pings ??= setInterval(() => this.#ping(), this.#settings.pingIntervalMs).unref()
    let timer = setTimeout(() => refuse('no start in time'), this.#settings.startTimeoutMs)
    let pings = 0
    let refused = false

    /** Said once of each socket, whatever else becomes of it. */
    const sayRefused = (why: string, callSid?: string) => {
      if (!refused) this.#settings.log.warn({ carrier: 'twilio', why, ...loggable(callSid) }, 'twilio stream refused')
      refused = true
    }
    const refuse = (why: string, callSid?: string, code = POLICY_VIOLATION) => {
      socket.off('message', onMessage)
      sayRefused(why, callSid)
      socket.close(code)
      clearTimeout(timer)
      timer = setTimeout(() => socket.terminate(), REFUSAL_GRACE_MS)
    }
    const onMessage = (data: Buffer, isBinary: boolean) => {
      if (isBinary) return refuse('binary message', undefined, 1003)
      let message: Message
      try {
        message = readMessage(data.toString('utf8'))
      } catch {
        return refuse('unreadable message before start')
      }
      if (message.event === 'connected' || message.event === 'unknown') return
      if (message.event !== 'start') return refuse(`${message.event} before start`)
      const { start } = message
      const fault = this.#attach(peer, start)
      if (fault !== null) return refuse(fault, start.callSid, CLOSE_CODES.get(fault))
      clearTimeout(timer)
      socket.off('message', onMessage)
      this.#strangers--
    }
    socket.on('message', onMessage)
    // A broken wire is told by `close`; without a listener it would end the process.
    socket.on('error', (error: Error & { code?: string }) => {
      if (peer.leg === null) sayRefused(error.code ?? error.name)
    })
    socket.on('ping', () => pings++)
    socket.on('pong', () => {
      peer.silentPings = 0
    })
    socket.once('close', () => {
      clearTimeout(timer)
      this.#peers.delete(peer)
      if (peer.leg === null) {
        this.#strangers--
        // `ws` cuts a peer that pings faster than it reads the answers, without an error.
        sayRefused(pings > MANY_PINGS ? 'a flood of pings' : 'gone before start')
      }
      if (this.#peers.size === 0) this.#stopPings()
    })
  }

  /** Cuts whatever is still there. */
  close(): void {
    for (const { socket } of this.#peers) socket.terminate()
    this.#stopPings()
  }

  /** @returns why the stream may not serve the call it names, or null when it does */
  #attach(peer: Peer, start: StreamStart): string | null {
    const { accountSid, log, now } = this.#settings
    if (accountSid !== null && start.accountSid !== accountSid) return 'another account'
    const { encoding, sampleRate, channels } = start.mediaFormat
    if (encoding !== 'audio/x-mulaw' || sampleRate !== 8000 || channels !== 1) return 'not audio/x-mulaw 8000/1'
    if (!start.tracks.includes('inbound')) return 'no inbound track'
    // Taken last, so that only a stream that could serve the call uses its token up.
    const callId = start.token === null ? null : this.#tokens.take(start.token, start.callSid, now())
    if (callId === null)
      return start.token === null ? 'no token' : 'token unknown, used, out of date or of another call'
    const leg = new TwilioLeg(peer.socket, start.streamSid, start.callSid, log)
    let sink: LegSink | null
    try {
      sink = this.#exchange.attach(callId, leg)
    } catch (error) {
      log.error({ carrier: 'twilio', callId, err: error }, 'twilio stream failed')
      return BROKEN
    }
    if (sink === null) return OVER
    peer.leg = leg
    leg.serve(sink)
    log.info(
      { carrier: 'twilio', callId, callSid: start.callSid, streamSid: start.streamSid },
      'twilio stream attached',
    )
    return null
  }

  #ping(): void {
    for (const peer of this.#peers) {
      if (peer.leg?.heardFrom) {
        peer.leg.heardFrom = false
        peer.silentPings = 0
      }
      if (peer.silentPings >= MAX_SILENT_PINGS) {
        peer.socket.terminate()
      } else if (peer.socket.readyState === peer.socket.OPEN) {
        peer.silentPings++
        peer.socket.ping()
      }
    }
  }

  #stopPings(): void {
    if (this.#pings !== null) clearInterval(this.#pings)
    this.#pings = null
  }
}

const BROKEN = 'an error of our own'
/** Its token was good: the call ended, by a model that refused it say, while the carrier was still dialling. */
const OVER = 'no such live call'
/** How a stream is closed that did nothing wrong; all others have broken the rules. */
const CLOSE_CODES: ReadonlyMap<string, number> = new Map([
  [BROKEN, INTERNAL_ERROR],
  [OVER, NORMAL],
])

/** A stranger may write anything where a CallSid belongs, a number too. */
function loggable(callSid: string | undefined): { callSid?: string } {
  return callSid !== undefined && /^CA[0-9A-Za-z]{1,64}$/.test(callSid) ? { callSid } : {}
}
