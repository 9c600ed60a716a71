/**
 * The thread that owns the SQLite file, so that no sync to disk ever stops the event loop that carries audio.
 * Appends that arrive while it works are kept together in the next transaction: one sync for many calls.
 */
import type { DatabaseSync } from 'node:sqlite'
import type { MessagePort } from 'node:worker_threads'
import { z } from 'zod'
import { explain, openSqliteFile } from './sqlite-file.ts'
import { Scrubber } from './sqlite-scrub.ts'
import { type SqliteQuery, SqliteStatements } from './sqlite-statements.ts'
import type { Reply } from './thread.ts'

const WriterOptions = z.object({ path: z.string(), busyTimeoutMs: z.int(), beside: z.boolean().optional() })

/** What is known of the file once it is open. */
export interface Opened {
  readonly unchecked: boolean
}

type Request =
  | { readonly id: number; readonly op: 'append'; readonly items: readonly never[] }
  | { readonly id: number; readonly op: 'run'; readonly query: SqliteQuery }
  | { readonly id: number; readonly op: 'write'; readonly queries: readonly SqliteQuery[] }
  | { readonly id: number; readonly op: 'flush' }
  | { readonly id: number; readonly op: 'scrub' }
  | { readonly id: number; readonly op: 'task'; readonly task: string; readonly about: readonly string[] }
  | { readonly id: number; readonly op: 'close' }

type Append = Extract<Request, { op: 'append' }>

/** What a writer does beside running queries. */
export interface WriterParts {
  /**
   * Appends batches in one transaction, each batch all or none. Its result has, for each batch, the error that kept it
   * out, or undefined once it is on disk.
   */
  append(batches: readonly (readonly never[])[]): readonly unknown[]
  /** Longer work; it lets appends in between its steps. */
  readonly tasks: Readonly<Record<string, (about: readonly string[]) => Promise<unknown>>>
}

export const NO_PARTS: WriterParts = {
  append: (batches) => batches.map(() => new Error('this thread appends nothing')),
  tasks: {},
}

/** Opens the file and serves the port until it is told to close. */
export function serveWrites(
  port: MessagePort,
  workerData: unknown,
  partsOf: (db: DatabaseSync) => WriterParts,
  foldAgain: (db: DatabaseSync) => void = () => {},
): void {
  const options = WriterOptions.parse(workerData)
  const reply = (message: Reply): void => port.postMessage(message)
  const fail = (id: number, error: unknown): void => reply({ id, error: explain(error, options.path) })
  try {
    const file = openSqliteFile({ ...options, readOnly: false }, foldAgain)
    serve(port, file, options.path, partsOf(file.db), reply, fail)
    reply({ id: 0, value: { unchecked: file.unchecked } satisfies Opened })
  } catch (error) {
    fail(0, error)
  }
}

function serve(
  port: MessagePort,
  file: { readonly db: DatabaseSync; close(): void },
  path: string,
  parts: WriterParts,
  reply: (message: Reply) => void,
  fail: (id: number, error: unknown) => void,
): void {
  const statements = new SqliteStatements(file.db)
  const scrubber = new Scrubber(file.db, path)
  let waiting: Append[] = []

  function flush(): void {
    const batches = waiting
    waiting = []
    if (batches.length === 0) return
    const outcomes = parts.append(batches.map(({ items }) => items))
    batches.forEach(({ id }, i) => {
      const fault = outcomes[i]
      if (fault === undefined) reply({ id, value: null })
      else fail(id, fault)
    })
  }

  function answer(request: Exclude<Request, Append>): unknown {
    // A caller who has been told nothing yet may still expect to read what it has appended.
    flush()
    switch (request.op) {
      case 'run':
        return statements.run(request.query)
      case 'write':
        return statements.write(request.queries)
      case 'flush':
        return null
      case 'scrub':
        return scrubber.scrub()
      case 'task':
        return parts.tasks[request.task]?.(request.about)
      case 'close':
        file.close()
        scrubber.close()
        return null
    }
  }

  port.on('message', async (request: Request) => {
    if (request.op === 'append') {
      // Everything that is in the port's queue is delivered before immediates run.
      if (waiting.push(request) === 1) setImmediate(flush)
      return
    }
    try {
      const value = answer(request)
      reply({ id: request.id, value: value instanceof Promise ? await value : value })
    } catch (error) {
      fail(request.id, error)
    }
    // Without its port the thread has nothing to wait for, and ends.
    if (request.op === 'close') port.close()
  })
}
