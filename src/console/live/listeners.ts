/** Who listens in to which call. A listener who does not keep up is let go: what is behind is of no use to an ear. */
import type { WebSocket } from 'ws'
import type { LiveCall } from '../../bridge/bridge.ts'
import { ListenIn } from './listen-in.ts'

/** Two seconds of frames. */
const BEHIND_MOST_BYTES = 32 * 1024
const TRY_AGAIN_LATER = 1013
const NORMAL = 1000

export class Listeners {
  readonly #counts = new Map<string, number>()

  get size(): number {
    let all = 0
    for (const count of this.#counts.values()) all += count
    return all
  }

  of(callId: string): number {
    return this.#counts.get(callId) ?? 0
  }

  add(call: LiveCall, socket: WebSocket): void {
    const { callId } = call.state.setup
    socket.on('error', () => {})
    if (call.state.phase === 'ended') return socket.close(NORMAL)
    const send = (frame: Buffer): void => {
      if (socket.readyState !== socket.OPEN) return
      if (socket.bufferedAmount <= BEHIND_MOST_BYTES) return socket.send(frame, { binary: true })
      socket.close(TRY_AGAIN_LATER)
      // Whoever does not read does not answer either.
      socket.terminate()
    }
    const stop = call.tap(new ListenIn(send, () => socket.close(NORMAL)))
    this.#counts.set(callId, this.of(callId) + 1)
    socket.once('close', () => {
      stop()
      const left = this.of(callId) - 1
      if (left > 0) this.#counts.set(callId, left)
      else this.#counts.delete(callId)
    })
  }
}
