/** One endpoint of the contract as a route: who may use it, what was asked, what is promised, and the account of it. */
import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { WebSocket } from 'ws'
import type { z } from 'zod'
import { type Endpoint, ROLES } from '../contract/endpoint.ts'
import type { Actor, Gate } from '../gate.ts'
import { badFields, badRequestMessage } from './bad-fields.ts'
import { ApiError, type RouteLog } from './errors.ts'
import { type EventStream, SentEvents } from './event-stream.ts'
import type { Account } from './handlers.ts'
import type { Lingering } from './lingering.ts'

/** A handler as routes see it: the table's types have been checked where it was written (handlers.ts). */
export type AnyHandler = (given: {
  readonly params: unknown
  readonly query: unknown
  readonly body: unknown
  readonly actor: Actor | null
  readonly account: Account
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}) => Promise<unknown>

export interface RouteParts {
  readonly gate: Gate
  readonly log: RouteLog
  /** Lets a request pass, or throws TOO_MANY. */
  readonly limit: (request: FastifyRequest, reply: FastifyReply, actor: Actor | null) => Promise<void>
  readonly lingering: Lingering
}

interface Route {
  readonly endpoint: Endpoint
  readonly handler: AnyHandler
  readonly parts: RouteParts
}

/** @param scope where /api/v1 is the prefix */
export function addEndpoint(scope: FastifyInstance, endpoint: Endpoint, handler: AnyHandler, parts: RouteParts): void {
  const route: Route = { endpoint, handler, parts }
  const actors = new WeakMap<FastifyRequest, Actor | null>()
  const admit = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    reply.header('cache-control', 'no-store')
    actors.set(request, await admitted(route, request, reply))
  }
  const actorOf = (request: FastifyRequest): Actor | null => actors.get(request) ?? null
  // What a socket's handler has prepared before the upgrade.
  const prepared = new WeakMap<FastifyRequest, (socket: WebSocket) => void>()
  const { method, path, kind } = endpoint

  if (kind !== 'socket') {
    scope.route({
      method,
      url: path,
      exposeHeadRoute: method === 'GET' && kind !== 'events',
      onRequest: admit,
      handler: (request, reply) => serve(route, request, reply, actorOf(request)),
    })
    return
  }
  scope.route({
    method: 'GET',
    url: path,
    exposeHeadRoute: false,
    onRequest: admit,
    preHandler: async (request, reply) => {
      const open = await performed(route, request, reply, actorOf(request))
      if (typeof open === 'function') prepared.set(request, (socket) => open(socket))
    },
    handler: async () => {
      throw new ApiError('NOT_A_SOCKET', 'this is a WebSocket: ask with `upgrade: websocket`')
    },
    wsHandler: (socket, request) => {
      const actor = actorOf(request)
      if (actor !== null) parts.lingering.add(stillMay(route, request), () => socket.close(1008), socket)
      prepared.get(request)?.(socket)
    },
  })
}

/** Checked before the body is read: nobody who may not be here makes the server work. */
async function admitted(
  { endpoint, parts }: Route,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Actor | null> {
  const actor = await parts.gate.who(request)
  await parts.limit(request, reply, actor)
  const refused = refusalFor(endpoint, actor, parts.gate.isOurs(request), request.ws === true)
  if (refused === null) return actor
  if (actor !== null) writeDown(parts.gate, endpoint, accountOf(actor, request, refused.message), false)
  throw refused
}

/** @returns why somebody may not use an endpoint; null: they may */
function refusalFor(endpoint: Endpoint, actor: Actor | null, ours: boolean, upgrade: boolean): ApiError | null {
  const { role, kind } = endpoint
  if (role !== 'nobody' && actor === null)
    return new ApiError('NOT_SIGNED_IN', 'sign in, or send a key: `authorization: Bearer <key>`')
  if (!ours)
    return new ApiError(
      'FOREIGN_ORIGIN',
      'the request comes from a page of another server; PUBLIC_URL must be the address that the console is opened under',
    )
  if (!reaches(actor, role)) return new ApiError('NOT_ALLOWED', `this takes the role ${role}`)
  // Said by us: the plug-in that would refuse it writes the address down, and there may be anything in it.
  if (upgrade !== (kind === 'socket')) {
    const message = upgrade ? 'there is no WebSocket here' : 'this is a WebSocket: ask with `upgrade: websocket`'
    return new ApiError('NOT_A_SOCKET', message)
  }
  return null
}

function reaches(actor: Actor | null, least: Endpoint['role']): boolean {
  return ROLES.indexOf(actor?.role ?? 'nobody') >= ROLES.indexOf(least)
}

async function serve(
  route: Route,
  request: FastifyRequest,
  reply: FastifyReply,
  actor: Actor | null,
): Promise<unknown> {
  const { endpoint, parts } = route
  const answer = await performed(route, request, reply, actor)
  // Without a body Fastify would say that there is none, and not how long it is.
  if (endpoint.kind === 'file') return reply.send(request.method === 'HEAD' ? Readable.from([]) : answer)
  if (endpoint.kind === 'json') return reply.type('application/json; charset=utf-8').send(promised(route, answer))
  if (typeof answer !== 'function') throw new Error(`the handler of ${endpoint.path} gave no stream`)
  const stream = new SentEvents<unknown>((message) => promised(route, message))
  const stop = begin(answer, stream)
  parts.lingering.add(
    stillMay(route, request),
    () => stream.end(),
    stream.body,
    () => stream.beat(),
  )
  stream.body.once('close', stop)
  // Proxies that gather what they pass on would hold events back.
  return reply.type('text/event-stream; charset=utf-8').header('x-accel-buffering', 'no').send(stream.body)
}

/** Runs the handler with what was asked, and writes down what came of it. */
async function performed(
  { endpoint, handler, parts }: Route,
  request: FastifyRequest,
  reply: FastifyReply,
  actor: Actor | null,
): Promise<unknown> {
  const asked = read(endpoint, request)
  const account = accountOf(actor, request, '')
  try {
    const answer = await handler({ ...asked, actor, account, request, reply })
    writeDown(parts.gate, endpoint, account, true)
    return answer
  } catch (error) {
    account.detail ||= error instanceof ApiError ? error.message : 'it failed'
    writeDown(parts.gate, endpoint, account, false)
    throw error
  }
}

function read(endpoint: Endpoint, request: FastifyRequest): Record<'params' | 'query' | 'body', unknown> {
  const params = endpoint.params.safeParse(request.params)
  const query = endpoint.query.safeParse(request.query)
  const body = endpoint.body.safeParse(request.body ?? undefined)
  const fields = [
    ...(params.success ? [] : badFields('path', params.error.issues, [])),
    ...(query.success ? [] : badFields('query', query.error.issues, Object.keys(endpoint.query.shape))),
    ...(body.success ? [] : badFields('body', body.error.issues, keysOf(endpoint.body))),
  ]
  if (fields.length > 0) throw new ApiError('BAD_REQUEST', badRequestMessage(fields), fields)
  return { params: params.data, query: query.data, body: body.data }
}

function keysOf(schema: z.ZodType): string[] {
  return 'shape' in schema && typeof schema.shape === 'object' && schema.shape !== null ? Object.keys(schema.shape) : []
}

/** What the contract promises of an answer, and no field more. @throws Error when it does not keep it: a bug of ours */
function promised({ endpoint, parts }: Route, answer: unknown): string {
  const parsed = endpoint.reply.safeParse(answer)
  if (parsed.success) return JSON.stringify(parsed.data)
  const broken = parsed.error.issues.slice(0, 5).map(({ path, code }) => `${path.join('.')}: ${code}`)
  parts.log.error({ path: endpoint.path, broken }, 'an answer does not keep its contract')
  throw new ApiError('INTERNAL', 'the answer does not keep its contract; the log of the server says more')
}

function begin(answer: object, stream: EventStream<unknown>): () => void {
  const stop: unknown = typeof answer === 'function' ? Reflect.apply(answer, undefined, [stream]) : null
  return typeof stop === 'function' ? () => void stop() : () => {}
}

function accountOf(actor: Actor | null, { params }: FastifyRequest, detail: string): Account {
  const named = typeof params === 'object' && params !== null ? Object.entries(params) : []
  // A token opens a door: whoever reads the account must not get it.
  const target = named.flatMap(([name, value]) => (name === 'token' ? [] : [String(value).slice(0, 80)])).join(' ')
  return { who: actor?.name ?? 'nobody', target, detail, quiet: false }
}

function writeDown(gate: Gate, { audit }: Endpoint, { who, target, detail, quiet }: Account, ok: boolean): void {
  if (audit !== null && !(quiet && ok)) gate.audit({ who, action: audit, target, detail, ok })
}

/** Whether somebody who has been let in long ago would be let in now. */
function stillMay({ endpoint, parts }: Route, request: FastifyRequest): () => Promise<boolean> {
  return async () => reaches(await parts.gate.who(request), endpoint.role)
}
