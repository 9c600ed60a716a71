/** Messages that wait to be delivered, kept in the database: they outlive the process, and any server of several may send them. */
import type { Database } from '../database/database.ts'

export interface Message {
  readonly messageId: string
  readonly callId: string
  readonly agent: string
  readonly url: string
  readonly body: string
  readonly createdAt: number
}

export interface DueMessage extends Message {
  /** Including the one that is being made. */
  readonly attempts: number
}

export type Settled =
  | { readonly state: 'done' | 'gone' }
  | { readonly state: 'dead'; readonly error: string }
  | { readonly state: 'waiting'; readonly error: string; readonly nextAt: number }

/** A server that has taken a message and is lost leaves it to the others after that time; an attempt takes less. */
const LEASE_MS = 60_000

export class Outbox {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /** A message that is there already is left as it is, whatever became of it. */
  async add(messages: readonly Message[]): Promise<void> {
    await this.#db.write(
      messages.map(({ messageId, callId, agent, url, body, createdAt }) =>
        this.#db.kysely
          .insertInto('outbox')
          .values({
            message_id: messageId,
            call_id: callId,
            agent,
            url,
            body,
            created_at: createdAt,
            next_at: createdAt,
            attempts: 0,
            state: 'waiting',
            last_error: null,
          })
          .onConflict((conflict) => conflict.column('message_id').doNothing())
          .compile(),
      ),
    )
  }

  /**
   * Takes messages that are due, so that no other server sends them meanwhile.
   * @param busy addresses that have enough to do
   */
  async take(now: number, most: number, busy: readonly string[]): Promise<DueMessage[]> {
    const { kysely } = this.#db
    const due = await kysely
      .selectFrom('outbox')
      .selectAll()
      .where('state', '=', 'waiting')
      .where('next_at', '<=', now)
      .$if(busy.length > 0, (query) => query.where('url', 'not in', [...busy]))
      .orderBy('next_at')
      .orderBy('message_id')
      .limit(most)
      .execute()
    const taken = await this.#db.write(
      due.map(({ message_id, next_at, attempts }) =>
        kysely
          .updateTable('outbox')
          .set({ next_at: now + LEASE_MS, attempts: attempts + 1 })
          .where('message_id', '=', message_id)
          .where('next_at', '=', next_at)
          .where('state', '=', 'waiting')
          .compile(),
      ),
    )
    return due.flatMap((row, index) => {
      if (taken[index] !== 1) return []
      const { message_id: messageId, call_id: callId, agent, url, body, created_at: createdAt } = row
      return [{ messageId, callId, agent, url, body, createdAt, attempts: row.attempts + 1 }]
    })
  }

  /** Writes down what became of an attempt. What is over keeps no words. */
  async settle(messageId: string, settled: Settled): Promise<void> {
    const { state } = settled
    const next = state === 'waiting' ? { next_at: settled.nextAt } : { body: '' }
    const last_error = 'error' in settled ? settled.error : null
    const query = this.#db.kysely
      .updateTable('outbox')
      .set({ state, last_error, ...next })
      .where('message_id', '=', messageId)
    await this.#db.write([query.compile()])
  }

  /** When the next message is due; null when none waits. @param busy as in `take` */
  async nextAt(busy: readonly string[]): Promise<number | null> {
    const row = await this.#db.kysely
      .selectFrom('outbox')
      .select('next_at')
      .where('state', '=', 'waiting')
      .$if(busy.length > 0, (query) => query.where('url', 'not in', [...busy]))
      .orderBy('next_at')
      .limit(1)
      .executeTakeFirst()
    return row?.next_at ?? null
  }

  /**
   * Calls of which nobody has been told, oldest end first.
   * @param from calls that ended then or later, behind the one with the id `after`
   */
  async untold(from: number, after: string, most: number): Promise<readonly { callId: string; endedAt: number }[]> {
    const rows = await this.#db.kysely
      .selectFrom('calls')
      .select(['call_id', 'ended_at'])
      .where(({ eb, and, or }) =>
        or([eb('ended_at', '>', from), and([eb('ended_at', '=', from), eb('call_id', '>', after)])]),
      )
      .where(({ not, exists, selectFrom }) =>
        not(exists(selectFrom('outbox').select('message_id').whereRef('outbox.call_id', '=', 'calls.call_id'))),
      )
      .orderBy('ended_at')
      .orderBy('call_id')
      .limit(most)
      .execute()
    return rows.flatMap(({ call_id, ended_at }) => (ended_at === null ? [] : [{ callId: call_id, endedAt: ended_at }]))
  }

  /** How many wait, and how many were given up. */
  async counts(): Promise<{ readonly waiting: number; readonly dead: number }> {
    const rows = await this.#db.kysely
      .selectFrom('outbox')
      .select(({ fn }) => ['state', fn.countAll<number>().as('messages')])
      .where('state', 'in', ['waiting', 'dead'])
      .groupBy('state')
      .execute()
    const of = (state: string): number => rows.find((row) => row.state === state)?.messages ?? 0
    return { waiting: of('waiting'), dead: of('dead') }
  }

  /** Forgets what was over before then. */
  async forget(before: number): Promise<void> {
    const query = this.#db.kysely.deleteFrom('outbox').where('state', '!=', 'waiting').where('created_at', '<', before)
    await this.#db.write([query.compile()])
  }
}
