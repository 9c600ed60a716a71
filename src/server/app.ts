/** The HTTP server: one Fastify instance that carriers add their routes to. */
import fastify, { type FastifyBaseLogger, type FastifyInstance } from 'fastify'
import type { Carrier, Exchange } from '../carriers/carrier.ts'
import { addConsole, type ConsoleParts } from '../console/console.ts'
import { sendNotFound, sendRefusal } from '../console/http/errors.ts'
import { refuseClient } from './client-error.ts'
import { addHealth, type Health } from './health.ts'
import { addMetrics, type MetricsPage } from './metrics.ts'

export interface AppParts {
  readonly log: FastifyBaseLogger
  readonly carriers: readonly Carrier[]
  readonly exchange: Exchange
  readonly health: Health
  readonly metrics: MetricsPage
  readonly console: ConsoleParts
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
    // An address that cannot be read; Fastify's own answer would repeat it.
    frameworkErrors: (error, request, reply) => void sendRefusal(error, request, reply),
  })
  app.setNotFoundHandler(sendNotFound)
  app.setErrorHandler(sendRefusal)
  // Carriers first: a WebSocket route must find its plug-in before any other route is there.
  for (const carrier of parts.carriers) await carrier.register(app, parts.exchange)
  addHealth(app, parts.health)
  addMetrics(app, parts.metrics)
  await addConsole(app, parts.console)
  return app
}
