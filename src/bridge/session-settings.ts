/** What a session is opened with: the agent's YAML in the provider contract's words. */
import type { CallAgent } from '../agents/agent.ts'
import type { SeedItem } from '../call/commands.ts'
import type { SessionSettings } from '../providers/provider.ts'
import type { Tool } from '../tools/tool.ts'

/** The greeting is part of what the agent knows, so that one that was cut off can be made good in the next answer. */
export function instructionsOf(agent: CallAgent): string {
  if (agent.greeting === null) return agent.instructions
  return `${agent.instructions}\n\nYou open the call by saying: "${agent.greeting}" You say it once.`
}

export function sessionSettings(
  agent: CallAgent,
  tools: ReadonlyMap<string, Tool>,
  seed: readonly SeedItem[],
  callerPseudonym: string,
): SessionSettings {
  return {
    instructions: instructionsOf(agent),
    wire: agent.audio.wire,
    model: agent.model,
    turn: agent.turn,
    tools: [...tools.values()].map(({ name, description, parameters }) => ({ name, description, parameters })),
    seed,
    callerPseudonym,
  }
}
