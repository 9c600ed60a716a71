/**
 * The addresses Twilio dials, all built from PUBLIC_URL and never from a request's headers: the TwiML names them and the
 * signatures are computed over them, to the letter.
 */
import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'

export const PATHS = {
  voice: '/twilio/voice',
  next: '/twilio/next',
  status: '/twilio/status',
  media: '/twilio/media',
} as const

export interface Addresses {
  /** `/prefix` when PUBLIC_URL has a path, else empty. */
  readonly prefix: string
  /** The https (or, on loopback, http) address of a path of ours. */
  web(path: string): string
  /** The same as Twilio's WebSocket client dials it. */
  stream(): string
  /**
   * What the signature of a request covers.
   * @param rawUrl path and query as they came; with or without the prefix, for a proxy may strip it
   */
  signedWeb(rawUrl: string): string
  /** Likewise for an upgrade. Twilio dials wss only; a stand-in on loopback may sign either form. */
  signedStream(rawPath: string): readonly string[]
}

/** @param publicUrl without a trailing slash; null for the address the server listens on, which is known once it does */
export function addressesOf(publicUrl: string | null, app: FastifyInstance): Addresses {
  const prefix = publicUrl === null ? '' : publicUrl.replace(/^https?:\/\/[^/]*/i, '')
  const base = () => publicUrl ?? listeningUrl(app.server.address())
  const full = (rawUrl: string) =>
    base() + (rawUrl.startsWith(`${prefix}/twilio/`) ? rawUrl.slice(prefix.length) : rawUrl)
  return {
    prefix,
    web: (path) => base() + path,
    stream: () => `${base().replace(/^http/i, 'ws')}${PATHS.media}`,
    signedWeb: full,
    signedStream(rawPath) {
      const url = full(rawPath)
      const rest = url.slice(url.indexOf('://'))
      return /^https/i.test(url) ? [`wss${rest}`] : [`ws${rest}`, `wss${rest}`]
    },
  }
}

function listeningUrl(address: AddressInfo | string | null): string {
  if (address === null || typeof address === 'string')
    throw new Error('PUBLIC_URL is unset and the server is not listening')
  return `http://127.0.0.1:${address.port}`
}
