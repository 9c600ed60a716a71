/**
 * What an agent can do besides talking. `config/tools/*.ts` files default-export `defineTool({ … })` (import it from
 * 'earshot'); built-in tools are made the same way.
 */
import type { z } from 'zod'
import type { ToolEffect } from '../call/facts.ts'
import { type ArgumentRules, zodRules } from './argument-rules.ts'
import { redact } from './redact.ts'
import { resultText } from './result.ts'

/** What a handler knows of the call it serves. */
export interface ToolContext<Secret extends string = string> {
  readonly callId: string
  readonly agent: string
  /** The calling and the called number, as the carrier gave them; `from` may be `anonymous`. Never to be logged. */
  readonly from: string
  readonly to: string
  /** The same for the same call, tool and arguments: hand it to a backend that must not act twice. */
  readonly idempotencyKey: string
  /** What the environment holds for the names under the tool's `secrets`. Never to be logged, nor given to the model. */
  readonly secrets: Readonly<Record<Secret, string>>
  /** Aborted when the tool's time is up or the call is over. */
  readonly signal: AbortSignal
  /** Written to the server's log with the call's id. Messages constant, no words or numbers of the caller. */
  readonly log: (message: string, fields?: Readonly<Record<string, string | number | boolean>>) => void
}

export interface ToolDefinition<Parameters extends z.ZodObject = z.ZodObject, Secret extends string = never> {
  /** As the model calls it: letters, digits, `_` and `-`, at most 64. */
  readonly name: string
  /** For the model: what it does and when to use it. */
  readonly description: string
  /** What is marked with `.meta({ pii: true })` reaches the handler and not the log. */
  readonly parameters: Parameters
  /** How long the handler may take before the model is told that the backend did not answer. Default 10,000. */
  readonly timeoutMs?: number
  /** It changes nothing: it may be given up when the caller interrupts, and asked again after a failure. Default false. */
  readonly readOnly?: boolean
  /** It is run only after the caller has heard what is to be done and has answered. Default false. */
  readonly confirm?: boolean
  /** What the handler gives back, for the log alone: what is marked with `.meta({ pii: true })` is not written there. */
  readonly result?: z.ZodType
  /** Names of the environment that the handler finds under `context.secrets`; one that is not set is told when the file is loaded. */
  readonly secrets?: readonly Secret[]
  /** @throws ToolFailure when nothing was done, with a sentence for the model  @returns anything JSON can hold, or a string, for the model to read */
  readonly handler: (args: z.infer<Parameters>, context: ToolContext<Secret>) => unknown
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
  readonly readOnly: boolean
  readonly confirm: boolean
  /** Names of the environment that it is run with. */
  readonly secrets: readonly string[]
  /** What is wrong with the arguments, for the model; null when nothing is, or only running it can tell. */
  fault(argumentsJson: string): string | null
  /** The arguments as the log may keep them, whether or not they fit. */
  redactArguments(argumentsJson: string): string
  /** Never throws: whatever goes wrong comes back as a sentence that the model can act on. */
  run(argumentsJson: string, context: ToolContext): Promise<ToolOutcome>
}

export interface ToolOutcome {
  /** `failed`: it did not act. `unknown`: it may have. */
  readonly status: 'done' | 'failed' | 'unknown'
  /** What the model reads. */
  readonly output: string
  /** What the log keeps of it. */
  readonly logged: string
  /** What the call does besides. */
  readonly effect: ToolEffect | null
}

/** What a tool's own code makes of a call: done, and logged as the model reads it, unless it says otherwise. */
export type ToolAnswer = Pick<ToolOutcome, 'output'> & Partial<ToolOutcome>

/** Thrown by a handler that has done nothing and knows why: the message is for the model. */
export class ToolFailure extends Error {
  override readonly name = 'ToolFailure'
}

const DEFAULT_TIMEOUT_MS = 10_000
const LONGEST_TIMEOUT_MS = 120_000
const SECRET_NAME = /^[A-Z_][A-Z0-9_]*$/
const TOOL_NAME = /^[A-Za-z0-9_-]{1,64}$/

/**
 * Makes a tool of a handler.
 * @throws TypeError when the definition itself is wrong: a name the model could not call, no description, a time limit
 *   that is not 1 to 120,000 ms, or parameters that JSON Schema cannot express
 */
export function defineTool<Parameters extends z.ZodObject, const Secret extends string = never>(
  definition: ToolDefinition<Parameters, Secret>,
): Tool {
  if (typeof definition.handler !== 'function') throw new TypeError(`${definition.name} needs a handler`)
  const { handler, result, ...built } = definition
  const { secrets = [] } = definition
  return buildTool(built, async (args, context) => {
    const value = await handler(args, { ...context, secrets: only(secrets, context.secrets) })
    const output = resultText(value)
    const clean = redact(result, value)
    return { output, logged: clean === value ? output : resultText(clean) }
  })
}

/** @throws Error when one is not there, which loading has made sure of */
function only<Name extends string>(
  names: readonly Name[],
  values: Readonly<Record<string, string>>,
): Readonly<Record<Name, string>> {
  const found = Object.fromEntries(names.map((name) => [name, values[name]]))
  if (!isComplete(names, found)) throw new Error('a secret is not set')
  return Object.freeze(found)
}

function isComplete<Name extends string>(
  names: readonly Name[],
  values: Readonly<Record<string, string | undefined>>,
): values is Readonly<Record<Name, string>> {
  return names.every((name) => values[name] !== undefined)
}

/** As {@link defineTool}, for built-in tools and those of YAML, which say more of what came of a call. */
export function buildTool<Parameters extends z.ZodObject>(
  { parameters, ...definition }: Omit<ToolDefinition<Parameters, string>, 'handler' | 'result'>,
  act: (args: z.infer<Parameters>, context: ToolContext) => ToolAnswer | Promise<ToolAnswer>,
  reach: Tool['reach'] = 'backend',
): Tool {
  checkDefinition(definition)
  return assembleTool(definition, zodRules(definition.name, parameters), act, reach)
}

function checkDefinition({ name, description, secrets = [], timeoutMs = DEFAULT_TIMEOUT_MS }: ToolFrame): void {
  if (!TOOL_NAME.test(name)) {
    throw new TypeError(`the name ${JSON.stringify(name)} must be 1 to 64 letters, digits, "_" and "-"`)
  }
  if (typeof description !== 'string' || description.trim() === '') {
    throw new TypeError(`${name} needs a description that tells the model what it does and when to use it`)
  }
  if (!Number.isInteger(timeoutMs) || timeoutMs < 1 || timeoutMs > LONGEST_TIMEOUT_MS) {
    throw new TypeError(`the timeoutMs of ${name} must be a whole number from 1 to ${LONGEST_TIMEOUT_MS}`)
  }
  if (!Array.isArray(secrets) || !secrets.every((secret) => SECRET_NAME.test(secret)))
    throw new TypeError(`the secrets of ${name} are names of the environment, like ['CRM_KEY']`)
}

/** What every tool has, whatever its arguments are described with. */
type ToolFrame = Omit<ToolDefinition<z.ZodObject, string>, 'parameters' | 'handler' | 'result'>

/** A tool of checked arguments and what it does with them. */
export function assembleTool<Args>(
  { name, description, timeoutMs = DEFAULT_TIMEOUT_MS, readOnly = false, confirm = false, secrets = [] }: ToolFrame,
  rules: ArgumentRules<Args>,
  act: (args: Args, context: ToolContext) => ToolAnswer | Promise<ToolAnswer>,
  reach: Tool['reach'] = 'backend',
): Tool {
  return Object.freeze({
    name,
    description: confirm ? `${description} ${CONFIRM_NOTE}` : description,
    parameters: rules.jsonSchema,
    timeoutMs,
    reach,
    readOnly,
    confirm,
    secrets,
    fault: rules.fault,
    redactArguments: rules.redact,
    async run(argumentsJson: string, context: ToolContext): Promise<ToolOutcome> {
      let args: unknown
      try {
        const checked = await rules.check(argumentsJson)
        if (!checked.ok) return failure(checked.sentence)
        args = checked.args
        const answer = { status: 'done', effect: null, ...(await act(checked.args, context)) } as const
        return { ...answer, logged: rules.redactEchoes(args, answer.logged ?? answer.output) }
      } catch (error) {
        if (error instanceof ToolFailure)
          return { ...failure(error.message), logged: rules.redactEchoes(args, error.message) }
        context.log('tool failed', { tool: name, ...failureFields(error) })
        return readOnly
          ? failure(`${name} did not work just now. Tell the caller.`)
          : { ...failure(unknownOutcome(name)), status: 'unknown' }
      }
    },
  })
}

/** The same tool, run with these secrets whatever the context says. */
export function withSecrets(tool: Tool, secrets: Readonly<Record<string, string>>): Tool {
  return Object.freeze({
    ...tool,
    run: (argumentsJson: string, context: ToolContext) => tool.run(argumentsJson, { ...context, secrets }),
  })
}

const CONFIRM_NOTE =
  'It is carried out only after the caller has agreed: the first call prepares it, and the answer tells how to go on.'

function failure(output: string): ToolOutcome {
  return { status: 'failed', output, logged: output, effect: null }
}

/** For the model, of a tool that may have acted. */
export function unknownOutcome(name: string): string {
  return `${name} failed, and it is not known whether it acted. Tell the caller that it did not work just now, and do not try again unasked.`
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
