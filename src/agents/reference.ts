/** The tables of docs/agent.md: every key an agent may have, from the schema. */
import { stringify } from 'yaml'
import { agentSchema, type SchemaNode } from './json-schema.ts'

interface Row {
  readonly key: string
  readonly type: string
  readonly unit: string
  readonly usual: string
  readonly allowed: string
  readonly example: string
  readonly what: string
}

const HEAD = ['key', 'type', 'unit', 'default', 'allowed', 'example', 'what it is']
/** A longer default is a sentence, which the table shows the beginning of. */
const DEFAULT_MOST = 60

/** Markdown: a table for the keys that have a value of their own, and one for each that has keys. */
export function agentReference(): string {
  const keys = keysOf(agentSchema())
  const single = keys.filter(([, node]) => keysOf(node).length === 0)
  const grouped = keys.filter(([, node]) => keysOf(node).length > 0)
  const first = table(single.flatMap(([key, node]) => rowsOf(key, node)))
  const others = grouped.map(([key, node]) => {
    const rows = rowsOf(key, node)
    const words = rows[0]?.key === key ? [] : [node.description ?? '']
    return [`### ${key}`, ...words, table(rows)].join('\n\n')
  })
  return [first, ...others].join('\n\n')
}

function table(rows: readonly Row[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  const body = rows.map(({ key, type, unit, usual, allowed, example, what }) =>
    line([code(key), type, unit, usual, allowed, example, what]),
  )
  return [line(HEAD), line(HEAD.map(() => '---')), ...body].join('\n')
}

/** A key's own row, unless it only holds others, and theirs. */
function rowsOf(path: string, node: SchemaNode): readonly Row[] {
  const keys = keysOf(node)
  const inside = keys.flatMap(([key, child]) => rowsOf(`${path}${key.startsWith('[') ? '' : '.'}${key}`, child))
  const isOnlyMap = keys.length > 0 && shapesOf(node).every(isMap)
  return isOnlyMap && node.examples === undefined ? inside : [rowOf(path, node), ...inside]
}

function rowOf(key: string, node: SchemaNode): Row {
  const { unit = '', examples = [], description = '' } = node
  return {
    key,
    type: typeOf(node),
    unit,
    usual: usualOf(node),
    allowed: allowedOf(node),
    example: examples.length === 0 ? '' : code(flow(examples[0])),
    what: description,
  }
}

/** What a value may have for keys, those of all its shapes; keys of lists and of maps by name are shown as `[]` and `<name>`. */
function keysOf(node: SchemaNode): readonly (readonly [string, SchemaNode])[] {
  const found = new Map<string, SchemaNode[]>()
  const add = (key: string, child: SchemaNode) => found.set(key, [...(found.get(key) ?? []), child])
  const shapes = shapesOf(node)
  for (const shape of shapes) {
    // Of several shapes a value has one: what that needs, the others do not.
    const needed = shapes.filter(({ type }) => type !== 'null').length === 1 ? (shape.required ?? []) : []
    for (const [key, child] of Object.entries(shape.properties ?? {}))
      add(key, { ...child, needed: needed.includes(key) })
    const { additionalProperties: entry, propertyNames, items } = shape
    const name = `<${propertyNames?.called ?? 'name'}>`
    if (typeof entry === 'object') for (const [key, child] of keysOf(entry)) add(`${name}.${key}`, child)
    for (const [key, child] of items === undefined ? [] : keysOf(items)) add(`[].${key}`, child)
  }
  return [...found].map(([key, children]) => [key, together(children)])
}

/** One key of several shapes. Where it tells them apart, each shape says what its value means. */
function together(nodes: readonly SchemaNode[]): SchemaNode {
  const [first = {}, ...others] = nodes
  const values = nodes.flatMap(({ const: value, enum: several = [] }) => (value === undefined ? several : [value]))
  if (others.length === 0 || nodes.some((node) => node.const === undefined && node.enum === undefined)) return first
  const described = nodes.filter((node) => node.const !== undefined && node.description !== undefined)
  const description = described.map((node) => `${code(String(node.const))}: ${node.description}`).join('; ')
  const { const: _, ...rest } = first
  return { ...rest, enum: values, ...(described.length > 1 && { description: `${description}.` }) }
}

/** The shapes a value may have, one of them null where it may be. */
function shapesOf(node: SchemaNode): readonly SchemaNode[] {
  const choice = node.anyOf ?? node.oneOf
  if (choice !== undefined) return choice.flatMap(shapesOf)
  return Array.isArray(node.type) ? node.type.map((type) => ({ ...node, type })) : [node]
}

function isMap(node: SchemaNode): boolean {
  return node.type === 'object'
}

function typeOf(node: SchemaNode, plural = ''): string {
  const names = [...new Set(shapesOf(node).map(typeOfShape))]
  return names.includes('any') ? 'any' : names.map((name) => `${name}${plural}`).join(' or ')
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'number',
  integer: 'whole number',
  boolean: 'true or false',
  null: 'null',
}

function typeOfShape(shape: SchemaNode): string {
  const { type, items, additionalProperties: entry, propertyNames } = shape
  if (typeof type !== 'string') return 'any'
  if (type === 'array') return items === undefined ? 'list' : `list of ${typeOf(items, 's')}`
  if (type !== 'object') return TYPES[type] ?? type
  return typeof entry === 'object' ? `${typeOf(entry)} by ${propertyNames?.called ?? 'name'}` : 'map'
}

function allowedOf(node: SchemaNode): string {
  if (node.allowed !== undefined) return node.allowed
  const secret = node.secret === true ? [`secrets, as ${code(`\${ENV_NAME}`)}`] : []
  const words = shapesOf(node).flatMap((shape) => {
    const { enum: values, const: value, minimum, maximum, maxLength, items, additionalProperties: entry } = shape
    if (shape.allowed !== undefined) return [shape.allowed]
    if (values !== undefined) return [values.map((each) => code(String(each))).join(', ')]
    if (value !== undefined) return [code(String(value))]
    if (maxLength !== undefined) return [`up to ${maxLength} characters`]
    const most = maximum === undefined || maximum >= Number.MAX_SAFE_INTEGER ? undefined : maximum
    if (minimum !== undefined) return [most === undefined ? `from ${minimum}` : `${minimum} to ${most}`]
    if (items !== undefined) return [allowedOf(items)]
    return typeof entry === 'object' ? [allowedOf(entry)] : []
  })
  return [...new Set([...words.filter((each) => each !== ''), ...secret])].join('; ')
}

function usualOf(node: SchemaNode): string {
  const { default: usual, needed } = node
  if (usual === undefined) return needed === true ? 'needed' : ''
  const text = flow(usual)
  return code(text.length > DEFAULT_MOST ? `${text.slice(0, DEFAULT_MOST)}…` : text)
}

/** As it would be written in YAML, on one line. */
function flow(value: unknown): string {
  return stringify(value, { collectionStyle: 'flow', lineWidth: 0, flowCollectionPadding: true }).trim()
}

function code(text: string): string {
  return `\`${text}\``
}
