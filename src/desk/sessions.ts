/** Who is signed in: opaque tokens, kept as hashes, each of which can be ended at any moment. */
import type { User } from '../console/contract/people.ts'
import type { Database } from '../database/database.ts'
import { hashOf, newSecret } from './secrets.ts'
import { asUser, plainText } from './users.ts'

const HOUR = 3_600_000
/** Away for half a day: a browser left open in an office is signed out over night. */
export const IDLE_MOST_MS = 12 * HOUR
export const SESSION_MOST_MS = 14 * 24 * HOUR
/** How exactly it is kept when a session was last used: not every request writes. */
const TOUCH_EVERY_MS = 5 * 60_000

export class Sessions {
  readonly #db: Database
  readonly #now: () => number
  /** Being written down at this moment: one page asks for many things at once. */
  readonly #touching = new Set<string>()

  constructor(db: Database, now: () => number) {
    this.#db = db
    this.#now = now
  }

  /** @param agent the browser, as it calls itself. @returns the token, which stands nowhere else */
  async open(userId: string, agent: string): Promise<string> {
    const token = newSecret()
    const now = this.#now()
    const row = {
      token_hash: hashOf(token),
      user_id: userId,
      created_at: now,
      last_used_at: now,
      expires_at: now + SESSION_MOST_MS,
      agent: plainText(agent).slice(0, 200),
    }
    const { kysely } = this.#db
    await this.#db.write([
      kysely.insertInto('sessions').values(row).compile(),
      kysely.updateTable('users').set({ last_seen_at: now }).where('user_id', '=', userId).compile(),
    ])
    return token
  }

  /** Asked of the database each time: what was ended is over at once, whoever ended it. */
  async whose(token: string): Promise<User | null> {
    const now = this.#now()
    const hash = hashOf(token)
    const row = await this.#db.kysely
      .selectFrom('sessions')
      .innerJoin('users', 'users.user_id', 'sessions.user_id')
      .selectAll('users')
      .select('sessions.last_used_at')
      .where('sessions.token_hash', '=', hash)
      .where('sessions.expires_at', '>', now)
      .where('sessions.last_used_at', '>', now - IDLE_MOST_MS)
      .where('users.disabled', '=', 0)
      .executeTakeFirst()
    if (row === undefined) return null
    if (row.last_used_at < now - TOUCH_EVERY_MS) this.#touch(hash, row.user_id, now)
    return asUser(row)
  }

  async end(token: string): Promise<void> {
    const { kysely } = this.#db
    await this.#db.write([kysely.deleteFrom('sessions').where('token_hash', '=', hashOf(token)).compile()])
  }

  /** @param keep the token of a session that goes on */
  async endAllOf(userId: string, keep: string | null = null): Promise<void> {
    const all = this.#db.kysely.deleteFrom('sessions').where('user_id', '=', userId)
    await this.#db.write([(keep === null ? all : all.where('token_hash', '<>', hashOf(keep))).compile()])
  }

  /** Takes away what is over. */
  async sweep(): Promise<void> {
    const now = this.#now()
    const over = this.#db.kysely
      .deleteFrom('sessions')
      .where((eb) => eb.or([eb('expires_at', '<=', now), eb('last_used_at', '<=', now - IDLE_MOST_MS)]))
    await this.#db.write([over.compile()])
  }

  /** A request need not wait for it, and that it fails does no harm: the next one tries again. */
  #touch(hash: string, userId: string, now: number): void {
    if (this.#touching.has(hash)) return
    this.#touching.add(hash)
    const { kysely } = this.#db
    this.#db
      .write([
        kysely.updateTable('sessions').set({ last_used_at: now }).where('token_hash', '=', hash).compile(),
        kysely.updateTable('users').set({ last_seen_at: now }).where('user_id', '=', userId).compile(),
      ])
      .catch(() => {})
      .finally(() => this.#touching.delete(hash))
  }
}
