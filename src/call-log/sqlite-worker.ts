/** The thread that writes the call log: events as they come, with the rows folded from them, and whatever else is kept in the file. */
import type { DatabaseSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'
import { serveWrites } from '../database/sqlite-writer.ts'
import { rebuild, rebuildAll } from './rebuild.ts'
import { SqliteAppender } from './sqlite-appender.ts'

if (parentPort === null) throw new Error('sqlite-worker.ts runs as a worker thread, started by sqlite.ts')

function partsOf(db: DatabaseSync) {
  const appender = new SqliteAppender(db)
  return {
    append: appender.append.bind(appender),
    tasks: { rebuild: () => rebuild(db, appender) },
  }
}

serveWrites(parentPort, workerData, partsOf, (db) => rebuildAll(db, new SqliteAppender(db)))
