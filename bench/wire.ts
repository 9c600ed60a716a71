/**
 * WebSocket framing for the load generator (RFC 6455), for text messages between this process and the server under test.
 * A library would cost the generator as much as the bridge it measures; this does only what both ends need.
 */
import { createHash, randomBytes } from 'node:crypto'
import type { Socket } from 'node:net'

const TEXT = 1
const CLOSE = 8
const PING = 9
const PONG = 10
const FIN = 0x80
const MASKED = 0x80
/** One key for every frame: not what a browser may do, and all the same work for the server as a fresh one. */
const KEY = Buffer.from([0x3a, 0x91, 0x5c, 0x6e])

/** @param from where the message begins in `bytes`  @param to where it ends; both good only until the next message */
export type OnMessage = (bytes: Buffer, from: number, to: number) => void

/** One end of a WebSocket whose handshake is done. */
export class Wire {
  readonly #socket: Socket
  readonly #client: boolean
  readonly #onMessage: OnMessage
  #rest: Buffer | null = null
  #closing = false

  /**
   * @param client whether this end masks what it sends
   * @param head bytes that came with the handshake
   */
  constructor(socket: Socket, client: boolean, head: Buffer, onMessage: OnMessage, onClose: () => void) {
    this.#socket = socket
    this.#client = client
    this.#onMessage = onMessage
    socket.setNoDelay(true)
    socket.on('data', (bytes: Buffer) => this.#take(bytes))
    // What went wrong shows in the counts of what was lost; `close` follows.
    socket.on('error', () => {})
    socket.on('close', onClose)
    if (head.length > 0) this.#take(Buffer.from(head))
  }

  /** @param text plain ASCII */
  send(text: string): void {
    if (!this.#closing) this.#write(TEXT, text)
  }

  /** Says goodbye; the other end closes the connection, or `destroy` does. */
  close(): void {
    if (this.#closing) return
    this.#write(CLOSE, '\x03\xe8')
    this.#closing = true
  }

  destroy(): void {
    this.#closing = true
    this.#socket.destroy()
  }

  #write(opcode: number, body: string): void {
    if (!this.#socket.writable) return
    const length = body.length
    const lengthBytes = length < 126 ? 0 : length < 65_536 ? 2 : 8
    const start = 2 + lengthBytes + (this.#client ? 4 : 0)
    const frame = Buffer.allocUnsafe(start + length)
    const mask = this.#client ? MASKED : 0
    frame[0] = FIN | opcode
    if (lengthBytes === 0) frame[1] = mask | length
    else if (lengthBytes === 2) {
      frame[1] = mask | 126
      frame.writeUInt16BE(length, 2)
    } else {
      frame[1] = mask | 127
      frame.writeUInt32BE(0, 2)
      frame.writeUInt32BE(length, 6)
    }
    frame.write(body, start, 'latin1')
    if (this.#client) {
      KEY.copy(frame, start - 4)
      for (let i = 0; i < length; i++) frame[start + i]! ^= KEY[i & 3]!
    }
    this.#socket.write(frame)
  }

  #take(bytes: Buffer): void {
    const data = this.#rest === null ? bytes : Buffer.concat([this.#rest, bytes])
    this.#rest = null
    let at = 0
    while (data.length - at >= 2) {
      const masked = (data[at + 1]! & MASKED) !== 0
      let length = data[at + 1]! & 0x7f
      let start = at + 2
      if (length === 126) {
        if (data.length < start + 2) break
        length = data.readUInt16BE(start)
        start += 2
      } else if (length === 127) {
        if (data.length < start + 8) break
        length = data.readUInt32BE(start + 4)
        start += 8
      }
      if (masked) start += 4
      const end = start + length
      if (data.length < end) break
      if (masked) {
        for (let i = start, k = 0; i < end; i++, k++) data[i]! ^= data[start - 4 + (k & 3)]!
      }
      this.#frame(data[at]!, data, start, end)
      at = end
    }
    if (at < data.length) this.#rest = at === 0 ? data : data.subarray(at)
  }

  #frame(first: number, data: Buffer, start: number, end: number): void {
    if ((first & FIN) === 0) throw new Error('the server sent a message in pieces, which the bench does not read')
    switch (first & 15) {
      case TEXT:
        return this.#onMessage(data, start, end)
      case PING:
        return this.#write(PONG, data.toString('latin1', start, end))
      case CLOSE:
        if (!this.#closing) this.close()
        this.#socket.end()
    }
  }
}

/** The answer to a handshake, from the server's end. */
export function acceptHandshake(key: string): string {
  const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
  return `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`
}

/** The request of a handshake, from the client's end. */
export function askHandshake(url: URL, headers: Readonly<Record<string, string>>): string {
  const own = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return `GET ${url.pathname} HTTP/1.1\r\nHost: ${url.host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n${own.join('')}\r\n`
}

/**
 * Waits for the answer to {@link askHandshake}.
 * @returns what came behind it  @throws Error when the server refused
 */
export function handshakeAnswer(socket: Socket): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let answer = Buffer.alloc(0)
    const settle = (error: Error | null, head: Buffer) => {
      socket.off('data', onData)
      socket.off('error', onError)
      socket.off('close', onClose)
      if (error === null) resolve(head)
      else reject(error)
    }
    const onData = (bytes: Buffer) => {
      answer = Buffer.concat([answer, bytes])
      const end = answer.indexOf('\r\n\r\n')
      if (end < 0) return
      const status = answer.toString('latin1', 0, answer.indexOf('\r\n'))
      const refused = status.startsWith('HTTP/1.1 101') ? null : new Error(`the stream was refused: ${status}`)
      settle(refused, answer.subarray(end + 4))
    }
    const onError = (error: Error) => settle(error, answer)
    const onClose = () => settle(new Error('the stream was closed in its handshake'), answer)
    socket.on('data', onData)
    socket.on('error', onError)
    socket.on('close', onClose)
  })
}
