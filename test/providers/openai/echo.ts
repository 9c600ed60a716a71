import type { RealtimeSessionCreateRequest } from 'openai/resources/realtime/realtime'
import type { ClientMessage } from './scripted-server.ts'

/** The session as a server echoes it that does what it is asked. */
export function echoOf(message: Extract<ClientMessage, { type: 'session.update' }>): RealtimeSessionCreateRequest {
  if (message.session.type !== 'realtime') throw new Error('not a realtime session')
  return message.session
}
