/** What every endpoint of the contract does, whichever it is. */
import { once } from 'node:events'
import { afterEach, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import type { Handlers } from '../../src/console/http/handlers.ts'
import { type ConsoleServer, startConsole } from './console-server.ts'

let server: ConsoleServer | undefined
afterEach(async () => {
  await server?.[Symbol.asyncDispose]()
  server = undefined
})

async function serve(handlers: Partial<Handlers>): Promise<ConsoleServer> {
  server = await startConsole({ handlers })
  return server
}

const page = { calls: [], next: null }

it('hands a handler what was asked, checked and in its types', async () => {
  const asked: unknown[] = []
  const { ask } = await serve({
    listCalls: async ({ query, actor }) => {
      asked.push(query, actor.name)
      return page
    },
  })
  const response = await ask('viewer', '/calls?agents=shop&flags=slow&flags=live&minStrain=40&text=red%20bike')
  expect(response.status).toBe(200)
  expect(response.headers.get('cache-control')).toBe('no-store')
  expect(await response.json()).toEqual(page)
  expect(asked).toEqual([{ agents: ['shop'], flags: ['slow', 'live'], minStrain: 40, text: 'red bike' }, 'Vera'])
})

it('says field by field what is wrong, and repeats nothing of it', async () => {
  const { ask } = await serve({
    listCalls: async () => page,
    writeNote: async () => Promise.reject(new Error('reached')),
  })
  const listed = await ask('viewer', '/calls?agent=shop&minStrain=sk_secret&flags=sloww')
  expect(listed.status).toBe(400)
  expect(await listed.json()).toEqual({
    error: {
      code: 'BAD_REQUEST',
      message: 'query.minStrain: must be a number, and 2 more',
      fields: [
        { path: 'query.minStrain', message: 'must be a number' },
        {
          path: 'query.flags.0',
          message:
            'must be "live" or "unheard-speech" or "interrupted" or "tool-failed" or "tool-unknown" or "asked-for-person" or "over-budget" or "slow" or "has-recording" or "has-notes" or "not-reviewed"',
        },
        { path: 'query.agent', message: 'is not known here: did you mean `agents`?' },
      ],
    },
  })
  const noted = await ask('manager', '/calls/c1/notes', { method: 'POST', body: '{"text":" ","sk_9d8f7":1}' })
  expect(await noted.json()).toEqual({
    error: {
      code: 'BAD_REQUEST',
      message: 'body.atMs: is missing, and 2 more',
      fields: [
        { path: 'body.atMs', message: 'is missing' },
        { path: 'body.text', message: 'must not be empty' },
        { path: 'body', message: 'is not known here: leave it out' },
      ],
    },
  })
})

it('lets in those whose role reaches, and nobody from a page of another server', async () => {
  const { ask, gate } = await serve({ eraseCall: async () => ({ calls: 1, events: 9, recordings: 0 }) })
  const erase = async (who: string, origin?: string): Promise<[number, unknown]> => {
    const response = await ask(who, '/calls/c1', { method: 'DELETE', headers: origin === undefined ? {} : { origin } })
    const body: { error?: { code: string } } = JSON.parse(await response.text())
    return [response.status, body.error?.code]
  }
  expect(await erase('nobody')).toEqual([401, 'NOT_SIGNED_IN'])
  expect(await erase('somebody else')).toEqual([401, 'NOT_SIGNED_IN'])
  expect(await erase('manager')).toEqual([403, 'NOT_ALLOWED'])
  expect(await erase('admin', 'https://evil.example')).toEqual([403, 'FOREIGN_ORIGIN'])
  expect(await erase('admin')).toEqual([200, undefined])
  // Strangers are not written down: they could fill the account with themselves.
  expect(gate.notes.map(({ who, action, target, ok }) => [who, action, target, ok])).toEqual([
    ['Mona', 'erased-call', 'c1', false],
    ['Ada', 'erased-call', 'c1', false],
    ['Ada', 'erased-call', 'c1', true],
  ])
})

it('refuses a stranger before it reads what they send', async () => {
  const { ask } = await serve({ eraseCaller: async () => ({ calls: 0, events: 0, recordings: 0 }) })
  const response = await ask('nobody', '/calls/erase', { method: 'POST', body: 'x'.repeat(200_000) })
  expect(response.status).toBe(401)
})

it('reads JSON alone, and not much of it', async () => {
  const { ask } = await serve({ eraseCaller: async () => ({ calls: 0, events: 0, recordings: 0 }) })
  const codeOf = async (body: string, type: string): Promise<unknown> => {
    const response = await ask('admin', '/calls/erase', { method: 'POST', body, headers: { 'content-type': type } })
    const { error }: { error: { code: string } } = JSON.parse(await response.text())
    return [response.status, error.code]
  }
  expect(await codeOf('caller=%2B15550100', 'application/x-www-form-urlencoded')).toEqual([415, 'NOT_JSON'])
  expect(await codeOf('{"caller":', 'application/json')).toEqual([400, 'BAD_REQUEST'])
  expect(await codeOf(JSON.stringify({ caller: 'x'.repeat(70_000) }), 'application/json')).toEqual([413, 'TOO_LARGE'])
  expect(await codeOf('', 'application/json')).toEqual([400, 'BAD_REQUEST'])
})

it('sends no field that the contract does not promise', async () => {
  const { ask } = await serve({
    listColleagues: async () => ({ colleagues: [{ userId: 'u1', name: 'Mona', passwordHash: 'scrypt:…' }] }) as never,
  })
  const response = await ask('viewer', '/colleagues')
  expect(await response.json()).toEqual({ colleagues: [{ userId: 'u1', name: 'Mona' }] })
})

it('sends nothing of an answer that lacks what is promised, and says in the log which field', async () => {
  const { ask, logged } = await serve({
    listColleagues: async () => ({ colleagues: [{ name: '+15550100' }] }) as never,
  })
  const response = await ask('viewer', '/colleagues')
  expect(response.status).toBe(500)
  expect(await response.text()).not.toContain('15550100')
  expect(logged).toEqual([
    [{ path: '/colleagues', broken: ['colleagues.0.userId: invalid_type'] }, 'an answer does not keep its contract'],
  ])
})

it('tells nothing of what went wrong inside', async () => {
  const { ask } = await serve({ openCall: async () => Promise.reject(new Error('row of +15550100 is broken')) })
  const response = await ask('viewer', '/calls/c1')
  expect([response.status, await response.json()]).toEqual([
    500,
    { error: { code: 'INTERNAL', message: 'something went wrong on our side; the log of the server says more' } },
  ])
  const nowhere = await ask('viewer', '/nowhere')
  expect([nowhere.status, await nowhere.json()]).toEqual([
    404,
    { error: { code: 'NOT_FOUND', message: 'there is nothing here' } },
  ])
})

it('answers too many requests with when the next is welcome', async () => {
  server = await startConsole({
    handlers: { listColleagues: async () => ({ colleagues: [] }) },
    limits: { knownPerMinute: 2, strangersPerMinute: 1 },
  })
  const statuses = async (who: string): Promise<number> => (await server?.ask(who, '/colleagues'))?.status ?? 0
  expect([await statuses('viewer'), await statuses('viewer')]).toEqual([200, 200])
  const third = await server.ask('viewer', '/colleagues')
  expect(third.status).toBe(429)
  expect(Number(third.headers.get('retry-after'))).toBeGreaterThan(0)
  // One person's haste is not another's.
  expect(await statuses('manager')).toBe(200)
  expect([await statuses('nobody'), await statuses('nobody')]).toEqual([401, 429])
})

const row = { floor: 'nobody', lastLine: null, turns: 0, replyMs: null, costUsd: null, forecastUsd: null } as const
const live = {
  ...row,
  callId: 'c1',
  agent: 'shop',
  from: '',
  to: '',
  startedAt: 1,
  strain: 0,
  toolRunning: null,
  listeners: 0,
}

it('streams events, and stops when the reader is gone', async () => {
  let stopped: () => void = () => {}
  const gone = new Promise<void>((resolve) => {
    stopped = resolve
  })
  const { ask } = await serve({
    watchCalls: async () => (stream) => {
      stream.send({ type: 'all', calls: [{ ...live, secret: 1 } as never] })
      return stopped
    },
  })
  const leave = new AbortController()
  const response = await ask('viewer', '/live', { signal: leave.signal })
  expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
  let text = ''
  const decoder = new TextDecoder()
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk)
    if (text.includes('"all"') && text.endsWith('\n\n')) break
  }
  const [head, data = '', ...rest] = text.split('\n\n')
  expect([head, JSON.parse(data.replace('data: ', '')), rest]).toEqual([
    'retry: 2000',
    { type: 'all', calls: [live] },
    [''],
  ])
  leave.abort()
  await gone
})

it('checks a socket before it is one', async () => {
  const { url, gate } = await serve({
    listen: async ({ params }) => {
      const greeting = `call ${params.callId}`
      return (socket) => socket.send(greeting)
    },
  })
  const open = (who: string): WebSocket =>
    new WebSocket(`${url.replace('http', 'ws')}/api/v1/live/c1/listen`, { headers: { authorization: `Bearer ${who}` } })
  const refusedWith = async (who: string): Promise<number> => {
    const socket = open(who)
    socket.on('error', () => {})
    const [, response] = await once(socket, 'unexpected-response')
    socket.terminate()
    return response.statusCode
  }
  expect(await refusedWith('nobody')).toBe(401)
  expect(await refusedWith('viewer')).toBe(403)
  const socket = open('manager')
  const [message] = await once(socket, 'message')
  expect(String(message)).toBe('call c1')
  socket.close()
  expect(gate.notes.map(({ who, ok }) => [who, ok])).toEqual([
    ['Vera', false],
    ['Mona', true],
  ])
})

it('has no socket where there is none, and none without an upgrade', async () => {
  const { url, ask } = await serve({ listCalls: async () => page, listen: async () => () => {} })
  expect((await ask('manager', '/live/c1/listen')).status).toBe(426)
  const socket = new WebSocket(`${url.replace('http', 'ws')}/api/v1/calls?caller=15550100`, {
    headers: { authorization: 'Bearer viewer' },
  })
  socket.on('error', () => {})
  const [, response] = await once(socket, 'unexpected-response')
  expect(response.statusCode).toBe(426)
})
