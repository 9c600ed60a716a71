/** A writer of tables alone; the call log has one that knows its events as well (call-log/sqlite-worker.ts). */
import { parentPort, workerData } from 'node:worker_threads'
import { NO_PARTS, serveWrites } from './sqlite-writer.ts'

if (parentPort === null) throw new Error('sqlite-writer-worker.ts runs as a worker thread, started by sqlite.ts')
serveWrites(parentPort, workerData, () => NO_PARTS)
