/**
 * The two cookies there are. `__Host-` ties a cookie to this server and to no path, and has it sent over https alone;
 * Chromium and Firefox count http on loopback as secure, too. Safari does not: there it takes https.
 */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { JOURNEY_MOST_MS } from '../../desk/oidc.ts'
import { SESSION_MOST_MS } from '../../desk/sessions.ts'

const SESSION = '__Host-earshot'
const JOURNEY = '__Host-earshot-journey'

/** No token of ours is longer; what is longer is not looked up. */
const TOKEN_MOST = 100

export function sessionOf(request: FastifyRequest): string | null {
  const token = read(request, SESSION)
  return token === null || token.length > TOKEN_MOST ? null : token
}

export function keepSession(reply: FastifyReply, token: string): void {
  // Strict: no page of another server can send it along. The console's own pages are there before they ask anything.
  add(reply, SESSION, token, 'Strict', SESSION_MOST_MS)
}

export function dropSession(reply: FastifyReply): void {
  add(reply, SESSION, '', 'Strict', 0)
}

export function journeyOf(request: FastifyRequest): string | null {
  return read(request, JOURNEY)
}

/** It must come along when the identity provider's page sends the browser back. */
export function keepJourney(reply: FastifyReply, luggage: string): void {
  add(reply, JOURNEY, luggage, 'Lax', JOURNEY_MOST_MS)
}

export function dropJourney(reply: FastifyReply): void {
  add(reply, JOURNEY, '', 'Lax', 0)
}

/** Values are base64url: nothing in them needs quoting. The first of a name counts (RFC 6265: the longer path comes first). */
function read(request: FastifyRequest, name: string): string | null {
  const pairs = request.headers.cookie?.split(';') ?? []
  const found = pairs.map((pair) => pair.trim()).find((pair) => pair.startsWith(`${name}=`))
  const value = found?.slice(name.length + 1) ?? ''
  return value === '' ? null : value
}

function add(reply: FastifyReply, name: string, value: string, sameSite: 'Strict' | 'Lax', lastsMs: number): void {
  const lasts = Math.floor(lastsMs / 1000)
  reply.header('set-cookie', `${name}=${value}; Max-Age=${lasts}; Path=/; HttpOnly; Secure; SameSite=${sameSite}`)
}
