/**
 * Tables behind the call log and the desk: one contract, two engines. Queries are built once with kysely and run on either;
 * only full-text search and percentiles have two texts. Neither engine ever works on the event loop that carries audio.
 */
import type { CompiledQuery, Kysely } from 'kysely'
import type { Tables } from './tables.ts'

export interface Database {
  readonly engine: 'sqlite' | 'postgres'
  /**
   * Builds queries, and reads: `db.kysely.selectFrom(…).execute()`. A single statement that writes may be run with it, too;
   * several that belong together go through `write`.
   */
  readonly kysely: Kysely<Tables>
  /**
   * Runs statements in one transaction, all or none, and durably.
   * @param queries what `kysely.…compile()` made, in order
   * @returns how many rows each changed
   * @throws Error with a sentence that says what is wrong with the database, never with values of the query
   */
  write(queries: readonly CompiledQuery[]): Promise<readonly number[]>
  /**
   * Makes sure that what was deleted or overwritten before is gone from the files of the database as well.
   * @throws Error when another program keeps it from doing so
   */
  scrub(): Promise<void>
  close(): Promise<void>
}
