/** Agents from the YAML files of a folder: all of them, and all that is wrong with them. */
import { readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { type Agent, AgentFile } from './agent.ts'
import { ConfigFiles } from './config-files.ts'
import { at, crossCheck, type Draft, type Findings, type Known, listAt } from './cross-check.ts'
import { effectiveText, versionOf } from './effective.ts'
import { explain } from './explain.ts'
import { readInstructions } from './instructions.ts'
import { readLayers } from './layers.ts'
import { type Problem, problem, startOf } from './problem.ts'
import type { Locate } from './yaml-text.ts'

export interface LoadedAgents extends Findings {
  readonly agents: readonly Agent[]
  /** Where the files are that were looked for. */
  readonly folders: readonly string[]
}

/** A file and what could be read of it: an agent when it is well, its content as far as there is any. */
interface ReadAgent extends Draft {
  readonly file: string
  readonly agent: Agent | null
  readonly problems: readonly Problem[]
}

/**
 * Reads `<configDir>/agents/*.yaml` and the files they name. An agent with a problem is left out; the others are whole and
 * frozen. A folder without agents is a problem too.
 */
export async function loadAgents(configDir: string, known: Known): Promise<LoadedAgents> {
  const folder = join(configDir, 'agents')
  const files = new ConfigFiles(configDir)
  // Files that begin with a dot are an editor's, or the other end of a ConfigMap's links.
  const names = (await readdir(folder).catch(() => [])).filter((name) => /^[^.].*\.ya?ml$/.test(name)).sort()
  if (names.length === 0) {
    const message = 'there is no agent: write one, such as `reception.yaml` with at least `instructions`'
    return { agents: [], problems: [problem(startOf(folder), [], message)], warnings: [], folders: [folder] }
  }
  const problems: Problem[] = []
  const warnings: Problem[] = []
  const agents: Agent[] = []
  const claims = new Claims()
  for (const name of names) {
    const read = await readAgent(files, join(folder, name))
    const checked = crossCheck(read, known, names.map(nameOf))
    const found = [...read.problems, ...checked.problems, ...claims.of(read)]
    problems.push(...found)
    warnings.push(...checked.warnings)
    if (read.agent !== null && found.length === 0) agents.push(read.agent)
  }
  return { agents, problems: once(problems), warnings: once(warnings), folders: [folder, ...files.folders] }
}

/** One file with those it names, without what it says of other agents. */
async function readAgent(files: ConfigFiles, file: string): Promise<ReadAgent> {
  const { content, problems: ofFiles, ownerOf } = await readLayers(files, file, AgentFile)
  const locate: Locate = (path, what) => ownerOf(path).locate(path, what)
  const said = at(content, 'instructions')
  const { instructions, problem: fault } = await readInstructions(files, said, ownerOf(['instructions']))
  const broken = (problems: readonly Problem[]) => ({ file, agent: null, content, locate, instructions, problems })
  // Of a file whose base cannot be read, what is missing may be in the base.
  if (ofFiles.length > 0) return broken(ofFiles)

  const parsed = AgentFile.safeParse(content)
  const issues = parsed.success
    ? []
    : parsed.error.issues.flatMap((issue) => explain(AgentFile, locate, issue, content))
  const problems = fault === null ? issues : [...issues, fault]
  if (!parsed.success || instructions === null) return broken(problems)
  const { extends: _, ...data } = { ...parsed.data, instructions: instructions.text }
  const version = versionOf(effectiveText(data))
  return { ...broken(problems), agent: freeze({ ...data, name: nameOf(file), version }) }
}

function nameOf(file: string): string {
  return basename(file).replace(/\.ya?ml$/, '')
}

function freeze<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null) return value
  for (const part of Object.values(value)) freeze(part)
  return Object.freeze(value)
}

/** A base that several agents extend is wrong once. */
function once(problems: readonly Problem[]): readonly Problem[] {
  return [...new Map(problems.map((each) => [each.text, each])).values()]
}

/** What can belong to one agent only: its name, and the numbers it answers. */
class Claims {
  readonly #files = new Map<string, string>()
  readonly #numbers = new Map<string, string>()

  of({ file, content, locate }: ReadAgent): readonly Problem[] {
    const problems: Problem[] = []
    const name = nameOf(file)
    const twin = this.#files.get(name)
    this.#files.set(name, twin ?? file)
    if (twin !== undefined) {
      problems.push(problem(startOf(file), [], `${twin} has the same name: rename one of them`))
    }
    for (const [index, number] of listAt(content, 'numbers').entries()) {
      if (typeof number !== 'string') continue
      const other = this.#numbers.get(number)
      this.#numbers.set(number, other ?? name)
      if (other === undefined) continue
      const path = ['numbers', index]
      const place = locate(path, 'value')
      const by = place.file === file ? '' : `agent \`${name}\` takes this from its base, but `
      const what = other === name ? 'is in the list already' : `is answered by agent \`${other}\` already`
      problems.push(problem(place, path, `${by}${number} ${what}`))
    }
    return problems
  }
}
