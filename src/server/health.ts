/** Whether the process lives (`/healthz`) and whether it should be sent calls (`/readyz`). */
import type { FastifyInstance } from 'fastify'

export interface Health {
  /** Why no call should be sent here now; null when calls are welcome. */
  readonly notReady: () => string | null
  readonly liveCalls: () => number
}

export function addHealth(app: FastifyInstance, health: Health): void {
  app.get('/healthz', async () => ({ status: 'ok' }))
  app.get('/readyz', async (_request, reply) => {
    const why = health.notReady()
    return reply.code(why === null ? 200 : 503).send({ ready: why === null, why, liveCalls: health.liveCalls() })
  })
}
