import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { JOURNEY_MOST_MS, Oidc } from '../../src/desk/oidc.ts'
import { roleOf } from '../../src/desk/oidc-role.ts'
import { CLIENT, type OidcProvider, startOidcProvider } from './oidc-provider.ts'

let provider: OidcProvider
let now: number
beforeAll(async () => {
  provider = await startOidcProvider()
})
afterAll(() => provider[Symbol.asyncDispose]())
beforeEach(() => {
  now = Date.now()
  provider.claims = { sub: '7', email: 'cleo@example.com', name: 'Cleo', roles: ['staff', 'manager'] }
  provider.userInfo = {}
  provider.faults = {}
})

function oidc(
  settings: { readonly roleClaim?: string; readonly clientSecret?: string; readonly issuer?: string } = {},
): Oidc {
  const given = { ...CLIENT, issuer: provider.issuer, roleClaim: 'roles', name: 'Example', ...settings }
  return new Oidc(given, 'https://voice.example.com', () => now)
}

const code = (wanted: string) => expect.objectContaining({ code: wanted })

it('goes there with state, nonce and PKCE, and comes back with who it is', async () => {
  const desk = oidc()
  const { location, luggage } = await desk.begin('/calls?agents=bikes')
  const asked = new URL(location).searchParams
  expect(asked.get('redirect_uri')).toBe('https://voice.example.com/api/v1/session/oidc/callback')
  for (const name of ['state', 'nonce', 'code_challenge']) expect(asked.get(name)).toMatch(/^[\w-]{43}$/)
  expect(await desk.end(await provider.visit(location), luggage)).toEqual({
    identity: { subject: `${provider.issuer} 7`, email: 'cleo@example.com', name: 'Cleo', role: 'manager' },
    to: '/calls?agents=bikes',
  })
})

it('asks the user-info endpoint for what the ID token does not tell', async () => {
  provider.claims = { sub: '7' }
  provider.userInfo = { email: 'cleo@example.com', name: 'Cleo', realm_access: { roles: ['earshot-viewer'] } }
  const desk = oidc({ roleClaim: 'realm_access.roles' })
  const { location, luggage } = await desk.begin('/')
  const { identity } = await desk.end(await provider.visit(location), luggage)
  expect(identity).toEqual({ subject: `${provider.issuer} 7`, email: 'cleo@example.com', name: 'Cleo', role: 'viewer' })
})

it('refuses whoever comes back with another’s state, without a cookie, twice, or too late', async () => {
  const desk = oidc()
  const mine = await desk.begin('/')
  const theirs = await desk.begin('/')
  const query = await provider.visit(mine.location)
  await expect(desk.end(query, theirs.luggage)).rejects.toEqual(code('SIGN_IN_LOST'))
  for (const luggage of [null, '', 'e30', mine.luggage.slice(0, -4)])
    await expect(desk.end(query, luggage)).rejects.toEqual(code('SIGN_IN_LOST'))
  await desk.end(query, mine.luggage)
  await expect(desk.end(query, mine.luggage)).rejects.toEqual(code('PROVIDER_FAILED'))
  const late = await desk.begin('/')
  const lateQuery = await provider.visit(late.location)
  now += JOURNEY_MOST_MS + 1
  await expect(desk.end(lateQuery, late.luggage)).rejects.toEqual(code('SIGN_IN_LOST'))
})

it.each([
  ['a token that another key signed', { foreignKey: true }],
  ['a token for another client', { audience: 'another' }],
  ['a token of another sign-in', { nonce: 'another' }],
  ['a refusal', { refuses: true }],
])('refuses %s', async (_what, faults) => {
  const desk = oidc()
  const { location, luggage } = await desk.begin('/')
  provider.faults = faults
  await expect(desk.end(await provider.visit(location), luggage)).rejects.toEqual(code('PROVIDER_FAILED'))
})

it('refuses when the provider does not know us, and when it is not there, and tries again afterwards', async () => {
  const stranger = oidc({ clientSecret: 'wrong' })
  const { location, luggage } = await stranger.begin('/')
  await expect(stranger.end(await provider.visit(location), luggage)).rejects.toEqual(code('PROVIDER_FAILED'))
  const nowhere = oidc({ issuer: 'http://127.0.0.1:1' })
  await expect(nowhere.begin('/')).rejects.toEqual(code('PROVIDER_FAILED'))
  await expect(nowhere.begin('/')).rejects.toEqual(code('PROVIDER_FAILED'))
})

it('finds the highest role that a claim names, wherever it stands', () => {
  const found: [unknown, string, ReturnType<typeof roleOf>][] = [
    [{ roles: ['viewer', 'admin', 'manager'] }, 'roles', 'admin'],
    [{ roles: 'Manager' }, 'roles', 'manager'],
    [{ groups: ['/earshot/admin'] }, 'groups', 'admin'],
    [{ roles: 'openid earshot:viewer' }, 'roles', 'viewer'],
    [{ 'https://example.com/roles': ['viewer'] }, 'https://example.com/roles', 'viewer'],
    [{ resource_access: { earshot: { roles: ['earshot_admin'] } } }, 'resource_access.earshot.roles', 'admin'],
    [{ roles: ['administrator', 'not-admin'] }, 'roles', null],
    [{ roles: { admin: true } }, 'roles', null],
    [{}, 'constructor.name', null],
    [{}, 'roles', null],
  ]
  expect(found.map(([claims, claim]) => roleOf(claims as Record<string, unknown>, claim))).toEqual(
    found.map(([, , role]) => role),
  )
})
