import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { Outgoing, type OutgoingRequest, type Resolve } from '../../../src/tools/network/outgoing.ts'
import { sendFollowing } from '../../../src/tools/network/redirects.ts'
import { type Backend, json, startBackend } from '../backend.ts'

const disposing: AsyncDisposable[] = []
afterEach(async () => {
  for (const each of disposing.splice(0).reverse()) await each[Symbol.asyncDispose]()
})

async function backend(...args: Parameters<typeof startBackend>): Promise<Backend> {
  const started = await startBackend(...args)
  disposing.push(started)
  return started
}

/** Hosts of `.test` are where the test says, one answer after the other, the last for good. */
function outgoing(allowHosts: readonly string[], names: Readonly<Record<string, readonly (readonly string[])[]>> = {}) {
  const looked: string[] = []
  const left = new Map(Object.entries(names).map(([host, answers]) => [host, [...answers]]))
  const resolve: Resolve = (host, done) => {
    looked.push(host)
    const answers = left.get(host)
    const addresses = answers !== undefined && answers.length > 1 ? answers.shift() : answers?.[0]
    if (addresses === undefined) return done(Object.assign(new Error('no'), { code: 'ENOTFOUND' }), [])
    done(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    )
  }
  const made = new Outgoing(() => ({ allowHosts }), resolve)
  disposing.push(made)
  return { made, looked }
}

function get(url: string, changes: Partial<OutgoingRequest> = {}): OutgoingRequest {
  const signal = AbortSignal.timeout(10_000)
  return { method: 'GET', url: new URL(url), headers: {}, body: null, maxBytes: 1000, reuse: false, signal, ...changes }
}

const text = (body: Uint8Array) => Buffer.from(body).toString('utf8')

describe('a request', () => {
  it('is sent as it is given, and its answer comes back', async () => {
    const server = await backend((_, response) => response.writeHead(201, { 'x-id': '7' }).end('hello'))
    const { made } = outgoing(['127.0.0.1'])
    const headers = { 'x-key': 'k', 'content-type': 'application/json' }
    const result = await made.send(get(`${server.origin}/a?b=c%20d`, { method: 'POST', headers, body: '{"ä":1}' }))
    expect(result).toMatchObject({ type: 'answered', status: 201, cut: false, headers: { 'x-id': '7' } })
    expect(result.type === 'answered' && text(result.body)).toBe('hello')
    expect(server.asked).toMatchObject([
      {
        method: 'POST',
        url: '/a?b=c%20d',
        body: '{"ä":1}',
        headers: { 'x-key': 'k', 'content-length': '8', connection: 'close' },
      },
    ])
  })

  it('reads no more of an answer than it is told to, however long it goes on', async () => {
    let closed = (): void => {}
    const gone = new Promise<void>((resolve) => {
      closed = resolve
    })
    const server = await backend((_, response) => {
      response.on('close', closed)
      const more = (): void => {
        while (response.write('x'.repeat(1000)));
        response.once('drain', more)
      }
      more()
    })
    const result = await outgoing(['127.0.0.1']).made.send(get(server.origin))
    expect(result).toMatchObject({ type: 'answered', cut: true })
    expect(result.type === 'answered' && result.body.length).toBe(1000)
    await gone
    const exact = await backend((_, response) => response.end('x'.repeat(1000)))
    expect(await outgoing(['127.0.0.1']).made.send(get(exact.origin))).toMatchObject({ cut: false })
  })

  it('uses a connection again when it may, and asks anew when the other side had closed it meanwhile', async () => {
    let count = 0
    const server = await backend((_, response, request) => {
      // The third finds a connection that is closed as soon as it is used.
      if (++count === 3) request.socket.resetAndDestroy()
      else json(response, count)
    })
    const { made } = outgoing(['127.0.0.1'])
    for (const expected of ['1', '2', '4']) {
      const result = await made.send(get(server.origin, { reuse: true }))
      expect(result.type === 'answered' && text(result.body)).toBe(expected)
    }
    expect(server.connections).toBe(2)
  })
})

describe('a request that gets no answer says whether it may have been received', () => {
  const failure = async (url: string, changes: Partial<OutgoingRequest> = {}, hosts = ['127.0.0.1']) =>
    outgoing(hosts).made.send(get(url, changes))

  it('when nobody listens: no', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    await new Promise((resolve) => server.close(resolve))
    expect(await failure(`http://127.0.0.1:${port}/`)).toEqual({ type: 'failed', sent: false, code: 'ECONNREFUSED' })
  })

  it('when it cannot be written down: no', async () => {
    const server = await backend((_, response) => response.end())
    const result = await failure(server.origin, { headers: { a: 'two\nlines' } })
    expect(result).toEqual({ type: 'failed', sent: false, code: 'ERR_INVALID_CHAR' })
  })

  it('when there is no such host: no', async () => {
    expect(await failure('https://nowhere.test/')).toEqual({ type: 'failed', sent: false, code: 'ENOTFOUND' })
  })

  it('when the other side cannot prove who it is: no', async () => {
    const server = await backend(() => {})
    const result = await failure(server.origin.replace('http:', 'https:'))
    expect(result).toMatchObject({
      type: 'failed',
      sent: false,
      code: expect.stringMatching(/^(ERR_SSL|EPROTO|ECONNRESET)/),
    })
  })

  it('when the connection is lost: yes', async () => {
    const server = await backend((_, _response, request) => request.socket.destroy())
    expect(await failure(server.origin)).toEqual({ type: 'failed', sent: true, code: 'ECONNRESET' })
  })

  it('when the answer breaks off: yes', async () => {
    const server = await backend((_, response) => {
      response.writeHead(200, { 'content-length': '10' })
      response.write('12345', () => response.destroy())
    })
    expect(await failure(server.origin)).toEqual({ type: 'failed', sent: true, code: 'ECONNRESET' })
  })

  it('when its time is up before there is an answer: yes', async () => {
    const abort = new AbortController()
    const server = await backend(() => abort.abort())
    expect(await failure(server.origin, { signal: abort.signal })).toEqual({
      type: 'failed',
      sent: true,
      code: 'ABORTED',
    })
  })

  it('when its time is up in the middle of one: yes', async () => {
    const abort = new AbortController()
    const server = await backend((_, response) => response.write('x', () => abort.abort()))
    expect(await failure(server.origin, { signal: abort.signal })).toEqual({
      type: 'failed',
      sent: true,
      code: 'ABORTED',
    })
  })

  it('when its time was up before it began: no', async () => {
    const server = await backend((_, response) => response.end())
    const result = await failure(server.origin, { signal: AbortSignal.abort() })
    expect(result).toEqual({ type: 'failed', sent: false, code: 'ABORTED' })
    expect(server.asked).toEqual([])
  })
})

describe('the network', () => {
  const FORBIDDEN = { type: 'failed', sent: false, code: 'FORBIDDEN' }

  it.each([
    ['an address of this machine', ['127.0.0.1']],
    ['one of several that is', ['93.184.216.34', '127.0.0.1']],
    ['an IPv6 spelling of one', ['::ffff:127.0.0.1']],
    ['the loopback of IPv6', ['::1']],
    ['a private network', ['10.0.0.5']],
    ['a metadata service', ['169.254.169.254']],
    ['what is no address', ['localhost']],
  ])('a name that stands for %s is not connected to', async (_, addresses) => {
    const server = await backend((_, response) => response.end())
    const { made } = outgoing([], { 'desk.test': [addresses] })
    expect(await made.send(get(`https://desk.test:${server.port}/`))).toEqual(FORBIDDEN)
    expect(server.connections).toBe(0)
  })

  it('is reached by a name that is listed', async () => {
    const server = await backend((_, response) => response.end('in'))
    const { made } = outgoing(['desk.test'], { 'desk.test': [['127.0.0.1']] })
    expect(await made.send(get(`http://desk.test:${server.port}/`))).toMatchObject({ status: 200 })
    expect(server.asked[0]?.headers.host).toBe(`desk.test:${server.port}`)
  })

  it('is looked up once for a connection: an answer that changes in between leads nowhere', async () => {
    const server = await backend((_, response) => response.end('in'))
    // The first answer is what is looked at; had it been looked up again to connect, it would have been loopback.
    const { made, looked } = outgoing([], { 'desk.test': [['192.0.2.1'], ['127.0.0.1']] })
    expect(await made.send(get(`https://desk.test:${server.port}/`))).toEqual(FORBIDDEN)
    expect(looked).toEqual(['desk.test'])
    expect(await made.send(get(`https://desk.test:${server.port}/`))).toEqual(FORBIDDEN)
    // A listed host whose first answer is this machine's connects to that one, whatever the next would be.
    const listed = outgoing(['desk.test'], { 'desk.test': [['127.0.0.1'], ['192.0.2.1']] })
    expect(await listed.made.send(get(`http://desk.test:${server.port}/`))).toMatchObject({ status: 200 })
    expect(listed.looked).toEqual(['desk.test'])
    expect(server.connections).toBe(1)
  })

  it.each(['http://127.0.0.1', 'https://127.0.0.1', 'https://[::1]', 'https://2130706433', 'http://desk.test'])(
    '%s is refused before anything is looked up',
    async (origin) => {
      const { made, looked } = outgoing([], { 'desk.test': [['127.0.0.1']] })
      expect(await made.send(get(`${origin}:9/`))).toEqual(FORBIDDEN)
      expect(looked).toEqual([])
    },
  )
})

describe('a redirect', () => {
  const KEYS = {
    authorization: 'Bearer k',
    'x-api-key': 'k',
    accept: 'application/json',
    'content-type': 'application/json',
    'idempotency-key': 'i',
  }

  async function chain(statuses: readonly number[], request: Partial<OutgoingRequest> = {}) {
    const server = await backend(({ url }, response) => {
      const hop = Number(url.slice(1))
      const status = statuses[hop]
      if (status === undefined) return json(response, 'there')
      response.writeHead(status, { location: `/${hop + 1}` }).end()
    })
    const result = await sendFollowing(
      outgoing(['127.0.0.1']).made,
      get(`${server.origin}/0`, { headers: KEYS, ...request }),
    )
    return { result, server }
  }

  it('is followed three times, not four', async () => {
    const three = await chain([301, 302, 307])
    expect(three.result).toMatchObject({ type: 'answered', status: 200 })
    const four = await chain([301, 302, 307, 308])
    expect(four.result).toEqual({ type: 'failed', sent: true, code: 'REDIRECTS' })
    expect(four.server.asked.length).toBe(4)
  })

  it.each([
    [301, 'GET', ''],
    [302, 'GET', ''],
    [303, 'GET', ''],
    [307, 'POST', '{}'],
    [308, 'POST', '{}'],
  ])('%i of a POST becomes a %s', async (status, method, body) => {
    const { server } = await chain([status], { method: 'POST', body: '{}' })
    expect(server.asked[1]).toMatchObject({ method, body, headers: { 'x-api-key': 'k' } })
    expect('idempotency-key' in (server.asked[1]?.headers ?? {})).toBe(method === 'POST')
    expect('content-type' in (server.asked[1]?.headers ?? {})).toBe(method === 'POST')
  })

  it('to another origin goes without anything that was meant for the first', async () => {
    const other = await backend((_, response) => json(response, 'other'))
    const server = await backend((_, response) => response.writeHead(302, { location: `${other.origin}/x` }).end())
    await sendFollowing(outgoing(['127.0.0.1']).made, get(server.origin, { headers: KEYS }))
    expect(other.asked[0]?.headers).toEqual({
      accept: 'application/json',
      host: `127.0.0.1:${other.port}`,
      connection: 'close',
    })
  })

  it('to another origin does not take a body there', async () => {
    const other = await backend((_, response) => json(response, 'other'))
    const server = await backend((_, response) => response.writeHead(307, { location: `${other.origin}/x` }).end())
    const result = await sendFollowing(outgoing(['127.0.0.1']).made, get(server.origin, { method: 'POST', body: '{}' }))
    expect(result).toMatchObject({ type: 'answered', status: 307 })
    expect(other.asked).toEqual([])
  })

  it.each([
    'http://169.254.169.254/latest',
    'https://10.0.0.1/',
    'http://[::1]/',
    'ftp://127.0.0.1/',
    'file:///etc/passwd',
  ])('to %s is not followed', async (location) => {
    const server = await backend((_, response) => response.writeHead(302, { location }).end())
    const result = await sendFollowing(outgoing(['127.0.0.1']).made, get(server.origin))
    expect(result).toEqual({ type: 'failed', sent: true, code: 'FORBIDDEN' })
  })

  it('to a name is judged by what that name stands for', async () => {
    const inner = await backend((_, response) => json(response, 'inner'))
    const server = await backend((_, response) =>
      response.writeHead(302, { location: `https://inner.test:${inner.port}/` }).end(),
    )
    const { made } = outgoing(['127.0.0.1'], { 'inner.test': [['127.0.0.1']] })
    expect(await sendFollowing(made, get(server.origin))).toMatchObject({ code: 'FORBIDDEN' })
    expect(inner.connections).toBe(0)
  })

  it('without a place, or to one that is none, is an answer', async () => {
    for (const headers of [{}, { location: 'http://[bad' }]) {
      const server = await backend((_, response) => response.writeHead(302, headers).end())
      const result = await sendFollowing(outgoing(['127.0.0.1']).made, get(server.origin))
      expect(result).toMatchObject({ type: 'answered', status: 302 })
    }
  })
})
