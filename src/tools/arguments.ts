/** A model's arguments, checked before a handler sees them; what is wrong is told to the model so that it can do better. */
import { z } from 'zod'

export type CheckedArguments<Args> =
  | { readonly ok: true; readonly args: Args }
  /** For the model: which argument, what it should be. */
  | { readonly ok: false; readonly sentence: string }

/** More than this many faults at once is no help. */
const FAULTS_MOST = 5

/** As {@link checkArguments}, without what a schema finds out only by waiting: a sentence for the model, or null. */
export function argumentsFault(tool: string, parameters: z.ZodObject, argumentsJson: string): string | null {
  const value = parsed(argumentsJson)
  if (value === undefined) return notJson(tool)
  try {
    const checked = parameters.safeParse(value, { reportInput: true })
    return checked.success ? null : sentenceOf(tool, checked.error)
  } catch {
    // The schema has checks that take time: they are made when the tool is run.
    return null
  }
}

export async function checkArguments<Parameters extends z.ZodObject>(
  tool: string,
  parameters: Parameters,
  argumentsJson: string,
): Promise<CheckedArguments<z.infer<Parameters>>> {
  const value = parsed(argumentsJson)
  if (value === undefined) return { ok: false, sentence: notJson(tool) }
  const checked = await parameters.safeParseAsync(value, { reportInput: true })
  if (checked.success) return { ok: true, args: checked.data }
  return { ok: false, sentence: sentenceOf(tool, checked.error) }
}

/** @returns undefined for what is not JSON */
export function parsed(argumentsJson: string): unknown {
  try {
    return JSON.parse(argumentsJson.trim() === '' ? '{}' : argumentsJson)
  } catch {
    return undefined
  }
}

export function notJson(tool: string): string {
  return `The arguments of ${tool} are not valid JSON. Call it again with a JSON object.`
}

function sentenceOf(tool: string, error: z.ZodError): string {
  return misfit(tool, error.issues.map(faultOf))
}

/** For the model: what is wrong, and what to do about it. */
export function misfit(tool: string, all: readonly string[]): string {
  const faults = all.slice(0, FAULTS_MOST)
  return `The arguments of ${tool} do not fit: ${faults.join('; ')}. Ask the caller for what is missing or unclear, then call ${tool} again.`
}

function faultOf(issue: z.core.$ZodIssue): string {
  const what = issue.message.replace(/^Invalid input: /, '')
  if (issue.path.length === 0) return what
  const name = z.core.toDotPath(issue.path)
  // "received undefined" is how zod says that nobody gave it.
  if (issue.code === 'invalid_type' && issue.input === undefined)
    return `${name} is missing (${what.replace(/, received.*/, '')})`
  return `${name}: ${what}`
}

/**
 * The JSON Schema that a model is given for a tool's arguments.
 * @throws Error when a parameter is of a kind that JSON cannot carry, such as a date
 */
export function jsonSchemaOf(parameters: z.ZodObject): Readonly<Record<string, unknown>> {
  const { $schema: _, ...schema } = z.toJSONSchema(parameters, {
    target: 'draft-7',
    // What the model has to give: an argument with a default is optional to it.
    io: 'input',
    override: ({ jsonSchema }) => {
      // Without it models add arguments that nobody reads.
      if (jsonSchema.type === 'object') jsonSchema.additionalProperties ??= false
      // Ours, and no word of JSON Schema.
      delete jsonSchema.pii
      // The format says it in a word; the expression that checks it is hundreds of letters that a model pays for and cannot read.
      if (jsonSchema.format !== undefined) delete jsonSchema.pattern
    },
  })
  return schema
}
