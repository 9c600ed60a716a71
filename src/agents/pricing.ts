/** What models cost, from `config/pricing.yaml`. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { ModelPrice } from '../call/usage.ts'
import { explain } from './explain.ts'
import { type Problem, problem, startOf } from './problem.ts'
import { readYaml } from './yaml-text.ts'

const PricingFile = z.strictObject({
  /** The day the prices were last compared with the provider's list. */
  checked: z.iso.date('a day, like 2026-11-21'),
  models: z.record(z.string(), ModelPrice),
})

/** Prices by model name, US dollars per million tokens. */
export type Pricing = ReadonlyMap<string, ModelPrice>

/** Reads `<configDir>/pricing.yaml`; without the file no price is known. Of a file with a problem none is either. */
export async function loadPricing(
  configDir: string,
): Promise<{ readonly pricing: Pricing; readonly problems: readonly Problem[] }> {
  const file = join(configDir, 'pricing.yaml')
  const none: Pricing = new Map()
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    return { pricing: none, problems: missing ? [] : [problem(startOf(file), [], `cannot be read: ${String(error)}`)] }
  }
  const yaml = readYaml(file, text)
  if (!yaml.ok) return { pricing: none, problems: yaml.problems }
  const content = yaml.content ?? {}
  const parsed = PricingFile.safeParse(content)
  if (parsed.success) return { pricing: new Map(Object.entries(parsed.data.models)), problems: [] }
  const problems = parsed.error.issues.flatMap((issue) => explain(PricingFile, yaml.locate, issue, content))
  return { pricing: none, problems }
}
