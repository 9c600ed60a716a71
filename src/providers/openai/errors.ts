/** Which of the provider's errors a session survives, and which another try can mend. Source: fact sheet, sections 16 and 17. */
import type { CallErrorCode } from '../../call/errors.ts'
import { type Purpose, purposeOf } from './client-events.ts'
import type { ServerError } from './protocol.ts'

/** Why a session, or a try to open one, is over. */
export interface Ending {
  readonly code: CallErrorCode
  readonly detail: string
  /** Whether another session can help. */
  readonly retry: boolean
}

/** What an error event means to a session that runs. */
export type Verdict =
  /** A race that happens to everyone. */
  | { readonly type: 'benign' }
  /** A response is being made already. */
  | { readonly type: 'busy' }
  /** The response asked for will not be made. */
  | { readonly type: 'no-response' }
  | { readonly type: 'trouble' }
  | { readonly type: 'over'; readonly ending: Ending }

const RESPONSE_ACTIVE = 'conversation_already_has_active_response'
const EXPIRED = 'session_expired'

/** Nothing a session does later will be taken, nor what another one does. */
const REFUSED: ReadonlySet<string> = new Set([
  'account_deactivated',
  'authentication_error',
  'billing_hard_limit_reached',
  'insufficient_quota',
  'invalid_api_key',
  'invalid_organization',
  'model_not_found',
  'permission_error',
  'unsupported_country_region_territory',
])

/** The server's own troubles: another session may fare better. */
const PASSING: ReadonlySet<string> = new Set([
  'overloaded_error',
  'rate_limit_error',
  'rate_limit_exceeded',
  'server_error',
  'service_unavailable',
  'session_limit_reached',
  EXPIRED,
])

const RETRY_CLOSE_CODES: ReadonlySet<number> = new Set([1001, 1005, 1006, 1011, 1012, 1013])
const RETRY_STATUSES: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504])
const RETRY_NETWORK: ReadonlySet<string> = new Set([
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
])

/** Sorts an error event of a session that is ready. */
export function sortError(error: ServerError): Verdict {
  const purpose = purposeOf(error.event_id)
  if (error.code === RESPONSE_ACTIVE) return { type: 'busy' }
  if (error.code === 'response_cancel_not_active' || isPastTheEnd(error, purpose)) return { type: 'benign' }
  if (isOneOf(REFUSED, error)) {
    return { type: 'over', ending: { code: 'PROVIDER_REFUSED', detail: describe(error), retry: false } }
  }
  if (error.code === EXPIRED) {
    return { type: 'over', ending: { code: 'PROVIDER_CLOSED', detail: describe(error), retry: true } }
  }
  return { type: purpose === 'create' ? 'no-response' : 'trouble' }
}

/** The caller interrupted at the very end of an item: its audio is shorter than what was heard by our account. */
function isPastTheEnd(error: ServerError, purpose: Purpose | null): boolean {
  if (error.code !== 'invalid_value') return false
  // Not every server names the event that was wrong; then the field does.
  return purpose === 'truncate' || error.param === 'audio_end_ms'
}

/** Sorts an error event that comes before the session is ready: only what passes is worth another try. */
export function refusalOf(error: ServerError): Ending {
  // Nobody has spoken yet, so the server's sentence cannot hold a caller's words; it can hold part of a key.
  const sentence = error.message == null ? '' : `: ${printable(error.message)}`
  return opening(`${describe(error)}${sentence}`, isOneOf(PASSING, error) && !isOneOf(REFUSED, error))
}

/** Whether it was the transcription of the caller's words that the server would not have. */
export function isAboutTranscription(error: ServerError): boolean {
  return /transcription/i.test(`${error.param ?? ''} ${error.code ?? ''} ${error.message ?? ''}`)
}

/** @param body of the HTTP answer that stood in the place of a WebSocket; only its error code is taken from it */
export function statusEnding(status: number, body: string): Ending {
  const code = errorCodeIn(body)
  const passes = RETRY_STATUSES.has(status) && !(code !== null && REFUSED.has(code))
  return opening(code === null ? `status ${status}` : `status ${status}, ${code}`, passes)
}

/** @param error of the socket, before it was open. Without a network's error code it is a server that speaks something else. */
export function networkEnding(error: Error): Ending {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : null
  const timedOut = error.message === 'Opening handshake has timed out'
  return opening(code ?? printable(error.message), timedOut || (code !== null && RETRY_NETWORK.has(code)))
}

/** @param ready false: the socket was closed before the session ran */
export function closeEnding(code: number, reason: string, ready: boolean): Ending {
  const detail = reason === '' ? `close code ${code}` : `close code ${code}, ${printable(reason)}`
  const retry = RETRY_CLOSE_CODES.has(code)
  return ready ? { code: 'PROVIDER_CLOSED', detail, retry } : opening(detail, retry)
}

/** @param error of a socket that was open: the network broke it, or the other side broke the protocol */
export function brokenEnding(error: Error): Ending {
  const { detail } = networkEnding(error)
  return { code: 'PROVIDER_CLOSED', detail, retry: !detail.startsWith('WS_ERR_') }
}

function opening(detail: string, retry: boolean): Ending {
  return { code: retry ? 'PROVIDER_UNREACHABLE' : 'PROVIDER_REFUSED', detail, retry }
}

/** The code of an error and the field it is about. Its sentence may quote what was said on the call, and stays out. */
export function describe(error: ServerError): string {
  const name = plainWord(error.code) ?? plainWord(error.type) ?? 'unnamed error'
  const field = plainWord(error.param)
  const purpose = purposeOf(error.event_id)
  return `${name}${field === null ? '' : ` in ${field}`}${purpose === null ? '' : ` (${purpose})`}`
}

function isOneOf(names: ReadonlySet<string>, error: ServerError): boolean {
  return names.has(error.code ?? '') || names.has(error.type ?? '')
}

function errorCodeIn(body: string): string | null {
  // A look for two words rather than a parse: the body may be cut, and may be a proxy's page.
  for (const name of ['code', 'type']) {
    const found = new RegExp(`"${name}"\\s*:\\s*"([A-Za-z0-9_.-]{1,64})"`).exec(body)?.[1]
    if (found !== undefined) return found
  }
  return null
}

function plainWord(word: string | null | undefined): string | null {
  return word != null && /^[\w.[\]-]{1,100}$/.test(word) ? word : null
}

/** A server's sentence, fit for a log: one line, not long, nothing in it that looks like a key. */
function printable(text: string): string {
  return text
    .replace(/\b(sk|ek)[-_][\w*.-]+/g, '(key)')
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .slice(0, 200)
}
