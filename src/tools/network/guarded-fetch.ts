/** `fetch` by the rules of the network, for libraries that bring none of their own. Redirects are answers: nothing is followed here. */
import type { IncomingMessage } from 'node:http'
import type { Outgoing } from './outgoing.ts'

/** Why there is no answer, or not all of it. */
export class RequestFailed extends Error {
  override readonly name = 'RequestFailed'
  /** A system's code, `FORBIDDEN` or `TOO_LONG`. */
  readonly code: string
  /** False: nothing of the request can have reached the other side. */
  readonly sent: boolean
  constructor(code: string, sent: boolean) {
    super(`the request failed: ${code}`)
    this.code = code
    this.sent = sent
  }
}

const NO_BODY = [204, 205, 304]
const NEVER = new AbortController().signal

/** @param maxBytes more of one answer is an error of its body */
export function guardedFetch(
  outgoing: Outgoing,
  maxBytes: number,
): (url: string | URL, init?: RequestInit) => Promise<Response> {
  return async (url, { method = 'GET', headers, body = null, signal } = {}) => {
    if (body !== null && typeof body !== 'string') throw new TypeError('only texts are sent')
    const opened = await outgoing.open({
      method,
      url: new URL(url),
      headers: Object.fromEntries(new Headers(headers)),
      body,
      // A kept connection may be closed by the other side at any moment, and then nobody knows whether it saw the request.
      reuse: false,
      signal: signal ?? NEVER,
    })
    signal?.throwIfAborted()
    if (opened.type === 'failed') throw new RequestFailed(opened.code, opened.sent)
    const { response } = opened
    // Whoever reads the body is told; until somebody does, nobody may be.
    response.on('error', () => {})
    const status = response.statusCode ?? 0
    if (status < 200 || status > 599) throw new RequestFailed('UNKNOWN', true)
    const init = { status, headers: headersOf(response) }
    if (!NO_BODY.includes(status)) return new Response(ReadableStream.from(capped(response, maxBytes)), init)
    response.resume()
    return new Response(null, init)
  }
}

function headersOf(response: IncomingMessage): Headers {
  const headers = new Headers()
  for (const [name, value] of Object.entries(response.headers)) {
    for (const each of [value ?? []].flat()) headers.append(name, each)
  }
  return headers
}

async function* capped(response: IncomingMessage, maxBytes: number): AsyncGenerator<Uint8Array> {
  let bytes = 0
  for await (const chunk of response) {
    if (!(chunk instanceof Uint8Array)) continue
    bytes += chunk.length
    if (bytes > maxBytes) throw new RequestFailed('TOO_LONG', true)
    yield new Uint8Array(chunk)
  }
}
