/** The page of the test phone: a microphone, an ear that plays in its own time, and the wire between them. */
import { WebSocket } from 'ws'

const FRAME_MS = 20
const FRAME_BYTES = 160
const SILENCE = Buffer.alloc(FRAME_BYTES, 0xff)

interface Answered {
  readonly callId: string
  readonly again: string
}
interface Ended {
  readonly why: string
  readonly say: string | null
}

export class TestPhone {
  readonly answered: Promise<Answered>
  readonly ended: Promise<Ended>
  readonly closed: Promise<void>
  /** All that came, heard or not; `clears`: how much of it was dropped, each time. */
  readonly audio: Buffer[] = []
  clears = 0
  readonly #socket: WebSocket
  readonly #clock: NodeJS.Timeout
  #mouth = Buffer.alloc(0)
  #queue: (Buffer | string)[] = []
  #startMs = performance.now()
  #ticks = 0

  constructor(url: string, path: string) {
    const answered = Promise.withResolvers<Answered>()
    const ended = Promise.withResolvers<Ended>()
    this.answered = answered.promise
    this.ended = ended.promise
    this.#socket = new WebSocket(url.replace(/^http/, 'ws') + path)
    this.closed = new Promise((resolve) => this.#socket.once('close', () => resolve()))
    this.#socket.on('error', answered.reject)
    this.#socket.on('message', (data: Buffer, isBinary: boolean) => {
      if (isBinary) {
        this.audio.push(Buffer.from(data))
        this.#queue.push(Buffer.from(data))
        return
      }
      const message = JSON.parse(data.toString('utf8'))
      if (message.type === 'answered') answered.resolve(message)
      if (message.type === 'ended') ended.resolve(message)
      if (message.type === 'mark') this.#queue.push(message.name)
      if (message.type === 'clear') {
        this.clears++
        const marks = this.#queue.filter((each) => typeof each === 'string')
        this.#queue = []
        for (const name of marks) this.#say({ type: 'mark', name })
      }
    })
    this.#clock = setInterval(() => this.#tick(), FRAME_MS / 2)
    void this.closed.then(() => clearInterval(this.#clock))
  }

  speak(mulaw: Uint8Array): void {
    this.#mouth = Buffer.concat([this.#mouth, mulaw])
  }

  press(digit: string): void {
    this.#say({ type: 'dtmf', digit })
  }

  hangUp(): void {
    this.#say({ type: 'hang-up' })
  }

  /** The wire breaks. */
  cut(): void {
    this.#socket.terminate()
  }

  #say(message: object): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message))
  }

  /** As many frames as have passed: a timer that is late makes good for it. */
  #tick(): void {
    if (this.#socket.readyState !== WebSocket.OPEN) {
      this.#startMs = performance.now()
      this.#ticks = 0
      return
    }
    for (; this.#ticks * FRAME_MS < performance.now() - this.#startMs; this.#ticks++) {
      const frame = Buffer.from(SILENCE)
      this.#mouth.copy(frame, 0, 0, FRAME_BYTES)
      this.#mouth = this.#mouth.subarray(FRAME_BYTES)
      this.#socket.send(frame)
      while (typeof this.#queue[0] === 'string') this.#say({ type: 'mark', name: this.#queue.shift() })
      this.#queue.shift()
      while (typeof this.#queue[0] === 'string') this.#say({ type: 'mark', name: this.#queue.shift() })
    }
  }
}
