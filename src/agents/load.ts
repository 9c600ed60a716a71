/** Agents from the YAML files of a folder: all of them, or all that is wrong with them. */
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { isMap, isScalar, LineCounter, type Node, parseDocument } from 'yaml'
import type { z } from 'zod'
import { type Agent, AgentFile } from './agent.ts'
import { nearest } from './nearest.ts'

/** Something an operator must mend. `line` and `column` count from 1. */
export interface Problem {
  readonly file: string
  readonly line: number
  readonly column: number
  /** Where in the file, as `model.voice`; empty for the whole of it. */
  readonly path: string
  readonly message: string
  /** `file:line:column  path: message` */
  readonly text: string
}

export interface Known {
  /** Tools an agent may name. */
  readonly toolNames: readonly string[]
  readonly providerNames?: readonly string[]
}

interface LoadedFile {
  readonly agent: Agent
  readonly locate: Locate
}

/** Finds where a path of the file stands. */
type Locate = (
  path: readonly PropertyKey[],
  what: 'key' | 'value',
) => { readonly line: number; readonly column: number }

/**
 * Reads `<configDir>/agents/*.yaml`. An agent with a problem is left out; the others are whole.
 * @throws Error when the folder cannot be read
 */
export async function loadAgents(
  configDir: string,
  known: Known,
): Promise<{ readonly agents: readonly Agent[]; readonly problems: readonly Problem[] }> {
  const folder = join(configDir, 'agents')
  const names = (await readdir(folder).catch(() => [])).filter((name) => /\.ya?ml$/.test(name)).sort()
  const problems: Problem[] = []
  const loaded: LoadedFile[] = []
  for (const name of names) {
    const file = join(folder, name)
    const one = readAgent(file, await readFile(file, 'utf8'))
    problems.push(...one.problems)
    if (one.loaded !== null) {
      const crossed = crossCheck(file, one.loaded, known)
      problems.push(...crossed)
      if (crossed.length === 0) loaded.push(one.loaded)
    }
  }
  problems.push(...numberClashes(folder, loaded))
  return { agents: loaded.map((each) => each.agent), problems }
}

function problem(
  file: string,
  at: { line: number; column: number },
  path: readonly PropertyKey[],
  message: string,
): Problem {
  const shown = path.map(String).join('.')
  const where = `${file}:${at.line}:${at.column}`
  return { file, ...at, path: shown, message, text: `${where}  ${shown === '' ? '' : `${shown}: `}${message}` }
}

/** One file, by itself. Exported for `earshot check` of what is not saved yet, and for tests. */
export function readAgent(file: string, text: string): { loaded: LoadedFile | null; problems: readonly Problem[] } {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, prettyErrors: false })
  const place = (offset: number) => {
    const { line, col } = lines.linePos(offset)
    return { line: Math.max(1, line), column: Math.max(1, col) }
  }
  if (document.errors.length > 0) {
    return {
      loaded: null,
      problems: document.errors.map((error) => problem(file, place(error.pos[0]), [], error.message)),
    }
  }
  const locate: Locate = (path, what) => place(offsetOf(document.contents, path, what))
  const content: unknown = document.toJS()
  if (content === null || content === undefined) {
    return {
      loaded: null,
      problems: [problem(file, place(0), [], 'the file is empty: an agent needs at least `instructions`')],
    }
  }
  const parsed = AgentFile.safeParse(content)
  if (!parsed.success) {
    return { loaded: null, problems: parsed.error.issues.flatMap((issue) => explain(file, locate, issue, content)) }
  }
  const version = createHash('sha256').update(text).digest('hex').slice(0, 12)
  const agent = Object.freeze({ ...parsed.data, name: basename(file).replace(/\.ya?ml$/, ''), version })
  return { loaded: { agent, locate }, problems: [] }
}

/** The offset of the deepest part of a path that is there. */
function offsetOf(contents: Node | null, path: readonly PropertyKey[], what: 'key' | 'value'): number {
  let node: unknown = contents
  let offset = contents?.range?.[0] ?? 0
  for (const [depth, step] of path.entries()) {
    const last = depth === path.length - 1
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(step))
      if (pair === undefined) return offset
      const key = isScalar(pair.key) ? pair.key.range?.[0] : undefined
      const value: unknown = pair.value
      node = value
      const valueOffset = isNode(value) ? value.range?.[0] : undefined
      offset = (last && what === 'key' ? key : (valueOffset ?? key)) ?? offset
    } else if (isNode(node) && 'items' in node && Array.isArray(node.items)) {
      node = node.items[Number(step)]
      if (!isNode(node)) return offset
      offset = node.range?.[0] ?? offset
    } else return offset
  }
  return offset
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'range' in value
}

/** A zod issue in words that name what was found and what would be right. */
function explain(file: string, locate: Locate, issue: z.core.$ZodIssue, content: unknown): readonly Problem[] {
  const { path } = issue
  if (issue.code === 'unrecognized_keys') {
    const allowed = keysAt(path)
    return issue.keys.map((key) => {
      const meant = nearest(key, allowed)
      const hint = meant === null ? `the keys here are ${allowed.join(', ')}` : `did you mean \`${meant}\`?`
      return problem(file, locate([...path, key], 'key'), [...path, key], `unknown key \`${key}\`: ${hint}`)
    })
  }
  const found = valueAt(content, path)
  if (found === undefined) {
    const missing = path.length === 0 ? 'an agent is a list of keys and values' : 'is missing'
    return [problem(file, locate(path, 'key'), path, missing)]
  }
  const shown = shorten(found)
  if (issue.code === 'invalid_value') {
    const values = issue.values.map(String)
    const meant = typeof found === 'string' ? nearest(found, values) : null
    const hint = meant === null ? '' : `, did you mean \`${meant}\`?`
    return [problem(file, locate(path, 'value'), path, `${shown} is not one of ${values.join(', ')}${hint}`)]
  }
  if (issue.code === 'invalid_union') {
    const reasons = [...new Set(issue.errors.flat().map((each) => each.message))]
    const hint = reasons.length === 0 ? issue.message : reasons.join(', or ')
    return [problem(file, locate(path, 'value'), path, `${shown} does not fit: ${hint}`)]
  }
  return [problem(file, locate(path, 'value'), path, `${shown} does not fit: ${issue.message}`)]
}

function valueAt(content: unknown, path: readonly PropertyKey[]): unknown {
  let value = content
  for (const step of path) value = typeof value === 'object' && value !== null ? Reflect.get(value, step) : undefined
  return value
}

function shorten(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 60 ? `${text.slice(0, 57)}…` : text
}

/** The keys that the schema knows at a path; of a choice of shapes, those of all of them. */
function keysAt(path: readonly PropertyKey[]): readonly string[] {
  let schemas: readonly unknown[] = [AgentFile]
  for (const step of path) schemas = schemas.flatMap(unwrap).flatMap((schema) => childOf(schema, step))
  return [...new Set(schemas.flatMap(unwrap).flatMap((schema) => Object.keys(shapeOf(schema))))]
}

type Shape = Readonly<Record<string, unknown>>

function definition(schema: unknown): Shape {
  const def: unknown = typeof schema === 'object' && schema !== null ? Reflect.get(schema, 'def') : undefined
  return typeof def === 'object' && def !== null ? { ...def } : {}
}

function unwrap(schema: unknown): readonly unknown[] {
  const { innerType, options, out } = definition(schema)
  if (innerType !== undefined || out !== undefined) return unwrap(innerType ?? out)
  if (Array.isArray(options)) return options.flatMap(unwrap)
  return [schema]
}

function shapeOf(schema: unknown): Shape {
  const { shape } = definition(schema)
  return typeof shape === 'object' && shape !== null ? { ...shape } : {}
}

function childOf(schema: unknown, step: PropertyKey): readonly unknown[] {
  const own = shapeOf(schema)[String(step)]
  if (own !== undefined) return [own]
  const { valueType, element } = definition(schema)
  return [valueType ?? element].filter((child) => child !== undefined)
}

/** What no single key can tell: names that must exist elsewhere. */
function crossCheck(file: string, { agent, locate }: LoadedFile, known: Known): readonly Problem[] {
  const problems: Problem[] = []
  for (const [index, name] of agent.tools.entries()) {
    if (known.toolNames.includes(name)) continue
    const meant = nearest(name, known.toolNames)
    const hint = meant === null ? `the tools are ${known.toolNames.join(', ')}` : `did you mean \`${meant}\`?`
    problems.push(
      problem(file, locate(['tools', index], 'value'), ['tools', index], `there is no tool \`${name}\`: ${hint}`),
    )
  }
  if (agent.tools.includes('transfer_call') && Object.keys(agent.destinations).length === 0) {
    const at = ['tools', agent.tools.indexOf('transfer_call')]
    problems.push(problem(file, locate(at, 'value'), at, 'transfer_call needs at least one name under `destinations`'))
  }
  const { provider } = agent.model
  if (known.providerNames !== undefined && !known.providerNames.includes(provider)) {
    const at = ['model', 'provider']
    const message = `there is no provider \`${provider}\`: the providers are ${known.providerNames.join(', ')}`
    problems.push(problem(file, locate(at, 'value'), at, message))
  }
  return problems
}

function numberClashes(folder: string, loaded: readonly LoadedFile[]): readonly Problem[] {
  const taken = new Map<string, string>()
  const problems: Problem[] = []
  for (const { agent, locate } of loaded) {
    for (const [index, number] of agent.numbers.entries()) {
      const other = taken.get(number)
      taken.set(number, other ?? agent.name)
      if (other === undefined) continue
      const path = ['numbers', index]
      const file = join(folder, `${agent.name}.yaml`)
      problems.push(problem(file, locate(path, 'value'), path, `${number} is answered by agent \`${other}\` already`))
    }
  }
  return problems
}
