/**
 * Requests of tools to the outside: one answer or one reason why there is none. The address that a host resolves to is
 * looked at in the same look-up that the connection is made with, so that no second answer of the DNS can lead elsewhere.
 */
import { lookup } from 'node:dns'
import * as http from 'node:http'
import * as https from 'node:https'
import type { LookupFunction } from 'node:net'
import { mayConnect, type NetworkRules, urlFault } from './rules.ts'

export interface OutgoingRequest {
  readonly method: string
  readonly url: URL
  /** Names in small letters. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | null
  /** More of an answer is not read. */
  readonly maxBytes: number
  /** It may use a connection that was used before, which the other side may have closed meanwhile: for what may be asked twice. */
  readonly reuse: boolean
  readonly signal: AbortSignal
}

export interface OutgoingFailure {
  readonly type: 'failed'
  /** False: nothing of it can have reached the other side. Else it may have. */
  readonly sent: boolean
  /** `FORBIDDEN`: network.yaml does not let it go there. A system's code, like ECONNREFUSED, in other cases. */
  readonly code: string
}

interface OpenedAnswer {
  readonly type: 'opened'
  readonly response: http.IncomingMessage
}

export type OutgoingResult =
  | {
      readonly type: 'answered'
      readonly status: number
      readonly headers: http.IncomingHttpHeaders
      readonly body: Uint8Array
      /** There was more than `maxBytes`. */
      readonly cut: boolean
    }
  | OutgoingFailure

/** The system's look-up, or another in tests. */
export type Resolve = (
  host: string,
  done: (error: NodeJS.ErrnoException | null, addresses: readonly { address: string; family: number }[]) => void,
) => void

const systemResolve: Resolve = (host, done) => lookup(host, { all: true }, (error, found) => done(error, found ?? []))

/** Longer than between two tools of one call, shorter than most servers keep a connection. */
const KEEP_ALIVE_MS = 4000

export class Outgoing implements AsyncDisposable {
  readonly #rules: () => NetworkRules
  readonly #resolve: Resolve
  readonly #kept = {
    'http:': new http.Agent({ keepAlive: true, timeout: KEEP_ALIVE_MS }),
    'https:': new https.Agent({ keepAlive: true, timeout: KEEP_ALIVE_MS }),
  }

  constructor(rules: () => NetworkRules, resolve: Resolve = systemResolve) {
    this.#rules = rules
    this.#resolve = resolve
  }

  /** Never rejects. */
  async send({ maxBytes, ...request }: OutgoingRequest): Promise<OutgoingResult> {
    const opened = await this.open(request)
    if (opened.type === 'failed') return opened
    const { signal } = request
    return new Promise((done) => {
      const fail = (error: unknown): void =>
        done({ type: 'failed', sent: true, code: signal.aborted ? 'ABORTED' : codeOf(error) })
      readAnswer(opened.response, maxBytes, done, fail)
    })
  }

  /** Sends a request whose answer somebody else reads, and must read to its end or destroy. Never rejects. */
  open(request: Omit<OutgoingRequest, 'maxBytes'>): Promise<OpenedAnswer | OutgoingFailure> {
    const { url, method, headers, body, reuse, signal } = request
    if (signal.aborted) return Promise.resolve({ type: 'failed', sent: false, code: 'ABORTED' })
    if (urlFault(url, this.#rules()) !== null)
      return Promise.resolve({ type: 'failed', sent: false, code: 'FORBIDDEN' })
    const secure = url.protocol === 'https:'
    const options: http.RequestOptions = {
      method,
      headers: body === null ? headers : { ...headers, 'content-length': String(Buffer.byteLength(body)) },
      lookup: this.#guardedLookup(url),
      // Without an agent of its own a request opens a connection and closes it again.
      agent: reuse && this.#kept[secure ? 'https:' : 'http:'],
      signal,
    }
    return new Promise((done) => {
      let sent = false
      const fail = (error: unknown): void =>
        done({ type: 'failed', sent, code: signal.aborted ? 'ABORTED' : codeOf(error) })
      const outgoing = begun(() => (secure ? https : http).request(url, options))
      if (!(outgoing instanceof http.ClientRequest)) return fail(outgoing)
      outgoing.on('socket', (socket) => {
        const ready = (): void => {
          sent = true
        }
        // A connection of its own is not made yet, or has been refused already.
        if (outgoing.reusedSocket) ready()
        else socket.once(secure ? 'secureConnect' : 'connect', ready)
      })
      outgoing.on('error', (error) => {
        // The other side had closed the kept connection before it saw this request.
        const stale = outgoing.reusedSocket && ['ECONNRESET', 'EPIPE'].includes(codeOf(error)) && !signal.aborted
        if (stale) done(this.open({ ...request, reuse: false }))
        else fail(error)
      })
      outgoing.on('response', (response) => done({ type: 'opened', response }))
      outgoing.end(body ?? undefined)
    })
  }

  /** Every address of a host must be one that may be connected to: one that lies about one of them is not trusted in others. */
  #guardedLookup(url: URL): LookupFunction {
    return (host, options, callback) => {
      this.#resolve(host, (error, addresses) => {
        if (error !== null) return callback(error, '', 0)
        const fit = addresses.filter(({ family }) => !options.family || family === options.family)
        const [first] = fit
        if (first === undefined) return callback(new OutgoingError('ENOTFOUND'), '', 0)
        const rules = this.#rules()
        if (addresses.some(({ address }) => !mayConnect(url, address, rules)))
          return callback(new OutgoingError('FORBIDDEN'), '', 0)
        if (options.all === true) return callback(null, [...fit])
        return callback(null, first.address, first.family)
      })
    }
  }

  /** Lets go of connections that nobody uses. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const agent of Object.values(this.#kept)) agent.destroy()
  }
}

/** A header that cannot be written, for one, is an error before anything is sent. */
function begun(begin: () => http.ClientRequest): http.ClientRequest | Error {
  try {
    return begin()
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

class OutgoingError extends Error {
  override readonly name = 'OutgoingError'
  readonly code: string
  constructor(code: string) {
    super(code)
    this.code = code
  }
}

function readAnswer(
  response: http.IncomingMessage,
  maxBytes: number,
  done: (result: OutgoingResult) => void,
  fail: (error: unknown) => void,
): void {
  const chunks: Buffer[] = []
  let bytes = 0
  const finish = (cut: boolean): void => {
    const body = Buffer.concat(chunks).subarray(0, maxBytes)
    done({ type: 'answered', status: response.statusCode ?? 0, headers: response.headers, body, cut })
  }
  response.on('data', (chunk: Buffer) => {
    chunks.push(chunk)
    bytes += chunk.length
    if (bytes <= maxBytes) return
    finish(true)
    response.destroy()
  })
  response.on('end', () => finish(false))
  // A body that ends too early; after `finish` it changes nothing.
  response.on('error', fail)
  response.on('close', () => fail(new OutgoingError('ECONNRESET')))
}

/** The system's code, which may be logged; what an error says may not. */
function codeOf(error: unknown): string {
  if (error instanceof AggregateError) return codeOf(error.errors[0])
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : null
  return typeof code === 'string' && /^[A-Z0-9_]+$/.test(code) ? code : 'UNKNOWN'
}
