/** All that CONFIG_DIR holds, as one: agents, tools and prices that fit each other, and what is wrong with them. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Agent } from '../agents/agent.ts'
import { loadAgents } from '../agents/load.ts'
import { loadPricing, type Pricing } from '../agents/pricing.ts'
import { type Problem, problem, startOf } from '../agents/problem.ts'
import { type NetworkRules, urlFault } from '../tools/network/rules.ts'
import { BUILT_IN_TOOLS, loadTools, unusableTools } from '../tools/registry.ts'
import type { Tool } from '../tools/tool.ts'
import { loadNetwork } from './network.ts'

/** What calls are answered with. It is replaced whole or not at all. */
export interface ConfigContent {
  readonly agents: readonly Agent[]
  /** Handlers by name; built-in tools are not among them. */
  readonly tools: ReadonlyMap<string, Tool>
  readonly pricing: Pricing
  readonly network: NetworkRules
}

export interface LoadedConfigDir extends ConfigContent {
  readonly problems: readonly Problem[]
  /** Worth knowing, and no reason to refuse anything. */
  readonly warnings: readonly Problem[]
  /** Folders in which a change may change what a load finds. */
  readonly folders: readonly string[]
}

/** What an agent may name under `model.provider`; a test holds it to the registry of providers. */
export const PROVIDER_NAMES: readonly string[] = ['openai']

/** @param env where the secrets are that agents name */
export async function loadConfigDir(
  configDir: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<LoadedConfigDir> {
  const { pricing, problems: ofPrices } = await loadPricing(configDir)
  const { network, problems: ofNetwork } = await loadNetwork(configDir)
  const { tools, problems: ofTools } = await loadTools(configDir, env)
  const known = {
    toolNames: [...tools.keys(), ...BUILT_IN_TOOLS],
    readOnlyTools: [...tools.values()].filter(({ readOnly }) => readOnly).map(({ name }) => name),
    providerNames: PROVIDER_NAMES,
    pricedModels: [...pricing.keys()],
    unusableTools: unusableTools(env),
    s3Fault: s3Fault(env),
    hostFault: (url: URL) => urlFault(url, network),
    env,
  }
  const { agents, problems: ofAgents, warnings, folders: ofFiles } = await loadAgents(configDir, known)
  const folders = [configDir, join(configDir, 'agents'), ...(await foldersIn(join(configDir, 'tools'))), ...ofFiles]
  const problems = [
    ...ofPrices,
    ...ofNetwork,
    ...ofTools.map(({ file, message }) => problem(startOf(file), [], message)),
    ...ofAgents,
  ]
  return { agents, tools, pricing, network, problems, warnings, folders }
}

/** Whether the environment names a store of recordings; that what it says is right is seen to at the start. */
function s3Fault(env: Readonly<Record<string, string | undefined>>): string | null {
  const missing = ['RECORDINGS_S3_URL', 'RECORDINGS_S3_KEY_ID', 'RECORDINGS_S3_SECRET'].filter(
    (name) => (env[name] ?? '') === '',
  )
  return missing.length === 0
    ? null
    : `recordings in s3 need ${missing.join(', ')} in the environment, or \`store: disk\``
}

/** A folder, there or not, and all that are in it: handlers import files of those. */
async function foldersIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  const inside = entries.filter((entry) => entry.isDirectory()).map(({ parentPath, name }) => join(parentPath, name))
  return [folder, ...inside.filter((path) => !path.includes('node_modules'))]
}
