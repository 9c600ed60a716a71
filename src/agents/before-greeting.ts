/** What an agent looks up before it greets: a tool that reads, asked with facts of the call. */
import { z } from 'zod'

/** What there is to ask with. */
const FACTS = ['from', 'to', 'id', 'agent'] as const
export type CallFacts = Readonly<Record<(typeof FACTS)[number], string>>

const PLACE = /\{\{\s*([^{}]*?)\s*\}\}/g

const filledText = z.string().superRefine((text, context) => {
  for (const [place, path = ''] of text.matchAll(PLACE)) {
    if (FACTS.some((fact) => path === `call.${fact}`)) continue
    const known = FACTS.map((fact) => `{{call.${fact}}}`).join(', ')
    context.addIssue({ code: 'custom', message: `\`${place}\` stands for nothing: there are ${known}` })
  }
})

export const BeforeGreeting = z.strictObject({
  tool: z
    .string()
    .min(1)
    .meta({ description: 'One of the agent’s tools, which must change nothing.', examples: ['lookup_caller'] }),
  arguments: z
    .record(
      z.string(),
      z.union([filledText, z.number(), z.boolean()], { error: 'a text, a number, true or false is needed' }),
    )
    .default({})
    .meta({
      description: 'What it is asked with; `{{call.…}}` stands for facts of the call.',
      examples: [{ phone: '{{call.from}}' }],
    }),
  withinMs: z
    .int()
    .min(0)
    .max(5000)
    .default(800)
    .meta({
      description: 'How long the greeting waits for the answer, and never longer.',
      unit: 'ms',
      examples: [500],
    }),
})
export type BeforeGreeting = z.infer<typeof BeforeGreeting>

/** A tool of this name is asked before the greeting without another word. */
const BY_NAME: BeforeGreeting = { tool: 'lookup_caller', arguments: {}, withinMs: 800 }

/** @param toolNames of all tools that the agent has */
export function beforeGreetingOf(said: BeforeGreeting | null, toolNames: readonly string[]): BeforeGreeting | null {
  return said ?? (toolNames.includes(BY_NAME.tool) ? BY_NAME : null)
}

/** The arguments as a model would write them. */
export function filledArguments(said: BeforeGreeting['arguments'], facts: CallFacts): string {
  const fill = (text: string) =>
    text.replace(PLACE, (place, path: string) => {
      const name = FACTS.find((fact) => path === `call.${fact}`)
      return name === undefined ? place : facts[name]
    })
  const filled = Object.entries(said).map(([name, value]) => [name, typeof value === 'string' ? fill(value) : value])
  return JSON.stringify(Object.fromEntries(filled))
}
