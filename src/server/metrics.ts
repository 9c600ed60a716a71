/** `GET /metrics` for Prometheus. It holds no words and no numbers, yet how busy a business is, is nobody else's business. */
import { BlockList, isIPv6 } from 'node:net'
import type { FastifyInstance, FastifyRequest } from 'fastify'

export interface MetricsPage {
  readonly page: () => Promise<{ readonly text: string; readonly type: string }>
  /** Whether the request carries a key of the API. */
  readonly hasKey: (request: FastifyRequest) => Promise<boolean>
}

/** Loopback, private and link-local: where a Prometheus beside the server asks from (RFC 1918, 4193, 4291, 6598). */
const NEAR = new BlockList()
for (const [network, prefix] of [
  ['127.0.0.0', 8],
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['169.254.0.0', 16],
  ['100.64.0.0', 10],
] as const) {
  NEAR.addSubnet(network, prefix)
}
NEAR.addAddress('::1', 'ipv6')
NEAR.addSubnet('fc00::', 7, 'ipv6')
NEAR.addSubnet('fe80::', 10, 'ipv6')

/** What a proxy says of whom it speaks for: a tunnel on this machine brings the whole world to loopback. */
const FORWARDED = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'via', 'cf-connecting-ip'] as const

/** Whether it comes from near by, and from nobody behind a proxy. */
export function isNear(request: Pick<FastifyRequest, 'headers' | 'ip'>): boolean {
  if (FORWARDED.some((name) => request.headers[name] !== undefined)) return false
  return NEAR.check(request.ip, isIPv6(request.ip) ? 'ipv6' : 'ipv4')
}

export function addMetrics(app: FastifyInstance, { page, hasKey }: MetricsPage): void {
  app.get('/metrics', async (request, reply) => {
    if (!isNear(request) && !(await hasKey(request))) {
      const message = 'ask from the same network, or with a key: Authorization: Bearer … (earshot keys create)'
      return reply.code(401).send({ error: { code: 'NOT_SIGNED_IN', message } })
    }
    const { text, type } = await page()
    return reply.header('cache-control', 'no-store').type(type).send(text)
  })
}
