/**
 * The thread that reads: a search that takes a tenth of a second must not hold up the events of live calls. Told to check,
 * it looks through the whole file once, and that is all it does.
 */
import type { DatabaseSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'
import { z } from 'zod'
import { damaged, explain, faultOf, openSqliteFile } from './sqlite-file.ts'
import { type SqliteQuery, SqliteStatements } from './sqlite-statements.ts'
import type { Reply } from './thread.ts'

type Request =
  | { readonly id: number; readonly op: 'run'; readonly query: SqliteQuery }
  | { readonly id: number; readonly op: 'check' }
  | { readonly id: number; readonly op: 'close' }

if (parentPort === null) throw new Error('sqlite-reader-worker.ts runs as a worker thread, started by sqlite.ts')
const port = parentPort
const options = z
  .object({ path: z.string(), busyTimeoutMs: z.int(), functions: z.string().nullable() })
  .parse(workerData)

function reply(message: Reply): void {
  port.postMessage(message)
}

function serve(db: DatabaseSync, close: () => void): void {
  // Pages are read in place: a copy of the file's hot part in every connection would cost more memory than it saves time.
  db.exec('pragma mmap_size = 2000000000; pragma cache_size = -8000')
  const statements = new SqliteStatements(db)
  const answer = (request: Request): unknown => {
    switch (request.op) {
      case 'run':
        return statements.run(request.query)
      case 'check': {
        const fault = faultOf(db)
        return fault === null ? null : damaged(options.path, fault).message
      }
      case 'close':
        close()
        return null
    }
  }
  port.on('message', (request: Request) => {
    try {
      reply({ id: request.id, value: answer(request) })
    } catch (error) {
      reply({ id: request.id, error: explain(error, options.path) })
    }
    // Without its port the thread has nothing to wait for, and ends.
    if (request.op === 'close') port.close()
  })
}

try {
  const { db, close } = openSqliteFile({ ...options, readOnly: true })
  if (options.functions !== null) {
    const functions: { define(db: DatabaseSync): void } = await import(options.functions)
    functions.define(db)
  }
  serve(db, close)
  reply({ id: 0, value: null })
} catch (error) {
  reply({ id: 0, error: explain(error, options.path) })
}
