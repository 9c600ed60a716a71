/** What stands before a server that is restarted: whoever comes meanwhile waits at the door and is let in afterwards. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

export class FrontDoor implements AsyncDisposable {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly #port: number
  #waiting: Socket[] | null = null

  private constructor(server: Server, port: number) {
    this.#server = server
    this.#port = port
    server.on('connection', (socket) => {
      this.#keep(socket)
      if (this.#waiting === null) this.#letIn(socket)
      else this.#waiting.push(socket)
    })
  }

  /** @param port where the server listens */
  static async before(port: number): Promise<FrontDoor> {
    // What a caller says at once is kept until the server hears it.
    const server = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new FrontDoor(server, port)
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Whoever comes from now on waits. */
  hold(): void {
    this.#waiting ??= []
  }

  /** How many wait. */
  get queue(): number {
    return this.#waiting?.length ?? 0
  }

  release(): void {
    const waiting = this.#waiting ?? []
    this.#waiting = null
    for (const socket of waiting) this.#letIn(socket)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #letIn(socket: Socket): void {
    const inside = this.#keep(connect(this.#port, '127.0.0.1'))
    socket.pipe(inside).pipe(socket)
    // One that breaks takes the other along, as if there were no door.
    inside.on('close', () => socket.destroy())
    socket.on('close', () => inside.destroy())
  }

  #keep(socket: Socket): Socket {
    this.#sockets.add(socket)
    socket.setNoDelay(true)
    socket.on('error', () => {})
    socket.on('close', () => this.#sockets.delete(socket))
    return socket
  }
}
