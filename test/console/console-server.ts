/** The console's routes on a real port, with a gate that knows people by a word in a header. */
import { join } from 'node:path'
import websocket from '@fastify/websocket'
import fastify, { type FastifyInstance } from 'fastify'
import { addConsole, type ConsoleParts } from '../../src/console/console.ts'
import type { Actor, AuditNote, Gate } from '../../src/console/gate.ts'
import { sendNotFound, sendRefusal } from '../../src/console/http/errors.ts'

const PEOPLE: Readonly<Record<string, Actor>> = {
  viewer: { userId: 'u-vera', name: 'Vera', role: 'viewer' },
  manager: { userId: 'u-mona', name: 'Mona', role: 'manager' },
  admin: { userId: 'u-ada', name: 'Ada', role: 'admin' },
  key: { userId: null, name: 'crm', role: 'manager' },
}

/** Nothing was built here. */
const NOWHERE = join(import.meta.dirname, 'not-built')

/** Lets in whoever `Authorization: Bearer <name>` names; a foreign `Origin` is one that says so. */
class FakeGate implements Gate {
  readonly notes: AuditNote[] = []
  readonly revoked = new Set<string>()
  async who(request: { headers: { authorization?: string | undefined } }): Promise<Actor | null> {
    const name = request.headers.authorization?.replace('Bearer ', '') ?? ''
    return this.revoked.has(name) ? null : (PEOPLE[name] ?? null)
  }
  isOurs(request: { headers: { origin?: string | undefined } }): boolean {
    return request.headers.origin !== 'https://evil.example'
  }
  audit(note: AuditNote): void {
    this.notes.push(note)
  }
}

export interface ConsoleServer extends AsyncDisposable {
  readonly url: string
  readonly gate: FakeGate
  readonly logged: unknown[][]
  /** As somebody of {@link PEOPLE}, or `nobody`. */
  ask(who: string, path: string, init?: RequestInit): Promise<Response>
}

export async function startConsole(
  parts: Omit<ConsoleParts, 'gate' | 'log'>,
  prepare: (app: FastifyInstance) => Promise<void> = async () => {},
): Promise<ConsoleServer> {
  const logged: unknown[][] = []
  const gate = new FakeGate()
  const log = (...line: unknown[]) => void logged.push(line)
  const app = fastify({
    frameworkErrors: (error, request, reply) => void sendRefusal(error, request, reply),
  })
  app.setNotFoundHandler(sendNotFound)
  await app.register(websocket)
  await prepare(app)
  await addConsole(app, {
    pages: { folder: NOWHERE, version: '0.1.0' },
    ...parts,
    gate,
    log: { info: log, warn: log, error: log },
  })
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  return {
    url,
    gate,
    logged,
    ask: (who, path, init = {}) => {
      const headers = new Headers(init.headers)
      if (who !== 'nobody') headers.set('authorization', `Bearer ${who}`)
      if (typeof init.body === 'string' && !headers.has('content-type')) headers.set('content-type', 'application/json')
      return fetch(`${url}/api/v1${path}`, { ...init, headers })
    },
    [Symbol.asyncDispose]: async () => void (await app.close()),
  }
}
