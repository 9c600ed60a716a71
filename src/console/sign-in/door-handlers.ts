/** Signing in and out. Every one who comes in gets a new session, and the one they had ends: none can be put upon them. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Desk } from '../../desk/desk.ts'
import type { SignedIn, Visitor } from '../../desk/sign-in.ts'
import { ApiError } from '../http/errors.ts'
import type { Account, HandlersOf } from '../http/handlers.ts'
import { dropSession, keepSession, sessionOf } from './cookies.ts'
import { asking } from './desk-refusals.ts'

export interface DoorParts {
  readonly desk: Desk
  /** A stand-in model answers. */
  readonly offline: boolean
  readonly version: string
}

export type DoorHandlers = HandlersOf<
  'lookAtDoor' | 'signIn' | 'signInByLink' | 'setUp' | 'setPassword' | 'signOut' | 'changePassword'
>

interface Request {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly account: Account
}

export function doorHandlers({ desk, offline, version }: DoorParts): DoorHandlers {
  const { signIn, users, sessions } = desk
  const enter = async (asked: Request, way: (visitor: Visitor) => Promise<SignedIn>) => {
    const { request, reply, account } = asked
    account.detail = `from ${request.ip}`
    const signedIn = await asking(reply, () => way(visitorOf(request)))
    await welcome(desk, asked, signedIn)
    return { user: signedIn.user }
  }

  return {
    lookAtDoor: async ({ actor }) => {
      const kept = actor?.userId == null ? null : await users.byId(actor.userId)
      return {
        user: kept?.user ?? null,
        setupNeeded: actor === null && !(await users.anySignsIn()),
        oidc: desk.oidc === null ? null : { name: desk.oidc.name },
        offline,
        version,
      }
    },
    signIn: async ({ body, ...asked }) => {
      // Whose door was tried, if it is anybody's. What was typed is not kept: it may be a password in the wrong field.
      asked.account.target = (await users.byEmail(body.email))?.user.name ?? 'nobody that is known'
      return enter(asked, (visitor) => signIn.byPassword(body, visitor))
    },
    signInByLink: ({ body, ...asked }) => enter(asked, (visitor) => signIn.byLink(body.token, visitor)),
    setUp: ({ body, ...asked }) => enter(asked, (visitor) => signIn.setUp(body, visitor)),
    setPassword: ({ body, ...asked }) => enter(asked, (visitor) => signIn.bySettingPassword(body, visitor)),
    changePassword: async ({ body, actor, ...asked }) => {
      const { userId } = actor
      if (userId === null) throw new ApiError('NOT_ALLOWED', 'a key has no password')
      await enter(asked, (visitor) => signIn.byChangingPassword(userId, body, visitor))
      return { done: true }
    },
    signOut: async ({ query, actor, request, reply }) => {
      const token = sessionOf(request)
      if (query.everywhere === 'true' && actor.userId !== null) await sessions.endAllOf(actor.userId)
      else if (actor.userId !== null && token !== null) await sessions.end(token)
      if (actor.userId !== null) dropSession(reply)
      return { done: true }
    },
  }
}

/** Gives somebody who has proved who they are their new session. */
export async function welcome(
  desk: Desk,
  { request, reply, account }: Request,
  { user, token }: SignedIn,
): Promise<void> {
  account.who = user.name
  account.target = user.name
  const before = sessionOf(request)
  if (before !== null) await desk.sessions.end(before)
  keepSession(reply, token)
}

export function visitorOf(request: FastifyRequest): Visitor {
  return { from: request.ip, agent: request.headers['user-agent'] ?? '' }
}
