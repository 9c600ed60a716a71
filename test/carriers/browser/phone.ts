/** A telephone in a browser, as the page would be: a plain WebSocket and the protocol written out once more. */
import { WebSocket } from 'ws'
import { Happenings } from '../../contracts/recording-exchange.ts'

export type PhoneHeard =
  | { readonly type: 'audio'; readonly audio: Buffer }
  | { readonly type: 'answered'; readonly callId: string; readonly again: string }
  | { readonly type: 'mark'; readonly name: string }
  | { readonly type: 'clear' }
  | { readonly type: 'ended'; readonly why: string; readonly say: string | null }
  | { readonly type: 'closed'; readonly code: number }

export class Phone {
  readonly socket: WebSocket
  readonly got = new Happenings<PhoneHeard>()

  constructor(socket: WebSocket) {
    this.socket = socket
    socket.on('message', (data: Buffer, isBinary: boolean) => {
      this.got.add(isBinary ? { type: 'audio', audio: Buffer.from(data) } : JSON.parse(data.toString('utf8')))
    })
    socket.on('close', (code) => this.got.add({ type: 'closed', code }))
    socket.on('error', () => {})
  }

  say(message: object): void {
    this.socket.send(JSON.stringify(message))
  }

  speak(frame: Buffer): void {
    this.socket.send(frame)
  }
}

/** @returns the phone once its socket is open. @throws Error with the status when it is refused */
export async function dialPhone(url: string, path: string, headers: Record<string, string> = {}): Promise<Phone> {
  const socket = new WebSocket(url.replace(/^http/, 'ws') + path, { headers })
  const phone = new Phone(socket)
  const open = Promise.withResolvers<void>()
  socket.once('open', () => open.resolve())
  socket.once('close', () => open.reject(new Error('closed')))
  socket.once('unexpected-response', (_request, response) => {
    open.reject(new Error(`refused with ${response.statusCode}`))
    socket.terminate()
  })
  await open.promise
  return phone
}
