/** Who is let in: the path, the key, the model, the dialect (fact sheet, sections 3 and 16). */
import type { IncomingMessage } from 'node:http'
import type { Model } from './session-settings.ts'

export interface Refusal {
  readonly status: number
  readonly code: string | null
  readonly message: string
}
export interface Admission {
  readonly model: { readonly name: string; readonly traits: Model }
  /** The client asks for the dialect that is switched off. */
  readonly beta: boolean
  readonly headers: Readonly<Record<string, string>>
}

const FAULT_MESSAGES: Readonly<Record<number, { code: string | null; message: string }>> = {
  401: { code: 'invalid_api_key', message: 'Incorrect API key provided.' },
  403: { code: 'unsupported_country_region_territory', message: 'Country, region, or territory not supported' },
  404: { code: 'model_not_found', message: 'The model does not exist or you do not have access to it.' },
  429: { code: 'rate_limit_exceeded', message: 'Rate limit reached for requests.' },
  500: { code: null, message: 'The server had an error while processing your request. Sorry about that!' },
  503: { code: null, message: 'The server is overloaded or not ready yet.' },
}

/**
 * @param apiKey the only key that is let in; undefined: any, and none
 * @param fault refuse with this status whatever comes
 */
export function admit(
  request: IncomingMessage,
  models: ReadonlyMap<string, Model>,
  apiKey: string | undefined,
  fault: number | undefined,
): Admission | Refusal {
  if (fault !== undefined) return { status: fault, ...(FAULT_MESSAGES[fault] ?? { code: null, message: '' }) }
  const url = new URL(request.url ?? '/', 'http://twin')
  if (url.pathname !== '/v1/realtime') {
    return { status: 404, code: 'unknown_url', message: `Invalid URL (GET ${url.pathname})` }
  }
  const refused = refuseKey(request, apiKey)
  if (refused) return refused
  if (url.searchParams.has('intent') || url.searchParams.has('call_id')) {
    return { status: 400, code: 'invalid_value', message: 'This stand-in serves only speech-to-speech sessions.' }
  }
  const name = url.searchParams.get('model')
  if (!name) return { status: 400, code: 'missing_model', message: 'You must provide a model parameter.' }
  const traits = models.get(name)
  if (!traits) {
    const message = `The model \`${name}\` does not exist or you do not have access to it.`
    return { status: 404, code: 'model_not_found', message }
  }
  const beta = request.headers['openai-beta'] !== undefined || protocols(request).includes('openai-beta.realtime-v1')
  return { model: { name, traits }, beta, headers: publicHeaders(request) }
}

function refuseKey(request: IncomingMessage, apiKey: string | undefined): Refusal | undefined {
  if (apiKey === undefined) return undefined
  const bearer = /^Bearer\s+(\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
  const key =
    bearer ??
    protocols(request)
      .find((each) => each.startsWith('openai-insecure-api-key.'))
      ?.slice(24)
  if (key === undefined) {
    const message = "You didn't provide an API key. You need to provide your API key in an Authorization header."
    return { status: 401, code: null, message }
  }
  return key === apiKey ? undefined : { status: 401, code: 'invalid_api_key', message: 'Incorrect API key provided.' }
}

/** Browsers cannot set headers and say the same in subprotocols. */
function protocols(request: IncomingMessage): readonly string[] {
  return (request.headers['sec-websocket-protocol'] ?? '').split(',').map((each) => each.trim())
}

function publicHeaders(request: IncomingMessage): Record<string, string> {
  const secret = new Set(['authorization', 'sec-websocket-protocol', 'sec-websocket-key'])
  return Object.fromEntries(
    Object.entries(request.headers).flatMap(([name, value]) =>
      typeof value === 'string' && !secret.has(name) ? [[name, value] as const] : [],
    ),
  )
}
