/** What is to be looked up before a call is greeted, made of the agent's file, its tools and the call. */
import type { Agent } from '../agents/agent.ts'
import { beforeGreetingOf, type CallFacts, filledArguments } from '../agents/before-greeting.ts'
import type { LookupSetup } from '../call/lookup.ts'
import type { Tool } from '../tools/tool.ts'

/** @param onUnusable told why nothing is looked up although the agent's file says so */
export function lookupFor(
  agent: Pick<Agent, 'beforeGreeting'>,
  tools: ReadonlyMap<string, Tool>,
  facts: CallFacts,
  onUnusable: (tool: string, why: string) => void,
): LookupSetup | null {
  const asked = beforeGreetingOf(agent.beforeGreeting, [...tools.keys()])
  if (asked === null) return null
  const tool = tools.get(asked.tool)
  const why = tool === undefined ? 'it is not there' : tool.readOnly && !tool.confirm ? null : 'it may change something'
  if (tool === undefined || why !== null) {
    onUnusable(asked.tool, why ?? '')
    return null
  }
  const args = filledArguments(asked.arguments, facts)
  return {
    name: tool.name,
    arguments: args,
    logged: tool.redactArguments(args),
    fault: tool.fault(args),
    timeoutMs: tool.timeoutMs,
    withinMs: asked.withinMs,
  }
}
