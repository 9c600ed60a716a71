/** The sending half of a connection: every server event passes here, and so does whatever goes wrong with it on purpose. */
import type { WebSocket } from 'ws'
import type { ServerEvent } from './responses.ts'
import { Log, withoutAudio } from './session-record.ts'
import type { TwinParts } from './twin-options.ts'

export class Wire {
  readonly #socket: WebSocket
  readonly #parts: TwinParts
  readonly #sent = new Log<ServerEvent>()
  readonly #errors = new Log<ServerEvent>()

  constructor(socket: WebSocket, parts: TwinParts) {
    this.#socket = socket
    this.#parts = parts
  }

  get sent(): readonly ServerEvent[] {
    return this.#sent.entries
  }

  get errors(): readonly ServerEvent[] {
    return this.#errors.entries
  }

  /** Sends an event with an id of its own. Once the connection is closed, or closing, nothing is sent. */
  send(event: ServerEvent): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return
    const { faults, ids } = this.#parts
    const lost = faults.strike('lost', event.type)
    if (lost) return lost.code === 1006 ? this.#socket.terminate() : this.#socket.close(lost.code)
    const cut = faults.strike('closed', event.type)
    if (cut) return this.#socket.close(cut.code, cut.reason)
    const garbled = faults.strike('garbled', event.type)
    if (garbled) this.#sendGarbled(garbled.as, event)
    const stamped = { ...event, event_id: ids.next('event') }
    this.#socket.send(JSON.stringify(stamped))
    this.#sent.add(withoutAudio(stamped))
    if (event.type === 'error') this.#errors.add(stamped)
    this.#parts.changed()
  }

  #sendGarbled(as: string, event: ServerEvent): void {
    const text = JSON.stringify(event)
    if (as === 'json') this.#socket.send(text.slice(0, Math.floor(text.length / 2)))
    else this.#socket.send(JSON.stringify({ type: 'session.mood_changed', event_id: 'event_unheard_of', mood: 'blue' }))
  }
}
