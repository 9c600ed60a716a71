/** What does the work of an endpoint: a function of what was asked, already checked, by somebody who may. */
import type { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { WebSocket } from 'ws'
import type { z } from 'zod'
import type { Api, EndpointName } from '../contract/api.ts'
import type { Endpoint } from '../contract/endpoint.ts'
import type { Actor } from '../gate.ts'
import type { EventStream } from './event-stream.ts'

/** What the audit log will say of this request, if its endpoint is one that is written down. */
export interface Account {
  /** Of somebody who has just signed in, whose name was not known before. */
  who: string
  /** Default: what the path names. Never a caller's number or words, and no token. */
  target: string
  detail: string
  /** True: it has been written down before, and need not be again. */
  quiet: boolean
}

interface Given<E extends Endpoint> {
  readonly params: z.output<E['params']>
  readonly query: z.output<E['query']>
  readonly body: z.output<E['body']>
  readonly actor: E['role'] extends 'nobody' ? Actor | null : Actor
  readonly account: Account
  readonly request: FastifyRequest
  /** For status, headers and cookies: what is returned is what is sent. */
  readonly reply: FastifyReply
}

/** Of `file`: null is an empty body. */
export type FileBody = string | Buffer | Readable | null

/**
 * Throws an ApiError to refuse. Of `events` and `socket` it runs before the stream or the socket is there, and returns what
 * is done with it; of `events` that returns how to stop.
 */
type Handler<E extends Endpoint> = (given: Given<E>) => Promise<Answer<E>>

type Answer<E extends Endpoint> = E['kind'] extends 'json'
  ? z.input<E['reply']>
  : E['kind'] extends 'file'
    ? FileBody
    : E['kind'] extends 'events'
      ? (stream: EventStream<z.input<E['reply']>>) => () => void
      : (socket: WebSocket) => void

/** One for every endpoint that there is. */
export type Handlers = { readonly [Name in EndpointName]: Handler<Api[Name]> }
/** Those of one family. */
export type HandlersOf<Names extends EndpointName> = Pick<Handlers, Names>
