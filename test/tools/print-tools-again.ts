/** Run as a process of its own by registry.test.ts: loads the tools of a folder, changes files, and loads them again. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { loadTools } from '../../src/tools/registry.ts'
import { toolContext } from './tool-context.ts'

const folder = process.argv[2] ?? ''
const changes = z.array(z.record(z.string(), z.string())).parse(JSON.parse(process.argv[3] ?? '[]'))

async function answers(): Promise<Record<string, string>> {
  const { tools, problems } = await loadTools(folder)
  if (problems.length > 0) throw new Error(JSON.stringify(problems))
  const outputs: Record<string, string> = {}
  for (const tool of tools.values()) outputs[tool.name] = (await tool.run('{"id":"7"}', toolContext().context)).output
  return outputs
}

const seen = [await answers()]
for (const files of changes) {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, 'tools', name), text)
  seen.push(await answers())
}
console.log(JSON.stringify(seen))
