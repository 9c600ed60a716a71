/** Folders of configuration for tests, and what loading them tells. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Agent } from '../../src/agents/agent.ts'
import type { Known } from '../../src/agents/cross-check.ts'
import { loadAgents } from '../../src/agents/load.ts'

/** What there is besides the files of a test. */
export const KNOWN: Known = {
  toolNames: ['lookup_order', 'note', 'transfer_call', 'end_call'],
  providerNames: ['openai'],
  pricedModels: ['gpt-realtime-2.1', 'gpt-realtime-1.5'],
  env: {},
}

/** A CONFIG_DIR with these files; it goes away with the test. */
export function configWith(files: Readonly<Record<string, string>>): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'earshot-config-')))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  mkdirSync(join(folder, 'agents'))
  for (const [name, text] of Object.entries(files)) put(folder, name, text)
  return folder
}

export function put(folder: string, name: string, text: string): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true })
  writeFileSync(join(folder, name), text)
}

/** What is told of these files: `agents/…` lines as an operator reads them, without the folder. */
export async function told(
  files: Readonly<Record<string, string>>,
  known: Partial<Known> = {},
): Promise<{ agents: readonly Agent[]; problems: string[]; warnings: string[] }> {
  const config = configWith(files)
  const { agents, problems, warnings } = await loadAgents(config, { ...KNOWN, ...known })
  const lines = (list: typeof problems) => list.map(({ text }) => text.replaceAll(`${config}/`, ''))
  return { agents, problems: lines(problems), warnings: lines(warnings) }
}

/** The one agent of a file that must be well. */
export async function agentOf(yaml: string, known: Partial<Known> = {}): Promise<Agent> {
  const { agents, problems } = await told({ 'agents/x.yaml': yaml }, known)
  const [agent] = agents
  if (agent === undefined) throw new Error(problems.join('\n'))
  return agent
}
