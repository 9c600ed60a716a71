/** What the stand-in model says and calls: a script in YAML, chosen by the agent's instructions, and rules tried in order. */
import { parse } from 'yaml'
import { z } from 'zod'

const Pattern = z.string().transform((source, context) => {
  try {
    return new RegExp(source, 'iu')
  } catch (error) {
    context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : 'not a regular expression' })
    return z.NEVER
  }
})

const When = z.strictObject({
  /** The caller's words match. Its groups are {{1}}, {{2}}… */
  hears: Pattern.optional(),
  /** It is the caller's turn number n of the conversation, from 1. */
  turn: z.int().min(1).optional(),
  /** This tool has just answered. */
  toolResult: z.string().optional(),
  /** What the tools have just answered matches; groups as for `hears`. */
  result: Pattern.optional(),
  /** The response was asked for with instructions of its own that match; groups as for `hears`. */
  instructions: Pattern.optional(),
  /** The response was asked for with instructions of its own to bring the call to an end. */
  wrapUp: z.literal(true).optional(),
})
const Call = z.strictObject({
  name: z.string(),
  /** Left out: the least that the tool's schema asks for. */
  arguments: z.record(z.string(), z.unknown()).optional(),
})
const Rule = z.strictObject({
  when: When.refine((when) => Object.keys(when).length > 0, 'a rule needs a condition; `otherwise` needs none'),
  say: z.string().optional(),
  /** Several are called in parallel, in one response. */
  call: z.array(Call).optional(),
})

export const Script = z.strictObject({
  /** The script is for agents whose instructions contain this text, whatever the case; left out: for every agent. */
  match: z.string().optional(),
  voice: z.enum(['slt', 'rms', 'awb', 'kal', 'kal16']).default('slt'),
  /** Said first when nobody has spoken and nothing else was asked for. */
  greeting: z.string().default('Hello. How can I help?'),
  /** What the caller says, turn by turn, when nobody tells. */
  callerTurns: z.array(z.string()).default([]),
  rules: z.array(Rule).default([]),
  /** Said when the caller has been silent for too long. */
  silence: z.string().default('Are you still there?'),
  /** Said when no rule fits; left out: that this is a stand-in, and what it heard. */
  otherwise: z.string().optional(),
})
export type Script = z.infer<typeof Script>

/** @throws YAMLParseError with line and column, or ZodError with the path of what is wrong */
export function parseScript(yaml: string): Script {
  return Script.parse(parse(yaml))
}

/** Works with any agent: it says what it heard, and hangs up when asked to. */
const DEFAULT_SCRIPT: Script = parseScript(`
greeting: Hello, this is a stand-in for the model. How can I help?
rules:
  - when: { hears: '\\b(bye|goodbye|hang up)\\b' }
    say: Thank you for calling. Goodbye.
    call: [{ name: end_call }]
  - when: { toolResult: end_call }
  - when: { wrapUp: true }
    say: I am sorry, we have to end here. Thank you for calling. Goodbye.
`)

/** The first script that is for this agent; the last resort is the built-in one. */
export function chooseScript(scripts: readonly Script[], instructions: string): Script {
  const text = instructions.toLowerCase()
  const fits = (script: Script) => script.match === undefined || text.includes(script.match.toLowerCase())
  return scripts.find(fits) ?? DEFAULT_SCRIPT
}

interface ToolResult {
  readonly name: string
  readonly output: string
}

/** All that decides what the model answers. */
export interface Situation {
  /** Instructions of this one response, if it was asked for with any. */
  readonly instructions: string | null
  /** The caller's turn to be answered; null when there is none. */
  readonly turn: { readonly number: number; readonly words: string; readonly heardMs: number } | null
  /** Tool outputs since the last response. */
  readonly results: readonly ToolResult[]
  /** The caller has been silent for too long. */
  readonly silent: boolean
  /** Nothing has been said in this conversation. */
  readonly fresh: boolean
}

export interface Reply {
  /** Empty: the model says nothing. */
  readonly say: string
  readonly calls: readonly { readonly name: string; readonly arguments: Readonly<Record<string, unknown>> | null }[]
}

/** What the script has the model say and call. Words that the response's own instructions quote come before everything. */
export function reply(script: Script, situation: Situation): Reply {
  const quoted = situation.instructions === null ? null : quotedSentence(situation.instructions)
  if (quoted !== null) return { say: quoted, calls: [] }
  for (const rule of script.rules) {
    const groups = match(rule.when, situation)
    if (!groups) continue
    const fill = (text: string) => fillIn(text, groups, situation)
    return {
      say: fill(rule.say ?? ''),
      calls: (rule.call ?? []).map((call) => ({
        name: call.name,
        arguments: call.arguments ? mapStrings(call.arguments, fill) : null,
      })),
    }
  }
  return { say: unscripted(script, situation), calls: [] }
}

const WRAP_UP = /\b(wrap(ping)? up|good-?bye|end (the|this) call|hang up|time is up|out of time)\b/i

function match(when: z.infer<typeof When>, situation: Situation): readonly string[] | null {
  const { turn, results, instructions } = situation
  if (when.turn !== undefined && turn?.number !== when.turn) return null
  if (when.toolResult !== undefined && !results.some((result) => result.name === when.toolResult)) return null
  if (when.wrapUp && !WRAP_UP.test(instructions ?? '')) return null
  const groups: string[] = []
  const texts = [
    { pattern: when.hears, text: turn?.words },
    { pattern: when.result, text: results.length > 0 ? results.map((each) => each.output).join('\n') : undefined },
    { pattern: when.instructions, text: instructions ?? undefined },
  ]
  for (const { pattern, text } of texts) {
    if (!pattern) continue
    const found = text === undefined ? null : pattern.exec(text)
    if (!found) return null
    groups.push(...found.slice(1).map((group) => group ?? ''))
  }
  return groups
}

function unscripted(script: Script, situation: Situation): string {
  const { turn, results, fresh, silent } = situation
  const [last] = results.slice(-1)
  if (silent) return script.silence
  if (last) return describe(last)
  if (turn === null && fresh) return script.greeting
  if (script.otherwise !== undefined) return script.otherwise
  if (turn === null) return 'I am a stand-in model. Is there anything else?'
  if (turn.words !== '') return `I am a stand-in model. I heard you say: ${turn.words}`
  return `I am a stand-in model; I heard ${(turn.heardMs / 1000).toFixed(1)} seconds of speech.`
}

/** A tool's answer in words, for want of a rule. */
function describe({ name, output }: ToolResult): string {
  const value = readJson(output)
  if (typeof value !== 'object' || value === null) return `${name} says: ${String(value)}`
  const facts = Object.entries(value).filter(([, fact]) => ['string', 'number', 'boolean'].includes(typeof fact))
  const words = facts.slice(0, 4).map(([key, fact]) => `${key.replaceAll('_', ' ')} is ${String(fact)}`)
  return words.length > 0 ? `Here is what I found: ${words.join(', ')}.` : `${name} has answered.`
}

/**
 * The sentence that instructions ask for word by word: what follows `exactly:`, or else the longest text in double
 * quotes. Null when they quote nothing.
 */
export function quotedSentence(instructions: string): string | null {
  // The last one counts: instructions of one response are written behind the agent's own, which may say it too.
  const exactly = /^[\s\S]*\bexactly:\s*([\s\S]+)/i.exec(instructions)?.[1]
  if (exactly === undefined || /^["“]/.test(exactly)) return longestQuote(exactly ?? instructions)
  return exactly.split(/\n\s*\n/)[0]!.trim()
}

function longestQuote(text: string): string | null {
  const quotes = [...text.matchAll(/"((?:[^"\\]|\\.)+)"|“([^”]+)”/g)].map(
    (found) => found[1]?.replace(/\\(.)/g, '$1') ?? found[2] ?? '',
  )
  return quotes.reduce<string | null>((best, quote) => (quote.length > (best?.length ?? 0) ? quote : best), null)
}

/** `{{1}}` a group of the pattern, `{{words}}` the caller's words, `{{result.a.b}}` a field of the last tool output. */
function fillIn(text: string, groups: readonly string[], { turn, results }: Situation): string {
  return text.replace(/\{\{\s*([\w.]+)\s*\}\}/g, (_, path: string) => {
    if (/^\d+$/.test(path)) return groups[Number(path) - 1] ?? ''
    if (path === 'words') return turn?.words ?? ''
    const [root, ...keys] = path.split('.')
    if (root === 'result') return field(results.at(-1), keys)
    // {{results.lookup_order.status}}: of parallel calls, by the tool's name.
    if (root === 'results')
      return field(
        results.find((result) => result.name === keys[0]),
        keys.slice(1),
      )
    return ''
  })
}

function field(result: ToolResult | undefined, keys: readonly string[]): string {
  let value: unknown = result && readJson(result.output)
  for (const key of keys) value = typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined
  if (value === undefined || value === null) return 'unknown'
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function mapStrings(value: Record<string, unknown>, fill: (text: string) => string): Record<string, unknown> {
  const map = (each: unknown): unknown => {
    if (typeof each === 'string') return fill(each)
    if (Array.isArray(each)) return each.map(map)
    return typeof each === 'object' && each !== null ? mapStrings(Object.fromEntries(Object.entries(each)), fill) : each
  }
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, map(each)]))
}
