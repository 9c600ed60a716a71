/** Requests that are told to go elsewhere: a few times, by the same rules, and without what was meant for the first host alone. */
import type { Outgoing, OutgoingRequest, OutgoingResult } from './outgoing.ts'

const REDIRECTS_MOST = 3

/**
 * As `outgoing.send`, with redirects followed (RFC 9110, section 15.4).
 * @returns the last answer; a redirect that is not followed is an answer like any other
 */
export async function sendFollowing(outgoing: Outgoing, first: OutgoingRequest): Promise<OutgoingResult> {
  let request = first
  for (let redirects = 0; ; redirects++) {
    const result = await outgoing.send(request)
    // Once it was redirected the first request has been answered: what fails later does not undo that.
    if (result.type === 'failed') return { ...result, sent: result.sent || redirects > 0 }
    const next = redirected(request, result.status, result.headers.location)
    if (next === null) return result
    if (redirects === REDIRECTS_MOST) return { type: 'failed', sent: true, code: 'REDIRECTS' }
    request = next
  }
}

function redirected(request: OutgoingRequest, status: number, location: string | undefined): OutgoingRequest | null {
  if (![301, 302, 303, 307, 308].includes(status) || location === undefined) return null
  const url = URL.parse(location, request.url.href)
  if (url === null) return null
  const elsewhere = url.origin !== request.url.origin
  const again = status === 307 || status === 308 || request.method === 'GET'
  // What was written for one host is not handed to another on its word.
  if (elsewhere && again && request.method !== 'GET') return null
  const headers = elsewhere ? withoutCredentials(request.headers) : request.headers
  if (again) return { ...request, url, headers }
  const { 'content-type': _, 'idempotency-key': __, ...rest } = headers
  return { ...request, url, method: 'GET', headers: rest, body: null }
}

/** Any header of the operator's may be one: only what every request has is left. */
function withoutCredentials(headers: OutgoingRequest['headers']): OutgoingRequest['headers'] {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name === 'accept' || name === 'user-agent'))
}
