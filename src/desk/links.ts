/** Links that let somebody in once: printed by the server or a command, or handed on by an admin. */
import type { Database } from '../database/database.ts'
import { hashOf, newSecret } from './secrets.ts'

const HOUR = 3_600_000

/** What a link is good for, and for how long. */
const PURPOSES = {
  /** Makes the first admin. */
  setup: 7 * 24 * HOUR,
  /** Signs in as its user. */
  'sign-in': HOUR,
  /** Sets the password of its user. */
  password: 3 * 24 * HOUR,
} as const
export type LinkPurpose = keyof typeof PURPOSES

export interface KnownLink {
  /** Null: of `setup`, nobody's yet. */
  readonly userId: string | null
}

export class Links {
  readonly #db: Database
  readonly #now: () => number

  constructor(db: Database, now: () => number) {
    this.#db = db
    this.#now = now
  }

  /** @returns the token; earlier links of the same user for the same purpose work no more */
  async make(purpose: LinkPurpose, userId: string | null): Promise<string> {
    const token = newSecret()
    const row = { token_hash: hashOf(token), purpose, user_id: userId, expires_at: this.#now() + PURPOSES[purpose] }
    const { kysely } = this.#db
    const make = kysely.insertInto('links').values(row).compile()
    await this.#db.write(userId === null ? [make] : [this.#of(purpose, userId), make])
    return token
  }

  async look(purpose: LinkPurpose, token: string): Promise<KnownLink | null> {
    const row = await this.#db.kysely
      .selectFrom('links')
      .select('user_id')
      .where('token_hash', '=', hashOf(token))
      .where('purpose', '=', purpose)
      .where('expires_at', '>', this.#now())
      .executeTakeFirst()
    return row === undefined ? null : { userId: row.user_id }
  }

  /** Uses a link up. Of two who do it at once, one gets it. */
  async take(purpose: LinkPurpose, token: string): Promise<KnownLink | null> {
    const known = await this.look(purpose, token)
    if (known === null) return null
    const { kysely } = this.#db
    const [taken] = await this.#db.write([kysely.deleteFrom('links').where('token_hash', '=', hashOf(token)).compile()])
    return taken === 1 ? known : null
  }

  async dropAllOf(userId: string): Promise<void> {
    await this.#db.write([this.#db.kysely.deleteFrom('links').where('user_id', '=', userId).compile()])
  }

  async drop(purpose: LinkPurpose): Promise<void> {
    await this.#db.write([this.#db.kysely.deleteFrom('links').where('purpose', '=', purpose).compile()])
  }

  async sweep(): Promise<void> {
    await this.#db.write([this.#db.kysely.deleteFrom('links').where('expires_at', '<=', this.#now()).compile()])
  }

  #of(purpose: LinkPurpose, userId: string) {
    return this.#db.kysely.deleteFrom('links').where('purpose', '=', purpose).where('user_id', '=', userId).compile()
  }
}
