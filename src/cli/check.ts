/** `earshot check`: everything that is wrong with the agents and tools, at once. */
import { loadAgents } from '../agents/load.ts'
import { readConfig } from '../config/config.ts'
import { BUILT_IN_TOOLS, loadTools } from '../tools/registry.ts'

/** Sets the exit code: 0 when all is well, 1 when something is to be mended. */
export async function check(options: { readonly json: boolean }): Promise<void> {
  const { configDir } = readConfig(process.env)
  const { tools, problems: toolProblems } = await loadTools(configDir)
  const loaded = await loadAgents(configDir, {
    toolNames: [...tools.keys(), ...BUILT_IN_TOOLS],
    providerNames: ['openai'],
  })
  const ofTools = toolProblems.map((each) => ({ ...each, text: `${each.file}  ${each.message}` }))
  const problems = [...ofTools, ...loaded.problems]
  if (problems.length > 0) process.exitCode = 1
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ agents: loaded.agents.map(({ name }) => name), problems }, null, 2)}\n`)
    return
  }
  for (const { text } of problems) process.stdout.write(`${text}\n`)
  const names = loaded.agents.map((agent) => `${agent.name} (${agent.version})`).join(', ')
  process.stdout.write(
    problems.length > 0
      ? `${problems.length} to mend; ${loaded.agents.length} agents are well\n`
      : `all is well: agents ${names}; tools ${[...tools.keys(), ...BUILT_IN_TOOLS].join(', ')}\n`,
  )
}
