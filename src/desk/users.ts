/** Who may use the console, as they are kept. What may be done with them is decided in desk.ts. */
import type { CompiledQuery, ExpressionBuilder } from 'kysely'
import type { UserRole } from '../console/contract/endpoint.ts'
import type { User } from '../console/contract/people.ts'
import type { Database } from '../database/database.ts'
import type { Tables, UsersTable } from '../database/tables.ts'
import { DeskError } from './faults.ts'
import { newId } from './secrets.ts'

export interface NewUser {
  readonly email: string
  readonly name: string
  readonly role: UserRole
  readonly passwordHash?: string
  readonly oidcSubject?: string
}

export interface UserChange {
  readonly name?: string | undefined
  readonly role?: UserRole | undefined
  readonly disabled?: boolean | undefined
}

/** A user with what only the desk may know. */
export interface KeptUser {
  readonly user: User
  readonly passwordHash: string | null
  readonly oidcSubject: string | null
}

export class Users {
  readonly #db: Database
  readonly #now: () => number

  constructor(db: Database, now: () => number) {
    this.#db = db
    this.#now = now
  }

  async list(): Promise<User[]> {
    const rows = await this.#db.kysely.selectFrom('users').selectAll().orderBy('name').orderBy('email').execute()
    return rows.map(asUser)
  }

  byId(userId: string): Promise<KeptUser | null> {
    return this.#one('user_id', userId)
  }

  byEmail(email: string): Promise<KeptUser | null> {
    return this.#one('email', plainEmail(email))
  }

  bySubject(subject: string): Promise<KeptUser | null> {
    return this.#one('oidc_subject', subject)
  }

  /** Whether anybody can sign in by a way of their own: not only with a link that a command printed. */
  async anySignsIn(): Promise<boolean> {
    const row = await this.#db.kysely
      .selectFrom('users')
      .select('user_id')
      .where('disabled', '=', 0)
      .where((eb) => eb.or([eb('password_hash', 'is not', null), eb('oidc_subject', 'is not', null)]))
      .limit(1)
      .executeTakeFirst()
    return row !== undefined
  }

  /** @throws DeskError TAKEN, NAME_TAKEN */
  async add({ email, name, role, passwordHash, oidcSubject }: NewUser): Promise<User> {
    const row: UsersTable = {
      user_id: newId('user', this.#now()),
      email: plainEmail(email),
      name: plainName(name),
      role,
      password_hash: passwordHash ?? null,
      oidc_subject: oidcSubject ?? null,
      created_at: this.#now(),
      last_seen_at: null,
      disabled: 0,
    }
    await this.refuseTaken({ email: row.email, name: row.name })
    await this.#db.write([this.#db.kysely.insertInto('users').values(row).compile()])
    return asUser(row)
  }

  /** @throws DeskError TAKEN, NAME_TAKEN */
  async refuseTaken({ email, name }: Pick<NewUser, 'email' | 'name'>): Promise<void> {
    if ((await this.byEmail(email)) !== null) throw new DeskError('TAKEN')
    await this.#refuseName(plainName(name), null)
  }

  /**
   * Takes effect only while an admin who can sign in is left.
   * @throws DeskError NO_SUCH_USER, NAME_TAKEN, LAST_ADMIN
   */
  async change(userId: string, { name, role, disabled }: UserChange): Promise<User> {
    if (name !== undefined) await this.#refuseName(plainName(name), userId)
    const values = {
      ...(name === undefined ? {} : { name: plainName(name) }),
      ...(role === undefined ? {} : { role }),
      ...(disabled === undefined ? {} : { disabled: disabled ? (1 as const) : (0 as const) }),
    }
    if (Object.keys(values).length > 0) {
      const update = this.#db.kysely.updateTable('users').set(values).where('user_id', '=', userId)
      const losesAdmin = disabled === true || (role !== undefined && role !== 'admin')
      await this.#done(userId, (losesAdmin ? update.where(anotherAdmin(userId)) : update).compile())
    }
    return (await this.#known(userId)).user
  }

  /** With their sessions, links and views. @throws DeskError NO_SUCH_USER, LAST_ADMIN */
  async remove(userId: string): Promise<void> {
    const { kysely } = this.#db
    await this.#done(
      userId,
      kysely.deleteFrom('users').where('user_id', '=', userId).where(anotherAdmin(userId)).compile(),
    )
  }

  async setPasswordHash(userId: string, hash: string): Promise<void> {
    const update = this.#db.kysely.updateTable('users').set({ password_hash: hash }).where('user_id', '=', userId)
    const [changed] = await this.#db.write([update.compile()])
    if (changed === 0) throw new DeskError('NO_SUCH_USER')
  }

  /** As the identity provider says, whoever is left. */
  async setRole(userId: string, role: UserRole): Promise<void> {
    await this.#db.write([this.#db.kysely.updateTable('users').set({ role }).where('user_id', '=', userId).compile()])
  }

  async #one(column: 'user_id' | 'email' | 'oidc_subject', value: string): Promise<KeptUser | null> {
    const row = await this.#db.kysely.selectFrom('users').selectAll().where(column, '=', value).executeTakeFirst()
    if (row === undefined) return null
    return { user: asUser(row), passwordHash: row.password_hash, oidcSubject: row.oidc_subject }
  }

  async #known(userId: string): Promise<KeptUser> {
    const kept = await this.byId(userId)
    if (kept === null) throw new DeskError('NO_SUCH_USER')
    return kept
  }

  async #done(userId: string, query: CompiledQuery): Promise<void> {
    const [changed] = await this.#db.write([query])
    if (changed !== 0) return
    await this.#known(userId)
    throw new DeskError('LAST_ADMIN')
  }

  /** The account of what was done knows people by their names: two of one name would be one. */
  async #refuseName(name: string, userId: string | null): Promise<void> {
    if (/^(system|nobody|key\b.*)$/i.test(name)) throw new DeskError('NAME_TAKEN')
    const others = (await this.list()).filter((other) => other.userId !== userId)
    if (others.some((other) => other.name.toLowerCase() === name.toLowerCase())) throw new DeskError('NAME_TAKEN')
  }
}

/** True of whoever is no admin that signs in, and of an admin beside another one: whoever is taken away must be one of these. */
function anotherAdmin(userId: string) {
  return (eb: ExpressionBuilder<Tables, 'users'>) =>
    eb.or([
      eb('users.role', '<>', 'admin'),
      eb('users.disabled', '=', 1),
      eb.and([eb('users.password_hash', 'is', null), eb('users.oidc_subject', 'is', null)]),
      eb.exists(
        eb
          .selectFrom('users as other')
          .select('other.user_id')
          .where('other.user_id', '<>', userId)
          .where('other.role', '=', 'admin')
          .where('other.disabled', '=', 0)
          .where((of) => of.or([of('other.password_hash', 'is not', null), of('other.oidc_subject', 'is not', null)])),
      ),
    ])
}

export function plainEmail(email: string): string {
  return plainText(email).trim().toLowerCase()
}

function plainName(name: string): string {
  return plainText(name).trim()
}

/** Text that either engine keeps, on one line. */
export function plainText(text: string): string {
  return text.toWellFormed().replace(/\p{Cc}+/gu, ' ')
}

export function asUser(row: UsersTable): User {
  return {
    userId: row.user_id,
    email: row.email,
    name: row.name,
    role: row.role,
    createdAt: row.created_at,
    lastSeenAt: row.last_seen_at,
    disabled: row.disabled === 1,
    signsInWith: row.oidc_subject === null ? 'password' : 'oidc',
  }
}
