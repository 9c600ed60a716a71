/** Keys of the API: made once, kept as hashes, each with a role and a name to answer for. */
import type { UserRole } from '../console/contract/endpoint.ts'
import type { Key } from '../console/contract/people.ts'
import type { Database } from '../database/database.ts'
import type { ApiKeysTable } from '../database/tables.ts'
import { DeskError } from './faults.ts'
import { hashOf, newId, newSecret } from './secrets.ts'
import { plainText } from './users.ts'

const PREFIX = 'ek_'
const HINT_CHARACTERS = 8
const TOUCH_EVERY_MS = 60_000
const KEYS_MOST = 200

export class Keys {
  readonly #db: Database
  readonly #now: () => number
  readonly #touching = new Set<string>()

  constructor(db: Database, now: () => number) {
    this.#db = db
    this.#now = now
  }

  async list(): Promise<Key[]> {
    const rows = await this.#db.kysely.selectFrom('api_keys').selectAll().orderBy('key_id').execute()
    return rows.map(asKey)
  }

  /** @throws DeskError NAME_TAKEN, TOO_MANY */
  async add(
    wanted: { readonly name: string; readonly role: UserRole },
    createdBy: string,
  ): Promise<{ key: Key; secret: string }> {
    const secret = newSecret(PREFIX)
    const name = plainText(wanted.name).trim()
    const known = await this.list()
    if (known.some((key) => key.name.toLowerCase() === name.toLowerCase())) throw new DeskError('NAME_TAKEN')
    if (known.length >= KEYS_MOST) throw new DeskError('TOO_MANY')
    const row: ApiKeysTable = {
      key_id: newId('key', this.#now()),
      name,
      role: wanted.role,
      secret_hash: hashOf(secret),
      hint: `${secret.slice(0, HINT_CHARACTERS)}…`,
      created_at: this.#now(),
      created_by: createdBy,
      last_used_at: null,
    }
    await this.#db.write([this.#db.kysely.insertInto('api_keys').values(row).compile()])
    return { key: asKey(row), secret }
  }

  /** Asked of the database each time: a key that was taken away works no more. */
  async known(secret: string): Promise<Key | null> {
    if (!secret.startsWith(PREFIX)) return null
    const row = await this.#db.kysely
      .selectFrom('api_keys')
      .selectAll()
      .where('secret_hash', '=', hashOf(secret))
      .executeTakeFirst()
    if (row === undefined) return null
    const now = this.#now()
    if (row.last_used_at === null || row.last_used_at < now - TOUCH_EVERY_MS) this.#touch(row.key_id, now)
    return asKey(row)
  }

  /** @throws DeskError NO_SUCH_KEY */
  async remove(keyId: string): Promise<void> {
    const [gone] = await this.#db.write([this.#db.kysely.deleteFrom('api_keys').where('key_id', '=', keyId).compile()])
    if (gone === 0) throw new DeskError('NO_SUCH_KEY')
  }

  #touch(keyId: string, now: number): void {
    if (this.#touching.has(keyId)) return
    this.#touching.add(keyId)
    this.#db
      .write([this.#db.kysely.updateTable('api_keys').set({ last_used_at: now }).where('key_id', '=', keyId).compile()])
      .catch(() => {})
      .finally(() => this.#touching.delete(keyId))
  }
}

function asKey(row: ApiKeysTable): Key {
  return {
    keyId: row.key_id,
    name: row.name,
    role: row.role,
    hint: row.hint,
    createdAt: row.created_at,
    createdBy: row.created_by,
    lastUsedAt: row.last_used_at,
  }
}
