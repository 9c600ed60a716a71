/** What this provider reads from the environment. */
import { isIP } from 'node:net'
import { z } from 'zod'

const DEFAULT_BASE_URL = 'https://api.openai.com/v1'

export interface OpenAiSettings {
  /** Null: connect without an Authorization header, as a self-hosted server wants it. */
  readonly apiKey: string | null
  readonly baseUrl: string
}

const ApiKey = z.string().regex(/^[\x21-\x7e]+$/, 'must be a key: one word, without spaces or line breaks')

const BaseUrl = z.string().transform((text, context) => {
  const url = URL.parse(text)
  const fault = url === null ? 'must be a URL, like https://api.openai.com/v1' : faultOf(url)
  if (url === null || fault !== null) {
    context.addIssue({ code: 'custom', message: fault ?? '' })
    return z.NEVER
  }
  return url.href
})

/** The environment variables of this provider; `config/` composes it with the others. Messages never hold a value. */
export const OpenAiEnvironment = z.object({
  OPENAI_API_KEY: ApiKey.optional(),
  OPENAI_BASE_URL: BaseUrl.optional(),
})

/** @returns null when neither a key nor a server is named: this provider is not configured */
export function openAiSettings(environment: z.infer<typeof OpenAiEnvironment>): OpenAiSettings | null {
  const { OPENAI_API_KEY: apiKey, OPENAI_BASE_URL: baseUrl } = environment
  if (apiKey === undefined && baseUrl === undefined) return null
  return { apiKey: apiKey ?? null, baseUrl: baseUrl ?? DEFAULT_BASE_URL }
}

/** The realtime socket of a model: the base with ws(s) and `/realtime?model=…` (fact sheet, section 3). */
export function realtimeUrl(settings: OpenAiSettings, model: string): URL {
  const url = new URL(settings.baseUrl)
  url.protocol = isPlain(url) ? 'ws:' : 'wss:'
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/realtime`
  url.searchParams.set('model', model)
  return url
}

function faultOf(url: URL): string | null {
  if (!['https:', 'wss:', 'http:', 'ws:'].includes(url.protocol)) return 'must be an https or http URL'
  if (url.username !== '' || url.password !== '') return 'must not hold a user name or a password'
  // The key and the caller's voice would cross the network for anyone to read.
  if (isPlain(url) && !isLoopback(url.hostname)) {
    return 'must be an https URL: plain http is for servers on this machine only'
  }
  return null
}

function isPlain(url: URL): boolean {
  return url.protocol === 'http:' || url.protocol === 'ws:'
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || (isIP(hostname) === 4 && hostname.startsWith('127.'))
}
