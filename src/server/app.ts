/** The HTTP server: one Fastify instance that carriers add their routes to. */
import fastify, { type FastifyBaseLogger, type FastifyInstance } from 'fastify'
import type { Carrier, Exchange } from '../carriers/carrier.ts'
import { refuseClient } from './client-error.ts'
import { addHealth, type Health } from './health.ts'

export interface AppParts {
  readonly log: FastifyBaseLogger
  readonly carriers: readonly Carrier[]
  readonly exchange: Exchange
  readonly health: Health
}

/** A webhook is a form of a few hundred bytes. */
const BODY_MOST_BYTES = 64 * 1024

export async function createApp(parts: AppParts): Promise<FastifyInstance> {
  const app = fastify({
    loggerInstance: parts.log,
    // A webhook carries callers' numbers in its body and a browser may put anything into a URL: neither is logged.
    disableRequestLogging: true,
    bodyLimit: BODY_MOST_BYTES,
    requestTimeout: 10_000,
    keepAliveTimeout: 72_000,
    trustProxy: false,
    clientErrorHandler: refuseClient(parts.log),
  })
  app.setNotFoundHandler((_request, reply) =>
    reply.code(404).send({ error: { code: 'NOT_FOUND', message: 'there is nothing here' } }),
  )
  app.setErrorHandler((error: { statusCode?: number; code?: string; message?: string }, request, reply) => {
    const status = error.statusCode ?? 500
    if (status < 500)
      return reply
        .code(status)
        .send({ error: { code: error.code ?? 'BAD_REQUEST', message: error.message ?? 'bad request' } })
    request.log.error({ err: error }, 'a request failed')
    return reply.code(500).send({ error: { code: 'INTERNAL', message: 'something went wrong on our side' } })
  })
  // Carriers first: a WebSocket route must find its plug-in before any other route is there.
  for (const carrier of parts.carriers) await carrier.register(app, parts.exchange)
  addHealth(app, parts.health)
  return app
}
