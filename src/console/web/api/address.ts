/** Where an endpoint is, with its parameters filled in. */
import type { EndpointName } from '../../contract/api.ts'
import { ENDPOINTS } from './endpoints.ts'

export interface Address {
  readonly method: string
  readonly url: string
}

/** @throws Error when a parameter is missing: a bug of ours */
export function addressOf(
  name: EndpointName,
  params: Readonly<Record<string, unknown>> = {},
  query: Readonly<Record<string, unknown>> = {},
): Address {
  const [method = '', pattern = ''] = ENDPOINTS[name].split(' ')
  const path = pattern.replace(/:(\w+)/g, (_, key: string) => {
    const value = params[key]
    if (typeof value !== 'string' || value === '') throw new Error(`${name} needs ${key}`)
    return encodeURIComponent(value)
  })
  const search = queryString(query)
  return { method, url: `/api/v1${path}${search === '' ? '' : `?${search}`}` }
}

/** Lists as `key=a&key=b`; what is not set is left out. */
export function queryString(query: Readonly<Record<string, unknown>>): string {
  const search = new URLSearchParams()
  for (const [key, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value])
      if (one !== undefined && one !== null && one !== '') search.append(key, String(one))
  }
  return search.toString()
}
