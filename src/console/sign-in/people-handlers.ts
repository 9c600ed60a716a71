/** Users, keys and the account of who did what; saved views and shared calls. */
import type { FastifyRequest } from 'fastify'
import type { Desk } from '../../desk/desk.ts'
import type { Actor } from '../gate.ts'
import { ApiError } from '../http/errors.ts'
import type { HandlersOf } from '../http/handlers.ts'
import { asking } from './desk-refusals.ts'

export interface PeopleParts {
  readonly desk: Desk
  readonly publicUrl: string | null
  readonly callExists: (callId: string) => Promise<boolean>
}

export type PeopleHandlers = HandlersOf<
  | 'listColleagues'
  | 'listUsers'
  | 'addUser'
  | 'changeUser'
  | 'resetPassword'
  | 'removeUser'
  | 'listKeys'
  | 'addKey'
  | 'removeKey'
  | 'readAudit'
  | 'listViews'
  | 'saveView'
  | 'removeView'
  | 'shareCall'
  | 'openShare'
>

export function peopleHandlers({ desk, publicUrl, callExists }: PeopleParts): PeopleHandlers {
  const { users, keys, views, shares, audit } = desk
  const passwordLink = (request: FastifyRequest, token: string) => `${addressOf(request, publicUrl)}/password#${token}`
  const nameOf = async (userId: string) => (await users.byId(userId))?.user.name ?? userId

  return {
    listColleagues: async () => {
      const all = await users.list()
      return { colleagues: all.filter(({ disabled }) => !disabled).map(({ userId, name }) => ({ userId, name })) }
    },
    listUsers: async () => ({ users: await users.list() }),
    addUser: async ({ body, request, reply, account }) => {
      account.target = body.name
      account.detail = body.role
      const { user, token } = await asking(reply, () => desk.addUser(body))
      return { user, link: passwordLink(request, token) }
    },
    changeUser: async ({ params, body, reply, account }) => {
      account.target = await nameOf(params.userId)
      account.detail = Object.entries(body)
        .map(([what, value]) => `${what}: ${value}`)
        .join(', ')
      return asking(reply, () => desk.changeUser(params.userId, body))
    },
    resetPassword: async ({ params, request, reply, account }) => {
      account.target = await nameOf(params.userId)
      const token = await asking(reply, () => desk.resetPassword(params.userId))
      return { link: passwordLink(request, token) }
    },
    removeUser: async ({ params, reply, account }) => {
      account.target = await nameOf(params.userId)
      await asking(reply, () => users.remove(params.userId))
      return { done: true }
    },
    listKeys: async () => ({ keys: await keys.list() }),
    addKey: async ({ body, actor, reply, account }) => {
      account.target = body.name
      account.detail = body.role
      return asking(reply, () => keys.add(body, actor.name))
    },
    removeKey: async ({ params, reply, account }) => {
      account.target = (await keys.list()).find(({ keyId }) => keyId === params.keyId)?.name ?? params.keyId
      await asking(reply, () => keys.remove(params.keyId))
      return { done: true }
    },
    readAudit: ({ query }) => audit.read(query),
    listViews: async ({ actor }) => ({ views: actor.userId === null ? [] : await views.list(actor.userId) }),
    saveView: ({ params, body, actor, reply }) =>
      asking(reply, () => views.save(personOf(actor), params.name, body.query)),
    removeView: async ({ params, actor, reply }) => {
      await asking(reply, () => views.remove(personOf(actor), params.name))
      return { done: true }
    },
    shareCall: async ({ params, body, actor }) => {
      if (!(await callExists(params.callId))) throw new ApiError('NOT_FOUND', 'there is no such call')
      const { token, expiresAt } = await shares.make({ ...params, ...body, by: actor.name })
      return { path: `/shares/${token}`, expiresAt }
    },
    openShare: async ({ params, reply }) => {
      const share = await asking(reply, () => shares.open(params.token))
      if (!(await callExists(share.callId)))
        throw new ApiError('GONE', 'the call that this link leads to was taken away')
      return share
    },
  }
}

function personOf({ userId }: Actor): string {
  if (userId === null) throw new ApiError('NOT_ALLOWED', 'a key has no views: they belong to people')
  return userId
}

/** The address that the console is opened under: whoever asks for a link is a page of ours, or holds a key. */
function addressOf(request: FastifyRequest, publicUrl: string | null): string {
  return publicUrl ?? request.headers.origin ?? `http://127.0.0.1:${request.socket.localPort ?? 80}`
}
