/** The schema of agents says the same to the server, to editors and to readers. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { AgentFile } from '../../src/agents/agent.ts'
import { agentSchema, agentSchemaText, type SchemaNode } from '../../src/agents/json-schema.ts'
import { agentReference } from '../../src/agents/reference.ts'

const ROOT = join(import.meta.dirname, '../..')
const MEND = 'run `npm run earshot -- schema --page docs/agent.md`'
const forEditors = z.fromJSONSchema(JSON.parse(agentSchemaText()))

it('config/agent.schema.json is current', () => {
  expect(readFileSync(join(ROOT, 'config/agent.schema.json'), 'utf8') === agentSchemaText(), MEND).toBe(true)
})

it('docs/agent.md has the current tables of keys', () => {
  expect(readFileSync(join(ROOT, 'docs/agent.md'), 'utf8').includes(`-->\n\n${agentReference()}\n\n<!--`), MEND).toBe(
    true,
  )
})

/** Every node of the schema with its path, those of a union's shapes too. */
function* nodesOf(path: string, node: SchemaNode): Generator<readonly [string, SchemaNode]> {
  yield [path, node]
  for (const shape of [...(node.anyOf ?? []), ...(node.oneOf ?? [])]) yield* nodesOf(path, shape)
  for (const [key, child] of Object.entries(node.properties ?? {})) yield* nodesOf(`${path}.${key}`, child)
  if (typeof node.additionalProperties === 'object') yield* nodesOf(`${path}.*`, node.additionalProperties)
  if (node.items !== undefined) yield* nodesOf(`${path}[]`, node.items)
}

it('says of every key what it is, and shows an example of every value', () => {
  const silent: string[] = []
  const rows = agentReference()
    .split('\n')
    .filter((line) => line.startsWith('| `'))
  for (const row of rows) {
    const cells = row.split(/(?<!\\)\|/).map((cell) => cell.trim())
    const [, key = '', type, , , , example, what] = cells
    if (type === '' || example === '' || what === '') silent.push(key)
  }
  expect(silent).toEqual([])
  expect(rows.length).toBeGreaterThan(60)
})

it('lists every key that the schema has', () => {
  const reference = agentReference()
  const keys = [...nodesOf('', agentSchema())].flatMap(([path, { properties = {} }]) =>
    Object.keys(properties).map((key) => `${path}.${key}`),
  )
  expect(keys.length).toBeGreaterThan(60)
  for (const key of keys) {
    const own = key.split('.').at(-1) ?? ''
    expect(reference, key).toMatch(new RegExp(`(\\\`|\\.|### )${own}(\\\`|\\.|\\[|\\n)`))
  }
})

/** The zod schemas inside one, itself first, with what is said of each. */
function* schemasIn(schema: unknown, seen = new Set<unknown>()): Generator<z.ZodType> {
  if (!(schema instanceof z.ZodType) || seen.has(schema)) return
  seen.add(schema)
  yield schema
  const inside = Object.values({ ...schema.def }).flatMap((part: unknown) =>
    part instanceof z.ZodType ? [part] : typeof part === 'object' && part !== null ? Object.values(part) : [],
  )
  for (const part of inside) yield* schemasIn(part, seen)
}

it('has examples and defaults that it takes itself', () => {
  let examples = 0
  for (const schema of schemasIn(AgentFile)) {
    const said = schema.meta()?.examples
    for (const example of Array.isArray(said) ? said : []) {
      const result = schema.safeParse(example)
      expect(result.success, `${JSON.stringify(example)}: ${result.error?.message}`).toBe(true)
      examples++
    }
  }
  expect(examples).toBeGreaterThan(60)
})

it.each([
  ['the agent that is shipped', readFileSync(join(ROOT, 'config/agents/harbour-bikes.yaml'), 'utf8')],
  ['a base, which says as little as it likes', 'limits: { maxMinutes: 3 }\n'],
  ['a turn without a detection', 'instructions: hi\nturn: { eagerness: low }\n'],
  ['a turn with one', 'instructions: hi\nturn: { detection: server_vad, threshold: 0.6 }\n'],
  [
    'languages',
    'instructions: { file: a.md }\ngreeting: { en: Hello., de: Hallo. }\nlanguage: { "+4930550100": de, "*": en }\n',
  ],
  ['hours', 'hours: { zone: UTC, open: [{ days: [mon], from: "09:00", to: "24:00" }], otherwise: { agent: night } }\n'],
])('lets editors take %s', (_what, yaml) => {
  expect(forEditors.safeParse(parse(yaml)).error?.issues).toBeUndefined()
})

it.each([
  ['a misspelt key', 'instruction: hi\n'],
  ['a misspelt value', 'audio: { wire: g71 }\n'],
  ['a number out of range', 'model: { speed: 9 }\n'],
  ['a key of another detection', 'turn: { detection: semantic_vad, threshold: 0.6 }\n'],
  ['a destination that is two', 'destinations: { desk: { phone: "+15550111", sip: "sip:a@b" } }\n'],
  ['hours without a zone', 'hours: { open: [] }\n'],
])('lets editors refuse %s', (_what, yaml) => {
  expect(forEditors.safeParse(parse(yaml)).success).toBe(false)
})

it('says nothing to editors in words of our own', () => {
  const own = /"(unit|allowed|called|secret|needed)":/
  expect(
    agentSchemaText()
      .split('\n')
      .filter((line) => own.test(line)),
  ).toEqual([])
})
