/** Tool calls of the model from the moment it makes them until it has an answer to each. Rules TC1–TC9 in RULES.md. */

export interface ToolCall {
  readonly toolCallId: string
  /** The session that made the call: only that one can be answered. */
  readonly session: number
  readonly responseId: string
  readonly outputIndex: number
  readonly name: string
  /** The same for the same tool and arguments. */
  readonly key: string
  /** How many turns the caller had had. */
  readonly turn: number
  readonly calledMs: number
  /** `refused`: nobody ran it, and it counts for no other. `repeat`: it gets the answer of the one it repeats. */
  readonly standing: 'run' | 'held' | 'refused' | 'repeat'
  /** Somebody began to run it. */
  readonly sent: boolean
  /** What the model is to read; null while the backend works. */
  readonly output: string | null
  readonly answered: boolean
  /** The provider has taken the answer into the conversation. */
  readonly accepted: boolean
  /** A response was asked for after the answer was sent. */
  readonly askedFor: boolean
  /** A response that has seen the answer was started. */
  readonly replied: boolean
  /** No response is wanted for this answer. */
  readonly silent: boolean
}

export type PendingTools = readonly ToolCall[]

export const NO_TOOLS: PendingTools = []

/** @returns the same list when the call is known already: it is made once, however often it is told [TC1] */
export function toolCalled(
  tools: PendingTools,
  call: Pick<ToolCall, 'toolCallId' | 'session' | 'responseId' | 'outputIndex' | 'name' | 'key' | 'turn' | 'calledMs'>,
): PendingTools {
  if (tools.some((tool) => tool.toolCallId === call.toolCallId)) return tools
  const waiting = { output: null, answered: false, accepted: false, askedFor: false, replied: false, silent: false }
  const added: ToolCall = { ...call, standing: 'run', sent: false, ...waiting }
  return [...tools, added].sort((a, b) => a.outputIndex - b.outputIndex)
}

export function changeTool(tools: PendingTools, toolCallId: string, change: Partial<ToolCall>): PendingTools {
  return tools.map((tool) => (tool.toolCallId === toolCallId ? { ...tool, ...change } : tool))
}

/** The call of the same turn of the caller that this one repeats. [TC9] */
export function repeated(tools: PendingTools, key: string, turn: number): ToolCall | undefined {
  return tools.find(
    (tool) => tool.key === key && tool.turn === turn && (tool.standing === 'run' || tool.standing === 'held'),
  )
}

/** Calls that wait for the answer of this one. */
export function repeatsOf(tools: PendingTools, { key, turn }: ToolCall): readonly ToolCall[] {
  return tools.filter(
    (tool) => tool.standing === 'repeat' && tool.key === key && tool.turn === turn && tool.output === null,
  )
}

/** @returns the same list when the call is unknown or has an output already: the first one counts [TC2] */
export function toolFinished(tools: PendingTools, toolCallId: string, output: string, silent: boolean): PendingTools {
  if (!tools.some((tool) => tool.toolCallId === toolCallId && tool.output === null)) return tools
  return tools.map((tool) => (tool.toolCallId === toolCallId ? { ...tool, output, silent } : tool))
}

/** Calls whose answer may go out now: in the order the model made them, none before those ahead of it. [TC3] */
export function answerable(tools: PendingTools): readonly ToolCall[] {
  return tools.filter(
    (tool) =>
      !tool.answered &&
      tool.output !== null &&
      tools.every(
        (other) =>
          other.responseId !== tool.responseId || other.outputIndex >= tool.outputIndex || other.output !== null,
      ),
  )
}

export function markAnswered(tools: PendingTools, toolCallId: string): PendingTools {
  return tools.map((tool) => (tool.toolCallId === toolCallId ? { ...tool, answered: true } : tool))
}

export function markAccepted(tools: PendingTools, toolCallId: string): PendingTools {
  return tools.map((tool) => (tool.toolCallId === toolCallId && tool.answered ? { ...tool, accepted: true } : tool))
}

/** A response has been asked for: it will know every answer sent before. */
export function markAskedFor(tools: PendingTools): PendingTools {
  return tools.map((tool) => (tool.answered ? { ...tool, askedFor: true } : tool))
}

/**
 * A response has started: which answers does it know? Those the provider had taken in before, and, when it is the one we
 * asked for, those sent before we asked. [TC5]
 */
export function markReplied(tools: PendingTools, askedByUs: boolean): PendingTools {
  return tools.map((tool) => (tool.accepted || (askedByUs && tool.askedFor) ? { ...tool, replied: true } : tool))
}

/** Some response's calls all have their answers, and no response has seen them yet. [TC4] */
export function wantsReply(tools: PendingTools): boolean {
  return tools.some(
    (tool) =>
      tool.answered &&
      !tool.replied &&
      !tool.silent &&
      tools.every((other) => other.responseId !== tool.responseId || other.answered),
  )
}

export function isWorking(tools: PendingTools): boolean {
  return tools.some((tool) => tool.output === null)
}
