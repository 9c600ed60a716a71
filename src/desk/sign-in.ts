/** How people come in: by password, by a link, as the first admin, or sent by the identity provider. Each gets a new session. */
import type { User } from '../console/contract/people.ts'
import { DeskError } from './faults.ts'
import type { PasswordHasher } from './hash-password.ts'
import type { Links } from './links.ts'
import type { Identity } from './oidc.ts'
import { passwordFault } from './password.ts'
import type { Sessions } from './sessions.ts'
import type { SignInPace } from './sign-in-pace.ts'
import { type KeptUser, plainEmail, type Users } from './users.ts'

/** Where somebody stands who wants in. */
export interface Visitor {
  /** The address that the request comes from. */
  readonly from: string
  /** The browser, as it calls itself. */
  readonly agent: string
}

export interface SignedIn {
  readonly user: User
  /** Of the session. */
  readonly token: string
}

export interface SignInParts {
  readonly users: Users
  readonly sessions: Sessions
  readonly links: Links
  readonly hasher: PasswordHasher
  readonly pace: SignInPace
  readonly now: () => number
}

export class SignIn {
  readonly #parts: SignInParts

  constructor(parts: SignInParts) {
    this.#parts = parts
  }

  /**
   * Whoever is wrong learns nothing of who is known here: neither by the words nor by the time it takes.
   * @throws DeskError WRONG_SIGN_IN, SLOW_DOWN, BUSY, DISABLED
   */
  async byPassword({ email, password }: { email: string; password: string }, visitor: Visitor): Promise<SignedIn> {
    const { users } = this.#parts
    return this.#paced(plainEmail(email), visitor, async () => {
      const kept = await users.byEmail(email)
      const right = await this.#parts.hasher.verify(password, kept?.passwordHash ?? null)
      if (kept === null || !right) throw new DeskError('WRONG_SIGN_IN')
      return this.#in(kept, visitor)
    })
  }

  /** @throws DeskError LINK_USED, SLOW_DOWN, DISABLED */
  async byLink(token: string, visitor: Visitor): Promise<SignedIn> {
    return this.#paced(`link from ${visitor.from}`, visitor, async () => {
      const link = await this.#parts.links.take('sign-in', token)
      return this.#in(await this.#ofLink(link), visitor)
    })
  }

  /** @returns what opens the server's first door; null: somebody can sign in */
  async setupToken(): Promise<string | null> {
    if (await this.#parts.users.anySignsIn()) return null
    return this.#parts.links.make('setup', null)
  }

  /** @throws DeskError LINK_USED, SLOW_DOWN, BUSY, SET_UP_ALREADY, TAKEN, NAME_TAKEN, WEAK_PASSWORD */
  async setUp(
    { token, email, name, password }: { token: string; email: string; name: string; password: string },
    visitor: Visitor,
  ): Promise<SignedIn> {
    const { users, links, hasher } = this.#parts
    return this.#paced(`setup from ${visitor.from}`, visitor, async () => {
      if ((await links.look('setup', token)) === null) throw new DeskError('LINK_USED')
      if (await users.anySignsIn()) throw new DeskError('SET_UP_ALREADY')
      await users.refuseTaken({ email, name })
      refuseWeak(password, [email, name])
      const passwordHash = await hasher.hash(password)
      if ((await links.take('setup', token)) === null) throw new DeskError('LINK_USED')
      const user = await users.add({ email, name, role: 'admin', passwordHash })
      await links.drop('setup')
      return this.#open(user, visitor)
    })
  }

  /** @throws DeskError LINK_USED, SLOW_DOWN, BUSY, DISABLED, WEAK_PASSWORD */
  async bySettingPassword(
    { token, password }: { token: string; password: string },
    visitor: Visitor,
  ): Promise<SignedIn> {
    const { users, links, hasher, sessions } = this.#parts
    return this.#paced(`password link from ${visitor.from}`, visitor, async () => {
      const { user } = await this.#ofLink(await links.look('password', token))
      if (user.disabled) throw new DeskError('DISABLED')
      refuseWeak(password, [user.email, user.name])
      const hash = await hasher.hash(password)
      if ((await links.take('password', token)) === null) throw new DeskError('LINK_USED')
      await users.setPasswordHash(user.userId, hash)
      await sessions.endAllOf(user.userId)
      return this.#open(user, visitor)
    })
  }

  /** One's own. All sessions end, and a new one begins. @throws DeskError WRONG_PASSWORD, SLOW_DOWN, BUSY, WEAK_PASSWORD, PASSWORD_FROM_PROVIDER */
  async byChangingPassword(
    userId: string,
    { current, password }: { current: string; password: string },
    visitor: Visitor,
  ): Promise<SignedIn> {
    const { users, hasher, sessions } = this.#parts
    const kept = await users.byId(userId)
    if (kept === null) throw new DeskError('NO_SUCH_USER')
    if (kept.oidcSubject !== null) throw new DeskError('PASSWORD_FROM_PROVIDER')
    const { user } = kept
    return this.#paced(user.email, visitor, async () => {
      if (!(await hasher.verify(current, kept.passwordHash))) throw new DeskError('WRONG_PASSWORD')
      refuseWeak(password, [user.email, user.name])
      await users.setPasswordHash(userId, await hasher.hash(password))
      await sessions.endAllOf(userId)
      return this.#open(user, visitor)
    })
  }

  /**
   * Whoever the identity provider vouches for and gives a role. It is known by its subject there, never by an address:
   * addresses are given to other people.
   * @throws DeskError NO_ROLE, NO_EMAIL, TAKEN, DISABLED
   */
  async byProvider({ subject, email, name, role }: Identity, visitor: Visitor): Promise<SignedIn> {
    const { users, sessions } = this.#parts
    if (role === null) throw new DeskError('NO_ROLE')
    const kept = await users.bySubject(subject)
    if (kept !== null) {
      if (kept.user.role === role) return this.#in(kept, visitor)
      await users.setRole(kept.user.userId, role)
      await sessions.endAllOf(kept.user.userId)
      return this.#in({ ...kept, user: { ...kept.user, role } }, visitor)
    }
    if (email === null) throw new DeskError('NO_EMAIL')
    const wanted = { email, role, oidcSubject: subject }
    const taken = (error: unknown) => error instanceof DeskError && error.code === 'NAME_TAKEN'
    const user = await users.add({ ...wanted, name: name ?? email }).catch((error: unknown) => {
      if (!taken(error)) throw error
      return users.add({ ...wanted, name: `${name ?? 'User'} (${email})` })
    })
    return this.#open(user, visitor)
  }

  /** An attempt that proves wrong counts; one that goes well, or that we could not judge, does not. */
  async #paced(account: string, { from }: Visitor, attempt: () => Promise<SignedIn>): Promise<SignedIn> {
    const { pace, now } = this.#parts
    const waitMs = pace.begin({ account, from }, now())
    if (waitMs > 0) throw new DeskError('SLOW_DOWN', { retryAfterMs: waitMs })
    try {
      const signedIn = await attempt()
      pace.succeeded({ account, from })
      return signedIn
    } catch (error) {
      if (!provesWrong(error)) pace.calledOff({ account, from })
      throw error
    }
  }

  async #ofLink(link: { readonly userId: string | null } | null): Promise<KeptUser> {
    const kept = link?.userId == null ? null : await this.#parts.users.byId(link.userId)
    if (kept === null) throw new DeskError('LINK_USED')
    return kept
  }

  #in({ user }: KeptUser, visitor: Visitor): Promise<SignedIn> {
    if (user.disabled) throw new DeskError('DISABLED')
    return this.#open(user, visitor)
  }

  async #open(user: User, { agent }: Visitor): Promise<SignedIn> {
    const token = await this.#parts.sessions.open(user.userId, agent)
    return { user: { ...user, lastSeenAt: this.#parts.now() }, token }
  }
}

function provesWrong(error: unknown): boolean {
  return error instanceof DeskError && ['WRONG_SIGN_IN', 'WRONG_PASSWORD', 'LINK_USED'].includes(error.code)
}

/** @throws DeskError WEAK_PASSWORD */
function refuseWeak(password: string, about: readonly string[]): void {
  const fault = passwordFault(password, about)
  if (fault !== null) throw new DeskError('WEAK_PASSWORD', { detail: fault })
}
