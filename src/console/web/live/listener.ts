/** Listening in to a live call: the socket, the sound card, and how loud both sides are. */
import { urlOf } from '../api/call.ts'
import type { FromEar, ToEar } from './ear.ts'
import { readListenFrame } from './listen-frame.ts'
import workletUrl from './listen-worklet.ts?worker&url'

export type ListenState = 'opening' | 'hearing' | 'quiet' | 'broken' | 'refused'

/** No frame for so long: the wire is quiet, and the page says so. */
const QUIET_MS = 1500
const AGAIN_MS = 1500

export class Listener {
  readonly #url: URL
  readonly #context: AudioContext
  readonly #watchers = new Set<() => void>()
  readonly #meters = new Set<(caller: number, agent: number) => void>()
  #state: ListenState = 'opening'
  #node: AudioWorkletNode | null = null
  #socket: WebSocket | null = null
  #timer: ReturnType<typeof setTimeout> | undefined
  #closed = false

  /** Called from a click: browsers let nothing sound before one. */
  constructor(callId: string) {
    this.#url = new URL(urlOf('listen', { params: { callId } }), window.location.href)
    this.#url.protocol = this.#url.protocol === 'https:' ? 'wss:' : 'ws:'
    this.#context = new AudioContext({ latencyHint: 'interactive' })
    this.#open().catch(() => this.#change('refused'))
  }

  get state(): ListenState {
    return this.#state
  }

  readonly subscribe = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  watchLevels(watcher: (caller: number, agent: number) => void): () => void {
    this.#meters.add(watcher)
    return () => this.#meters.delete(watcher)
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    clearTimeout(this.#timer)
    this.#socket?.close()
    for (const watcher of this.#meters) watcher(0, 0)
    void this.#context.close()
  }

  async #open(): Promise<void> {
    void this.#context.resume()
    await this.#context.audioWorklet.addModule(workletUrl)
    if (this.#closed) return
    const node = new AudioWorkletNode(this.#context, 'earshot-ear', { numberOfInputs: 0, outputChannelCount: [2] })
    node.port.onmessage = ({ data }: MessageEvent<FromEar>) => {
      for (const watcher of this.#meters) watcher(data.caller, data.agent)
    }
    node.connect(this.#context.destination)
    this.#node = node
    this.#connect()
  }

  #connect(): void {
    const socket = new WebSocket(this.#url)
    let opened = false
    socket.binaryType = 'arraybuffer'
    this.#socket = socket
    socket.onopen = () => {
      opened = true
    }
    socket.onmessage = ({ data }: MessageEvent<unknown>) => {
      const frame = data instanceof ArrayBuffer ? readListenFrame(data) : null
      if (frame === null) return
      const message: ToEar = frame
      this.#node?.port.postMessage(message)
      this.#change('hearing')
      clearTimeout(this.#timer)
      this.#timer = setTimeout(() => this.#change('quiet'), QUIET_MS)
    }
    socket.onclose = () => {
      if (this.#closed) return
      clearTimeout(this.#timer)
      // A socket that never opened was refused: the call is over, or whoever asks may not.
      if (!opened) return this.#change('refused')
      this.#change('broken')
      this.#timer = setTimeout(() => this.#connect(), AGAIN_MS)
    }
  }

  #change(state: ListenState): void {
    if (this.#closed || state === this.#state) return
    this.#state = state
    for (const watcher of this.#watchers) watcher()
  }
}
