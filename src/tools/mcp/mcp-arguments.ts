/** Arguments of a tool that an MCP server describes in JSON Schema: checked here, before anything is written down or sent. */
import type { JsonSchemaValidator } from '@modelcontextprotocol/client'
import { z } from 'zod'
import type { ArgumentRules } from '../argument-rules.ts'
import { misfit, notJson, parsed } from '../arguments.ts'
import { redactArguments, redactEchoes } from '../redact.ts'

export type McpArguments = Record<string, unknown>

/**
 * @param schema of the arguments, as the server gives it
 * @param pii names of arguments that the log is not given
 */
export function mcpArgumentRules(
  tool: string,
  schema: Readonly<Record<string, unknown>>,
  validate: JsonSchemaValidator<McpArguments>,
  pii: readonly string[],
): ArgumentRules<McpArguments> {
  const { $schema: _, ...jsonSchema } = schema
  const marks = marksOf(schema, pii)
  const check: ArgumentRules<McpArguments>['check'] = (argumentsJson) => {
    const value = parsed(argumentsJson)
    if (value === undefined) return { ok: false, sentence: notJson(tool) }
    const checked = validate(value)
    if (checked.valid) return { ok: true, args: checked.data }
    const faults = checked.errorMessage.split(', ').map((fault) => fault.replace(/^data\/? ?/, ''))
    return { ok: false, sentence: misfit(tool, faults) }
  }
  return {
    jsonSchema,
    fault(argumentsJson) {
      const checked = check(argumentsJson)
      return 'sentence' in checked ? checked.sentence : null
    },
    check,
    redact: (argumentsJson) => redactArguments(marks, argumentsJson),
    redactEchoes: (args, text) => redactEchoes(marks, args, text),
  }
}

/** The names of the arguments, those that are personal marked as in a schema of our own. */
function marksOf({ properties }: Readonly<Record<string, unknown>>, pii: readonly string[]): z.ZodObject {
  const known = typeof properties === 'object' && properties !== null ? Object.keys(properties) : []
  const names = [...new Set([...known, ...pii])]
  return z.object(
    Object.fromEntries(names.map((name) => [name, pii.includes(name) ? z.unknown().meta({ pii: true }) : z.unknown()])),
  )
}
