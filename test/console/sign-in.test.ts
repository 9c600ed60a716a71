/** Coming in, as browsers see it. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import type { User } from '../../src/console/contract/people.ts'
import { pathOf } from '../../src/console/sign-in/oidc-handlers.ts'
import type { Database } from '../../src/database/database.ts'
import type { DatabasePlace } from '../contracts/database.ts'
import { newSqlitePlace } from '../desk/empty-desk.ts'
import { CLIENT, type OidcProvider, startOidcProvider } from '../desk/oidc-provider.ts'
import { type Browser, type DeskServer, startDeskServer } from './desk-server.ts'

const ANN = { email: 'ann@example.com', name: 'Ann Lee', password: 'violet engine hums' }

let provider: OidcProvider
let place: DatabasePlace
let db: Database
let server: DeskServer
beforeAll(async () => {
  provider = await startOidcProvider()
  place = await newSqlitePlace()
  db = await place.open()
})
afterAll(async () => {
  await db.close()
  await place.dispose()
  await provider[Symbol.asyncDispose]()
})
beforeEach(async () => {
  const settings = { ...CLIENT, issuer: provider.issuer, roleClaim: 'roles', name: 'Example' }
  server = await startDeskServer(db, { oidc: { settings, publicUrl: 'https://voice.example.com' } })
})
afterEach(() => server[Symbol.asyncDispose]())

async function setUp(): Promise<Browser> {
  const browser = server.browser()
  const token = await server.desk.signIn.setupToken()
  const { status } = await browser.ask('POST', '/session/setup', { token, ...ANN })
  expect(status).toBe(200)
  return browser
}

async function account(): Promise<string[]> {
  await server.desk.audit.close()
  const { entries } = await server.desk.audit.read({ limit: 500 })
  return entries
    .reverse()
    .map(({ who, action, target, detail, ok }) => `${who} ${action} [${target}] ${detail} ${ok ? 'ok' : 'refused'}`)
}

it('makes the first admin, whose browser keeps the session where no script and no other server gets it', async () => {
  const browser = server.browser()
  expect((await browser.ask('GET', '/session')).body).toEqual({
    user: null,
    setupNeeded: true,
    oidc: { name: 'Example' },
    offline: true,
    version: '0',
  })
  const token = await server.desk.signIn.setupToken()
  const weak = await browser.ask('POST', '/session/setup', { token, ...ANN, password: 'Password12345' })
  const sentence = 'This password is one of the first that others would try: choose another one.'
  expect(weak).toMatchObject({
    status: 400,
    body: { error: { code: 'BAD_REQUEST', message: sentence, fields: [{ path: 'body.password', message: sentence }] } },
  })
  const { status, headers } = await browser.ask('POST', '/session/setup', { token, ...ANN })
  expect([status, headers['cache-control']]).toEqual([200, 'no-store'])
  expect(browser.setCookie).toEqual([
    expect.stringMatching(/^__Host-earshot=[\w-]{43}; Max-Age=1209600; Path=\/; HttpOnly; Secure; SameSite=Strict$/),
  ])
  const door = await browser.ask('GET', '/session')
  expect(door.body).toMatchObject({ user: { name: 'Ann Lee', role: 'admin' }, setupNeeded: false })
})

it('refuses what the console’s own pages did not send, also to those who are not signed in', async () => {
  const browser = await setUp()
  const origins: (string | null)[] = [
    'https://evil.example',
    'null',
    server.url.replace('http:', 'https:'),
    'http://127.0.0.1:1',
    null,
  ]
  for (const origin of origins) {
    const headers = { origin: origin ?? '' }
    for (const [method, path, body] of [
      ['POST', '/session', ANN],
      ['DELETE', '/session', undefined],
      ['PUT', '/views/mine', { query: '' }],
    ] as const) {
      const { status, body: answer } = await browser.ask(method, path, body, headers)
      expect([origin, method, status, answer]).toMatchObject([
        origin,
        method,
        403,
        { error: { code: 'FOREIGN_ORIGIN' } },
      ])
    }
  }
  const site = { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'cors' }
  expect((await browser.ask('GET', '/users', undefined, site)).status).toBe(403)
  expect((await browser.ask('DELETE', '/session', undefined, site)).status).toBe(403)
  expect((await browser.ask('GET', '/session')).body).toMatchObject({ user: { name: 'Ann Lee' } })
})

it('takes no session that somebody put upon a browser, and ends the one that was there', async () => {
  await setUp()
  const browser = server.browser()
  browser.cookies.set('__Host-earshot', 'x'.repeat(43))
  await browser.ask('POST', '/session', { email: ANN.email, password: ANN.password })
  const first = browser.cookies.get('__Host-earshot') ?? ''
  expect(first).not.toBe('x'.repeat(43))
  await browser.ask('POST', '/session', { email: ANN.email, password: ANN.password })
  expect(browser.cookies.get('__Host-earshot')).not.toBe(first)
  expect(await server.desk.sessions.whose(first)).toBeNull()
})

it('says how long to wait when somebody guesses, and writes down whose door it was and not what was typed', async () => {
  await setUp()
  const browser = server.browser()
  const guess = (email: string) => browser.ask('POST', '/session', { email, password: 'hunter22 hunter22' })
  expect(await guess('mypassword@oops.example')).toMatchObject({
    status: 401,
    body: { error: { code: 'WRONG_CREDENTIALS' } },
  })
  for (let i = 0; i < 5; i++) expect((await guess(ANN.email)).status).toBe(401)
  const slowed = await guess(ANN.email)
  expect([slowed.status, slowed.headers['retry-after']]).toEqual([429, '1'])
  expect(await account()).toEqual([
    'Ann Lee set-up [Ann Lee] from 127.0.0.1 ok',
    'nobody signed-in [nobody that is known] from 127.0.0.1 refused',
    // One a minute of those that are alike.
    'nobody signed-in [Ann Lee] from 127.0.0.1 refused',
  ])
  expect(server.logged).toEqual([])
})

it('signs out here, or everywhere', async () => {
  const first = await setUp()
  const second = server.browser()
  await second.ask('POST', '/session', { email: ANN.email, password: ANN.password })
  const third = server.browser()
  await third.ask('POST', '/session', { email: ANN.email, password: ANN.password })
  expect((await first.ask('DELETE', '/session')).status).toBe(200)
  expect(first.cookies.size).toBe(0)
  expect((await first.ask('GET', '/users')).status).toBe(401)
  expect((await second.ask('GET', '/users')).status).toBe(200)
  await second.ask('DELETE', '/session?everywhere=true')
  expect((await third.ask('GET', '/users')).status).toBe(401)
})

it('adds somebody, who sets a password with a link and changes it', async () => {
  const admin = await setUp()
  const added = await admin.ask('POST', '/users', { email: 'ben@example.com', name: 'Ben', role: 'manager' })
  const { link, user } = added.body as { link: string; user: User }
  expect(link.replace(/#.*/, '')).toBe(`${server.url}/password`)
  const ben = server.browser()
  const token = link.replace(/.*#/, '')
  const set = await ben.ask('POST', '/session/password-link', { token, password: 'amber engine hums' })
  expect(set.body).toMatchObject({ user: { userId: user.userId, role: 'manager' } })
  expect((await ben.ask('GET', '/users')).status).toBe(403)
  expect((await ben.ask('POST', '/session/password-link', { token, password: 'amber engine hums' })).status).toBe(401)
  const before = ben.cookies.get('__Host-earshot')
  const change = { current: 'amber engine hums', password: 'quiet engine hums' }
  expect((await ben.ask('PUT', '/session/password', { ...change, current: 'wrong engine hums' })).status).toBe(401)
  expect((await ben.ask('PUT', '/session/password', change)).body).toEqual({ done: true })
  expect(ben.cookies.get('__Host-earshot')).not.toBe(before)
  expect((await ben.ask('GET', '/colleagues')).body).toEqual({
    colleagues: expect.arrayContaining([{ userId: user.userId, name: 'Ben' }]),
  })
  expect((await admin.ask('PATCH', `/users/${user.userId}`, { role: 'viewer' })).body).toMatchObject({ role: 'viewer' })
  expect((await ben.ask('GET', '/colleagues')).status).toBe(401)
  expect((await admin.ask('DELETE', `/users/${user.userId}`)).status).toBe(200)
  expect((await admin.ask('DELETE', `/users/${user.userId}`)).status).toBe(404)
  expect(await account()).toEqual([
    'Ann Lee set-up [Ann Lee] from 127.0.0.1 ok',
    'Ann Lee added-user [Ben] manager ok',
    'Ben set-password [Ben] from 127.0.0.1 ok',
    'Ben set-password [] from 127.0.0.1 refused',
    'Ben changed-password [] from 127.0.0.1 refused',
    'Ben changed-password [Ben] from 127.0.0.1 ok',
    'Ann Lee changed-user [Ben] role: viewer ok',
    'Ann Lee removed-user [Ben]  ok',
    `Ann Lee removed-user [${user.userId}] There is no such user. refused`,
  ])
})

it('knows a key without a cookie and an origin, and nothing else by a wrong one', async () => {
  const admin = await setUp()
  const made = await admin.ask('POST', '/keys', { name: 'crm', role: 'manager' })
  const { secret, key } = made.body as { secret: string; key: { keyId: string } }
  const program = server.browser()
  const bearer = { authorization: `Bearer ${secret}` }
  expect((await program.ask('GET', '/colleagues', undefined, bearer)).status).toBe(200)
  expect((await program.ask('GET', '/users', undefined, bearer)).status).toBe(403)
  const shared = await program.ask('POST', '/calls/call_1/shares', { hours: 1, atMs: 4000 }, { ...bearer, origin: '' })
  expect(shared.body).toMatchObject({ path: expect.stringMatching(/^\/shares\/[\w-]{43}$/) })
  expect((await program.ask('PUT', '/views/mine', { query: '' }, bearer)).status).toBe(403)
  expect((await admin.ask('GET', '/users', undefined, { authorization: 'Bearer ek_wrong' })).status).toBe(401)
  await admin.ask('DELETE', `/keys/${key.keyId}`)
  expect((await program.ask('GET', '/colleagues', undefined, bearer)).status).toBe(401)
  expect(await account()).toContain('key crm shared-call [call_1]  ok')
})

it('leads from a shared link to the call, for those who sign in', async () => {
  const admin = await setUp()
  const shared = await admin.ask('POST', '/calls/call_1/shares', { hours: 1, atMs: 4000 })
  const { path } = shared.body as { path: string }
  expect((await admin.ask('GET', path)).body).toEqual({ callId: 'call_1', atMs: 4000 })
  expect((await server.browser().ask('GET', path)).status).toBe(401)
  server.clock.now += 3_600_000
  expect((await admin.ask('GET', path)).status).toBe(410)
  expect((await admin.ask('POST', '/calls/call_2/shares', { hours: 1, atMs: null })).status).toBe(404)
})

async function throughProvider(to: string): Promise<{ location: string | undefined; browser: Browser }> {
  const browser = server.browser()
  const away = await browser.ask('GET', `/session/oidc?to=${encodeURIComponent(to)}`)
  expect(away.status).toBe(302)
  expect(browser.setCookie).toEqual([expect.stringMatching(/; Max-Age=600; Path=\/; HttpOnly; Secure; SameSite=Lax$/)])
  const query = await provider.visit(away.headers.location ?? '')
  const site = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }
  const back = await browser.ask('GET', `/session/oidc/callback${query}`, undefined, site)
  expect(back.status).toBe(302)
  return { location: back.headers.location, browser }
}

it('goes to the identity provider and comes back signed in, where one wanted to go', async () => {
  await setUp()
  provider.claims = { sub: '7', email: 'cleo@example.com', name: 'Cleo', roles: ['viewer'] }
  const { location, browser } = await throughProvider('/calls?agents=bikes')
  expect(location).toBe('/calls?agents=bikes')
  expect([...browser.cookies.keys()]).toEqual(['__Host-earshot'])
  expect((await browser.ask('GET', '/session')).body).toMatchObject({ user: { name: 'Cleo', signsInWith: 'oidc' } })
  provider.claims = { sub: '8', email: 'dan@example.com', roles: [] }
  const refused = await throughProvider('/')
  expect([refused.location, refused.browser.cookies.size]).toEqual(['/#refused=NO_ROLE', 0])
  const lost = await server.browser().ask('GET', '/session/oidc/callback?code=x&state=y')
  expect(lost.headers.location).toBe('/#refused=SIGN_IN_LOST')
  expect((await account()).slice(1)).toEqual([
    'Cleo signed-in-by-oidc [Cleo] from 127.0.0.1 ok',
    expect.stringMatching(
      /^nobody signed-in-by-oidc \[\] from 127.0.0.1: The identity provider gives you no role here.* refused$/,
    ),
    expect.stringMatching(/^nobody signed-in-by-oidc \[\] from 127.0.0.1: This sign-in took too long.* refused$/),
  ])
})

it('leads nowhere but to its own pages', () => {
  const elsewhere = [
    '//evil.example',
    '/\\evil.example',
    'https://evil.example',
    '/\tevil',
    '',
    'calls',
    '/a\\..\\b',
    undefined,
  ]
  expect(elsewhere.map(pathOf)).toEqual(elsewhere.map(() => '/'))
  expect(['/', '/calls?text=a%20b#x', '/calls/c1?t=42'].map(pathOf)).toEqual([
    '/',
    '/calls?text=a%20b#x',
    '/calls/c1?t=42',
  ])
})
