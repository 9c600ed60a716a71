/**
 * A stand-in for the server, for looking at the pages: `node test/console/web/fake/server.ts`, then open what it prints.
 * CALLS says how many there are, ROLE who is signed in (`nobody`: the door is closed, `setup`: nobody can sign in yet).
 */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { extname, join } from 'node:path'
import { CallFilter } from '../../../../src/call-log/query.ts'
import { API, type EndpointName } from '../../../../src/console/contract/api.ts'
import { CallListQuery } from '../../../../src/console/contract/calls.ts'
import { UserRole } from '../../../../src/console/contract/endpoint.ts'
import type { LiveRow } from '../../../../src/console/contract/live.ts'
import { facets, figures, list } from './ask-calls.ts'
import { AUDIT, agentCards, agentPage, KEYS, PEOPLE, PROBLEMS } from './desk.ts'
import { madeCalls } from './made-calls.ts'

const DIST = join(import.meta.dirname, '../../../../dist/console')
const CSP =
  "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}

const calls = madeCalls(Number(process.env.CALLS ?? 5000), 7, Date.now())
let role = process.env.ROLE ?? 'admin'
const views = [{ viewId: 'v1', name: 'Angry last week', query: 'sort=strain&minStrain=60&since=7d' }]

interface Asked {
  readonly params: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, unknown>>
  readonly body: unknown
}

const signedIn = (): unknown => ({ user: PEOPLE[0] })

const ANSWERS: Partial<Record<EndpointName, (asked: Asked) => unknown>> = {
  lookAtDoor: () => ({
    user: UserRole.safeParse(role).success ? { ...PEOPLE[0], role } : null,
    setupNeeded: role === 'setup',
    oidc: role === 'nobody' ? { name: 'Harbour ID' } : null,
    offline: process.env.OFFLINE === '1',
    version: '0.1.0',
  }),
  signIn: () => {
    role = 'admin'
    return signedIn()
  },
  signInByLink: signedIn,
  setUp: signedIn,
  setPassword: signedIn,
  changePassword: () => ({ done: true }),
  signOut: () => {
    role = 'nobody'
    return { done: true }
  },
  listCalls: ({ query }) => list(calls, CallListQuery.parse(query)),
  countCalls: ({ query }) => facets(calls, CallFilter.parse(API.countCalls.query.parse(query))),
  judgeCall: ({ params, body }) => {
    const { reviewed } = API.judgeCall.body.parse(body)
    const at = calls.findIndex(({ callId }) => callId === params.callId)
    const call = calls[at]
    if (call === undefined) return null
    const review = { ...call.review, reviewedAt: reviewed === true ? Date.now() : null, reviewedBy: 'Mara' }
    calls[at] = { ...call, review }
    return review
  },
  listViews: () => ({ views }),
  saveView: ({ params, body }) => {
    const view = { viewId: `v${views.length + 1}`, name: params.name ?? '', query: API.saveView.body.parse(body).query }
    views.push(view)
    return view
  },
  removeView: ({ params }) => {
    views.splice(
      views.findIndex(({ name }) => name === params.name),
      1,
    )
    return { done: true }
  },
  figures: ({ query }) => {
    const { from, to, by = 'day', agents, versions } = API.figures.query.parse(query)
    return figures(calls, { from, to, by, ...(agents && { agents }), ...(versions && { versions }) })
  },
  listAgents: () => ({ agents: agentCards(), problems: PROBLEMS }),
  openAgent: ({ params }) => agentPage(params.name ?? '', calls),
  readVersion: ({ params }) => ({
    name: params.name,
    version: params.version,
    text: agentPage(params.name ?? '', calls)
      .text.replace('low', params.version === 'b7e23ec29af2' ? 'high' : 'low')
      .replace('maxMinutes: 30', 'maxMinutes: 20'),
  }),
  checkAgents: () => ({ problems: PROBLEMS, warnings: [], taken: [] }),
  listColleagues: () => ({ colleagues: PEOPLE.map(({ userId, name }) => ({ userId, name })) }),
  listUsers: () => ({ users: PEOPLE }),
  addUser: () => ({ user: PEOPLE[2], link: 'http://127.0.0.1:8080/password#pl_2cf24dba5fb0a30e26e83b2ac5b9e29e' }),
  changeUser: () => PEOPLE[2],
  resetPassword: () => ({ link: 'http://127.0.0.1:8080/password#pl_2cf24dba5fb0a30e26e83b2ac5b9e29e' }),
  removeUser: () => ({ done: true }),
  listKeys: () => ({ keys: KEYS }),
  addKey: () => ({ key: KEYS[0], secret: 'ek_2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e' }),
  removeKey: () => ({ done: true }),
  readAudit: ({ query }) => ({
    entries: AUDIT.filter(({ action }) => query.action === undefined || action === query.action),
    next: null,
  }),
}

function liveRows(): LiveRow[] {
  return calls
    .filter(({ endedAt }) => endedAt === null)
    .map((call) => ({
      callId: call.callId,
      agent: call.agent,
      from: call.from,
      to: call.to,
      startedAt: call.startedAt,
      floor: 'agent',
      lastLine: { by: 'agent', text: 'Your order left us on Monday.' },
      turns: call.turns,
      replyMs: call.replyP50Ms,
      costUsd: call.costUsd,
      forecastUsd: call.costUsd,
      strain: call.strain,
      toolRunning: null,
      listeners: 0,
    }))
}

function find(method: string, path: string): { name: EndpointName; params: Record<string, string> } | null {
  for (const [name, endpoint] of Object.entries(API) as [EndpointName, (typeof API)[EndpointName]][]) {
    const pattern = new RegExp(`^${endpoint.path.replace(/:(\w+)/g, '(?<$1>[^/]+)')}$`)
    const match = endpoint.method === method ? pattern.exec(path) : null
    if (match === null) continue
    const params = Object.entries(match.groups ?? {}).map(([key, value]) => [key, decodeURIComponent(value)])
    return { name, params: Object.fromEntries(params) }
  }
  return null
}

async function answer(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
  const found = find(request.method ?? 'GET', url.pathname.slice('/api/v1'.length))
  if (found?.name === 'watchCalls') {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(`data: ${JSON.stringify({ type: 'all', calls: liveRows() })}\n\n`)
    return
  }
  const answering = found === null ? undefined : ANSWERS[found.name]
  if (found === null || answering === undefined) return refuse(response, 404, 'there is no such endpoint here')
  if (role === 'nobody' && API[found.name].role !== 'nobody') return refuse(response, 401, 'Sign in first.')
  const query: Record<string, unknown> = {}
  for (const key of new Set(url.searchParams.keys())) {
    const values = url.searchParams.getAll(key)
    query[key] = values.length > 1 ? values : values[0]
  }
  let text = ''
  for await (const chunk of request) text += chunk
  const reply = answering({ params: found.params, query, body: text === '' ? undefined : JSON.parse(text) })
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(JSON.stringify(API[found.name].reply.parse(reply)))
}

function refuse(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify({ error: { code: 'FAKE', message } }))
}

async function page(response: ServerResponse, path: string): Promise<void> {
  const wanted = join(DIST, path)
  const file = wanted.startsWith(DIST) && extname(path) !== '' && existsSync(wanted) ? wanted : join(DIST, 'index.html')
  response.writeHead(200, {
    'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
    'content-security-policy': CSP,
  })
  response.end(await readFile(file))
}

const server = createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://fake')
  const done = url.pathname.startsWith('/api/v1/') ? answer(request, response, url) : page(response, url.pathname)
  done.catch((error: unknown) => refuse(response, 500, String(error)))
})
server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => {
  const address = server.address()
  if (typeof address === 'object' && address !== null) console.log(`http://127.0.0.1:${address.port}`)
})
