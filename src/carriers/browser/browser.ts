/**
 * A telephone in the browser: whoever may try an agent out places a call by an HTTP request, which gives them the address of
 * a WebSocket that works once. No number is called and none calls.
 */
import { randomBytes } from 'node:crypto'
import websocket from '@fastify/websocket'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Carrier, Exchange } from '../carrier.ts'
import type { Log } from './leg.ts'
import { LOST_FOR_MS, Phones, type Placed } from './phones.ts'

export interface BrowserCarrierOptions {
  readonly log: Log
  /** Monotonic, in ms. */
  readonly now: () => number
  /** Unguessable, and plain characters only. */
  readonly randomToken?: () => string
  readonly pingIntervalMs?: number
  readonly lostForMs?: number
  /** Whether an upgrade comes from a page of this server; default: the token alone says who it is. */
  readonly isOurs?: (request: FastifyRequest) => boolean
}

export interface BrowserCarrier extends Carrier {
  readonly name: 'browser'
  /** @returns the path and query of the call's socket, good for once and for a minute; null: there are too many phones */
  place(call: Placed): string | null
  /** Speaks for a caller whose microphone is silent, in µ-law at 8 kHz. @returns false when nobody heard it */
  say(callId: string, audio: Uint8Array): boolean
  /** Sockets that are not closed yet. */
  readonly openStreams: number
  /** Phones, tokens and sockets that are still there. */
  readonly held: number
}

const PATH = '/phone/media'
/** A frame is 160 bytes and no message of a phone is longer than twice that. */
const MESSAGE_MOST_BYTES = 64 * 1024
const Query = z.object({ token: z.string().min(16).max(128) })

export function createBrowserCarrier(options: BrowserCarrierOptions): BrowserCarrier {
  const { log, now, isOurs = () => true, pingIntervalMs = 15_000, lostForMs = LOST_FOR_MS } = options
  let phones: Phones | null = null

  return {
    name: 'browser',
    place: (call) => phones?.place(call) ?? null,
    say: (callId, audio) => phones?.say(callId, audio) ?? false,
    get openStreams() {
      return phones?.openSockets ?? 0
    },
    get held() {
      return phones?.held ?? 0
    },
    async register(app: FastifyInstance, exchange: Exchange): Promise<void> {
      if (!app.hasDecorator('websocketServer')) {
        await app.register(websocket, { options: { maxPayload: MESSAGE_MOST_BYTES, perMessageDeflate: false } })
      }
      const randomToken = options.randomToken ?? (() => randomBytes(24).toString('base64url'))
      const address = (token: string) => `${PATH}?token=${token}`
      const ours = new Phones({ exchange, log, now, randomToken, pingIntervalMs, lostForMs, address })
      phones = ours
      app.addHook('onClose', async () => ours.close())

      const check = async (request: FastifyRequest, reply: FastifyReply) => {
        if (!isOurs(request)) return refuse(reply, 403, 'The request comes from a page of another server.')
        const token = tokenOf(request)
        if (token === null || !ours.isGood(token))
          return refuse(reply, 403, 'The token is not known, used or out of date: place the call again.')
      }
      const refuse = (reply: FastifyReply, status: number, sentence: string) => {
        log.warn({ carrier: 'browser', status }, 'test phone refused')
        return reply.code(status).type('text/plain').send(`${sentence}\n`)
      }
      app.route({
        method: 'GET',
        url: PATH,
        exposeHeadRoute: false,
        // The address holds a token.
        logLevel: 'warn',
        preValidation: check,
        handler: (_request, reply) => refuse(reply, 426, 'This address is for WebSockets.'),
        wsHandler: (socket, request) => ours.accept(socket, tokenOf(request) ?? ''),
      })
    },
  }
}

function tokenOf(request: FastifyRequest): string | null {
  const query = Query.safeParse(request.query)
  return query.success ? query.data.token : null
}
