/** Where requests of tools may go, from `config/network.yaml`. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { explain } from '../agents/explain.ts'
import { type Problem, problem, startOf } from '../agents/problem.ts'
import { readYaml } from '../agents/yaml-text.ts'
import { NetworkFile, type NetworkRules, PUBLIC_ONLY } from '../tools/network/rules.ts'

/** Reads `<configDir>/network.yaml`; without the file, and of one with a problem, only public hosts may be reached. */
export async function loadNetwork(
  configDir: string,
): Promise<{ readonly network: NetworkRules; readonly problems: readonly Problem[] }> {
  const file = join(configDir, 'network.yaml')
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    const problems = missing ? [] : [problem(startOf(file), [], `cannot be read: ${String(error)}`)]
    return { network: PUBLIC_ONLY, problems }
  }
  const yaml = readYaml(file, text)
  if (!yaml.ok) return { network: PUBLIC_ONLY, problems: yaml.problems }
  const content = yaml.content ?? {}
  const parsed = NetworkFile.safeParse(content)
  if (parsed.success) return { network: parsed.data, problems: [] }
  const problems = parsed.error.issues.flatMap((issue) => explain(NetworkFile, yaml.locate, issue, content))
  return { network: PUBLIC_ONLY, problems }
}
