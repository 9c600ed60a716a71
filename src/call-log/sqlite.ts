/** The embedded call log: one SQLite file, owned by a thread of its own (sqlite-worker.ts). */
import { once } from 'node:events'
import { getCompileCacheDir } from 'node:module'
import { Worker } from 'node:worker_threads'
import type { CallEvent } from '../call/events.ts'
import type { Reply, Request } from './sqlite-worker.ts'
import type { AgentVersion, CallLog, CallSummary, RunningAgents } from './store.ts'

export interface SqliteCallLogOptions {
  /** The file; it and its folder are made when they are not there. */
  readonly path: string
  /** Reads beside a running server, writes nothing. Default false. */
  readonly readOnly?: boolean
  /** How long an append waits when another program holds the file's lock. Default 5,000. */
  readonly busyTimeoutMs?: number
}

function threadEnv(): NodeJS.ProcessEnv {
  const cache = getCompileCacheDir()
  return cache === undefined ? process.env : { ...process.env, NODE_COMPILE_CACHE: cache }
}

interface Asker {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
}

type Question<Asked = Request> = Asked extends Request ? Omit<Asked, 'id'> : never

/**
 * Opens a call log. Appends in flight at the same time share one transaction; each resolves once it is synced to disk.
 * @throws Error with a sentence that names the file: another server has it open, it is damaged, newer than this version, or (read-only) missing
 */
export async function openSqliteCallLog(options: SqliteCallLogOptions): Promise<CallLog> {
  const { path, readOnly = false, busyTimeoutMs = 5000 } = options
  const worker = new Worker(new URL('./sqlite-worker.ts', import.meta.url), {
    workerData: { path, readOnly, busyTimeoutMs },
    // Its own flags, because inherited ones may not fit a file (`--input-type`); node:sqlite warns that it is experimental.
    execArgv: ['--no-warnings'],
    // A thread compiles for itself: without the process's cache it would hold a TypeScript compiler, 22 MB, for its few files.
    env: threadEnv(),
  })
  const thread = new Thread(worker)
  try {
    await thread.opened
  } catch (error) {
    await worker.terminate()
    throw error
  }
  return {
    append: async (events: readonly CallEvent[]) => {
      if (events.length > 0) await thread.ask({ op: 'append', events })
    },
    events: (callId) => thread.ask<CallEvent[]>({ op: 'events', callId }),
    calls: (query) => thread.ask<CallSummary[]>({ op: 'calls', query }),
    unfinished: () => thread.ask<string[]>({ op: 'unfinished' }),
    agentsRun: async (agents, at) => {
      await thread.ask({ op: 'agents-run', agents, at })
    },
    runningAgents: () => thread.ask<RunningAgents | null>({ op: 'running-agents' }),
    agentVersion: (name, version) => thread.ask<AgentVersion | null>({ op: 'agent-version', name, version }),
    close: () => thread.close(),
  }
}

/** Questions to the thread and who waits for their answers. */
class Thread {
  readonly opened: Promise<unknown>
  readonly #worker: Worker
  readonly #waiting = new Map<number, Asker>()
  #nextId = 1
  #gone: string | null = null
  #closing: Promise<void> | null = null

  constructor(worker: Worker) {
    this.#worker = worker
    this.opened = new Promise((resolve, reject) => this.#waiting.set(0, { resolve, reject }))
    worker.on('message', (reply: Reply) => this.#answer(reply))
    worker.on('error', (error) => this.#lose(`the call log's thread failed: ${String(error)}`))
    worker.on('exit', () => this.#lose("the call log's thread has ended"))
  }

  /** Answers come from our own thread, so their type is the question's word. */
  ask<Value>(question: Question): Promise<Value> {
    if (this.#gone !== null) return Promise.reject(new Error(this.#gone))
    return new Promise((resolve, reject) => {
      const id = this.#nextId++
      this.#worker.postMessage({ ...question, id })
      this.#waiting.set(id, { resolve: (value) => resolve(value as Value), reject })
      // An idle thread must not keep the process alive; one that somebody waits for must.
      this.#worker.ref()
    })
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    if (this.#gone !== null) return
    const closed = this.ask({ op: 'close' })
    const ended = once(this.#worker, 'exit')
    this.#gone = 'the call log is closed'
    try {
      await closed
      this.#worker.ref()
      await ended
    } catch (error) {
      await this.#worker.terminate()
      throw error
    }
  }

  #answer(reply: Reply): void {
    const asker = this.#waiting.get(reply.id)
    this.#waiting.delete(reply.id)
    if (this.#waiting.size === 0) this.#worker.unref()
    if ('error' in reply) asker?.reject(new Error(reply.error))
    else asker?.resolve(reply.value)
  }

  #lose(why: string): void {
    this.#gone ??= why
    const askers = [...this.#waiting.values()]
    this.#waiting.clear()
    for (const asker of askers) asker.reject(new Error(why))
  }
}
