/** Every endpoint × whoever may ask × where the request comes from: made from the contract, so that a new endpoint is in it. */
import { once } from 'node:events'
import type { ClientRequest, IncomingMessage } from 'node:http'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { API, type EndpointName } from '../../src/console/contract/api.ts'
import { type Endpoint, ROLES, type Role, type UserRole } from '../../src/console/contract/endpoint.ts'
import { ApiError } from '../../src/console/http/errors.ts'
import type { Handlers } from '../../src/console/http/handlers.ts'
import type { Database } from '../../src/database/database.ts'
import { IDLE_MOST_MS } from '../../src/desk/sessions.ts'
import type { DatabasePlace } from '../contracts/database.ts'
import { newSqlitePlace } from '../desk/empty-desk.ts'
import { type DeskServer, startDeskServer } from './desk-server.ts'

const NAMES = Object.keys(API) as EndpointName[]
const PASSWORD = 'violet engine hums'

interface Asker {
  readonly who: string
  /** What they may do in truth. */
  readonly role: Role
  readonly headers: Readonly<Record<string, string>>
  readonly byKey: boolean
}

/** Let in: the handler was reached, what was asked was looked at, or it must be a WebSocket. */
const IN = ['410 GONE', '400 BAD_REQUEST', '426 NOT_A_SOCKET']

let place: DatabasePlace
let db: Database
let server: DeskServer
let askers: readonly Asker[]

beforeAll(async () => {
  place = await newSqlitePlace()
  db = await place.open()
  const reached = async () => Promise.reject(new ApiError('GONE', 'reached'))
  const handlers = Object.fromEntries(NAMES.map((name) => [name, reached])) as unknown as Handlers
  server = await startDeskServer(db, { handlers })
  askers = await makeAskers()
}, 60_000)

afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await db.close()
  await place.dispose()
})

async function makeAskers(): Promise<Asker[]> {
  const { desk, clock } = server
  const session = async (name: string, role: UserRole) => {
    const { user, token } = await desk.addUser({ email: `${name}@example.com`, name, role })
    const visitor = { from: '192.0.2.1', agent: '' }
    const signedIn = await desk.signIn.bySettingPassword({ token, password: PASSWORD }, visitor)
    return { userId: user.userId, token: signedIn.token }
  }
  const key = async (name: string, role: UserRole) => desk.keys.add({ name, role }, 'a test')
  const cookie = (token: string) => ({ cookie: `__Host-earshot=${token}` })
  const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` })

  const expired = await session('expired', 'admin')
  clock.now += IDLE_MOST_MS
  const signedOut = await session('signed out', 'admin')
  await desk.sessions.end(signedOut.token)
  await session('the admin that is left', 'admin')
  const disabled = await session('disabled', 'admin')
  await desk.changeUser(disabled.userId, { disabled: true })
  const removed = await session('removed', 'admin')
  await desk.users.remove(removed.userId)
  const demoted = await session('demoted', 'admin')
  await desk.changeUser(demoted.userId, { role: 'viewer' })
  const revoked = await key('revoked', 'admin')
  await desk.keys.remove(revoked.key.keyId)
  const admin = await session('an admin', 'admin')

  const nobody = (who: string, headers: Asker['headers'], byKey = false): Asker => ({
    who,
    role: 'nobody',
    headers,
    byKey,
  })
  const known = ['viewer', 'manager', 'admin'] as const
  return [
    nobody('nobody', {}),
    nobody('an expired session', cookie(expired.token)),
    nobody('a session that was signed out', cookie(signedOut.token)),
    nobody('a session of a user who is locked out', cookie(disabled.token)),
    nobody('a session of a user who was removed', cookie(removed.token)),
    nobody('a session from before the role changed', cookie(demoted.token)),
    nobody('a revoked key', bearer(revoked.secret), true),
    nobody('a wrong key beside an admin’s session', { ...cookie(admin.token), ...bearer('ek_wrong') }, true),
    ...(await Promise.all(
      known.map(async (role) => ({
        who: `a ${role}`,
        role,
        headers: cookie((await session(`the ${role}`, role)).token),
        byKey: false,
      })),
    )),
    ...(await Promise.all(
      known.map(async (role) => ({
        who: `a key of a ${role}`,
        role,
        headers: bearer((await key(`the ${role}`, role)).secret),
        byKey: true,
      })),
    )),
  ]
}

const OURS = () => ({ origin: server.url, 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors' })
const FOREIGN = () => ({ origin: 'https://evil.example', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors' })

function expected(endpoint: Endpoint, asker: Asker, ours: boolean): string {
  if (endpoint.role !== 'nobody' && asker.role === 'nobody') return '401 NOT_SIGNED_IN'
  if (!ours && !asker.byKey) return '403 FOREIGN_ORIGIN'
  return ROLES.indexOf(asker.role) >= ROLES.indexOf(endpoint.role) ? 'in' : '403 NOT_ALLOWED'
}

function pathOf(endpoint: Endpoint): string {
  return endpoint.path.replace(/:\w+/g, 'x')
}

it('lets in whoever the contract says, and nobody else', async () => {
  const browser = server.browser()
  const wrong: string[] = []
  let asked = 0
  for (const name of NAMES) {
    const endpoint: Endpoint = API[name]
    for (const asker of askers) {
      for (const ours of [true, false]) {
        const headers = { ...(ours ? OURS() : FOREIGN()), ...asker.headers }
        const body = endpoint.method === 'GET' ? undefined : {}
        const answer = await browser.ask(endpoint.method, pathOf(endpoint), body, headers)
        const { error } = answer.body as { error?: { code: string } }
        const got = `${answer.status} ${error?.code}`
        const want = expected(endpoint, asker, ours)
        if (!(want === 'in' ? IN.includes(got) : got === want))
          wrong.push(`${name}, ${asker.who}, ${ours ? 'own' : 'foreign'} page: ${got}, not ${want}`)
        asked++
      }
    }
  }
  expect(wrong).toEqual([])
  expect(asked).toBe(NAMES.length * askers.length * 2)
}, 60_000)

it('opens no WebSocket for another server’s page, whoever is signed in', async () => {
  const sockets = NAMES.filter((name) => API[name].kind === 'socket')
  expect(sockets.length).toBeGreaterThan(0)
  const wrong: string[] = []
  for (const name of sockets) {
    for (const asker of askers) {
      for (const ours of [true, false]) {
        const headers = { ...(ours ? OURS() : FOREIGN()), ...asker.headers }
        const socket = new WebSocket(`${server.url.replace('http', 'ws')}/api/v1${pathOf(API[name])}`, { headers })
        const [, response] = (await once(socket, 'unexpected-response')) as [ClientRequest, IncomingMessage]
        response.resume()
        const got = response.statusCode === 410 ? 'in' : String(response.statusCode)
        const want = expected(API[name], asker, ours).replace(/ .*/, '')
        if (got !== want) wrong.push(`${name}, ${asker.who}, ${ours ? 'own' : 'foreign'} page: ${got}, not ${want}`)
      }
    }
  }
  expect(wrong).toEqual([])
}, 60_000)
