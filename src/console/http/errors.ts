/** What the API refuses, and why. docs/errors.md lists the same. */
import type { FastifyBaseLogger, FastifyReply, FastifyRequest } from 'fastify'
import type { Refusal } from '../contract/endpoint.ts'

export const API_ERRORS = {
  BAD_REQUEST: { status: 400, what: 'something in the request is wrong; `fields` says what, field by field' },
  NOT_SIGNED_IN: { status: 401, what: 'no session and no key came with the request, or one that is over' },
  WRONG_CREDENTIALS: {
    status: 401,
    what: 'the address, the password, the link or the token is wrong, used or too old',
  },
  NOT_ALLOWED: { status: 403, what: 'the role of the user or of the key does not reach that far' },
  FOREIGN_ORIGIN: { status: 403, what: 'a page of another server made the browser send the request' },
  NOT_FOUND: { status: 404, what: 'there is nothing under this address' },
  CONFLICT: { status: 409, what: 'it cannot be done as things are now; the message says what stands against it' },
  GONE: { status: 410, what: 'it was there and has been taken away, or its time is over' },
  TOO_LARGE: { status: 413, what: 'the body of the request is larger than any that is meant' },
  NOT_JSON: { status: 415, what: 'the body of the request is of a type that is not read: send application/json' },
  BAD_RANGE: { status: 416, what: 'the recording has no such bytes' },
  NOT_A_SOCKET: { status: 426, what: 'a WebSocket where there is none, or none where there must be one' },
  TOO_MANY: { status: 429, what: 'too many requests in a short time; `retry-after` says when the next is welcome' },
  INTERNAL: { status: 500, what: 'something went wrong on the side of the server; its log says more' },
  UNAVAILABLE: { status: 503, what: 'the server cannot do it now, but may be able to later' },
} as const
export type ApiErrorCode = keyof typeof API_ERRORS

type Fields = Refusal['error']['fields']

/** Thrown by handlers. The message is a sentence for whoever asked: never with a caller's number or words, or a secret. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly code: ApiErrorCode
  readonly fields: Fields
  constructor(code: ApiErrorCode, message: string, fields?: Fields) {
    super(message)
    this.code = code
    this.fields = fields
  }
  get status(): number {
    return API_ERRORS[this.code].status
  }
}

function refusal(code: ApiErrorCode, message: string, fields?: Fields): Refusal {
  return { error: { code, message, ...(fields === undefined ? {} : { fields }) } }
}

/** Answers with whatever was thrown, in the one shape that refusals have. */
export function sendRefusal(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const known = error instanceof ApiError ? error : outsideError(error)
  if (known === null) request.log.error({ err: error }, 'a request failed')
  const { code, message, fields } =
    known ?? new ApiError('INTERNAL', 'something went wrong on our side; the log of the server says more')
  // Whatever was to be sent instead, it was not this.
  reply.removeHeader('content-length').removeHeader('content-disposition')
  return reply
    .code(API_ERRORS[code].status)
    .type('application/json; charset=utf-8')
    .header('cache-control', 'no-store')
    .send(refusal(code, message, fields))
}

/** What Fastify and its plug-ins refuse by themselves. Their own words may hold what was sent. */
function outsideError(error: unknown): ApiError | null {
  const status = typeof error === 'object' && error !== null && 'statusCode' in error ? error.statusCode : null
  if (typeof status !== 'number' || status < 400 || status >= 500) return null
  if (status === 404) return new ApiError('NOT_FOUND', 'there is nothing here')
  if (status === 413) return new ApiError('TOO_LARGE', 'the body of the request is too large')
  if (status === 415) return new ApiError('NOT_JSON', 'send the body as application/json')
  if (status === 429) return new ApiError('TOO_MANY', 'too many requests: wait as long as `retry-after` says')
  return new ApiError('BAD_REQUEST', 'the request cannot be read: a body must be JSON, and an address well formed')
}

/** For what the server's own routes are not, below any prefix. */
export function sendNotFound(_request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return reply.code(404).header('cache-control', 'no-store').send(refusal('NOT_FOUND', 'there is nothing here'))
}

export type RouteLog = Pick<FastifyBaseLogger, 'error' | 'warn' | 'info'>
