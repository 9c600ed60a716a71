/** Every family of handlers, joined: an endpoint without one does not compile. */
import type { Desk } from '../desk/desk.ts'
import type { Gate } from './gate.ts'
import { type AgentsParts, agentsHandlers } from './http/agents-handlers.ts'
import { type CallsParts, callsHandlers } from './http/calls-handlers.ts'
import type { RouteLog } from './http/errors.ts'
import type { Handlers } from './http/handlers.ts'
import type { LiveHandlers } from './live/handlers.ts'
import { doorHandlers } from './sign-in/door-handlers.ts'
import { oidcHandlers } from './sign-in/oidc-handlers.ts'
import { peopleHandlers } from './sign-in/people-handlers.ts'

export interface AllParts {
  readonly desk: Desk
  readonly gate: Gate
  readonly log: RouteLog
  readonly publicUrl: string | null
  readonly calls: Omit<CallsParts, 'isUser'>
  readonly agents: AgentsParts
  readonly live: LiveHandlers
}

export function allHandlers({ desk, gate, log, publicUrl, calls, agents, live }: AllParts): Handlers {
  const { offline, version } = agents.health
  const isUser = async (userId: string): Promise<boolean> => (await desk.users.byId(userId)) !== null
  const callExists = async (callId: string): Promise<boolean> => (await calls.archive.call(callId)) !== null
  return {
    ...doorHandlers({ desk, offline, version }),
    ...oidcHandlers({ desk, gate, log }),
    ...peopleHandlers({ desk, publicUrl, callExists }),
    ...callsHandlers({ ...calls, isUser }),
    ...agentsHandlers(agents),
    ...live,
  }
}
