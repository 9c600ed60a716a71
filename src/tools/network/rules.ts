/** Where requests of tools may go. Pure: addresses are resolved by whoever sends (outgoing.ts). */
import { isIP } from 'node:net'
import { z } from 'zod'
import { addressKind } from './addresses.ts'

/** `config/network.yaml`. */
export const NetworkFile = z.strictObject({
  allowHosts: z
    .array(
      z
        .string({ error: 'the name of a host, in quotes when it is a number' })
        .regex(
          /^(\*\.)?[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?(:\d{1,5})?$|^\[[0-9a-f:.]+\](:\d{1,5})?$/i,
          'a host, like desk.internal, desk.internal:8443, "*.svc.cluster.local", 10.0.0.5 or "[fd00::5]"',
        ),
    )
    .default([])
    .meta({
      description:
        'Hosts of your own network that tools may reach, over http too. Without a port: on every port. `*.` stands for any name before.',
      examples: [['desk.internal:8443', '*.svc.cluster.local']],
    }),
})

export interface NetworkRules {
  readonly allowHosts: readonly string[]
}

export const PUBLIC_ONLY: NetworkRules = { allowHosts: [] }

/** Whether the operator has named this host and port, as the URL writes them. */
export function isListed(url: URL, { allowHosts }: NetworkRules): boolean {
  const host = url.hostname.toLowerCase().replace(/\.$/, '')
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port
  return allowHosts.some((entry) => {
    const [, name = '', only] = /^(.*?)(?::(\d+))?$/.exec(bracketed(entry.toLowerCase())) ?? []
    if (only !== undefined && only !== port) return false
    return name.startsWith('*.') ? host.endsWith(name.slice(1)) && host.length > name.length - 1 : host === name
  })
}

/** The text of an IPv6 address as URLs write it, so that any of its spellings may be listed. */
function bracketed(entry: string): string {
  const [, address, port = ''] = /^\[([0-9a-f:.]+)\](:\d+)?$/.exec(entry) ?? []
  if (address === undefined || isIP(address) !== 6) return entry
  return `${new URL(`http://[${address}]`).hostname}${port}`
}

/**
 * What speaks against a URL before anything is resolved.
 * @returns a part of a sentence that begins with what is wrong, or null
 */
export function urlFault(url: URL, rules: NetworkRules): string | null {
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return `${url.protocol}// is no way to a backend`
  const listed = isListed(url, rules)
  if (url.protocol === 'http:' && !listed)
    return `http to ${url.host} is not encrypted: use https, or list the host under \`allowHosts\` in network.yaml`
  const literal = literalAddress(url)
  if (literal === null || mayConnect(url, literal, rules)) return null
  return `${literal} is a ${addressKind(literal)} address: list it under \`allowHosts\` in network.yaml if it is meant`
}

/**
 * Whether a connection for this URL may be made to this address, which is what its host resolved to.
 * A name that is listed may lie in the operator's network; a service that hands out credentials must be listed by its address.
 */
export function mayConnect(url: URL, address: string, rules: NetworkRules): boolean {
  const kind = addressKind(address)
  if (kind === 'public') return true
  if (kind === 'invalid' || !isListed(url, rules)) return false
  return (kind !== 'metadata' && kind !== 'link-local') || literalAddress(url) !== null
}

/** The address that a URL names itself, without the brackets of IPv6; null when it names a host. */
function literalAddress(url: URL): string | null {
  const host = url.hostname.replace(/^\[|\]$/g, '')
  return isIP(host) === 0 ? null : host
}
