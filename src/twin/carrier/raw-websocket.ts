/** A WebSocket client that can misbehave in every way: it writes what it is told, frame by frame (RFC 6455). */
import { randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'

export interface Handshake {
  /** ws or wss. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** False: the request breaks off in its middle. */
  readonly whole: boolean
}

export type Opcode = 'continuation' | 'text' | 'binary' | 'reserved' | 'close' | 'ping'
const OPCODES: Readonly<Record<Opcode, number>> = {
  continuation: 0,
  text: 1,
  binary: 2,
  reserved: 3,
  close: 8,
  ping: 9,
}

export interface FrameShape {
  readonly opcode: Opcode
  readonly payload: Buffer
  /** Default true: the last frame of its message. */
  readonly fin?: boolean
  /** Default true, as clients must. */
  readonly masked?: boolean
  /** The length that is announced, when it is not the real one. */
  readonly announcedBytes?: bigint
}

export function frame({ opcode, payload, fin = true, masked = true, announcedBytes }: FrameShape): Buffer {
  const length = announcedBytes ?? BigInt(payload.length)
  const extended = length < 126n ? 0 : length < 65_536n ? 2 : 8
  const head = Buffer.alloc(2 + extended)
  head[0] = (fin ? 0x80 : 0) | OPCODES[opcode]
  head[1] = (masked ? 0x80 : 0) | (extended === 0 ? Number(length) : extended === 2 ? 126 : 127)
  if (extended === 2) head.writeUInt16BE(Number(length), 2)
  if (extended === 8) head.writeBigUInt64BE(length, 2)
  if (!masked) return Buffer.concat([head, payload])
  const key = randomBytes(4)
  const hidden = Buffer.from(payload)
  for (let i = 0; i < hidden.length; i++) hidden[i] = hidden[i]! ^ key[i & 3]!
  return Buffer.concat([head, key, hidden])
}

export class RawWebSocket {
  /** The status of the answer to the handshake; null when there was none. */
  readonly answered: Promise<number | null>
  /** Fulfilled when the connection is gone, with the server's close code; null when it was cut without one. */
  readonly closed: Promise<number | null>

  readonly #socket: Socket
  #received = Buffer.alloc(0)
  #upgraded = false
  #answer: (status: number | null) => void = () => {}
  #closeCode: number | null = null

  constructor({ url, headers, whole }: Handshake) {
    const { protocol, hostname, port, host, pathname, search } = new URL(url)
    const target = { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || (protocol === 'wss:' ? 443 : 80)) }
    this.#socket = protocol === 'wss:' ? connectTls({ ...target, servername: target.host }) : connect(target)
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
    const request = `GET ${pathname}${search} HTTP/1.1\r\nHost: ${host}\r\n${lines.join('')}\r\n`
    this.#socket.write(whole ? request : request.slice(0, request.length >> 1))
    this.answered = new Promise((resolve) => {
      this.#answer = resolve
    })
    this.closed = new Promise((resolve) => {
      this.#socket.on('close', () => {
        this.#answer(null)
        resolve(this.#closeCode)
      })
    })
    // A reset is one of the answers; that it closes is told by `close`.
    this.#socket.on('error', () => {})
    this.#socket.on('data', (data) => this.#read(data))
  }

  /** Writes bytes as they are. Fulfilled when the network has taken them, or never will because the connection is gone. */
  write(bytes: Buffer): Promise<void> {
    if (this.#socket.destroyed || this.#socket.writableEnded) return Promise.resolve()
    return new Promise((resolve) => this.#socket.write(bytes, () => resolve()))
  }

  /** Cuts the connection without a word. */
  destroy(): void {
    this.#socket.destroy()
  }

  #read(data: Buffer): void {
    this.#received = Buffer.concat([this.#received, data])
    if (!this.#upgraded) {
      const end = this.#received.indexOf('\r\n\r\n')
      if (end < 0) return
      const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(this.#received.toString('latin1', 0, end))?.[1] ?? 0)
      this.#upgraded = status === 101
      this.#received = this.#received.subarray(end + 4)
      this.#answer(status)
      // What follows a refusal is its body, which nobody reads.
      if (status !== 101) this.#socket.destroy()
    }
    this.#readFrames()
  }

  /** Looks for a close frame, which it answers by closing. Frames of a server are never masked. */
  #readFrames(): void {
    while (this.#upgraded && this.#received.length >= 2) {
      const short = this.#received[1]! & 0x7f
      const headBytes = short < 126 ? 2 : short === 126 ? 4 : 10
      if (this.#received.length < headBytes) return
      const bytes =
        short < 126 ? short : short === 126 ? this.#received.readUInt16BE(2) : Number(this.#received.readBigUInt64BE(2))
      if (this.#received.length < headBytes + bytes) return
      const payload = this.#received.subarray(headBytes, headBytes + bytes)
      if ((this.#received[0]! & 0x0f) === OPCODES.close) {
        this.#closeCode = payload.length >= 2 ? payload.readUInt16BE(0) : 1005
        this.#socket.end(frame({ opcode: 'close', payload: Buffer.from(payload.subarray(0, 2)) }))
        return
      }
      this.#received = this.#received.subarray(headBytes + bytes)
    }
  }
}
