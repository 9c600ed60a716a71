/** All that holds for an agent, as one text: what its version is the hash of, and what the call log keeps of it. */
import { createHash } from 'node:crypto'
import { stringify } from 'yaml'
import type { Agent, AgentFile } from './agent.ts'

/** An agent's keys with every default, base and included file put in. Secrets are still names in it. */
export type Effective = Omit<AgentFile, 'extends' | 'instructions'> & { readonly instructions: string }

/** YAML in the order of the schema: comments, layout and the order of keys in the files change nothing. */
export function effectiveText(effective: Effective): string {
  return stringify(effective, { lineWidth: 0, aliasDuplicateObjects: false })
}

/** What an agent's version is the hash of. */
export function textOf({ name: _, version: __, ...effective }: Agent): string {
  return effectiveText(effective)
}

/** 12 characters: enough to tell apart all that an agent will ever say. */
export function versionOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12)
}
