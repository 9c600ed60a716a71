/** Server-sent events (WHATWG HTML, section 9.2) to one reader, who may be slow, or gone. */
import { Readable } from 'node:stream'

export interface EventStream<Message> {
  /** Of a reader that does not keep up the stream is cut: it connects again, and begins with all there is. */
  send(message: Message): void
  end(): void
}

/** More than any page reads in one go; a reader who is that far behind is not looking. */
const BEHIND_MOST_BYTES = 1024 * 1024

export class SentEvents<Message> implements EventStream<Message> {
  readonly body: Readable
  readonly #encode: (message: Message) => string
  #ended = false

  /** @param encode to one line of text */
  constructor(encode: (message: Message) => string) {
    this.#encode = encode
    this.body = new Readable({ read: () => {}, highWaterMark: BEHIND_MOST_BYTES })
    // The head goes out with the first bytes; a browser that loses the stream waits this long before it asks again.
    this.#push('retry: 2000\n\n')
  }

  send(message: Message): void {
    if (!this.#ended) this.#push(`data: ${this.#encode(message)}\n\n`)
  }

  /** Keeps proxies from taking a quiet stream for a dead one. */
  beat(): void {
    if (!this.#ended) this.#push(':\n\n')
  }

  end(): void {
    if (this.#ended) return
    this.#ended = true
    this.body.push(null)
  }

  #push(text: string): void {
    if (this.body.destroyed) return
    this.body.push(text)
    if (this.body.readableLength > BEHIND_MOST_BYTES) this.body.destroy()
  }
}
