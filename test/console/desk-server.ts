/** The console's routes with a desk behind them, on a real port, and browsers that keep cookies. */
import { once } from 'node:events'
import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import websocket from '@fastify/websocket'
import fastify from 'fastify'
import { addConsole } from '../../src/console/console.ts'
import type { Handlers } from '../../src/console/http/handlers.ts'
import { DeskGate } from '../../src/console/sign-in/desk-gate.ts'
import { doorHandlers } from '../../src/console/sign-in/door-handlers.ts'
import { oidcHandlers } from '../../src/console/sign-in/oidc-handlers.ts'
import { peopleHandlers } from '../../src/console/sign-in/people-handlers.ts'
import type { Database } from '../../src/database/database.ts'
import { Desk, type DeskOptions } from '../../src/desk/desk.ts'
import { emptyDesk } from '../desk/empty-desk.ts'

export interface DeskServer extends AsyncDisposable {
  readonly url: string
  readonly desk: Desk
  readonly clock: { now: number }
  readonly logged: unknown[]
  /** A browser at the console's own pages. */
  browser(): Browser
}

export interface Browser {
  readonly cookies: Map<string, string>
  /** Of the last answer. */
  setCookie: readonly string[]
  ask(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Answered>
}

interface Answered {
  readonly status: number
  readonly body: unknown
  readonly headers: IncomingHttpHeaders
}

export interface DeskServerOptions extends Pick<DeskOptions, 'oidc'> {
  readonly publicUrl?: string | null
  /** In place of the real ones. */
  readonly handlers?: Partial<Handlers>
}

/** @param db emptied, and left open */
export async function startDeskServer(db: Database, options: DeskServerOptions = {}): Promise<DeskServer> {
  const { publicUrl = null, oidc = null } = options
  await emptyDesk(db)
  const clock = { now: Date.now() }
  const desk = new Desk(db, { oidc, now: () => clock.now, hashCost: { log2N: 4, r: 8, p: 1 } })
  const gate = new DeskGate(desk, publicUrl)
  const logged: unknown[] = []
  const keep = (...line: unknown[]) => void logged.push(line)
  const log = { info: keep, warn: keep, error: keep }
  const app = fastify({ forceCloseConnections: true })
  await app.register(websocket)
  const handlers = {
    ...doorHandlers({ desk, offline: true, version: '0' }),
    ...oidcHandlers({ desk, gate, log }),
    ...peopleHandlers({ desk, publicUrl, callExists: async (callId) => callId === 'call_1' }),
    ...options.handlers,
  }
  // What the limits of requests do is tested elsewhere; here thousands come from one address.
  const limits = { knownPerMinute: 1_000_000, strangersPerMinute: 1_000_000 }
  const pages = { folder: '/nowhere', version: '0.1.0' }
  await addConsole(app, { gate, log, handlers, limits, pages })
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  return {
    url,
    desk,
    clock,
    logged,
    browser: () => browserAt(url, publicUrl ?? url),
    [Symbol.asyncDispose]: async () => {
      await app.close()
      await desk.close()
    },
  }
}

function browserAt(url: string, origin: string): Browser {
  const browser: Browser = {
    cookies: new Map(),
    setCookie: [],
    ask: async (method, path, body, headers = {}) => {
      const written = body === undefined ? '' : JSON.stringify(body)
      const sent = {
        ...(method === 'GET' ? {} : { origin }),
        ...(body === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(written)) }),
        ...(browser.cookies.size === 0
          ? {}
          : { cookie: [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ') }),
        ...headers,
      }
      // Not fetch, which says of itself where it comes from.
      const asked = request(`${url}/api/v1${path}`, { method, headers: sent })
      asked.end(written)
      const [response] = (await once(asked, 'response')) as [IncomingMessage]
      browser.setCookie = response.headers['set-cookie'] ?? []
      for (const cookie of browser.setCookie) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? []
        if (value === '') browser.cookies.delete(name)
        else browser.cookies.set(name, value)
      }
      const answer = await text(response)
      return {
        status: response.statusCode ?? 0,
        body: answer === '' ? null : JSON.parse(answer),
        headers: response.headers,
      }
    },
  }
  return browser
}
