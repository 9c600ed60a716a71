/** Requests of the carrier to our server: form POSTs and GETs. Source: fact sheet telephony.md, sections 1.4 and 1.7. */
import http from 'node:http'
import https from 'node:https'
import type { Fields } from './signature.ts'

export type Method = 'GET' | 'POST'

/** 15 s for the whole answer, after which the carrier gives up with error 11205. */
const ANSWER_WITHIN_MS = 15_000
/** The largest TwiML document the carrier takes. */
const MAX_BODY_BYTES = 64 * 1024

export interface HttpRequest {
  /** As it is dialled and signed. A GET already carries its fields in the query. */
  readonly url: string
  readonly method: Method
  readonly fields: Fields
  /** Null: the request goes out unsigned. */
  readonly signature: string | null
  readonly signal: AbortSignal
  /** Where the connection really goes, when not to the URL's own host: `http://127.0.0.1:8080`. */
  readonly connectTo: string | null
}

export type HttpAnswer =
  | { readonly status: number; readonly contentType: string; readonly body: string }
  /** `aborted`: by our signal. The others carry the carrier's error code. */
  | { readonly failed: 'aborted' | 11200 | 11205 | 11750; readonly detail: string }

/** The URL without its fragment, and with the fields in its query when they are not in a body. */
export function dialledUrl(url: string, method: Method, fields: Fields): string {
  const bare = url.split('#', 1)[0]!
  if (method === 'POST' || fields.length === 0) return bare
  return `${bare}${bare.includes('?') ? '&' : '?'}${encodeForm(fields)}`
}

function encodeForm(fields: Fields): string {
  const form = new URLSearchParams()
  for (const [name, value] of fields) form.append(name, value)
  return form.toString()
}

/** One request on a connection of its own. Never rejects: what fails is what the carrier would report. */
export function request(asked: HttpRequest): Promise<HttpAnswer> {
  const parts = /^(https?):\/\/([^/?]*)(.*)$/i.exec(asked.url)
  if (!parts) return Promise.resolve({ failed: 11200, detail: `not an http or https URL: ${asked.url}` })
  const [, , host = '', path = ''] = parts
  const origin = new URL(asked.connectTo ?? asked.url)
  const body = asked.method === 'POST' ? encodeForm(asked.fields) : ''
  const timeout = AbortSignal.timeout(ANSWER_WITHIN_MS)
  const options: http.RequestOptions = {
    method: asked.method,
    host: origin.hostname.replace(/^\[|\]$/g, ''),
    port: origin.port === '' ? (origin.protocol === 'https:' ? 443 : 80) : Number(origin.port),
    // The path as it is written: what `new URL` makes of it is not what was signed.
    path: path.startsWith('/') ? path : `/${path}`,
    agent: false,
    signal: AbortSignal.any([asked.signal, timeout]),
    headers: {
      Host: host,
      'User-Agent': 'TwilioProxy/1.1',
      Accept: '*/*',
      ...(asked.method === 'POST' && {
        'Content-Type': 'application/x-www-form-urlencoded; charset=UTF-8',
        'Content-Length': Buffer.byteLength(body),
      }),
      ...(asked.signature !== null && { 'X-Twilio-Signature': asked.signature }),
    },
  }
  return new Promise((resolve) => {
    const fail = (error: Error) => {
      if (asked.signal.aborted) resolve({ failed: 'aborted', detail: 'the call is over' })
      else if (timeout.aborted) resolve({ failed: 11205, detail: 'no answer within 15 s' })
      else resolve({ failed: 11200, detail: error.message })
    }
    const sent = (origin.protocol === 'https:' ? https : http).request(options, (answer) => {
      const chunks: Buffer[] = []
      let bytes = 0
      answer.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        if (bytes <= MAX_BODY_BYTES) chunks.push(chunk)
        else {
          resolve({ failed: 11750, detail: 'the answer is larger than 64 KiB' })
          sent.destroy()
        }
      })
      answer.on('error', fail)
      answer.on('end', () => {
        const contentType = answer.headers['content-type'] ?? ''
        resolve({ status: answer.statusCode ?? 0, contentType, body: Buffer.concat(chunks).toString('utf8') })
      })
    })
    sent.on('error', fail)
    sent.end(body)
  })
}
