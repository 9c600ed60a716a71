/** Saved views of the list of calls, each user's own. */
import type { View } from '../console/contract/people.ts'
import type { Database } from '../database/database.ts'
import { DeskError } from './faults.ts'
import { newId } from './secrets.ts'
import { plainText } from './users.ts'

const VIEWS_MOST = 100

export class Views {
  readonly #db: Database
  readonly #now: () => number

  constructor(db: Database, now: () => number) {
    this.#db = db
    this.#now = now
  }

  async list(userId: string): Promise<View[]> {
    const rows = await this.#db.kysely
      .selectFrom('views')
      .selectAll()
      .where('user_id', '=', userId)
      .orderBy('name')
      .execute()
    return rows.map(({ view_id, name, query }) => ({ viewId: view_id, name, query }))
  }

  /** In place of the one that had the name. @throws DeskError TOO_MANY */
  async save(userId: string, givenName: string, givenQuery: string): Promise<View> {
    const name = plainText(givenName)
    const query = plainText(givenQuery)
    const views = await this.list(userId)
    if (views.length >= VIEWS_MOST && !views.some((view) => view.name === name)) throw new DeskError('TOO_MANY')
    const row = { user_id: userId, name, view_id: newId('view', this.#now()), query }
    const save = this.#db.kysely
      .insertInto('views')
      .values(row)
      .onConflict((conflict) => conflict.columns(['user_id', 'name']).doUpdateSet({ query }))
    await this.#db.write([save.compile()])
    const saved = (await this.list(userId)).find((view) => view.name === name)
    return saved ?? { viewId: row.view_id, name, query }
  }

  /** @throws DeskError NO_SUCH_VIEW */
  async remove(userId: string, name: string): Promise<void> {
    const [gone] = await this.#db.write([
      this.#db.kysely.deleteFrom('views').where('user_id', '=', userId).where('name', '=', plainText(name)).compile(),
    ])
    if (gone === 0) throw new DeskError('NO_SUCH_VIEW')
  }
}
