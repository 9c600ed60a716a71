/** Writes down all that a session tells. */
import type { SessionEvent, SessionSink } from '../../src/providers/provider.ts'

export type EventOf<Type extends SessionEvent['type']> = Extract<SessionEvent, { type: Type }>

interface Waiter {
  readonly type: SessionEvent['type'] | 'audio'
  readonly count: number
  readonly done: () => void
}

export class RecordingSessionSink implements SessionSink {
  readonly events: SessionEvent[] = []
  readonly heard: { readonly responseId: string; readonly itemId: string; readonly base64: string }[] = []
  #waiters: Waiter[] = []

  audio(responseId: string, itemId: string, base64: string): void {
    this.heard.push({ responseId, itemId, base64 })
    this.#wake()
  }

  event(event: SessionEvent): void {
    this.events.push(event)
    this.#wake()
  }

  all<Type extends SessionEvent['type']>(type: Type): readonly EventOf<Type>[] {
    return this.events.filter((event): event is EventOf<Type> => event.type === type)
  }

  /** @returns the n-th event of this type, now or when it comes */
  async first<Type extends SessionEvent['type']>(type: Type, n = 1): Promise<EventOf<Type>> {
    await this.#until(type, n)
    return this.all(type)[n - 1] as EventOf<Type>
  }

  async untilHeard(n: number): Promise<void> {
    await this.#until('audio', n)
  }

  async #until(type: Waiter['type'], count: number): Promise<void> {
    await new Promise<void>((done) => {
      this.#waiters.push({ type, count, done })
      this.#wake()
    })
  }

  #wake(): void {
    this.#waiters = this.#waiters.filter(({ type, count, done }) => {
      const length = type === 'audio' ? this.heard.length : this.all(type).length
      if (length < count) return true
      done()
      return false
    })
  }
}
