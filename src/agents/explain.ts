/** What is wrong with a file, in words that name what was found and what would be right. */
import type { z } from 'zod'
import { nearest } from './nearest.ts'
import { type Problem, problem } from './problem.ts'
import { keysAt, pathsOf } from './schema-keys.ts'
import type { Locate } from './yaml-text.ts'

/**
 * @param schema that the content was held to
 * @param locate where its parts stand, in whatever file
 */
export function explain(
  schema: unknown,
  locate: Locate,
  issue: z.core.$ZodIssue,
  content: unknown,
): readonly Problem[] {
  const { path } = issue
  const inner = meantShape(issue)
  if (inner !== null) {
    return inner.flatMap((each) => explain(schema, locate, { ...each, path: [...path, ...each.path] }, content))
  }
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const message = `unknown key \`${key}\`: ${keyHint(schema, key, path)}`
      return problem(locate([...path, key], 'key'), [...path, key], message)
    })
  }
  if (issue.code === 'invalid_key') {
    const name = path.at(-1)
    const message = `\`${String(name)}\` does not fit: ${issue.issues[0]?.message ?? issue.message}`
    return [problem(locate(path, 'key'), path, message)]
  }
  const found = valueAt(content, path)
  if (found === undefined) {
    const missing = path.length === 0 ? 'an agent is a list of keys and values' : 'is missing'
    return [problem(locate(path, 'key'), path, missing)]
  }
  const misspelt = issue.code === 'invalid_union' ? misspeltKeys(schema, path, found) : []
  if (misspelt.length > 0) {
    return misspelt.map((key) => {
      const message = `unknown key \`${key}\`: ${keyHint(schema, key, path)}`
      return problem(locate([...path, key], 'key'), [...path, key], message)
    })
  }
  return [problem(locate(path, 'value'), path, misfit(issue, found))]
}

/** Of a value that might be any of some shapes: keys that are nearly those of one of them. */
function misspeltKeys(schema: unknown, path: readonly PropertyKey[], found: unknown): readonly string[] {
  if (typeof found !== 'object' || found === null || Array.isArray(found)) return []
  const allowed = keysAt(schema, path)
  return Object.keys(found).filter((key) => !allowed.includes(key) && nearest(key, allowed) !== null)
}

/** Of a value that fits none of a choice of shapes: what keeps it from the one that was meant, if that can be told. */
function meantShape(issue: z.core.$ZodIssue): readonly z.core.$ZodIssue[] | null {
  if (issue.code !== 'invalid_union') return null
  const without = (shapes: readonly z.core.$ZodIssue[][], ...codes: string[]) =>
    shapes.filter((shape) => !shape.some(({ path, code }) => path.length === 0 && codes.includes(code)))
  const ofItsKind = without(issue.errors, 'invalid_type', 'invalid_value')
  const [meant, another] = ofItsKind.length > 1 ? without(ofItsKind, 'unrecognized_keys') : ofItsKind
  return another === undefined ? (meant ?? null) : null
}

function keyHint(schema: unknown, key: string, path: readonly PropertyKey[]): string {
  const allowed = keysAt(schema, path)
  const meant = nearest(key, allowed)
  if (meant !== null && meant !== key) return `did you mean \`${meant}\`?`
  const elsewhere = pathsOf(schema, key)
  if (elsewhere.length > 0) return `it belongs at \`${elsewhere.join('` or `')}\``
  return `the keys here are ${allowed.join(', ')}`
}

function misfit(issue: z.core.$ZodIssue, found: unknown): string {
  const shown = shorten(found)
  const values = allowedValues(issue)
  if (values !== null) {
    const meant = typeof found === 'string' ? nearest(found, values) : null
    return `${shown} is not one of ${values.join(', ')}${meant === null ? '' : `, did you mean \`${meant}\`?`}`
  }
  if (found === null) return 'is empty: give it a value, or remove the key'
  return `${shown} does not fit: ${needed(issue, found, shown)}`
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'a text is needed; numbers, dates and words like yes must be in quotes',
  number: 'a number is needed',
  int: 'a whole number is needed',
  boolean: 'true or false is needed',
  object: 'keys with values are needed here',
  record: 'keys with values are needed here',
}

function needed(issue: z.core.$ZodIssue, found: unknown, shown: string): string {
  switch (issue.code) {
    case 'invalid_type':
      if (issue.expected === 'array') return `a list is needed, like [${typeof found === 'object' ? '…' : shown}]`
      // A schema's own words come first; zod's begin like this.
      return issue.message.startsWith('Invalid input') ? (KINDS[issue.expected] ?? issue.message) : issue.message
    case 'too_big':
    case 'too_small': {
      const limit = issue.code === 'too_big' ? `at most ${issue.maximum}` : `at least ${issue.minimum}`
      if (typeof found !== 'string') return limit
      return `${limit} characters, and there are ${found.trim().length}`
    }
    default:
      return issue.message
  }
}

/** Of a value that must be one of a few. */
function allowedValues(issue: z.core.$ZodIssue): readonly string[] | null {
  if (issue.code === 'invalid_value') return issue.values.map(String)
  // A choice of shapes, told apart by one of their keys.
  if (issue.code === 'invalid_union' && 'options' in issue && Array.isArray(issue.options))
    return issue.options.map(String)
  return null
}

function valueAt(content: unknown, path: readonly PropertyKey[]): unknown {
  let value = content
  for (const step of path) {
    value =
      typeof value === 'object' && value !== null && Object.hasOwn(value, step) ? Reflect.get(value, step) : undefined
  }
  return value
}

function shorten(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 60 ? `${text.slice(0, 57)}…` : text
}
