import fastify from 'fastify'
import { expect, it } from 'vitest'
import { addMetrics, isNear } from '../../src/server/metrics.ts'

it.each([
  ['127.0.0.1', {}, true],
  ['::1', {}, true],
  ['::ffff:127.0.0.1', {}, true],
  ['10.2.3.4', {}, true],
  ['fd12::1', {}, true],
  ['203.0.113.9', {}, false],
  ['2001:db8::1', {}, false],
  ['127.0.0.1', { 'x-forwarded-for': '203.0.113.9' }, false],
  ['127.0.0.1', { forwarded: 'for=203.0.113.9' }, false],
])('takes %s with %j for near: %s', (ip, headers, near) => {
  expect(isNear({ ip, headers })).toBe(near)
})

it('answers those who are near and those who hold a key, and tells others how', async () => {
  const app = fastify()
  addMetrics(app, {
    page: async () => ({ text: 'a 1\n', type: 'text/plain' }),
    hasKey: async ({ headers }) => headers.authorization === 'Bearer ek_good',
  })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const ask = async (headers: Record<string, string>) => {
    const reply = await fetch(`${url}/metrics`, { headers })
    return [reply.status, await reply.text()] as const
  }
  const far = { 'x-forwarded-for': '203.0.113.9' }
  expect(await ask({})).toEqual([200, 'a 1\n'])
  expect(await ask({ ...far, authorization: 'Bearer ek_good' })).toEqual([200, 'a 1\n'])
  const [status, refusal] = await ask({ ...far, authorization: 'Bearer ek_bad' })
  expect([status, JSON.parse(refusal)]).toEqual([
    401,
    { error: { code: 'NOT_SIGNED_IN', message: expect.stringContaining('earshot keys create') } },
  ])
  await app.close()
})
