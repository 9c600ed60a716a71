/** The schema of agents as JSON Schema: what editors complete with, and what the reference is written from. */
import { z } from 'zod'
import { AgentFile } from './agent.ts'

/** A part of a JSON Schema (draft 7), with what our schemas say of it besides. */
export const SchemaNode = z.looseObject({
  type: z.union([z.string(), z.array(z.string())]).optional(),
  description: z.string().optional(),
  default: z.unknown().optional(),
  examples: z.array(z.unknown()).optional(),
  enum: z.array(z.unknown()).optional(),
  const: z.unknown().optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  maxLength: z.number().optional(),
  required: z.array(z.string()).optional(),
  /** What a number counts. */
  unit: z.string().optional(),
  /** What a pattern lets through, in words. */
  allowed: z.string().optional(),
  /** What the keys of a map are. */
  called: z.string().optional(),
  /** A map that has not this key is none; set by whoever looks at the map. */
  needed: z.boolean().optional(),
  /** Where `${ENV_NAME}` is read. */
  secret: z.boolean().optional(),
  get properties(): z.ZodOptional<z.ZodRecord<z.ZodString, typeof SchemaNode>> {
    return z.record(z.string(), SchemaNode).optional()
  },
  get additionalProperties(): z.ZodOptional<z.ZodUnion<readonly [z.ZodBoolean, typeof SchemaNode]>> {
    return z.union([z.boolean(), SchemaNode]).optional()
  },
  get propertyNames(): z.ZodOptional<typeof SchemaNode> {
    return SchemaNode.optional()
  },
  get items(): z.ZodOptional<typeof SchemaNode> {
    return SchemaNode.optional()
  },
  get anyOf(): z.ZodOptional<z.ZodArray<typeof SchemaNode>> {
    return z.array(SchemaNode).optional()
  },
  get oneOf(): z.ZodOptional<z.ZodArray<typeof SchemaNode>> {
    return z.array(SchemaNode).optional()
  },
})
export type SchemaNode = z.infer<typeof SchemaNode>

/** The schema, read as what it says to people. */
export function agentSchema(): SchemaNode {
  return SchemaNode.parse(z.toJSONSchema(AgentFile, { io: 'input', target: 'draft-7' }))
}

/** The text of `agent.schema.json`. Nothing is required in it: what one file lacks may be in its base. */
export function agentSchemaText(): string {
  const { $schema, ...schema } = forEditors(agentSchema())
  const title = 'An agent of Earshot'
  return `${JSON.stringify({ $schema, title, ...schema, required: undefined }, null, 2)}\n`
}

/** Without words that only we know; an editor shows the description, so that says them. */
function forEditors(node: SchemaNode): SchemaNode {
  const { unit, allowed, called: _, secret, default: usual, required = [], ...rest } = node
  const { properties, additionalProperties, propertyNames, items, anyOf, oneOf } = node
  const words = [rest.description, unit && `In ${unit}.`, secret && `Secrets are written as \${ENV_NAME}.`]
  const description = words.filter((each) => each).join(' ')
  // A key that has a default, or is assumed, may be left out.
  const needed = required.filter((key) => properties?.[key]?.default === undefined)
  return {
    ...rest,
    ...(description !== '' && { description }),
    ...(rest.description === undefined && allowed !== undefined && { description: allowed }),
    ...(!isMap(usual) && usual !== undefined && { default: usual }),
    ...(properties && {
      properties: Object.fromEntries(Object.entries(properties).map(([key, child]) => [key, forEditors(child)])),
    }),
    ...(needed.length > 0 && { required: needed }),
    ...(typeof additionalProperties === 'object' && { additionalProperties: forEditors(additionalProperties) }),
    ...(propertyNames && { propertyNames: forEditors(propertyNames) }),
    ...(items && { items: forEditors(items) }),
    ...(anyOf && { anyOf: anyOf.map(forEditors) }),
    ...(oneOf && { oneOf: oneOf.map(forEditors) }),
  }
}

function isMap(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
