/** Reads what the server sends. A message that cannot be read costs that message; a run of them costs the session. */
import { readServerEvent, type ServerEvent } from './protocol.ts'

/** Unreadable messages and errors in a row after which a session is of no more use. */
const BAD_IN_A_ROW = 20

export class Inbox {
  /** Events that this dialect does not have. They are ignored. */
  unknownEvents = 0
  #badInARow = 0

  /** @returns null for a message that says nothing to act on */
  read(text: string): ServerEvent | 'unreadable' | null {
    try {
      const event = readServerEvent(text)
      if (event?.type === 'unknown') this.unknownEvents += 1
      else if (event?.type !== 'error') this.#badInARow = 0
      return event?.type === 'unknown' ? null : event
    } catch {
      // Neither the message nor the parser's complaint is kept: both may quote what was said on the call.
      return 'unreadable'
    }
  }

  /** Counts a message that was no good. @returns whether it was one too many in a row */
  countBad(): boolean {
    this.#badInARow += 1
    return this.#badInARow >= BAD_IN_A_ROW
  }

  /** Agent audio came, by the short way that does not pass through `read`. */
  countGood(): void {
    this.#badInARow = 0
  }
}
