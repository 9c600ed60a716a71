/** A thread that works on a database: questions to it, and who waits for their answers. */
import { once } from 'node:events'
import { getCompileCacheDir } from 'node:module'
import { Worker } from 'node:worker_threads'

/** Reply 0 tells whether the database could be opened; replies below 0 are told by the thread of itself. */
export type Reply = { readonly id: number; readonly value: unknown } | { readonly id: number; readonly error: string }

interface Asker {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
}

export class DatabaseThread {
  /** Resolves with what the thread says of the database it has opened. */
  readonly opened: Promise<unknown>
  readonly #worker: Worker
  readonly #waiting = new Map<number, Asker>()
  readonly #onTold: (value: unknown) => void
  #nextId = 1
  #gone: string | null = null
  #closing: Promise<void> | null = null

  /** @param onTold told what the thread says of itself */
  constructor(program: URL, workerData: unknown, onTold: (value: unknown) => void = () => {}) {
    this.#onTold = onTold
    this.#worker = new Worker(program, {
      workerData,
      // Its own flags, because inherited ones may not fit a file (`--input-type`); node:sqlite warns that it is experimental.
      execArgv: ['--no-warnings'],
      // A thread compiles for itself: without the process's cache it would hold a TypeScript compiler, 22 MB, for its few files.
      env: threadEnv(),
    })
    this.opened = new Promise((resolve, reject) => this.#waiting.set(0, { resolve, reject }))
    // Whoever waits for it is told; while nobody does, a failure must not end the process.
    this.opened.catch(() => {})
    this.#worker.on('message', (reply: Reply) => this.#answer(reply))
    this.#worker.on('error', (error) => this.#lose(`the call log's thread failed: ${String(error)}`))
    this.#worker.on('exit', () => this.#lose("the call log's thread has ended"))
  }

  /** Answers come from our own thread, so their type is the question's word. */
  ask<Value>(question: { readonly op: string }): Promise<Value> {
    if (this.#gone !== null) return Promise.reject(new Error(this.#gone))
    return new Promise((resolve, reject) => {
      const id = this.#nextId++
      this.#worker.postMessage({ ...question, id })
      this.#waiting.set(id, { resolve: (value) => resolve(value as Value), reject })
      // An idle thread must not keep the process alive; one that somebody waits for must.
      this.#worker.ref()
    })
  }

  /** Answers what it was asked before, and ends. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  /** For one that could not open its database. */
  async terminate(): Promise<void> {
    await this.#worker.terminate()
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
    if (reply.id < 0) {
      if ('value' in reply) this.#onTold(reply.value)
      return
    }
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

function threadEnv(): NodeJS.ProcessEnv {
  const cache = getCompileCacheDir()
  return cache === undefined ? process.env : { ...process.env, NODE_COMPILE_CACHE: cache }
}
