import { expect, it, onTestFinished } from 'vitest'
import { guardedFetch, RequestFailed } from '../../../src/tools/network/guarded-fetch.ts'
import { Outgoing } from '../../../src/tools/network/outgoing.ts'
import { startBackend } from '../backend.ts'

async function fetchFrom(answer: Parameters<typeof startBackend>[0], allowHosts = ['127.0.0.1']) {
  const backend = await startBackend(answer)
  const outgoing = new Outgoing(() => ({ allowHosts }))
  onTestFinished(async () => {
    await outgoing[Symbol.asyncDispose]()
    await backend[Symbol.asyncDispose]()
  })
  return { backend, fetch: guardedFetch(outgoing, 1000) }
}

it('sends what it is given, and gives the answer as it comes', async () => {
  const { backend, fetch } = await fetchFrom((_, response) => {
    response.writeHead(201, { 'content-type': 'text/event-stream', 'x-one': ['a', 'b'] })
    response.write('first')
    setImmediate(() => response.end(' second'))
  })
  const answer = await fetch(`${backend.origin}/mcp`, { method: 'POST', headers: { 'X-Key': 'k' }, body: '{"ü":1}' })
  expect([answer.status, answer.headers.get('x-one'), await answer.text()]).toEqual([201, 'a, b', 'first second'])
  expect(backend.asked).toMatchObject([
    { method: 'POST', url: '/mcp', body: '{"ü":1}', headers: { 'x-key': 'k', 'content-length': '8' } },
  ])
})

it('follows no redirect, and reads answers that have no body', async () => {
  const { backend, fetch } = await fetchFrom(({ url }, response) =>
    url === '/gone' ? response.writeHead(204).end() : response.writeHead(307, { location: '/elsewhere' }).end(),
  )
  const redirect = await fetch(backend.origin)
  expect([redirect.status, redirect.headers.get('location')]).toEqual([307, '/elsewhere'])
  expect((await fetch(`${backend.origin}/gone`)).status).toBe(204)
  expect(backend.asked).toHaveLength(2)
})

it('goes nowhere that network.yaml does not allow', async () => {
  const { backend, fetch } = await fetchFrom((_, response) => response.end(), [])
  await expect(fetch(backend.origin)).rejects.toEqual(new RequestFailed('FORBIDDEN', false))
  expect(backend.asked).toEqual([])
})

it('reads no more than it may, and stops when it is told to', async () => {
  const { backend, fetch } = await fetchFrom(({ url }, response) => {
    if (url === '/long') response.end('x'.repeat(1001))
    else response.write('the beginning')
  })
  await expect((await fetch(`${backend.origin}/long`)).text()).rejects.toMatchObject({ code: 'TOO_LONG', sent: true })
  const abort = new AbortController()
  const answer = await fetch(backend.origin, { signal: abort.signal })
  abort.abort()
  await expect(answer.text()).rejects.toThrow()
  await expect(fetch(backend.origin, { signal: abort.signal })).rejects.toThrow('aborted')
  // Nobody reads this one: its end must harm nobody.
  const unread = new AbortController()
  await fetch(backend.origin, { signal: unread.signal })
  unread.abort()
})
