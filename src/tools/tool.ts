/**
 * What an agent can do besides talking. `config/tools/*.ts` files default-export `defineTool({ … })` (import it from
 * 'earshot'); built-in tools are made the same way.
 */
import type { z } from 'zod'
import type { ToolEffect } from '../call/facts.ts'
import { checkArguments, jsonSchemaOf } from './arguments.ts'
import { resultText } from './result.ts'

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
  /** `backend`: it may act outside of the call, so it is run only when that has been written down. `call`: on the call alone. */
  readonly reach: 'backend' | 'call'
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

const DEFAULT_TIMEOUT_MS = 10_000
const LONGEST_TIMEOUT_MS = 120_000
const TOOL_NAME = /^[A-Za-z0-9_-]{1,64}$/

/**
 * Makes a tool of a handler.
 * @throws TypeError when the definition itself is wrong: a name the model could not call, no description, a time limit
 *   that is not 1 to 120,000 ms, or parameters that JSON Schema cannot express
 */
export function defineTool<Parameters extends z.ZodObject>(definition: ToolDefinition<Parameters>): Tool {
  if (typeof definition.handler !== 'function') throw new TypeError(`${definition.name} needs a handler`)
  return buildTool(definition, async (args, context) => ({
    output: resultText(await definition.handler(args, context)),
    effect: null,
  }))
}

/** As {@link defineTool}, for built-in tools, which may also do something to the call. */
export function buildTool<Parameters extends z.ZodObject>(
  definition: Omit<ToolDefinition<Parameters>, 'handler'>,
  act: (
    args: z.infer<Parameters>,
    context: ToolContext,
  ) => Omit<ToolOutcome, 'status'> | Promise<Omit<ToolOutcome, 'status'>>,
  reach: Tool['reach'] = 'backend',
): Tool {
  const { name, description, parameters, timeoutMs = DEFAULT_TIMEOUT_MS } = definition
  if (!TOOL_NAME.test(name)) {
    throw new TypeError(`the name ${JSON.stringify(name)} must be 1 to 64 letters, digits, "_" and "-"`)
  }
  if (typeof description !== 'string' || description.trim() === '') {
    throw new TypeError(`${name} needs a description that tells the model what it does and when to use it`)
  }
  if (!Number.isInteger(timeoutMs) || timeoutMs < 1 || timeoutMs > LONGEST_TIMEOUT_MS) {
    throw new TypeError(`the timeoutMs of ${name} must be a whole number from 1 to ${LONGEST_TIMEOUT_MS}`)
  }
  return Object.freeze({
    name,
    description,
    parameters: parametersOf(name, parameters),
    timeoutMs,
    reach,
    async run(argumentsJson: string, context: ToolContext): Promise<ToolOutcome> {
      try {
        const checked = await checkArguments(name, parameters, argumentsJson)
        if (!checked.ok) return { status: 'failed', output: checked.sentence, effect: null }
        return { status: 'done', ...(await act(checked.args, context)) }
      } catch (error) {
        context.log('tool failed', { tool: name, ...failureFields(error) })
        const output = `${name} failed, and it is not known whether it acted. Tell the caller that it did not work just now, and do not try again unasked.`
        return { status: 'failed', output, effect: null }
      }
    },
  })
}

function parametersOf(name: string, parameters: z.ZodObject): Readonly<Record<string, unknown>> {
  try {
    return jsonSchemaOf(parameters)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new TypeError(`the parameters of ${name} must be a z.object(…) that JSON can carry (${why})`, { cause })
  }
}

/** What may be logged of a failure. Its message may not: backends put names, numbers and whole requests into theirs. */
function failureFields(error: unknown): Record<string, string> {
  if (!(error instanceof Error)) return { error: typeof error }
  const fields: { error: string; code?: string; at?: string } = { error: error.name }
  const code = codeOf(error) ?? codeOf(error.cause)
  if (code !== null) fields.code = code
  const where = /\n\s+at (?:.*\()?(.*?:\d+:\d+)\)?/.exec(error.stack ?? '')?.[1]
  if (where !== undefined) fields.at = where
  return fields
}

function codeOf(error: unknown): string | null {
  if (typeof error !== 'object' || error === null || !('code' in error)) return null
  return typeof error.code === 'string' && /^[A-Z0-9_]+$/.test(error.code) ? error.code : null
}
