/** Reads server-sent events as a page does: message by message. */
import { expect } from 'vitest'

export interface Events {
  /** The next message; null: the stream has ended. */
  next(): Promise<unknown>
  leave(): void
}

interface Server {
  ask(who: string, path: string, init?: RequestInit): Promise<Response>
}

export async function readEvents(server: Server, who: string, path: string): Promise<Events> {
  const leave = new AbortController()
  const answer = await server.ask(who, path, { signal: leave.signal })
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8'])
  const decoder = new TextDecoder()
  const reader = answer.body!.getReader()
  let text = ''
  return {
    async next() {
      for (;;) {
        const end = text.indexOf('\n\n')
        if (end >= 0) {
          const event = text.slice(0, end)
          text = text.slice(end + 2)
          if (event.startsWith('data: ')) return JSON.parse(event.slice('data: '.length))
          continue
        }
        const { done, value } = await reader.read()
        if (done) return null
        text += decoder.decode(value, { stream: true })
      }
    },
    leave: () => leave.abort(),
  }
}
