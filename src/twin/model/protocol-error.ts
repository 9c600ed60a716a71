/** What the realtime API answers to a client event it refuses: its error codes and its way of wording them. */
import type { z } from 'zod'

/** A client event is refused; the session goes on. Becomes an `error` event (fact sheet, section 16). */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError'
  readonly code: string
  /** The offending field, as a path into the client event: `session.audio.input.format.rate`. */
  readonly param: string | null

  constructor(code: string, message: string, param: string | null = null) {
    super(message)
    this.code = code
    this.param = param
  }
}

type Issue = z.core.$ZodIssue
type Path = readonly PropertyKey[]

/**
 * The first thing wrong with a client event, in the API's words.
 * @param value the client event as it came
 * @param prefix where `value` sits in the whole event
 */
export function refusal(error: z.ZodError, value: unknown, prefix: Path = []): ProtocolError {
  const issue = error.issues[0]
  if (!issue) return new ProtocolError('invalid_value', 'The event is invalid.')
  return refuse(innermost(issue, []), value, prefix)
}

interface Found {
  readonly issue: Issue
  readonly path: Path
}

/** A union says why each of its options does not fit; the one that was meant fits best in its outer shape. */
function innermost(issue: Issue, above: Path): Found {
  const path = [...above, ...issue.path]
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return { issue, path }
  const meant = issue.errors.filter((option) => !option.some((each) => each.path.length === 0 && isWrongKind(each)))
  const first = (meant[0] ?? issue.errors[0])?.[0]
  return first ? innermost(first, path) : { issue, path }
}

function isWrongKind(issue: Issue): boolean {
  return issue.code === 'invalid_type' || issue.code === 'invalid_value'
}

function refuse({ issue, path }: Found, value: unknown, prefix: Path): ProtocolError {
  const param = pathText([...prefix, ...path])
  const given = at(value, path)
  switch (issue.code) {
    case 'unrecognized_keys': {
      const unknown = pathText([...prefix, ...path, issue.keys[0] ?? ''])
      return new ProtocolError('unknown_parameter', `Unknown parameter: '${unknown}'.`, unknown)
    }
    case 'invalid_type':
      if (given === undefined) return missing(param)
      return new ProtocolError(
        'invalid_type',
        `Invalid type for '${param}': expected ${article(kindName(issue.expected))}, but got ${article(kind(given))} instead.`,
        param,
      )
    case 'invalid_value':
      return given === undefined ? missing(param) : unsupported(given, issue.values, param)
    case 'invalid_union':
      return given === undefined ? missing(param) : unsupported(given, optionsOf(issue), param)
    case 'too_small':
      return outOfRange(issue.origin, 'below_min', `>= ${issue.minimum}`, given, param)
    case 'too_big':
      return outOfRange(issue.origin, 'above_max', `<= ${issue.maximum}`, given, param)
    case 'custom':
      return new ProtocolError('invalid_value', `Invalid '${param}': ${issue.message}`, param)
    default:
      return new ProtocolError('invalid_value', `Invalid '${param}': ${issue.message}.`, param)
  }
}

function optionsOf(issue: Issue): readonly unknown[] {
  return 'options' in issue && Array.isArray(issue.options) ? issue.options : []
}

function missing(param: string): ProtocolError {
  return new ProtocolError('missing_required_parameter', `Missing required parameter: '${param}'.`, param)
}

function unsupported(given: unknown, values: readonly unknown[], param: string): ProtocolError {
  const supported = values.map((value) => `'${String(value)}'`).join(', ')
  const quoted = typeof given === 'string' ? `'${given}'` : JSON.stringify(given)
  return new ProtocolError('invalid_value', `Invalid value: ${quoted}. Supported values are: ${supported}.`, param)
}

function outOfRange(origin: string, side: string, wanted: string, given: unknown, param: string): ProtocolError {
  if (typeof given === 'number') {
    const number = Number.isInteger(given) ? 'integer' : 'decimal'
    const words = `${number} ${side === 'below_min' ? 'below minimum' : 'above maximum'} value`
    return new ProtocolError(
      `${number}_${side}_value`,
      `Invalid '${param}': ${words}. Expected a value ${wanted}, but got ${given} instead.`,
      param,
    )
  }
  const length = typeof given === 'string' || Array.isArray(given) ? given.length : 0
  const words = `${origin} too ${side === 'below_min' ? 'short' : 'long'}`
  return new ProtocolError(
    `${origin}_${side}_length`,
    `Invalid '${param}': ${words}. Expected ${article(origin)} with length ${wanted}, but got length ${length} instead.`,
    param,
  )
}

function at(value: unknown, path: Path): unknown {
  let found = value
  for (const key of path) {
    if (typeof found !== 'object' || found === null) return undefined
    found = Reflect.get(found, key)
  }
  return found
}

/** `['item', 'content', 0, 'text']` is written `item.content[0].text`. */
function pathText(path: Path): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`
    return text === '' ? String(key) : `${text}.${String(key)}`
  }, '')
}

function kind(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'decimal'
  return typeof value
}

function kindName(expected: string): string {
  return expected === 'int' ? 'integer' : expected
}

function article(noun: string): string {
  if (noun === 'null') return noun
  return /^[aeiou]/.test(noun) ? `an ${noun}` : `a ${noun}`
}
