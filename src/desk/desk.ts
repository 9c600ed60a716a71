/** The desk: who may come in, what they may do, and the account of it. One a server; commands open one beside it. */
import type { UserRole } from '../console/contract/endpoint.ts'
import type { User } from '../console/contract/people.ts'
import type { Database } from '../database/database.ts'
import { AuditLog } from './audit-log.ts'
import { DeskError } from './faults.ts'
import { type HashCost, PasswordHasher } from './hash-password.ts'
import { Keys } from './keys.ts'
import { Links } from './links.ts'
import { Oidc } from './oidc.ts'
import { Sessions } from './sessions.ts'
import type { OidcSettings } from './settings.ts'
import { Shares } from './shares.ts'
import { SignIn } from './sign-in.ts'
import { SignInPace } from './sign-in-pace.ts'
import { type UserChange, Users } from './users.ts'
import { Views } from './views.ts'

const SWEEP_EVERY_MS = 6 * 3_600_000

export interface DeskOptions {
  /** Null: passwords alone. */
  readonly oidc?: { readonly settings: OidcSettings; readonly publicUrl: string } | null
  /** Told when something could not be kept; a sentence without anybody's words. */
  readonly onTrouble?: (sentence: string) => void
  readonly now?: () => number
  /** Less than what a server takes only in tests. */
  readonly hashCost?: HashCost
}

export class Desk implements AsyncDisposable {
  readonly users: Users
  readonly sessions: Sessions
  readonly links: Links
  readonly keys: Keys
  readonly views: Views
  readonly shares: Shares
  readonly audit: AuditLog
  readonly signIn: SignIn
  readonly oidc: Oidc | null
  readonly #onTrouble: (sentence: string) => void
  #timer: NodeJS.Timeout | null = null

  constructor(db: Database, { oidc = null, onTrouble = () => {}, now = Date.now, hashCost }: DeskOptions = {}) {
    this.#onTrouble = onTrouble
    this.users = new Users(db, now)
    this.sessions = new Sessions(db, now)
    this.links = new Links(db, now)
    this.keys = new Keys(db, now)
    this.views = new Views(db, now)
    this.shares = new Shares(db, now)
    this.audit = new AuditLog(db, now, onTrouble)
    this.oidc = oidc === null ? null : new Oidc(oidc.settings, oidc.publicUrl, now)
    const { users, sessions, links } = this
    const hasher = new PasswordHasher(hashCost)
    this.signIn = new SignIn({ users, sessions, links, hasher, pace: new SignInPace(), now })
  }

  /** @returns a user, and the token of a link with which they set their password. @throws DeskError TAKEN, NAME_TAKEN */
  async addUser(wanted: { email: string; name: string; role: UserRole }): Promise<{ user: User; token: string }> {
    const user = await this.users.add(wanted)
    return { user, token: await this.links.make('password', user.userId) }
  }

  /** @throws DeskError NO_SUCH_USER, NAME_TAKEN, LAST_ADMIN, ROLE_FROM_PROVIDER */
  async changeUser(userId: string, change: UserChange): Promise<User> {
    const before = await this.users.byId(userId)
    if (before === null) throw new DeskError('NO_SUCH_USER')
    const newRole = change.role !== undefined && change.role !== before.user.role
    if (newRole && before.oidcSubject !== null) throw new DeskError('ROLE_FROM_PROVIDER')
    const user = await this.users.change(userId, change)
    if (newRole || user.disabled) await this.sessions.endAllOf(userId)
    if (user.disabled) await this.links.dropAllOf(userId)
    return user
  }

  /** Ends their sessions; the old password works until a new one is set. @throws DeskError NO_SUCH_USER, PASSWORD_FROM_PROVIDER, DISABLED */
  async resetPassword(userId: string): Promise<string> {
    const kept = await this.users.byId(userId)
    if (kept === null) throw new DeskError('NO_SUCH_USER')
    if (kept.oidcSubject !== null) throw new DeskError('PASSWORD_FROM_PROVIDER')
    if (kept.user.disabled) throw new DeskError('DISABLED')
    await this.sessions.endAllOf(userId)
    return this.links.make('password', userId)
  }

  /** Takes away, now and every few hours, what is over: sessions, links, shares, and the account of a year ago. */
  keepSwept(): void {
    void this.sweep()
    this.#timer ??= setInterval(() => void this.sweep(), SWEEP_EVERY_MS).unref()
  }

  async sweep(): Promise<void> {
    for (const part of [this.sessions, this.links, this.shares, this.audit]) {
      await part.sweep().catch((error: unknown) => {
        this.#onTrouble(
          `what is over could not be taken away: ${error instanceof Error ? error.message : String(error)}`,
        )
      })
    }
  }

  async close(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer)
    await this.audit.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
