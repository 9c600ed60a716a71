/** Who may use the console and the API: signing in and out, users, keys, saved views, and the account of what they did. */
import { z } from 'zod'
import { endpoint, UserRole } from './endpoint.ts'

export const User = z.object({
  userId: z.string(),
  email: z.string(),
  name: z.string(),
  role: UserRole,
  createdAt: z.number(),
  lastSeenAt: z.number().nullable(),
  disabled: z.boolean(),
  /** Signs in with a password, or through the operator's identity provider. */
  signsInWith: z.enum(['password', 'oidc']),
})
export type User = z.infer<typeof User>

const email = z.email().max(200)
/** Length is what counts (NIST SP 800-63B); whatever is typed is allowed. */
const password = z.string().min(12, 'a password of at least 12 characters').max(200)
const name = z.string().trim().min(1).max(100)

export const Key = z.object({
  keyId: z.string(),
  name: z.string(),
  role: UserRole,
  /** The first letters, to tell it by. */
  hint: z.string(),
  createdAt: z.number(),
  createdBy: z.string(),
  lastUsedAt: z.number().nullable(),
})
export type Key = z.infer<typeof Key>

export const AuditEntry = z.object({
  entryId: z.string(),
  at: z.number(),
  /** A user's or a key's name, or `system`. */
  who: z.string(),
  action: z.string(),
  /** What it was done to: a call's id, a user's name. Never a caller's number or words. */
  target: z.string(),
  detail: z.string(),
  ok: z.boolean(),
})
export type AuditEntry = z.infer<typeof AuditEntry>

/** A filter with a name: the query string of the list of calls. */
export const View = z.object({ viewId: z.string(), name: z.string(), query: z.string() })
export type View = z.infer<typeof View>

/** What the console must know before anybody has signed in. */
export const Door = z.object({
  user: User.nullable(),
  /** Nobody can sign in yet: the server printed a token that makes the first admin. */
  setupNeeded: z.boolean(),
  oidc: z.object({ name: z.string() }).nullable(),
  /** A stand-in model answers. */
  offline: z.boolean(),
  version: z.string(),
})
export type Door = z.infer<typeof Door>

const SignedIn = z.object({ user: User })
const UserId = z.object({ userId: z.string().min(1).max(80) })

const door = 'sign-in'
export const people = {
  lookAtDoor: endpoint({
    method: 'GET',
    path: '/session',
    role: 'nobody',
    tag: door,
    summary: 'Who is signed in, and how one can.',
    reply: Door,
  }),
  signIn: endpoint({
    method: 'POST',
    path: '/session',
    role: 'nobody',
    tag: door,
    summary: 'Signs in with a password.',
    body: z.strictObject({ email, password: z.string().min(1).max(200) }),
    reply: SignedIn,
    audit: 'signed-in',
  }),
  signInByLink: endpoint({
    method: 'POST',
    path: '/session/link',
    role: 'nobody',
    tag: door,
    summary: 'Signs in with a link that the server printed; it works once.',
    body: z.strictObject({ token: z.string().min(1).max(200) }),
    reply: SignedIn,
    audit: 'signed-in-by-link',
  }),
  setUp: endpoint({
    method: 'POST',
    path: '/session/setup',
    role: 'nobody',
    tag: door,
    summary: 'Makes the first admin, with the token that the server printed.',
    body: z.strictObject({ token: z.string().min(1).max(200), email, name, password }),
    reply: SignedIn,
    audit: 'set-up',
  }),
  signInByOidc: endpoint({
    method: 'GET',
    path: '/session/oidc',
    role: 'nobody',
    tag: door,
    summary: 'Goes to the operator’s identity provider.',
    query: z.strictObject({ to: z.string().max(500).optional() }),
    kind: 'file',
  }),
  backFromOidc: endpoint({
    method: 'GET',
    path: '/session/oidc/callback',
    role: 'nobody',
    tag: door,
    summary: 'Where the identity provider sends people back to.',
    query: z.object({ code: z.string().optional(), state: z.string().optional(), error: z.string().optional() }),
    kind: 'file',
    audit: 'signed-in-by-oidc',
  }),
  signOut: endpoint({
    method: 'DELETE',
    path: '/session',
    role: 'viewer',
    tag: door,
    summary: 'Signs out; `everywhere` ends all of one’s sessions.',
    query: z.strictObject({ everywhere: z.enum(['true', 'false']).optional() }),
    audit: 'signed-out',
  }),
  changePassword: endpoint({
    method: 'PUT',
    path: '/session/password',
    role: 'viewer',
    tag: door,
    summary: 'Changes one’s own password, and ends one’s other sessions.',
    body: z.strictObject({ current: z.string().min(1).max(200), password }),
    audit: 'changed-password',
  }),
  listColleagues: endpoint({
    method: 'GET',
    path: '/colleagues',
    role: 'viewer',
    tag: 'people',
    summary: 'Whom a call can be assigned to.',
    reply: z.object({ colleagues: z.array(z.object({ userId: z.string(), name: z.string() })) }),
  }),
  listUsers: endpoint({
    method: 'GET',
    path: '/users',
    role: 'admin',
    tag: 'people',
    summary: 'All users.',
    reply: z.object({ users: z.array(User) }),
  }),
  addUser: endpoint({
    method: 'POST',
    path: '/users',
    role: 'admin',
    tag: 'people',
    summary: 'Adds a user; the answer holds a link, to be handed on, with which they set their password.',
    body: z.strictObject({ email, name, role: UserRole }),
    reply: z.object({ user: User, link: z.string() }),
    audit: 'added-user',
  }),
  changeUser: endpoint({
    method: 'PATCH',
    path: '/users/:userId',
    role: 'admin',
    tag: 'people',
    summary: 'Changes a user’s name or role, or locks them out; their sessions end when their role changes.',
    params: UserId,
    body: z.strictObject({ name, role: UserRole, disabled: z.boolean() }).partial(),
    reply: User,
    audit: 'changed-user',
  }),
  resetPassword: endpoint({
    method: 'POST',
    path: '/users/:userId/link',
    role: 'admin',
    tag: 'people',
    summary: 'A link with which a user sets a new password; their sessions end.',
    params: UserId,
    reply: z.object({ link: z.string() }),
    audit: 'reset-password',
  }),
  setPassword: endpoint({
    method: 'POST',
    path: '/session/password-link',
    role: 'nobody',
    tag: door,
    summary: 'Sets a password with a link that an admin handed on; it works once.',
    body: z.strictObject({ token: z.string().min(1).max(200), password }),
    reply: SignedIn,
    audit: 'set-password',
  }),
  removeUser: endpoint({
    method: 'DELETE',
    path: '/users/:userId',
    role: 'admin',
    tag: 'people',
    summary: 'Takes a user away; what they wrote stays.',
    params: UserId,
    audit: 'removed-user',
  }),
  listKeys: endpoint({
    method: 'GET',
    path: '/keys',
    role: 'admin',
    tag: 'people',
    summary: 'All keys of the API.',
    reply: z.object({ keys: z.array(Key) }),
  }),
  addKey: endpoint({
    method: 'POST',
    path: '/keys',
    role: 'admin',
    tag: 'people',
    summary: 'Makes a key; the answer is the only place where it stands.',
    body: z.strictObject({ name, role: UserRole }),
    reply: z.object({ key: Key, secret: z.string() }),
    audit: 'added-key',
  }),
  removeKey: endpoint({
    method: 'DELETE',
    path: '/keys/:keyId',
    role: 'admin',
    tag: 'people',
    summary: 'Takes a key away: it stops working at once.',
    params: z.object({ keyId: z.string().min(1).max(80) }),
    audit: 'removed-key',
  }),
  readAudit: endpoint({
    method: 'GET',
    path: '/audit',
    role: 'admin',
    tag: 'people',
    summary: 'Who did what, newest first.',
    query: z.strictObject({
      who: z.string().optional(),
      action: z.string().optional(),
      before: z.string().optional(),
      limit: z.coerce.number().int().min(1).max(500).optional(),
    }),
    reply: z.object({ entries: z.array(AuditEntry), next: z.string().nullable() }),
  }),
  listViews: endpoint({
    method: 'GET',
    path: '/views',
    role: 'viewer',
    tag: 'views',
    summary: 'One’s own saved views of the list of calls.',
    reply: z.object({ views: z.array(View) }),
  }),
  saveView: endpoint({
    method: 'PUT',
    path: '/views/:name',
    role: 'viewer',
    tag: 'views',
    summary: 'Saves a view under a name, in place of one that had it.',
    params: z.object({ name: z.string().trim().min(1).max(60) }),
    body: z.strictObject({ query: z.string().max(2000) }),
    reply: View,
  }),
  removeView: endpoint({
    method: 'DELETE',
    path: '/views/:name',
    role: 'viewer',
    tag: 'views',
    summary: 'Takes a saved view away.',
    params: z.object({ name: z.string().min(1).max(60) }),
  }),
}
