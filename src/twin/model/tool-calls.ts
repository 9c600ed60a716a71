/** The function calls a reply becomes: only of tools there are, as the tool choice allows, with arguments as JSON text. */
import { z } from 'zod'
import type { Reply } from './script.ts'
import type { FunctionTool, ToolChoice } from './shapes.ts'

export interface PlannedCall {
  readonly name: string
  readonly arguments: string
}

/** @param parallel whether more than one call may be made in one response */
export function plannedCalls(
  { calls }: Reply,
  tools: readonly FunctionTool[],
  choice: ToolChoice,
  parallel: boolean,
): readonly PlannedCall[] {
  if (choice === 'none') return []
  const allowed = typeof choice === 'string' ? tools : tools.filter((tool) => tool.name === choice.name)
  const planned = calls.flatMap((call) => {
    const tool = allowed.find((each) => each.name === call.name)
    return tool ? [planCall(tool, call.arguments)] : []
  })
  const mustCall = planned.length === 0 && choice !== 'auto' ? allowed[0] : undefined
  if (mustCall) return [planCall(mustCall, null)]
  return parallel ? planned : planned.slice(0, 1)
}

function planCall(tool: FunctionTool, written: Readonly<Record<string, unknown>> | null): PlannedCall {
  return { name: tool.name, arguments: JSON.stringify(written ?? sample(tool.parameters ?? { type: 'object' })) }
}

const JsonSchema = z.looseObject({
  const: z.unknown().optional(),
  default: z.unknown().optional(),
  enum: z.array(z.unknown()).optional(),
  anyOf: z.array(z.unknown()).optional(),
  oneOf: z.array(z.unknown()).optional(),
  type: z.union([z.string(), z.array(z.string())]).optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
  required: z.array(z.string()).optional(),
  items: z.unknown().optional(),
  minItems: z.number().optional(),
  minimum: z.number().optional(),
})

/** The least that a JSON Schema accepts: a script need not spell out what a tool insists on. */
function sample(schema: unknown): unknown {
  const read = JsonSchema.safeParse(schema)
  if (!read.success) return null
  const { const: fixed, default: preset, enum: values, anyOf, oneOf, type, properties, required } = read.data
  const given = fixed ?? preset ?? values?.[0]
  if (given !== undefined) return given
  const option = (anyOf ?? oneOf)?.[0]
  if (option !== undefined) return sample(option)
  switch (Array.isArray(type) ? type[0] : type) {
    case 'string':
      return 'unknown'
    case 'integer':
    case 'number':
      return read.data.minimum ?? 0
    case 'boolean':
      return true
    case 'array':
      return Array.from({ length: read.data.minItems ?? 0 }, () => sample(read.data.items))
    case 'object':
      return Object.fromEntries((required ?? []).map((key) => [key, sample(properties?.[key])]))
    default:
      return null
  }
}
