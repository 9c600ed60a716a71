/** Kysely over threads: it builds queries as it always does, and they are run elsewhere. */
import type { CompiledQuery, DatabaseConnection, Driver, QueryResult } from 'kysely'

/** Where queries go. */
export interface ThreadEnds {
  read(query: CompiledQuery): Promise<ThreadResult>
  write(query: CompiledQuery): Promise<ThreadResult>
}

interface ThreadResult {
  readonly rows: readonly unknown[]
  /** How many rows were changed. */
  readonly changes: number
}

const NO_TRANSACTIONS = 'statements that belong together go through Database.write'

export class ThreadDriver implements Driver {
  readonly #connection: DatabaseConnection
  constructor(ends: ThreadEnds) {
    this.#connection = new ThreadConnection(ends)
  }
  async init(): Promise<void> {}
  async acquireConnection(): Promise<DatabaseConnection> {
    return this.#connection
  }
  async beginTransaction(): Promise<void> {
    throw new Error(NO_TRANSACTIONS)
  }
  async commitTransaction(): Promise<void> {
    throw new Error(NO_TRANSACTIONS)
  }
  async rollbackTransaction(): Promise<void> {}
  async releaseConnection(): Promise<void> {}
  async destroy(): Promise<void> {}
}

class ThreadConnection implements DatabaseConnection {
  readonly #ends: ThreadEnds
  constructor(ends: ThreadEnds) {
    this.#ends = ends
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    if (reads(query)) {
      const { rows } = await this.#ends.read(query)
      return { rows: rows as Row[] }
    }
    const { rows, changes } = await this.#ends.write(query)
    return { rows: rows as Row[], numAffectedRows: BigInt(changes) }
  }

  // biome-ignore lint/correctness/useYield: it only says that there is no such thing
  async *streamQuery(): AsyncIterableIterator<never> {
    throw new Error('long results are read page by page, not as a stream')
  }
}

function reads({ query, sql }: CompiledQuery): boolean {
  if (query.kind === 'SelectQueryNode') return true
  return query.kind === 'RawNode' && /^\s*(select|with|explain)\b/i.test(sql)
}
