/** An example of whatever a JSON Schema describes, made from it: the same every time, and such that the schema takes it. */
import type { z } from 'zod'

/** As much of JSON Schema as zod writes. */
export interface JsonSchema {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly default?: unknown
  readonly anyOf?: readonly JsonSchema[]
  readonly oneOf?: readonly JsonSchema[]
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly items?: JsonSchema
  readonly minLength?: number
  readonly minimum?: number
  readonly format?: string
  readonly description?: string
}
export type SchemaOf = (schema: z.ZodType, io: 'input' | 'output') => JsonSchema

/** What a name usually stands for. */
const USUAL: Readonly<Record<string, unknown>> = {
  callId: '0b7d5c1e-8a8e-4c57-9a35-2f1f5d0c7a11',
  agent: 'harbour-bikes',
  agentVersion: 'a1b2c3d4e5f6',
  version: 'a1b2c3d4e5f6',
  from: '+15550123',
  to: '+15550100',
  carrier: 'twilio',
  provider: 'openai',
  model: 'gpt-realtime-2.1',
  email: 'mona@example.com',
  name: 'Mona',
  author: 'Mona',
  text: 'Where is my bicycle?',
  caller: '+15550123',
  message: 'a sentence that names the thing and the fix',
}
const A_DAY = Date.UTC(2026, 10, 21, 10)

export function exampleOf(schema: JsonSchema, schemas: Readonly<Record<string, JsonSchema>>, name = ''): unknown {
  const { $ref, anyOf, oneOf, properties, items } = schema
  if ($ref !== undefined) return exampleOf(schemas[$ref.split('/').at(-1) ?? ''] ?? {}, schemas, name)
  if (schema.const !== undefined) return schema.const
  if (schema.default !== undefined) return schema.default
  if (schema.enum !== undefined) return schema.enum[0]
  const [first] = anyOf ?? oneOf ?? []
  if (first !== undefined) return exampleOf(first, schemas, name)
  const type = typeof schema.type === 'string' ? schema.type : schema.type?.[0]
  switch (type) {
    case 'object':
      return Object.fromEntries(
        Object.entries(properties ?? {}).map(([key, each]) => [key, exampleOf(each, schemas, key)]),
      )
    case 'array':
      return items === undefined ? [] : [exampleOf(items, schemas, name)]
    case 'string':
      return text(schema, name)
    case 'integer':
    case 'number':
      return name.endsWith('At') || name === 'at' || name === 'since'
        ? A_DAY
        : Math.max(schema.minimum ?? 0, name.endsWith('Ms') ? 1200 : 1)
    case 'boolean':
      return false
    default:
      return null
  }
}

function text({ minLength = 0, format }: JsonSchema, name: string): string {
  const usual = USUAL[name]
  if (typeof usual === 'string' && usual.length >= minLength) return usual
  if (format === 'email') return 'mona@example.com'
  const word = name === '' ? 'text' : name
  return word.padEnd(minLength, '.')
}
