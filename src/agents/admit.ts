/** Who takes a phone call: an agent, a sentence, or somebody else's telephone. Pure: what it weighs is all in its arguments. */
import { type Agent, agentFor, languageFor } from './agent.ts'
import { isOpen } from './hours.ts'
import type { Otherwise } from './values.ts'

/** A phone call that nobody has answered yet. */
export interface Asking {
  /** As the carrier gives them; `from` may be the word `anonymous`. */
  readonly from: string
  readonly to: string
  /** How many calls an agent talks in at the moment. */
  readonly callsOf: (agentName: string) => number
  /** Which budget of the day would not bear another call of this caller. */
  readonly spentOf: (agent: Agent, from: string) => 'agent' | 'caller' | null
}

/** `reason` is for the log; `language` is that of the sentence, null when no file says it. */
export type Admission =
  | { readonly type: 'agent'; readonly agent: Agent }
  | { readonly type: 'say'; readonly say: string; readonly language: string | null; readonly reason: string }
  | { readonly type: 'destination'; readonly agent: Agent; readonly destination: string; readonly reason: string }

const NOBODY = 'We are sorry, this number is not in service.'
const CLOSED = 'We are sorry, nobody can take your call now. Please call again later.'

/**
 * The agent of the called number takes the call, when the caller may call it, within its hours and while it has room. An
 * agent that another one passes calls to is asked the same, each once.
 * @param now ms since 1970
 */
export function admit(agents: readonly Agent[], call: Asking, now: number): Admission {
  const asked = new Set<Agent>()
  let agent = agentFor(agents, call.to)
  if (agent === null) return { type: 'say', say: NOBODY, language: null, reason: 'no agent answers this number' }
  for (;;) {
    const refusal = refusalOf(agent, call, now)
    if (refusal === null) return { type: 'agent', agent }
    const { otherwise, reason } = refusal
    const why = `${agent.name}: ${reason}`
    const language = languageFor(agent, call.to)
    if ('say' in otherwise) return { type: 'say', say: otherwise.say, language, reason: why }
    if ('destination' in otherwise) {
      return { type: 'destination', agent, destination: otherwise.destination, reason: why }
    }
    asked.add(agent)
    const next = agents.find((each) => each.name === otherwise.agent)
    if (next === undefined || asked.has(next)) return { type: 'say', say: CLOSED, language, reason: why }
    agent = next
  }
}

interface RefusalOf {
  readonly otherwise: Otherwise
  readonly reason: string
}

function refusalOf(agent: Agent, { from, callsOf, spentOf }: Asking, now: number): RefusalOf | null {
  const { callers, hours, limits } = agent
  const isListed = (list: readonly string[]) => list.some((pattern) => fits(pattern, from))
  if (isListed(callers.block)) return { otherwise: callers.otherwise, reason: 'the caller is blocked' }
  if (callers.allow !== null && !isListed(callers.allow)) {
    return { otherwise: callers.otherwise, reason: 'the caller is not among those allowed' }
  }
  if (hours !== null && !isOpen(hours, now)) return { otherwise: hours.otherwise, reason: 'outside its hours' }
  if (limits.maxCalls !== null && callsOf(agent.name) >= limits.maxCalls) {
    return { otherwise: { say: limits.whenFull }, reason: 'it has as many calls as it may' }
  }
  const spent = spentOf(agent, from)
  if (spent === null) return null
  const whose = spent === 'agent' ? 'its budget' : 'the budget of one caller'
  return { otherwise: limits.whenSpent, reason: `${whose} for the day is spent` }
}

function fits(pattern: string, from: string): boolean {
  if (pattern === 'anonymous') return !/^(\+\d|sips?:)/.test(from)
  return pattern.endsWith('*') ? from.startsWith(pattern.slice(0, -1)) : from === pattern
}
