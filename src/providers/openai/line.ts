/** How the realtime server is reached: address, headers, patience, and the socket itself. */
import type { IncomingMessage } from 'node:http'
import { WebSocket } from 'ws'
import { type Ending, networkEnding, statusEnding } from './errors.ts'
import { type OpenAiSettings, realtimeUrl } from './settings.ts'

/** Large messages do occur (fact sheet, section 3). */
const MAX_PAYLOAD_BYTES = 16 * 1024 * 1024
/** How long a closed socket may wait for the other side's goodbye. */
const CLOSE_WITHIN_MS = 1_000
/** Enough of an HTTP answer to find its error code. */
const BODY_BYTES_MOST = 16 * 1024

export interface Tuning {
  /** Waits before another handshake, ms; as many tries follow the first. */
  readonly retryDelaysMs: readonly number[]
  /** Added to each wait, so that calls that failed together do not come back together. */
  readonly jitterMs: (delayMs: number) => number
  /** From `open` to `ready`, all tries included. */
  readonly openWithinMs: number
  /** For one handshake. */
  readonly handshakeWithinMs: number
  readonly pingEveryMs: number
  /** Wall clock, ms since 1970. */
  readonly now: () => number
}

export const TUNING: Tuning = {
  retryDelaysMs: [250, 500, 1000],
  jitterMs: (delayMs) => Math.random() * delayMs * 0.5,
  openWithinMs: 10_000,
  handshakeWithinMs: 5_000,
  pingEveryMs: 20_000,
  now: Date.now,
}

/** Where one session is to be opened, and as whom. */
export interface Line {
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  /** Taken out of everything that is told. */
  readonly secret: string | null
}

/** @param callerPseudonym a hash; one that would not fit a header is left out */
export function lineTo(settings: OpenAiSettings, model: string, callerPseudonym: string): Line {
  const { apiKey } = settings
  const named = /^[\x21-\x7e]{1,64}$/.test(callerPseudonym)
  const headers = {
    ...(apiKey === null ? {} : { Authorization: `Bearer ${apiKey}` }),
    ...(apiKey === null || !named ? {} : { 'OpenAI-Safety-Identifier': callerPseudonym }),
  }
  return { url: realtimeUrl(settings, model), headers, secret: apiKey }
}

/**
 * Starts one handshake. ws turns Nagle's algorithm off and follows no redirects by itself, so the key goes nowhere else.
 * @param onRefused told when the other side is not reached, or answers with something else than a WebSocket
 */
export function dial(line: Line, handshakeWithinMs: number, onRefused: (ending: Ending) => void): WebSocket {
  const options = {
    headers: { ...line.headers },
    perMessageDeflate: false,
    maxPayload: MAX_PAYLOAD_BYTES,
    handshakeTimeout: handshakeWithinMs,
    // Bad UTF-8 becomes replacement characters when the text is decoded, which JSON.parse then judges.
    skipUTF8Validation: true,
    closeTimeout: CLOSE_WITHIN_MS,
  }
  const socket = new WebSocket(line.url, options)
  socket.on('error', (error) => onRefused(networkEnding(error)))
  socket.on('unexpected-response', (_request, response) => {
    readSome(response, (body) => onRefused(statusEnding(response.statusCode ?? 0, body)))
  })
  return socket
}

/** Hangs up, whatever state the socket is in, and hears nothing more of it. */
export function drop(socket: WebSocket): void {
  socket.removeAllListeners()
  // A handshake that is cut short tells of it as an error.
  socket.on('error', () => {})
  if (socket.readyState === WebSocket.OPEN) socket.close(1000)
  else socket.terminate()
}

function readSome(response: IncomingMessage, done: (body: string) => void): void {
  let body = ''
  let told = false
  const finish = () => {
    if (told) return
    told = true
    done(body)
  }
  response.setEncoding('latin1')
  response.on('data', (part: string) => {
    body += part
    if (body.length >= BODY_BYTES_MOST) finish()
  })
  response.on('end', finish)
  response.on('error', finish)
  response.on('close', finish)
}
