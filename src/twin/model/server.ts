/** The model twin: an HTTP and WebSocket server that stands in for the realtime API, as strict as the real one (fact sheet, section 3). */
import { randomInt } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { type FaultInput, FaultPlan } from '../faults.ts'
import { CallersWords } from './callers-words.ts'
import { admit, type Refusal } from './handshake.ts'
import { Identifiers } from './identifiers.ts'
import { parseScript, type Script } from './script.ts'
import { Session } from './session.ts'
import type { TwinSession } from './session-record.ts'
import { MODELS, type Model } from './session-settings.ts'
import { DEFAULT_TIMING, type ModelTwinOptions, type TwinParts } from './twin-options.ts'
import { Waiters } from './waiters.ts'

/** More than the 15 MiB of audio that one event may carry, in base64, and less than what would hurt. */
const MAX_MESSAGE_BYTES = 32 * 1024 * 1024

/** Sessions that can still be looked at, so that a server that runs offline for weeks does not grow. */
const KEPT_SESSIONS = 500

/**
 * Starts a stand-in for the realtime API on 127.0.0.1.
 * @throws ZodError or YAMLParseError when a script or a fault is misspelt
 */
export async function startModelTwin(options: ModelTwinOptions = {}): Promise<ModelTwin> {
  const twin = new ModelTwin(options)
  await twin.listen(options.port ?? 0)
  return twin
}

export class ModelTwin {
  readonly #options: ModelTwinOptions
  readonly #models: ReadonlyMap<string, Model>
  readonly #faults: FaultPlan
  readonly #waiters = new Waiters()
  readonly #parts: TwinParts
  readonly #sessions: Session[] = []
  readonly #sockets = new Set<WebSocket>()
  readonly #words: string[] = []
  readonly #callersWords = new CallersWords()
  readonly #http: Server
  readonly #ws = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: MAX_MESSAGE_BYTES,
    handleProtocols: (offered) => (offered.has('realtime') ? 'realtime' : false),
  })
  #handshakes = 0
  #port = 0

  constructor(options: ModelTwinOptions) {
    this.#options = options
    const newest = MODELS.get('gpt-realtime-2.1')!
    this.#models = new Map([...MODELS, ...(options.models ?? []).map((name) => [name, newest] as const)])
    this.#faults = new FaultPlan(options.faults)
    this.#parts = {
      scripts: (options.scripts ?? []).map(
        (script): Script => (typeof script === 'string' ? parseScript(script) : script),
      ),
      timing: { ...DEFAULT_TIMING, ...options.timing },
      sessionMs: options.sessionMs ?? 60 * 60_000,
      faults: this.#faults,
      ids: new Identifiers(options.seed ?? randomInt(2 ** 32)),
      nextWords: (caller) => this.#callersWords.next(caller) ?? this.#words.shift(),
      changed: () => this.#waiters.changed(),
    }
    this.#http = createServer((request, response) => {
      const body = { message: `Invalid URL (${request.method} ${request.url})`, code: 'unknown_url' }
      response.writeHead(404, { 'content-type': 'application/json' }).end(refusalBody(body))
    })
    this.#http.on('upgrade', (request, socket, head) => this.#onUpgrade(request, socket, head))
  }

  /** What `OPENAI_BASE_URL` would be: `http://127.0.0.1:PORT/v1`. */
  get url(): string {
    return `http://127.0.0.1:${this.#port}/v1`
  }

  /** The connections accepted so far, oldest first, closed ones too; of very many, the newest. */
  get sessions(): readonly TwinSession[] {
    return this.#sessions
  }

  /** How many WebSocket handshakes were tried, refused ones too. */
  get handshakes(): number {
    return this.#handshakes
  }

  /**
   * Tells what the caller is about to say, since nothing here recognises speech. Whoever plays the caller's audio calls
   * this before the turn ends; each committed turn, of whatever session, takes one.
   */
  hears(words: string): void {
    this.#words.push(words)
  }

  /**
   * As {@link hears}, of one caller: sessions that are opened with this safety identifier take them first, the present one
   * and those that come after it.
   */
  hearsFrom(safetyIdentifier: string, words: string): void {
    this.#callersWords.add(safetyIdentifier, words)
  }

  /** Replaces the faults; running sessions feel it at once. @throws ZodError when one is misspelt */
  setFaults(faults: readonly FaultInput[]): void {
    this.#faults.set(faults)
  }

  /**
   * Waits until something can be seen of the twin; looks again whenever anything happens.
   * @param look what to wait for: anything but undefined, null and false
   * @param what its name, for the error
   * @throws Error when it has not come after `timeoutMs`
   */
  waitFor<Seen>(look: () => Seen | undefined | null | false, what: string, timeoutMs = 10_000): Promise<Seen> {
    return this.#waiters.wait(look, what, timeoutMs)
  }

  /** @param port 0: any free one. Called by {@link startModelTwin}. */
  async listen(port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#http.once('error', reject)
      this.#http.listen(port, '127.0.0.1', resolve)
    })
    const address = this.#http.address()
    if (typeof address === 'object' && address) this.#port = address.port
  }

  /** Cuts all connections and stops listening. */
  async close(): Promise<void> {
    this.#waiters.close()
    for (const socket of this.#sockets) socket.terminate()
    this.#http.closeAllConnections()
    await new Promise<void>((resolve) => this.#http.close(() => resolve()))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#handshakes++
    socket.on('error', () => {}) // A client that gives up during the handshake is no concern of the others.
    const slow = this.#faults.strike('slow-connect', 'handshake')
    if (slow) setTimeout(() => this.#answer(request, socket, head), slow.ms)
    else this.#answer(request, socket, head)
    this.#waiters.changed()
  }

  #answer(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (socket.destroyed) return
    const refused = this.#faults.strike('refused', 'handshake')
    const admitted = admit(request, this.#models, this.#options.apiKey, refused?.status)
    if ('status' in admitted) return refuse(socket, admitted)
    this.#ws.handleUpgrade(request, socket, head, (client) => {
      this.#sockets.add(client)
      client.on('close', () => this.#sockets.delete(client))
      if (admitted.beta) return refuseBeta(client)
      const session = new Session(client, this.#parts, admitted.model, admitted.headers)
      this.#sessions.push(session)
      if (this.#sessions.length > KEPT_SESSIONS) this.#sessions.shift()
      session.start()
    })
  }
}

function refuse(socket: Duplex, refusal: Refusal): void {
  const body = refusalBody(refusal)
  socket.end(
    `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status]}\r\n` +
      `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  )
}

function refusalBody({ message, code }: { readonly message: string; readonly code: string | null }): string {
  return JSON.stringify({ error: { message, type: 'invalid_request_error', param: null, code } })
}

/**
 * The beta dialect is switched off: the API lets such a client in, says so, and closes with 4000.
 * Seen in the field: langwatch/scenario#602, pickle-com/glass#220, NousResearch/hermes-agent#117693.
 */
function refuseBeta(client: WebSocket): void {
  const error = {
    type: 'invalid_request_error',
    code: 'beta_api_shape_disabled',
    message: 'The Realtime Beta API is no longer supported. Please use /v1/realtime for the GA API.',
    param: null,
    event_id: null,
  }
  client.send(JSON.stringify({ type: 'error', event_id: 'event_beta', error }))
  client.close(4000, 'invalid_request_error.beta_api_shape_disabled')
}
