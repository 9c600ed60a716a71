/** Whether a page of the console sent a request, by what browsers say of it and pages cannot. */
import type { IncomingHttpHeaders } from 'node:http'

export interface Place {
  /** PUBLIC_URL. Null: the console is opened on this machine. */
  readonly publicUrl: string | null
  /** Where the server listens. */
  readonly port: number
}

export interface Asked {
  readonly method: string
  /** It becomes a WebSocket. */
  readonly upgrade: boolean
  readonly headers: IncomingHttpHeaders
}

const SAFE = ['GET', 'HEAD', 'OPTIONS']
const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]']

export function comesFromOurPages({ method, upgrade, headers }: Asked, place: Place): boolean {
  // A page can send this header to another server only when that server agrees beforehand, and we never do.
  if (headers.authorization !== undefined) return true
  const site = headers['sec-fetch-site']
  if (SAFE.includes(method) && !upgrade) {
    // Looking is harmless, and whoever comes by a link from elsewhere navigates. Another page's script gets nothing.
    return site === undefined || site === 'same-origin' || site === 'none' || headers['sec-fetch-mode'] === 'navigate'
  }
  if (site !== undefined && site !== 'same-origin') return false
  return isOurOrigin(headers.origin, headers.host, place)
}

function isOurOrigin(origin: string | undefined, host: string | undefined, { publicUrl, port }: Place): boolean {
  if (origin === undefined) return false
  if (publicUrl !== null && origin === URL.parse(publicUrl)?.origin) return true
  // On this machine the browser's own view of where it is must agree, or any server on anybody's loopback were ours.
  return LOOPBACK.some((name) => origin === originOf(name, port) && host === hostOf(name, port))
}

/** As browsers write it: without the port that http has anyway. */
function hostOf(name: string, port: number): string {
  return port === 80 ? name : `${name}:${port}`
}

function originOf(name: string, port: number): string {
  return `http://${hostOf(name, port)}`
}
