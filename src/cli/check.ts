/** `earshot check`: everything that is wrong with the agents, tools and prices, at once. */
import { readConfig } from '../config/config.ts'
import { loadConfigDir } from '../config-dir/load.ts'
import { BUILT_IN_TOOLS } from '../tools/registry.ts'

/** Sets the exit code: 0 when nothing must be mended (warnings are no reason), else 1. */
export async function check(options: { readonly json: boolean }): Promise<void> {
  const { configDir } = readConfig(process.env)
  const { agents, tools, problems, warnings } = await loadConfigDir(configDir, process.env)
  if (problems.length > 0) process.exitCode = 1
  if (options.json) {
    const found = { agents: agents.map(({ name, version }) => ({ name, version })), problems, warnings }
    process.stdout.write(`${JSON.stringify(found, null, 2)}\n`)
    return
  }
  for (const { text } of problems) process.stdout.write(`${text}\n`)
  for (const { text } of warnings) process.stdout.write(`warning: ${text}\n`)
  const names = agents.map((agent) => `${agent.name} (${agent.version})`).join(', ')
  process.stdout.write(
    problems.length > 0
      ? `${problems.length} to mend; ${agents.length} agents are well\n`
      : `all is well: agents ${names}; tools ${[...tools.keys(), ...BUILT_IN_TOOLS].join(', ')}\n`,
  )
}
