/** Options of the command line (call-options.ts) as a filter of calls. */
import { z } from 'zod'
import { CallFilter } from '../call-log/query.ts'

/** What commander gives for them. */
const Options = z.object({
  text: z.string().optional(),
  agent: z.array(z.string()).optional(),
  outcome: z.array(z.string()).optional(),
  reason: z.array(z.string()).optional(),
  number: z.array(z.string()).optional(),
  caller: z.string().optional(),
  from: z.number().optional(),
  to: z.number().optional(),
  tool: z.array(z.string()).optional(),
  tag: z.array(z.string()).optional(),
  flag: z.array(z.string()).optional(),
  minStrain: z.number().optional(),
})

/** @throws Error with a sentence when a value is none of those that there are */
export function callFilterOf(options: unknown): CallFilter {
  const { agent, outcome, reason, number, tool, tag, flag, ...same } = Options.parse(options)
  const named = { agents: agent, outcomes: outcome, endReasons: reason, numbers: number, tools: tool, tags: tag }
  const given = Object.entries({ ...same, ...named, flags: flag }).filter(([, value]) => value !== undefined)
  const parsed = CallFilter.safeParse(Object.fromEntries(given))
  if (parsed.success) return parsed.data
  throw new InvalidFilter(z.prettifyError(parsed.error))
}

/** What the operator can mend. */
class InvalidFilter extends Error {
  override readonly name = 'ConfigError'
}
