/** What the HTTP parser refuses before a route could see it: not HTTP at all, headers without end, or half a request. */
import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyBaseLogger } from 'fastify'

const STATUSES: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
}

/** @returns a handler that answers as node itself would, and says why in the log: the parser's code, nothing of the request */
export function refuseClient(log: FastifyBaseLogger): (error: Error & { code?: string }, socket: Socket) => void {
  return (error, socket) => {
    const why = error.code ?? error.name
    // The other side is gone, and nothing was refused.
    if (why === 'ECONNRESET' || socket.destroyed) return
    const status = STATUSES[why] ?? 400
    log.warn({ why, status }, 'request refused')
    if (socket.writable) socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\n\r\n`)
    socket.destroy()
  }
}
