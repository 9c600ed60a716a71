/** Agents from the YAML files of a folder: all of them, and all that is wrong with them. */
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { type Agent, AgentFile } from './agent.ts'
import { explain } from './explain.ts'
import { nearest } from './nearest.ts'
import { type Problem, problem } from './problem.ts'
import { type Locate, readYaml } from './yaml-text.ts'

export interface Known {
  /** Tools an agent may name. */
  readonly toolNames: readonly string[]
  readonly providerNames?: readonly string[]
}

/** A file and what could be read of it: an agent when it is well, its content as far as there is any. */
interface ReadAgent {
  readonly file: string
  readonly agent: Agent | null
  readonly content: unknown
  readonly locate: Locate
  readonly problems: readonly Problem[]
}

const NOWHERE: Locate = () => ({ line: 1, column: 1 })

/**
 * Reads `<configDir>/agents/*.yaml`. An agent with a problem is left out; the others are whole and frozen.
 * A folder without agents is a problem too.
 */
export async function loadAgents(
  configDir: string,
  known: Known,
): Promise<{ readonly agents: readonly Agent[]; readonly problems: readonly Problem[] }> {
  const folder = join(configDir, 'agents')
  const names = (await readdir(folder).catch(() => [])).filter((name) => /\.ya?ml$/.test(name)).sort()
  if (names.length === 0) {
    const message = 'there is no agent: write one, such as `reception.yaml` with at least `instructions`'
    return { agents: [], problems: [problem(folder, NOWHERE([], 'key'), [], message)] }
  }
  const problems: Problem[] = []
  const agents: Agent[] = []
  const claims = new Claims()
  for (const name of names) {
    const file = join(folder, name)
    const read = readAgent(file, await readFile(file, 'utf8'))
    const found = [...read.problems, ...crossCheck(read, known), ...claims.of(read)]
    problems.push(...found)
    if (read.agent !== null && found.length === 0) agents.push(read.agent)
  }
  return { agents, problems }
}

/** One file by itself, without what it says of others. */
export function readAgent(file: string, text: string): ReadAgent {
  const yaml = readYaml(file, text)
  if (!yaml.ok) return { file, agent: null, content: null, locate: NOWHERE, problems: yaml.problems }
  const { content, locate } = yaml
  if (content === null || content === undefined) {
    const message = 'the file is empty: an agent needs at least `instructions`'
    return { file, agent: null, content, locate, problems: [problem(file, NOWHERE([], 'key'), [], message)] }
  }
  const parsed = AgentFile.safeParse(content)
  if (!parsed.success) {
    const problems = parsed.error.issues.flatMap((issue) => explain(file, locate, issue, content))
    return { file, agent: null, content, locate, problems }
  }
  const version = createHash('sha256').update(text).digest('hex').slice(0, 12)
  const agent = freeze({ ...parsed.data, name: basename(file).replace(/\.ya?ml$/, ''), version })
  return { file, agent, content, locate, problems: [] }
}

function freeze<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null) return value
  for (const part of Object.values(value)) freeze(part)
  return Object.freeze(value)
}

/** What no single key can tell: names that must exist elsewhere. Looked for in faulty files too, so that all is told at once. */
function crossCheck({ file, content, locate }: ReadAgent, known: Known): readonly Problem[] {
  const problems: Problem[] = []
  const tools = listAt(content, 'tools')
  for (const [index, name] of tools.entries()) {
    if (typeof name !== 'string') continue
    const path = ['tools', index]
    const message = toolFault(name, tools.indexOf(name) < index, known) ?? transferFault(name, content)
    if (message !== null) problems.push(problem(file, locate(path, 'value'), path, message))
  }
  const provider = at(at(content, 'model'), 'provider')
  if (known.providerNames !== undefined && typeof provider === 'string' && !known.providerNames.includes(provider)) {
    const path = ['model', 'provider']
    const message = `there is no provider \`${provider}\`: the providers are ${known.providerNames.join(', ')}`
    problems.push(problem(file, locate(path, 'value'), path, message))
  }
  return problems
}

function toolFault(name: string, again: boolean, known: Known): string | null {
  if (again) return `\`${name}\` is in the list already`
  if (known.toolNames.includes(name)) return null
  const meant = nearest(name, known.toolNames)
  const hint = meant === null ? `the tools are ${known.toolNames.join(', ')}` : `did you mean \`${meant}\`?`
  return `there is no tool \`${name}\`: ${hint}`
}

function transferFault(name: string, content: unknown): string | null {
  if (name !== 'transfer_call') return null
  const destinations = at(content, 'destinations')
  const some = typeof destinations === 'object' && destinations !== null && Object.keys(destinations).length > 0
  return some ? null : 'transfer_call needs at least one name under `destinations`'
}

/** What can belong to one agent only: its name, and the numbers it answers. */
class Claims {
  readonly #files = new Map<string, string>()
  readonly #numbers = new Map<string, string>()

  of({ file, content, locate }: ReadAgent): readonly Problem[] {
    const problems: Problem[] = []
    const name = basename(file).replace(/\.ya?ml$/, '')
    const twin = this.#files.get(name)
    this.#files.set(name, twin ?? file)
    if (twin !== undefined) {
      problems.push(problem(file, NOWHERE([], 'key'), [], `${twin} has the same name: rename one of them`))
    }
    for (const [index, number] of listAt(content, 'numbers').entries()) {
      if (typeof number !== 'string') continue
      const other = this.#numbers.get(number)
      this.#numbers.set(number, other ?? name)
      if (other === undefined) continue
      const path = ['numbers', index]
      const message =
        other === name ? `${number} is in the list already` : `${number} is answered by agent \`${other}\` already`
      problems.push(problem(file, locate(path, 'value'), path, message))
    }
    return problems
  }
}

function at(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined
}

function listAt(content: unknown, key: string): readonly unknown[] {
  const list = at(content, key)
  return Array.isArray(list) ? list : []
}
