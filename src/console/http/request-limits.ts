/** How much of the server's time one reader may take. Calls are not counted here: their routes are the carriers'. */
import rateLimit from '@fastify/rate-limit'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Actor } from '../gate.ts'
import { ApiError } from './errors.ts'

export interface RequestLimits {
  /** Requests a minute of one user or key. The console asks for a few at once whenever a page opens. */
  readonly knownPerMinute: number
  /** Requests a minute from one address of those who have not signed in; behind a proxy all of them are one address. */
  readonly strangersPerMinute: number
}

export const REQUEST_LIMITS: RequestLimits = { knownPerMinute: 1200, strangersPerMinute: 600 }

export async function requestLimits(
  scope: FastifyInstance,
  limits: RequestLimits,
): Promise<(request: FastifyRequest, reply: FastifyReply, actor: Actor | null) => Promise<void>> {
  const actors = new WeakMap<FastifyRequest, Actor>()
  await scope.register(rateLimit, { global: false })
  const check = scope.createRateLimit({
    timeWindow: 60_000,
    keyGenerator: (request) => {
      const actor = actors.get(request)
      return actor === undefined ? `address ${request.ip}` : `${actor.userId ?? 'key'} ${actor.name}`
    },
    max: (request) => (actors.has(request) ? limits.knownPerMinute : limits.strangersPerMinute),
  })
  return async (request, reply, actor) => {
    if (actor !== null) actors.set(request, actor)
    const checked = await check(request)
    if (checked.isAllowed || !checked.isExceeded) return
    reply.header('retry-after', String(Math.max(1, checked.ttlInSeconds)))
    throw new ApiError('TOO_MANY', 'too many requests: wait as long as `retry-after` says')
  }
}
