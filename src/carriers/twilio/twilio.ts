/**
 * Twilio Programmable Voice with bidirectional Media Streams: signed webhooks answered with TwiML, then one WebSocket a call.
 * Facts and their sources: twilio.com/docs/voice/media-streams, twilio.com/docs/voice/twiml, twilio.com/docs/usage/security.
 */
import { randomBytes } from 'node:crypto'
import { parse } from 'node:querystring'
import type { Duplex } from 'node:stream'
import formbody from '@fastify/formbody'
import websocket from '@fastify/websocket'
import type { FastifyInstance } from 'fastify'
import type { WebSocket } from 'ws'
import type { Carrier, Exchange } from '../carrier.ts'
import { addressesOf } from './addresses.ts'
import { CallStatuses } from './call-statuses.ts'
import { createGate } from './gate.ts'
import type { Log } from './leg.ts'
import { assertSafe, type TwilioSettings } from './settings.ts'
import { StreamTokens } from './stream-tokens.ts'
import { Streams } from './streams.ts'
import { addRoutes } from './webhook.ts'

/** A Twilio message is some 350 bytes; no message of a peer that means well is larger than this, or in fragments. */
const MAX_MESSAGE_BYTES = 64 * 1024
const WEBSOCKET_OPTIONS = {
  options: {
    maxPayload: MAX_MESSAGE_BYTES,
    perMessageDeflate: false,
    maxFragments: 32,
    maxBufferedChunks: 1024,
    closeTimeout: 5_000,
  },
  // On a protocol error `ws` has said why to the peer already (1009, say) and hangs up by itself; cut short what has not.
  errorHandler: (_error: Error, socket: WebSocket) => {
    if (socket.readyState === socket.OPEN) socket.terminate()
  },
}

/** An upgrade that let itself be verified, and is none that RFC 6455 knows. The message is one of `ws`'s own sentences. */
function refuseUpgrade(log: Log, error: Error, socket: Duplex): void {
  log.warn({ carrier: 'twilio', why: error.message, status: 400 }, 'twilio request refused')
  socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nSec-WebSocket-Version: 13\r\n\r\n')
}

const BODY_LIMIT_BYTES = 64 * 1024
/** Twilio sends some thirty fields; a form of thousands would cost the time to sort them, for nothing. */
const MAX_FORM_FIELDS = 500

export interface TwilioCarrierOptions extends TwilioSettings {
  readonly log: Log
  /** Monotonic, in ms. */
  readonly now: () => number
  /** Unguessable, and plain characters only. */
  readonly randomToken?: () => string
  /** How long a stream may stay without `start`. */
  readonly startTimeoutMs?: number
  readonly pingIntervalMs?: number
}

export interface TwilioCarrier extends Carrier {
  readonly name: 'twilio'
  /** Media sockets that are not closed yet. */
  readonly openStreams: number
  /** Stream tokens issued and not used, as far as they are still good. */
  readonly unusedTokens: number
}

/** @throws Error with a sentence when the settings would let a stranger in */
export function createTwilioCarrier(options: TwilioCarrierOptions): TwilioCarrier {
  assertSafe(options)
  const { publicUrl, accountSid, authToken, verify, log, now } = options
  const tokens = new StreamTokens(options.randomToken ?? (() => randomBytes(24).toString('base64url')))
  let streams: Streams | null = null

  return {
    name: 'twilio',
    get openStreams() {
      return streams?.open ?? 0
    },
    get unusedTokens() {
      tokens.expire(now())
      return tokens.size
    },
    async register(app: FastifyInstance, exchange: Exchange): Promise<void> {
      if (!verify) log.warn({ carrier: 'twilio' }, 'local development: unsigned requests from this machine are served')
      else if (authToken === null)
        log.warn({ carrier: 'twilio' }, 'TWILIO_AUTH_TOKEN is not set: no phone call is answered')
      if (!app.hasDecorator('websocketServer')) {
        await app.register(websocket, WEBSOCKET_OPTIONS)
        app.websocketServer.on('wsClientError', (error, socket) => refuseUpgrade(log, error, socket))
      }
      const { maxPayload = 0 } = app.websocketServer.options
      if (maxPayload < 1 || maxPayload > MAX_MESSAGE_BYTES) {
        throw new Error(`@fastify/websocket must be registered with a maxPayload of at most ${MAX_MESSAGE_BYTES} bytes`)
      }
      const { startTimeoutMs = 3_000, pingIntervalMs = 20_000 } = options
      const live = new Streams({ accountSid, log, now, startTimeoutMs, pingIntervalMs }, tokens, exchange)
      streams = live
      app.addHook('onClose', async () => live.close())
      const addresses = addressesOf(publicUrl, app)
      const parts = {
        exchange,
        gate: createGate(authToken, verify),
        addresses,
        streams: live,
        tokens,
        statuses: new CallStatuses(),
        log,
        now,
      }
      // A proxy may strip the path of PUBLIC_URL or leave it: both find us.
      for (const prefix of new Set(['', addresses.prefix])) {
        await app.register(
          async (scope) => {
            scope.removeAllContentTypeParsers()
            await scope.register(formbody, {
              bodyLimit: BODY_LIMIT_BYTES,
              parser: (body) => parse(body, '&', '=', { maxKeys: MAX_FORM_FIELDS }),
            })
            addRoutes(scope, parts)
          },
          // Request lines at level info would carry whatever stands in a query.
          { prefix, logLevel: 'warn' },
        )
      }
    },
  }
}
