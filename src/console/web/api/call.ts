/** Asks the API. What may be asked, and what comes back, is typed by the contract. */
import type { z } from 'zod'
import type { Api, EndpointName } from '../../contract/api.ts'
import type { Refusal } from '../../contract/endpoint.ts'
import { addressOf } from './address.ts'

type Params<Name extends EndpointName> = z.output<Api[Name]['params']>
type Query<Name extends EndpointName> = z.output<Api[Name]['query']>
type Body<Name extends EndpointName> = z.input<Api[Name]['body']>
export type Reply<Name extends EndpointName> = z.output<Api[Name]['reply']>

type Part<Key extends string, Value> = [Value] extends [undefined]
  ? unknown
  : Record<string, never> extends Value
    ? { readonly [K in Key]?: Value }
    : { readonly [K in Key]: Value }

/** `params`, `query` and `body`, each where the endpoint has it. */
export type Given<Name extends EndpointName> = Part<'params', Params<Name>> &
  Part<'query', Partial<Query<Name>>> &
  Part<'body', Body<Name>> & { readonly signal?: AbortSignal }

/** What the server refused, or could not do; or that it was not reached. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  /** 0: there was no answer. */
  readonly status: number
  readonly code: string
  readonly fields: readonly { readonly path: string; readonly message: string }[]
  constructor(status: number, { code, message, fields }: Refusal['error']) {
    super(message)
    this.status = status
    this.code = code
    this.fields = fields ?? []
  }
}

let whenSignedOut: () => void = () => {}
/** Told whenever an answer shows that the session is over. */
export function onSignedOut(listener: () => void): void {
  whenSignedOut = listener
}

/** @throws ApiError with a sentence for people */
export async function call<Name extends EndpointName>(
  name: Name,
  ...[given]: Record<string, never> extends Given<Name> ? [Given<Name>?] : [Given<Name>]
): Promise<Reply<Name>> {
  const asked = partsOf(given)
  const { method, url } = addressOf(name, asked.params, asked.query)
  const response = await ask(url, {
    method,
    ...(asked.body === undefined
      ? {}
      : { body: JSON.stringify(asked.body), headers: { 'content-type': 'application/json' } }),
    ...(asked.signal === undefined ? {} : { signal: asked.signal }),
  })
  const answer: unknown = await response.json().catch(() => null)
  if (!response.ok) throw refused(response, answer)
  // Our own server, which answers by the same contract: reading it twice would cost the schemas in every page.
  return answer as Reply<Name>
}

/** Where an endpoint is, for what is not asked through `call`: streams, sockets and files. */
export function urlOf<Name extends EndpointName>(
  name: Name,
  ...[given]: Record<string, never> extends Given<Name> ? [Given<Name>?] : [Given<Name>]
): string {
  const asked = partsOf(given)
  return addressOf(name, asked.params, asked.query).url
}

interface Parts {
  readonly params?: Record<string, unknown>
  readonly query?: Record<string, unknown>
  readonly body?: unknown
  readonly signal?: AbortSignal
}

function partsOf(given: unknown): Parts {
  return (given ?? {}) as Parts
}

async function ask(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, { credentials: 'same-origin', ...init })
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    throw new ApiError(0, { code: 'UNREACHABLE', message: 'The server cannot be reached. Is it running?' })
  }
}

function refused(response: Response, answer: unknown): ApiError {
  const error = isRefusal(answer)
    ? answer.error
    : { code: `HTTP_${response.status}`, message: `The server answered ${response.status}.` }
  // A wrong password is a 401 as well, of somebody who is not signed in yet.
  if (response.status === 401 && !response.url.includes('/api/v1/session')) whenSignedOut()
  return new ApiError(response.status, error)
}

function isRefusal(answer: unknown): answer is Refusal {
  if (typeof answer !== 'object' || answer === null || !('error' in answer)) return false
  const { error } = answer
  return typeof error === 'object' && error !== null && 'message' in error && 'code' in error
}

/** A sentence for people, of whatever was thrown. */
export function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
