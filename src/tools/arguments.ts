/** A model's arguments, checked before a handler sees them; what is wrong is told to the model so that it can do better. */
import { z } from 'zod'

export type CheckedArguments<Parameters extends z.ZodObject> =
  | { readonly ok: true; readonly args: z.infer<Parameters> }
  /** For the model: which argument, what it should be. */
  | { readonly ok: false; readonly sentence: string }

/** More than this many faults at once is no help. */
const FAULTS_MOST = 5

export async function checkArguments<Parameters extends z.ZodObject>(
  tool: string,
  parameters: Parameters,
  argumentsJson: string,
): Promise<CheckedArguments<Parameters>> {
  let value: unknown
  try {
    value = JSON.parse(argumentsJson.trim() === '' ? '{}' : argumentsJson)
  } catch {
    return { ok: false, sentence: `The arguments of ${tool} are not valid JSON. Call it again with a JSON object.` }
  }
  const checked = await parameters.safeParseAsync(value, { reportInput: true })
  if (checked.success) return { ok: true, args: checked.data }
  const faults = checked.error.issues.slice(0, FAULTS_MOST).map(faultOf)
  return {
    ok: false,
    sentence: `The arguments of ${tool} do not fit: ${faults.join('; ')}. Ask the caller for what is missing or unclear, then call ${tool} again.`,
  }
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
    },
  })
  return schema
}
