/**
 * What the log may keep of a tool's arguments and results: everything but what its schema marks with `.meta({ pii: true })`.
 * Where a schema cannot be followed to the end, as into a choice of shapes, a mark anywhere inside hides the whole.
 */
import { z } from 'zod'

export const REDACTED = '[redacted]'

/** Shorter texts stand in any sentence by chance. */
const ECHO_LEAST_LENGTH = 4

/** Whether anything within the schema is marked as personal. */
export function holdsPii(schema: unknown): boolean {
  return searchPii(schema, new Set())
}

/** @returns a copy in which `[redacted]` stands in the place of what is personal; the value itself when nothing is */
export function redact(schema: unknown, value: unknown): unknown {
  if (value === undefined || value === null || !holdsPii(schema)) return value
  if (isMarked(schema)) return REDACTED
  const { type, innerType, element, shape, valueType } = definition(schema)
  if (innerType !== undefined) return redact(innerType, value)
  if (type === 'array' && Array.isArray(value)) return value.map((each) => redact(element, each))
  if (typeof value !== 'object' || Array.isArray(value)) return REDACTED
  const fields = Object.entries(value)
  if (type === 'object') return Object.fromEntries(fields.map(([name, each]) => [name, redactField(shape, name, each)]))
  if (type === 'record') return Object.fromEntries(fields.map(([name, each]) => [name, redact(valueType, each)]))
  return REDACTED
}

/** A field that the schema does not know might be any of those it knows, misspelt. */
function redactField(shape: unknown, name: string, value: unknown): unknown {
  if (typeof shape !== 'object' || shape === null || !Object.hasOwn(shape, name)) return REDACTED
  return redact(Reflect.get(shape, name), value)
}

/** @param argumentsJson as the model wrote them */
export function redactArguments(schema: unknown, argumentsJson: string): string {
  if (!holdsPii(schema)) return argumentsJson
  try {
    return JSON.stringify(redact(schema, JSON.parse(argumentsJson.trim() === '' ? '{}' : argumentsJson)))
  } catch {
    return JSON.stringify(REDACTED)
  }
}

/** Takes personal arguments out of a text that repeats them: a result often does. */
export function redactEchoes(schema: unknown, args: unknown, text: string): string {
  if (!holdsPii(schema)) return text
  let clean = text
  for (const echo of personalTexts(schema, args)) {
    // As it stands, and as it stands in JSON.
    for (const spelling of new Set([echo, JSON.stringify(echo).slice(1, -1)]))
      clean = clean.replaceAll(spelling, REDACTED)
  }
  return clean
}

/** Longest first, because one may be part of another. */
function personalTexts(schema: unknown, args: unknown): readonly string[] {
  const found: string[] = []
  const collect = (value: unknown, kept: unknown): void => {
    if (typeof value === 'object' && value !== null) {
      const below = typeof kept === 'object' ? kept : null
      for (const [name, each] of Object.entries(value))
        collect(each, below === null ? REDACTED : Reflect.get(below, name))
    } else if (kept === REDACTED && value !== null && value !== undefined) found.push(String(value))
  }
  collect(args, redact(schema, args))
  return found.filter((text) => text.length >= ECHO_LEAST_LENGTH).sort((a, b) => b.length - a.length)
}

function isMarked(schema: unknown): boolean {
  return schema instanceof z.ZodType && schema.meta()?.pii === true
}

function searchPii(schema: unknown, seen: Set<unknown>): boolean {
  if (!(schema instanceof z.ZodType) || seen.has(schema)) return false
  seen.add(schema)
  if (isMarked(schema)) return true
  const {
    innerType,
    element,
    valueType,
    in: input,
    out: output,
    shape,
    options,
    items,
    left,
    right,
    rest,
    getter,
  } = definition(schema)
  const within = [innerType, element, valueType, input, output, left, right, rest]
  const fields = typeof shape === 'object' && shape !== null ? Object.values(shape) : []
  const choices = [options, items].flatMap((each) => (Array.isArray(each) ? each : []))
  const later = typeof getter === 'function' ? [getter()] : []
  return [...within, ...fields, ...choices, ...later].some((each) => searchPii(each, seen))
}

function definition(schema: unknown): Readonly<Record<string, unknown>> {
  return schema instanceof z.ZodType ? { ...schema.def } : {}
}
