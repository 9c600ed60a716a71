/** Twilio's requests: what it asks over HTTP, and the upgrade that opens a stream. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Exchange } from '../carrier.ts'
import { type Addresses, PATHS } from './addresses.ts'
import type { CallStatuses } from './call-statuses.ts'
import type { Gate, Refusal } from './gate.ts'
import type { Log } from './leg.ts'
import type { StreamTokens } from './stream-tokens.ts'
import type { Streams } from './streams.ts'
import { dialTwiml, hangUpTwiml, streamTwiml } from './twiml.ts'
import { callerNumber } from './withheld.ts'

export interface WebhookParts {
  readonly exchange: Exchange
  readonly gate: Gate
  readonly addresses: Addresses
  readonly streams: Streams
  readonly tokens: StreamTokens
  readonly statuses: CallStatuses
  readonly log: Log
  readonly now: () => number
}

const SORRY = 'We are sorry, something went wrong. Please call again later.'
const TRANSFER_FAILED = 'We are sorry, we could not reach anyone. Please call again later.'

const CallSid = z.string().min(1).max(128)
/** Extra fields appear without notice and are left alone (fact sheet, section 1.8). */
const VoiceForm = z.object({ CallSid, From: z.string().max(512), To: z.string().max(512), CallStatus: z.string() })
const NextForm = z.object({ CallSid, DialCallStatus: z.string().optional() })
const StatusForm = z.object({
  CallSid,
  CallStatus: z.string().max(64).optional(),
  StreamEvent: z.string().max(64).optional(),
  SequenceNumber: z
    .string()
    .regex(/^\d{1,9}$/)
    .transform(Number)
    .nullable()
    .catch(null),
})
const NextQuery = z.object({ after: z.string().optional().catch(undefined) })

/** Adds the routes under whatever prefix the scope has. The scope parses forms and nothing else. */
export function addRoutes(scope: FastifyInstance, parts: WebhookParts): void {
  const { exchange, gate, addresses, streams, tokens, statuses, log, now } = parts

  const refuse = (
    request: FastifyRequest,
    reply: FastifyReply,
    { status, why, sentence }: Omit<Refusal, 'status'> & { status: number },
  ) => {
    const { path, hasQuery } = split(request.raw.url ?? '')
    // What the signature should cover, for an operator whose PUBLIC_URL is not what Twilio dials; queries may hold secrets.
    const url = request.ws ? addresses.signedStream(path)[0] : addresses.signedWeb(path)
    log.warn({ carrier: 'twilio', why, status, url, hasQuery }, 'twilio request refused')
    return reply.code(status).type('text/plain').send(`${sentence}\n`)
  }
  const checkWebhook = async (request: FastifyRequest, reply: FastifyReply) => {
    const refusal = gate(request, [addresses.signedWeb(request.raw.url ?? '')], fieldsOf(request.body))
    if (refusal !== null) return refuse(request, reply, refusal)
  }
  const twiml = (reply: FastifyReply, xml: string) => reply.type('text/xml').send(xml)
  const stream = (callSid: string, callId: string) =>
    streamTwiml({
      url: addresses.stream(),
      token: tokens.issue(callSid, callId, now()),
      nextUrl: addresses.web(PATHS.next),
    })
  const afterDial = () => `${addresses.web(PATHS.next)}?after=dial`
  /** A fault of our own is heard as an apology, not as the carrier's "application error". */
  const answered = (reply: FastifyReply, callSid: string, answer: () => string) => {
    let xml: string
    try {
      xml = answer()
    } catch (error) {
      log.error({ carrier: 'twilio', callSid, err: error }, 'twilio request failed')
      xml = hangUpTwiml(SORRY)
    }
    return twiml(reply, xml)
  }

  scope.post(PATHS.voice, { preValidation: checkWebhook }, (request, reply) => {
    const form = VoiceForm.safeParse(request.body)
    if (!form.success) return refuse(request, reply, badField(form.error))
    const { CallSid: callSid, From, To } = form.data
    return answered(reply, callSid, () => {
      const from = callerNumber(From)
      const answer = exchange.answer({ carrier: 'twilio', carrierCallId: callSid, from, to: To })
      if (answer.type === 'refuse') {
        log.info({ carrier: 'twilio', callSid, reason: answer.reason }, 'twilio call refused')
        return hangUpTwiml(answer.say, answer.language)
      }
      if (answer.type === 'dial') {
        log.info({ carrier: 'twilio', callSid, reason: answer.reason }, 'twilio call sent elsewhere')
        return dialTwiml(answer.destination, null, afterDial())
      }
      log.info({ carrier: 'twilio', callSid, callId: answer.callId }, 'twilio call answered')
      return stream(callSid, answer.callId)
    })
  })

  scope.post(PATHS.next, { preValidation: checkWebhook }, (request, reply) => {
    const form = NextForm.safeParse(request.body)
    if (!form.success) return refuse(request, reply, badField(form.error))
    const { CallSid: callSid, DialCallStatus: dialStatus } = form.data
    return answered(reply, callSid, () => {
      if (NextQuery.parse(request.query).after === 'dial') {
        log.info({ carrier: 'twilio', callSid, dialStatus }, 'twilio transfer over')
        // The two status words of a talk that took place (fact sheet, section 1.10); all others mean nobody was reached.
        return hangUpTwiml(dialStatus === 'completed' || dialStatus === 'answered' ? null : TRANSFER_FAILED)
      }
      const next = exchange.next('twilio', callSid)
      log.info({ carrier: 'twilio', callSid, next: next.type }, 'twilio call goes on')
      switch (next.type) {
        case 'stream':
          return stream(callSid, next.callId)
        case 'dial':
          return dialTwiml(next.destination, next.say, afterDial())
        case 'hang-up':
          return hangUpTwiml(next.say)
      }
    })
  })

  scope.post(PATHS.status, { preValidation: checkWebhook }, (request, reply) => {
    const form = StatusForm.safeParse(request.body)
    if (!form.success) return refuse(request, reply, badField(form.error))
    const { CallSid: callSid, CallStatus: status, StreamEvent: streamEvent, SequenceNumber } = form.data
    if (streamEvent !== undefined) {
      log.debug({ carrier: 'twilio', callSid, streamEvent }, 'twilio stream status')
    } else if (status === undefined) {
      return refuse(request, reply, { status: 400, why: 'bad field', sentence: 'The form has no CallStatus.' })
    } else if (statuses.isNews(callSid, status, SequenceNumber)) {
      const final = statuses.isFinal(status)
      if (final) tokens.forget(callSid)
      log.debug({ carrier: 'twilio', callSid, status }, 'twilio call status')
      exchange.status('twilio', callSid, status, final)
    }
    return reply.code(204).send()
  })

  const checkUpgrade = async (request: FastifyRequest, reply: FastifyReply) => {
    const { path, hasQuery } = split(request.raw.url ?? '')
    const refusal = hasQuery ? QUERY : gate(request, addresses.signedStream(path), {})
    if (refusal !== null) return refuse(request, reply, refusal)
    if (streams.full) return refuse(request, reply, TOO_MANY)
  }
  scope.route({
    method: 'GET',
    url: PATHS.media,
    exposeHeadRoute: false,
    preValidation: checkUpgrade,
    handler: (request, reply) => refuse(request, reply, NOT_AN_UPGRADE),
    wsHandler: (socket) => streams.accept(socket),
  })

  // A number set to GET would put callers' numbers into request lines, which every proxy on the way logs.
  for (const url of [PATHS.voice, PATHS.next, PATHS.status]) {
    scope.get(url, { exposeHeadRoute: false }, (request, reply) => refuse(request, reply, NOT_GET))
  }

  scope.setErrorHandler((error: Error & { statusCode?: number; code?: string }, request, reply) => {
    const status = error.statusCode ?? 500
    if (status < 500) {
      return refuse(request, reply, {
        status,
        why: error.code ?? error.name,
        sentence: 'The request is not a small form.',
      })
    }
    log.error({ carrier: 'twilio', err: error }, 'twilio request failed')
    return reply.code(500).type('text/plain').send('Something went wrong.\n')
  })
}

const QUERY: Refusal = {
  status: 400,
  why: 'query on a stream address',
  sentence: 'The stream address takes no query: state travels in <Parameter>.',
}
const TOO_MANY: Refusal = {
  status: 503,
  why: 'too many streams without a start',
  sentence: 'Too many streams wait for their start message.',
}
const NOT_AN_UPGRADE = { status: 426, why: 'not an upgrade', sentence: 'This address is for WebSocket streams.' }
const NOT_GET = { status: 405, why: 'GET instead of POST', sentence: 'Set this webhook to HTTP POST.' }

function split(rawUrl: string): { path: string; hasQuery: boolean } {
  const end = rawUrl.indexOf('?')
  return end < 0 ? { path: rawUrl, hasQuery: false } : { path: rawUrl.slice(0, end), hasQuery: true }
}

/** The form as its parser made it; an empty body has no fields. */
function fieldsOf(body: unknown): Record<string, unknown> {
  return body !== null && typeof body === 'object' ? { ...body } : {}
}

function badField(error: z.ZodError): Refusal {
  const name = String(error.issues[0]?.path[0] ?? 'CallSid')
  return { status: 400, why: `bad field ${name}`, sentence: `The form field ${name} is missing, repeated or too long.` }
}
