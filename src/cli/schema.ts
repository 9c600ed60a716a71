/** `earshot schema`: what editors and readers know of agents, written from the schema that the server checks them with. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { agentSchemaText } from '../agents/json-schema.ts'
import { agentReference } from '../agents/reference.ts'
import { ConfigError, readConfig } from '../config/config.ts'

export interface SchemaOptions {
  /** Write nothing, and say what is not current. */
  readonly check: boolean
  /** A Markdown page whose tables of keys are kept current, too. */
  readonly page?: string
}

/** Between these lines a page belongs to this command. */
const BEGIN = '<!-- keys: written by `earshot schema --page` -->'
const END = '<!-- end of keys -->'

/** Sets the exit code: 1 when something is not current and is only to be checked. @throws ConfigError for a page without its marks */
export async function schema({ check, page }: SchemaOptions): Promise<void> {
  const { configDir } = readConfig(process.env)
  const files = new Map([[join(configDir, 'agent.schema.json'), agentSchemaText()]])
  if (page !== undefined) files.set(page, pageText(page, await readFile(page, 'utf8').catch(() => '')))
  for (const [file, text] of files) {
    const current = (await readFile(file, 'utf8').catch(() => null)) === text
    if (!current && !check) await writeFile(file, text)
    if (!current && check) process.exitCode = 1
    process.stdout.write(
      `${file} ${current ? 'is current' : check ? 'is not current: run `earshot schema`' : 'is written'}\n`,
    )
  }
}

/** The page with its tables as they should be. */
function pageText(file: string, before: string): string {
  const begin = before.indexOf(BEGIN)
  const end = before.indexOf(END)
  if (begin < 0 || end < begin)
    throw new ConfigError(`${file} needs the lines ${BEGIN} and ${END}: the tables stand between them.`)
  return `${before.slice(0, begin + BEGIN.length)}\n\n${agentReference()}\n\n${before.slice(end)}`
}
