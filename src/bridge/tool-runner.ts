/**
 * Runs the tool calls of one call: journalled before it is sent, outcome told to the core as a fact. A tool cannot hold
 * up the audio, another tool, or another call.
 */
import type { SessionFact, ToolFact } from '../call/facts.ts'
import { idempotencyKey } from '../tools/idempotency.ts'
import type { Tool, ToolContext } from '../tools/tool.ts'

export interface ToolRunnerParts {
  readonly tools: ReadonlyMap<string, Tool>
  readonly context: Pick<ToolContext, 'callId' | 'agent' | 'from' | 'to' | 'secrets' | 'log'>
  /** Resolves when all that was recorded of the call so far is kept. */
  readonly durable: () => Promise<void>
  readonly tell: (fact: ToolFact) => void
}

/** What is known of a tool call before it is run. */
export type ToolCallNotes = Pick<Extract<SessionFact, { type: 'tool-called' }>, 'logged' | 'fault'>

/** A sync to disk takes milliseconds; one that takes this long is not going to come while the caller listens. */
const WRITTEN_WITHIN_MS = 2_000

export class ToolRunner {
  readonly #parts: ToolRunnerParts
  readonly #running = new Map<string, AbortController>()

  constructor(parts: ToolRunnerParts) {
    this.#parts = parts
  }

  /** What may be written down of a call, and what is wrong with it. Arguments of a tool that nobody has may hold anything. */
  notesOn(name: string, argumentsJson: string): ToolCallNotes {
    const tool = this.#parts.tools.get(name)
    if (tool !== undefined) return { logged: tool.redactArguments(argumentsJson), fault: tool.fault(argumentsJson) }
    const names = [...this.#parts.tools.keys()].join(', ')
    const fault = `There is no tool named ${name}. The tools are: ${names === '' ? 'none' : names}.`
    return { logged: '"[redacted]"', fault }
  }

  run(toolCallId: string, name: string, argumentsJson: string): void {
    const tool = this.#parts.tools.get(name)
    if (tool === undefined) return this.#notDone(toolCallId, `There is no tool named ${name}.`)
    const abort = new AbortController()
    this.#running.set(toolCallId, abort)
    void this.#runOne(tool, toolCallId, argumentsJson, abort.signal)
  }

  abort(toolCallId: string): void {
    this.#running.get(toolCallId)?.abort()
    this.#running.delete(toolCallId)
  }

  abortAll(): void {
    for (const toolCallId of [...this.#running.keys()]) this.abort(toolCallId)
  }

  async #runOne(tool: Tool, toolCallId: string, argumentsJson: string, signal: AbortSignal): Promise<void> {
    const { context, tell } = this.#parts
    const acts = tool.reach !== 'call' && !tool.readOnly
    if (acts && !(await this.#isWrittenDown())) {
      if (signal.aborted) return
      this.#running.delete(toolCallId)
      const output =
        'Not done: it could not be written down first. Tell the caller that this is not possible at the moment.'
      return this.#notDone(toolCallId, output)
    }
    if (signal.aborted) return
    tell({ type: 'tool-sent', toolCallId })
    const outcome = await tool.run(argumentsJson, {
      ...context,
      idempotencyKey: idempotencyKey(context.callId, tool.name, argumentsJson),
      signal,
    })
    this.#running.delete(toolCallId)
    if (!signal.aborted) tell({ type: 'tool-finished', toolCallId, ...outcome })
  }

  #notDone(toolCallId: string, output: string): void {
    this.#parts.tell({ type: 'tool-finished', toolCallId, status: 'failed', output, logged: output, effect: null })
  }

  /**
   * A side effect that is not in the journal could not be found again after a crash. While the log fails the caller
   * does not wait for it: what was not written down in time is not done, and the model hears so while its answer still fits.
   */
  async #isWrittenDown(): Promise<boolean> {
    const late = Promise.withResolvers<false>()
    const timer = setTimeout(() => late.resolve(false), WRITTEN_WITHIN_MS)
    try {
      return await Promise.race([this.#parts.durable().then(() => true), late.promise])
    } catch {
      return false
    } finally {
      clearTimeout(timer)
    }
  }
}
