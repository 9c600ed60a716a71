/** Links to one call that expire. They let nobody in: whoever follows one signs in, and sees what their role shows. */
import type { Database } from '../database/database.ts'
import { DeskError } from './faults.ts'
import { hashOf, newSecret } from './secrets.ts'

const HOUR = 3_600_000

export class Shares {
  readonly #db: Database
  readonly #now: () => number

  constructor(db: Database, now: () => number) {
    this.#db = db
    this.#now = now
  }

  async make(share: {
    readonly callId: string
    readonly atMs: number | null
    readonly hours: number
    readonly by: string
  }): Promise<{ token: string; expiresAt: number }> {
    const token = newSecret()
    const expiresAt = this.#now() + share.hours * HOUR
    const row = {
      token_hash: hashOf(token),
      call_id: share.callId,
      at_ms: share.atMs,
      created_by: share.by,
      expires_at: expiresAt,
    }
    await this.#db.write([this.#db.kysely.insertInto('shares').values(row).compile()])
    return { token, expiresAt }
  }

  /** @throws DeskError NO_SUCH_SHARE */
  async open(token: string): Promise<{ callId: string; atMs: number | null }> {
    const row = await this.#db.kysely
      .selectFrom('shares')
      .select(['call_id', 'at_ms'])
      .where('token_hash', '=', hashOf(token))
      .where('expires_at', '>', this.#now())
      .executeTakeFirst()
    if (row === undefined) throw new DeskError('NO_SUCH_SHARE')
    return { callId: row.call_id, atMs: row.at_ms }
  }

  async sweep(): Promise<void> {
    await this.#db.write([this.#db.kysely.deleteFrom('shares').where('expires_at', '<=', this.#now()).compile()])
  }
}
