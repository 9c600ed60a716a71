/**
 * The thread that owns the SQLite file, so that no sync to disk ever stops the event loop that carries audio.
 * Appends that arrive while it works are kept together in the next transaction: one sync for many calls.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { z } from 'zod'
import type { CallEvent } from '../call/events.ts'
import { keepRunningAgents, readAgentVersion, readRunningAgents } from './sqlite-agents.ts'
import { explain, openSqliteFile } from './sqlite-file.ts'
import { readCalls, readEvents, readUnfinished, sqliteAppender } from './sqlite-rows.ts'
import type { AgentVersion, CallQuery } from './store.ts'

export type Request =
  | { readonly id: number; readonly op: 'append'; readonly events: readonly CallEvent[] }
  | { readonly id: number; readonly op: 'events'; readonly callId: string }
  | { readonly id: number; readonly op: 'calls'; readonly query: CallQuery }
  | { readonly id: number; readonly op: 'unfinished' }
  | { readonly id: number; readonly op: 'agents-run'; readonly agents: readonly AgentVersion[]; readonly at: number }
  | { readonly id: number; readonly op: 'running-agents' }
  | { readonly id: number; readonly op: 'agent-version'; readonly name: string; readonly version: string }
  | { readonly id: number; readonly op: 'close' }

/** Reply 0 tells whether the file could be opened. */
export type Reply = { readonly id: number; readonly value: unknown } | { readonly id: number; readonly error: string }

type Append = Extract<Request, { op: 'append' }>

if (parentPort === null) throw new Error('sqlite-worker.ts runs as a worker thread, started by sqlite.ts')
const port = parentPort
const options = z.object({ path: z.string(), readOnly: z.boolean(), busyTimeoutMs: z.int() }).parse(workerData)

function reply(message: Reply): void {
  port.postMessage(message)
}

function serve(): void {
  const file = openSqliteFile(options)
  const append = options.readOnly ? null : sqliteAppender(file.db)
  const readOnly = `The call log ${options.path} was opened for reading only`
  let waiting: Append[] = []

  function flush(): void {
    const batch = waiting
    waiting = []
    if (batch.length === 0 || append === null) return
    const outcomes = append(batch.map(({ events }) => events))
    batch.forEach(({ id }, i) => {
      const fault = outcomes[i]
      reply(fault === undefined ? { id, value: null } : { id, error: explain(fault, options.path) })
    })
  }

  function answer(request: Exclude<Request, Append>): unknown {
    // A caller who has been told nothing yet may still expect to read what it has appended.
    flush()
    switch (request.op) {
      case 'events':
        return readEvents(file.db, request.callId)
      case 'calls':
        return readCalls(file.db, request.query)
      case 'unfinished':
        return readUnfinished(file.db)
      case 'agents-run':
        if (append === null) throw new Error(readOnly)
        return keepRunningAgents(file.db, request.agents, request.at)
      case 'running-agents':
        return readRunningAgents(file.db)
      case 'agent-version':
        return readAgentVersion(file.db, request.name, request.version)
      case 'close':
        file.close()
        return null
    }
  }

  function take(request: Append): void {
    if (append === null) {
      reply({ id: request.id, error: readOnly })
      return
    }
    // Everything that is in the port's queue is delivered before immediates run.
    if (waiting.push(request) === 1) setImmediate(flush)
  }

  port.on('message', (request: Request) => {
    if (request.op === 'append') return take(request)
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
  serve()
  reply({ id: 0, value: null })
} catch (error) {
  reply({ id: 0, error: explain(error, options.path) })
}
