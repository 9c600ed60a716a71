/** What every database must do. Each engine runs this suite with a place of its own. */
import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import type { Database } from '../../src/database/database.ts'

/** One empty place where tables are kept. `open` may be called again once the database before it is closed. */
export interface DatabasePlace {
  open(): Promise<Database>
  dispose(): Promise<void>
}

const USER = {
  user_id: 'u1',
  email: 'ada@example.org',
  name: 'Ada',
  role: 'admin',
  password_hash: null,
  oidc_subject: null,
  created_at: 1000.5,
  last_seen_at: null,
  disabled: 0,
} as const
const SESSION = { token_hash: 't1', user_id: 'u1', created_at: 1, last_used_at: 1, expires_at: 2, agent: 'a browser' }

export function databaseContract(engine: string, newPlace: () => Promise<DatabasePlace>): void {
  async function inPlace(test: (db: Database, reopen: () => Promise<Database>) => Promise<void>): Promise<void> {
    const place = await newPlace()
    let db = await place.open()
    try {
      await test(db, async () => {
        await db.close()
        db = await place.open()
        return db
      })
    } finally {
      await db.close()
      await place.dispose()
    }
  }

  describe(`the database contract, ${engine}`, () => {
    it('gives back what it was given, and keeps it when it is opened again', () =>
      inPlace(async (db, reopen) => {
        expect(await db.write([db.kysely.insertInto('users').values(USER).compile()])).toEqual([1])
        expect(await db.kysely.selectFrom('users').selectAll().execute()).toEqual([USER])
        const again = await reopen()
        expect(await again.kysely.selectFrom('users').selectAll().execute()).toEqual([USER])
      }))

    it('writes all or nothing, and says how many rows each statement changed', () =>
      inPlace(async (db) => {
        const add = db.kysely.insertInto('users').values(USER).compile()
        const rename = db.kysely.updateTable('users').set({ name: 'Ada L.' }).where('user_id', '=', 'u1').compile()
        const nobody = db.kysely.deleteFrom('users').where('user_id', '=', 'nobody').compile()
        await expect(db.write([add, add])).rejects.toThrow()
        expect(await db.kysely.selectFrom('users').selectAll().execute()).toEqual([])
        expect(await db.write([add, rename, nobody])).toEqual([1, 1, 0])
        expect(await db.write([])).toEqual([])
      }))

    it('reads what was written before, even when the writing was not awaited', () =>
      inPlace(async (db) => {
        const written = db.write([db.kysely.insertInto('users').values(USER).compile()])
        expect(await db.kysely.selectFrom('users').select('user_id').execute()).toEqual([{ user_id: 'u1' }])
        await written
      }))

    it('takes single statements that write, with what they return', () =>
      inPlace(async (db) => {
        await db.kysely.insertInto('users').values(USER).execute()
        const changed = await db.kysely
          .updateTable('users')
          .set({ last_seen_at: 7 })
          .where('user_id', '=', 'u1')
          .returning(['user_id', 'last_seen_at'])
          .execute()
        expect(changed).toEqual([{ user_id: 'u1', last_seen_at: 7 }])
        const { numDeletedRows } = await db.kysely.deleteFrom('users').executeTakeFirstOrThrow()
        expect(numDeletedRows).toBe(1n)
      }))

    it('gives every number as a number', () =>
      inPlace(async (db) => {
        await db.kysely.insertInto('users').values(USER).execute()
        const counted = await db.kysely
          .selectFrom('users')
          .select(({ fn }) => [
            fn.countAll<number>().as('users'),
            fn.sum<number>('created_at').as('at'),
            sql<number>`sum(disabled)`.as('disabled'),
          ])
          .execute()
        expect(counted).toEqual([{ users: 1, at: 1000.5, disabled: 0 }])
      }))

    it('keeps rows that belong together, together', () =>
      inPlace(async (db) => {
        const session = db.kysely.insertInto('sessions').values(SESSION).compile()
        await expect(db.write([session])).rejects.toThrow()
        await db.write([db.kysely.insertInto('users').values(USER).compile(), session])
        await expect(
          db.write([
            db.kysely
              .insertInto('users')
              .values({ ...USER, user_id: 'u2' })
              .compile(),
          ]),
        ).rejects.toThrow()
        await db.kysely.deleteFrom('users').execute()
        expect(await db.kysely.selectFrom('sessions').selectAll().execute()).toEqual([])
      }))

    it('sorts text by its bytes', () =>
      inPlace(async (db) => {
        const names = ['b', 'B', 'a', 'é', 'Z', '~']
        await db.kysely.insertInto('users').values(USER).execute()
        for (const [i, name] of names.entries()) {
          await db.kysely
            .insertInto('views')
            .values({ user_id: 'u1', name, view_id: `v${i}`, query: '' })
            .execute()
        }
        const sorted = await db.kysely.selectFrom('views').select('name').orderBy('name').execute()
        expect(sorted.map(({ name }) => name)).toEqual(['B', 'Z', 'a', 'b', '~', 'é'])
      }))

    it('refuses everything once it is closed', () =>
      inPlace(async (db) => {
        await db.close()
        await expect(db.kysely.selectFrom('users').selectAll().execute()).rejects.toThrow('closed')
        await expect(db.write([db.kysely.deleteFrom('users').compile()])).rejects.toThrow('closed')
      }))

    it('scrubs', () =>
      inPlace(async (db) => {
        await db.kysely.insertInto('users').values(USER).execute()
        await db.kysely.deleteFrom('users').execute()
        await db.scrub()
        expect(await db.kysely.selectFrom('users').selectAll().execute()).toEqual([])
      }))
  })
}
