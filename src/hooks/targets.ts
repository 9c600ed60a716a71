/** Who is told of an agent's calls. */
import { parse } from 'yaml'
import { z } from 'zod'

/** As the agent's file has it (agents/keeping.ts). */
export interface HookTarget {
  readonly url: string
  /** `${NAME}`: the variable of the environment that holds the secret. */
  readonly signingSecret: string
  readonly words: boolean
}

const Text = z.object({
  webhooks: z.array(z.object({ url: z.string(), signingSecret: z.string(), words: z.boolean() })).default([]),
})

/** @param text of a version, as the call log keeps it: a call is told to those whom its own version names */
export function targetsIn(text: string): readonly HookTarget[] {
  const read = Text.safeParse(parse(text))
  return read.success ? read.data.webhooks : []
}

/** @returns null when the variable is not set */
export function secretOf(
  { signingSecret }: HookTarget,
  env: Readonly<Record<string, string | undefined>>,
): string | null {
  const name = /^\$\{(\w+)\}$/.exec(signingSecret)?.[1]
  return (name === undefined ? undefined : env[name]) ?? null
}
