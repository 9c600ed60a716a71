/** Where callers may be sent: names in the agent's file, which alone knows the numbers behind them. */
import type { Agent } from '../agents/agent.ts'
import type { Destination } from '../carriers/carrier.ts'

/** @returns null when the agent has none of this name */
export function destinationOf(agent: Agent, name: string): Destination | null {
  const found = Object.hasOwn(agent.destinations, name) ? agent.destinations[name] : undefined
  if (found === undefined) return null
  return 'phone' in found ? { phone: found.phone } : { sip: found.sip }
}
