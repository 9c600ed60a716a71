/** The words of single calls as they are spoken. Calls that somebody follows are looked at a few times a second, others never. */
import type { LiveCall } from '../../bridge/bridge.ts'
import type { Caption } from '../contract/live.ts'
import type { EventStream } from '../http/event-stream.ts'
import { captionsNow } from './captions.ts'
import { maskCaption } from './masked.ts'
import type { Notebook } from './notebook.ts'

const EVERY_MS = 150

interface Follower {
  readonly stream: EventStream<Caption>
  readonly masked: boolean
  readonly call: LiveCall
  readonly notebook: Notebook
  /** Captions that are final, and those that change, as they were last told. */
  readonly told: Map<string, Caption | string>
  changes: number
}

export class Follow {
  readonly #followers = new Set<Follower>()
  #timer: NodeJS.Timeout | null = null

  get followers(): number {
    return this.#followers.size
  }

  /** @returns how to stop */
  follow(call: LiveCall, notebook: Notebook, stream: EventStream<Caption>, masked: boolean): () => void {
    const follower: Follower = { stream, masked, call, notebook, told: new Map(), changes: -1 }
    this.#followers.add(follower)
    // The call may have ended between the request and its stream.
    if (notebook.ended !== null) this.ended(notebook)
    else this.#tell(follower)
    this.#timer ??= setInterval(() => this.look(), EVERY_MS).unref()
    return () => this.#leave(follower)
  }

  look(): void {
    for (const follower of this.#followers) this.#tell(follower)
  }

  /** The notebook holds all there is to say. */
  ended(notebook: Notebook): void {
    for (const follower of this.#followers) {
      if (follower.notebook !== notebook) continue
      this.#tellFinal(follower)
      follower.stream.end()
    }
  }

  #tell(follower: Follower): void {
    this.#tellFinal(follower)
    for (const caption of captionsNow(follower.call.state, follower.call.nowMs)) {
      const text = JSON.stringify(caption)
      if (follower.told.get(caption.lineId) === text) continue
      follower.told.set(caption.lineId, text)
      this.#send(follower, caption)
    }
  }

  #tellFinal(follower: Follower): void {
    const { notebook, told } = follower
    if (follower.changes === notebook.changes) return
    follower.changes = notebook.changes
    for (const [lineId, caption] of notebook.captions) {
      if (told.get(lineId) === caption) continue
      told.set(lineId, caption)
      this.#send(follower, caption)
    }
  }

  #send({ stream, masked }: Follower, caption: Caption): void {
    stream.send(masked ? maskCaption(caption) : caption)
  }

  #leave(follower: Follower): void {
    this.#followers.delete(follower)
    if (this.#followers.size > 0 || this.#timer === null) return
    clearInterval(this.#timer)
    this.#timer = null
  }
}
