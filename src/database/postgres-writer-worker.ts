/** A thread for tables alone; the call log has one that knows its events as well. */
import { parentPort, workerData } from 'node:worker_threads'
import { servePostgres } from './postgres-writer.ts'

if (parentPort === null) throw new Error('postgres-writer-worker.ts runs as a worker thread, started by postgres.ts')
await servePostgres(parentPort, workerData, () => ({
  append: async (batches) => batches.map(() => new Error('this thread appends nothing')),
  tasks: {},
  foldAgain: async () => {},
  begin: async () => {},
  close: async () => {},
}))
