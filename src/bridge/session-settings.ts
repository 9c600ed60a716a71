/** What a session is opened with: the agent's YAML in the provider contract's words. */
import type { CallAgent } from '../agents/agent.ts'
import type { SeedItem } from '../call/commands.ts'
import type { SessionSettings } from '../providers/provider.ts'
import type { Tool } from '../tools/tool.ts'

/** The greeting is part of what the agent knows, so that one that was cut off can be made good in the next answer. */
export function instructionsOf(agent: CallAgent): string {
  const { instructions, greeting, recording } = agent
  const parts = [instructions]
  if (greeting !== null) parts.push(`You open the call by saying: "${greeting}" You say it once.`)
  if (recording.mode === 'after_consent') parts.push(askConsent(recording.ask))
  return parts.join('\n\n')
}

function askConsent(question: string): string {
  return `This call is recorded only if the caller agrees. Ask them once, near the beginning, in these words: "${question}" When they have answered, call allow_recording with allowed true or false. When they say later that they do not want to be recorded, call it with allowed false at once.`
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
