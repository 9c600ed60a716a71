/** What models cost, from `config/pricing.yaml`. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import { ModelPrice } from '../call/usage.ts'

const PricingFile = z.strictObject({
  /** The day the prices were last compared with the provider's list. */
  checked: z.iso.date(),
  models: z.record(z.string(), ModelPrice),
})

/** Prices by model name, US dollars per million tokens. */
export type Pricing = ReadonlyMap<string, ModelPrice>

/**
 * Reads `<configDir>/pricing.yaml`; without the file no price is known.
 * @throws Error with a sentence that names the file and what is wrong with it
 */
export async function loadPricing(configDir: string): Promise<Pricing> {
  const file = join(configDir, 'pricing.yaml')
  const text = await readFile(file, 'utf8').catch(() => null)
  if (text === null) return new Map()
  let content: unknown
  try {
    content = parse(text)
  } catch (error) {
    throw new Error(`${file}: ${error instanceof Error ? error.message : String(error)}`)
  }
  const parsed = PricingFile.safeParse(content)
  if (parsed.success) return new Map(Object.entries(parsed.data.models))
  const issue = parsed.error.issues[0]
  throw new Error(`${file}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'is wrong'}`)
}
