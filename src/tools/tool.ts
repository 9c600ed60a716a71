/**
 * What an agent can do besides talking. `config/tools/*.ts` files default-export `defineTool({ … })` (import it from
 * 'earshot'); built-in tools are made the same way.
 */
import type { z } from 'zod'
import type { ToolEffect } from '../call/facts.ts'

/** What a handler knows of the call it serves. */
export interface ToolContext {
  readonly callId: string
  readonly agent: string
  /** The calling and the called number, as the carrier gave them; `from` may be `anonymous`. Never to be logged. */
  readonly from: string
  readonly to: string
  /** The same for the same call, tool and arguments: hand it to a backend that must not act twice. */
  readonly idempotencyKey: string
  /** Aborted when the tool's time is up or the call is over. */
  readonly signal: AbortSignal
  /** Written to the server's log with the call's id. Messages constant, no words or numbers of the caller. */
  readonly log: (message: string, fields?: Readonly<Record<string, string | number | boolean>>) => void
}

export interface ToolDefinition<Parameters extends z.ZodObject = z.ZodObject> {
  /** As the model calls it: letters, digits, `_` and `-`, at most 64. */
  readonly name: string
  /** For the model: what it does and when to use it. */
  readonly description: string
  readonly parameters: Parameters
  /** How long the handler may take before the model is told that the backend did not answer. Default 10,000. */
  readonly timeoutMs?: number
  /** @returns anything JSON can hold, or a string, for the model to read */
  readonly handler: (args: z.infer<Parameters>, context: ToolContext) => unknown
}

/** A tool ready to run. Its arguments are checked here, so that a handler never sees what its schema refuses. */
export interface Tool {
  readonly name: string
  readonly description: string
  /** JSON Schema of the arguments. */
  readonly parameters: Readonly<Record<string, unknown>>
  readonly timeoutMs: number
  /** Never throws: whatever goes wrong comes back as a sentence that the model can act on. */
  run(argumentsJson: string, context: ToolContext): Promise<ToolOutcome>
}

export interface ToolOutcome {
  readonly status: 'done' | 'failed'
  /** What the model reads. */
  readonly output: string
  /** What the call does besides. */
  readonly effect: ToolEffect | null
}
