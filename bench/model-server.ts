/** The minimal model: takes realtime sessions on loopback, and does to them what the bench's script says. */
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { BenchCall } from './bench-call.ts'
import { ModelSession } from './model-session.ts'
import { within } from './within.ts'

const OPEN_WITHIN_MS = 15_000

export interface Dialling {
  /** The connection has been asked for; it is accepted after the delay. */
  readonly dialled: Promise<ModelSession>
  /** The session runs with the settings asked for. */
  readonly configured: Promise<ModelSession>
}

export class ModelServer {
  /** How long a connection waits to be accepted. */
  acceptDelayMs = 0
  /** Sessions that came without a call. */
  unexpected = 0
  readonly #server: Server
  readonly #open = new Set<ModelSession>()
  #next: { call: BenchCall; taken: (session: ModelSession) => void } | null = null

  private constructor() {
    this.#server = createServer((_request, response) => response.writeHead(404).end())
    this.#server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
      this.#upgrade(request, socket, head)
    })
  }

  static async start(): Promise<ModelServer> {
    const model = new ModelServer()
    await new Promise<void>((resolve) => model.#server.listen(0, '127.0.0.1', resolve))
    return model
  }

  /** Without scheme: `127.0.0.1:port/v1`. */
  get address(): string {
    const address = this.#server.address()
    return `127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/v1`
  }

  /** Sessions that are open. */
  get sessions(): number {
    return this.#open.size
  }

  /**
   * The next session dialled is this call's: nothing on the wire says so, hence calls dial one after the other.
   * @returns what comes of it, step by step
   */
  expect(call: BenchCall): Dialling {
    if (this.#next !== null) throw new Error('two calls dial at once')
    const taken = Promise.withResolvers<ModelSession>()
    const dialled = within(OPEN_WITHIN_MS, `the dialling of the model for call ${call.index}`, taken.promise)
    const configured = dialled.then(async (session) => {
      await within(OPEN_WITHIN_MS, `the session of call ${call.index}`, session.configured)
      return session
    })
    // Whoever waits for them may fail sooner at something else; then nobody is left to hear of these.
    dialled.catch(() => {
      if (this.#next?.call === call) this.#next = null
    })
    configured.catch(() => {})
    this.#next = { call, taken: taken.resolve }
    return { dialled, configured }
  }

  /** Waits until the server under test has closed every session. @returns how many it has left open; they are cut */
  async settled(withinMs: number): Promise<number> {
    const giveUpAtMs = performance.now() + withinMs
    while (this.#open.size > 0 && performance.now() < giveUpAtMs) await sleep(10)
    this.#next = null
    const left = this.#open.size
    for (const session of this.#open) session.destroy()
    return left
  }

  close(): void {
    for (const session of this.#open) session.destroy()
    this.#server.close()
  }

  #upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    const next = this.#next
    this.#next = null
    socket.on('error', () => {})
    if (next === null) {
      this.unexpected++
      socket.destroy()
      return
    }
    const session: ModelSession = new ModelSession(next.call, socket, head, () => this.#open.delete(session))
    this.#open.add(session)
    next.taken(session)
    const key = request.headers['sec-websocket-key'] ?? ''
    setTimeout(() => session.accept(key), this.acceptDelayMs)
  }
}
