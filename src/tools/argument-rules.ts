/** What is known of a tool's arguments, whatever kind of schema says it: how they are told to a model, checked, and kept from the log. */
import type { z } from 'zod'
import { argumentsFault, type CheckedArguments, checkArguments, jsonSchemaOf } from './arguments.ts'
import { redactArguments, redactEchoes } from './redact.ts'

export interface ArgumentRules<Args> {
  /** JSON Schema of the arguments. */
  readonly jsonSchema: Readonly<Record<string, unknown>>
  /** What is wrong with the arguments, for the model; null when nothing is, or only running the tool can tell. */
  fault(argumentsJson: string): string | null
  check(argumentsJson: string): CheckedArguments<Args> | Promise<CheckedArguments<Args>>
  /** The arguments as the log may keep them, whether or not they fit. */
  redact(argumentsJson: string): string
  /** Takes personal arguments out of a text that repeats them. */
  redactEchoes(args: unknown, text: string): string
}

/** @throws TypeError when the schema cannot be told to a model */
export function zodRules<Parameters extends z.ZodObject>(
  tool: string,
  parameters: Parameters,
): ArgumentRules<z.infer<Parameters>> {
  return {
    jsonSchema: parametersOf(tool, parameters),
    fault: (argumentsJson) => argumentsFault(tool, parameters, argumentsJson),
    check: (argumentsJson) => checkArguments(tool, parameters, argumentsJson),
    redact: (argumentsJson) => redactArguments(parameters, argumentsJson),
    redactEchoes: (args, text) => redactEchoes(parameters, args, text),
  }
}

function parametersOf(name: string, parameters: z.ZodObject): Readonly<Record<string, unknown>> {
  try {
    return jsonSchemaOf(parameters)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new TypeError(`the parameters of ${name} must be a z.object(…) that JSON can carry (${why})`, { cause })
  }
}
