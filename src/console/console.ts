/** The HTTP side of the console: every endpoint of the contract, each with the handler that does its work. */
import type { FastifyInstance } from 'fastify'
import { API, type EndpointName } from './contract/api.ts'
import type { Gate } from './gate.ts'
import { type AnyHandler, addEndpoint } from './http/endpoint-route.ts'
import { type RouteLog, sendNotFound, sendRefusal } from './http/errors.ts'
import type { Handlers } from './http/handlers.ts'
import { Lingering } from './http/lingering.ts'
import { addPageHeaders } from './http/page-headers.ts'
import { addPages, type PageParts } from './http/pages.ts'
import { REQUEST_LIMITS, type RequestLimits, requestLimits } from './http/request-limits.ts'

export interface ConsoleParts {
  readonly gate: Gate
  readonly log: RouteLog
  /** One family an object, in a file of its own; joined here. */
  readonly handlers: Partial<Handlers>
  readonly limits?: RequestLimits
  /** Left out: the API alone. */
  readonly pages?: PageParts
}

/** A note or a change of a review; nothing larger is sent here. */
const BODY_MOST_BYTES = 64 * 1024

export async function addConsole(app: FastifyInstance, parts: ConsoleParts): Promise<void> {
  const lingering = new Lingering()
  app.addHook('preClose', async () => lingering.close())
  // A scope of its own: carriers answer machines, which need none of these headers.
  await app.register(
    async (scope) => {
      scope.setErrorHandler(sendRefusal)
      await addPageHeaders(scope)
      if (parts.pages !== undefined) await addPages(scope, parts.pages)
      await addApi(scope, parts, lingering)
    },
    // Addresses hold filters, and filters hold numbers and words.
    { logLevel: 'warn' },
  )
}

async function addApi(app: FastifyInstance, parts: ConsoleParts, lingering: Lingering): Promise<void> {
  await app.register(
    async (scope) => {
      scope.setNotFoundHandler(sendNotFound)
      acceptJsonAlone(scope)
      const limit = await requestLimits(scope, parts.limits ?? REQUEST_LIMITS)
      const { gate, log } = parts
      for (const name of namesOf(parts.handlers)) {
        const handler = parts.handlers[name]
        // Each handler was checked against its own endpoint; together they are more than a type can say.
        if (handler !== undefined) addEndpoint(scope, API[name], handler as AnyHandler, { gate, log, limit, lingering })
      }
    },
    { prefix: '/api/v1', logLevel: 'warn' },
  )
}

function namesOf(handlers: Partial<Handlers>): EndpointName[] {
  return (Object.keys(API) as EndpointName[]).filter((name) => handlers[name] !== undefined)
}

/** Forms and plain text are what a foreign page can send without being asked; an empty body is none. */
function acceptJsonAlone(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers()
  scope.addContentTypeParser(
    'application/json',
    { parseAs: 'string', bodyLimit: BODY_MOST_BYTES },
    (_request, text, done) => {
      if (text === '') return done(null, undefined)
      try {
        done(null, JSON.parse(String(text)))
      } catch {
        done(Object.assign(new Error('not JSON'), { statusCode: 400 }))
      }
    },
  )
}
