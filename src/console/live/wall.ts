/** The wall: every call in progress, to everybody who watches. One look a second at all calls, whoever watches; none when nobody does. */
import type { LiveCall } from '../../bridge/bridge.ts'
import type { LiveMessage, LiveRow } from '../contract/live.ts'
import type { EventStream } from '../http/event-stream.ts'
import { maskLiveRow } from './masked.ts'
import type { Notebook } from './notebook.ts'
import { liveRow } from './row.ts'

const EVERY_MS = 1000

export interface WallParts {
  readonly calls: () => readonly LiveCall[]
  readonly notebookOf: (callId: string) => Notebook | undefined
  readonly listenersOf: (callId: string) => number
  /** Whether a number is one that our agents answer. */
  readonly isOurs: (number: string) => boolean
}

interface Watcher {
  readonly stream: EventStream<LiveMessage>
  readonly masked: boolean
}

export class Wall {
  readonly #parts: WallParts
  readonly #watchers = new Set<Watcher>()
  /** What was last shown of each call. */
  readonly #shown = new Map<string, string>()
  #timer: NodeJS.Timeout | null = null

  constructor(parts: WallParts) {
    this.#parts = parts
  }

  get watchers(): number {
    return this.#watchers.size
  }

  /** @returns how to stop */
  watch(stream: EventStream<LiveMessage>, masked: boolean): () => void {
    const watcher = { stream, masked }
    const calls = this.#parts.calls().flatMap((call) => this.#rowOf(call) ?? [])
    if (this.#watchers.size === 0) for (const row of calls) this.#shown.set(row.callId, JSON.stringify(row))
    stream.send({ type: 'all', calls: calls.map((row) => this.#for(watcher, row)) })
    this.#watchers.add(watcher)
    this.#timer ??= setInterval(() => this.look(), EVERY_MS).unref()
    return () => this.#leave(watcher)
  }

  /** Tells everybody of the calls that have changed. */
  look(): void {
    for (const call of this.#parts.calls()) {
      const row = this.#rowOf(call)
      if (row === null) continue
      const text = JSON.stringify(row)
      if (this.#shown.get(row.callId) === text) continue
      this.#shown.set(row.callId, text)
      for (const watcher of this.#watchers) watcher.stream.send({ type: 'call', call: this.#for(watcher, row) })
    }
  }

  ended({ callId, ended }: Notebook): void {
    this.#shown.delete(callId)
    for (const { stream } of this.#watchers) stream.send({ type: 'ended', callId, reason: ended ?? '' })
  }

  #rowOf(call: LiveCall): LiveRow | null {
    const { callId } = call.state.setup
    const notebook = this.#parts.notebookOf(callId)
    if (notebook === undefined) return null
    return liveRow(call.state, notebook, call.nowMs, this.#parts.listenersOf(callId))
  }

  #for({ masked }: Watcher, row: LiveRow): LiveRow {
    return masked ? maskLiveRow(row, this.#parts.isOurs) : row
  }

  #leave(watcher: Watcher): void {
    this.#watchers.delete(watcher)
    if (this.#watchers.size > 0) return
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = null
    this.#shown.clear()
  }
}
