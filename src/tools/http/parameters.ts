/** Arguments of an HTTP tool, as its YAML describes them: their schema, and the check that comes of it. */
import { z } from 'zod'

const description = z
  .string()
  .min(1)
  .meta({ description: 'For the model: what to give.', examples: ['The order number, like HB-1042.'] })
const required = z
  .boolean()
  .default(true)
  .meta({ description: 'False: the model may leave it out.', examples: [false] })
const pii = z
  .boolean()
  .default(false)
  .meta({ description: 'Personal: the backend gets it, the log does not.', examples: [true] })

const FORMATS = ['date', 'time', 'date-time', 'email', 'phone'] as const
type Format = (typeof FORMATS)[number]

const textShape = {
  enum: z
    .array(z.string())
    .min(1)
    .optional()
    .meta({ description: 'The only values there are.', examples: [['low', 'high']] }),
  format: z
    .enum(FORMATS)
    .optional()
    .meta({
      description: 'What kind of text: `2026-11-21`, `14:30`, both as ISO 8601, an address, `+15550100`.',
      examples: ['date'],
    }),
  pattern: z
    .string()
    .refine(isPattern, 'a regular expression is needed')
    .optional()
    .meta({ description: 'A regular expression that the whole text must match.', examples: ['HB-[0-9]{4}'] }),
  minLength: z
    .int()
    .min(0)
    .default(1)
    .meta({ description: 'Least length.', unit: 'characters', examples: [3] }),
  maxLength: z
    .int()
    .min(1)
    .max(20_000)
    .default(500)
    .meta({ description: 'Most length.', unit: 'characters', examples: [40] }),
}
const numberShape = {
  minimum: z
    .number()
    .optional()
    .meta({ description: 'Least value.', examples: [1] }),
  maximum: z
    .number()
    .optional()
    .meta({ description: 'Most value.', examples: [20] }),
}

const Text = z.strictObject({
  type: z.literal('string').meta({ description: 'words', examples: ['string'] }),
  ...textShape,
})
const Whole = z.strictObject({ type: z.literal('integer').meta({ description: 'a whole number' }), ...numberShape })
const Numeric = z.strictObject({ type: z.literal('number').meta({ description: 'any number' }), ...numberShape })

const Item = z.discriminatedUnion('type', [Text, Whole, Numeric])

const usual = { description: 'What is sent when the model leaves it out.', examples: ['low'] }
const usualNumber = { ...usual, examples: [2] }

export const HttpParameter = z.discriminatedUnion('type', [
  Text.extend({ description, required, pii, default: z.string().optional().meta(usual) }),
  Whole.extend({ description, required, pii, default: z.number().optional().meta(usualNumber) }),
  Numeric.extend({ description, required, pii, default: z.number().optional().meta(usualNumber) }),
  z.strictObject({
    type: z.literal('boolean').meta({ description: 'true or false' }),
    description,
    required,
    pii,
    default: z
      .boolean()
      .optional()
      .meta({ ...usual, examples: [false] }),
  }),
  z.strictObject({
    type: z.literal('array').meta({ description: 'a list of texts or numbers' }),
    description,
    required,
    pii,
    items: Item.meta({ description: 'What each value is.', examples: [{ type: 'string' }] }),
    minItems: z
      .int()
      .min(0)
      .default(0)
      .meta({ description: 'Least values.', examples: [1] }),
    maxItems: z
      .int()
      .min(1)
      .max(100)
      .default(20)
      .meta({ description: 'Most values.', examples: [5] }),
  }),
])
export type HttpParameter = z.infer<typeof HttpParameter>

export const PARAMETER_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/

/** The zod schema of all parameters, for `defineTool` and what is made of it: JSON Schema, checks, redaction. */
export function argumentsSchema(parameters: Readonly<Record<string, HttpParameter>>): z.ZodObject {
  return z.object(Object.fromEntries(Object.entries(parameters).map(([name, each]) => [name, argumentSchema(each)])))
}

/** Whether an argument of this parameter is always there. */
export function isAlwaysGiven(parameter: HttpParameter): boolean {
  return parameter.required || ('default' in parameter && parameter.default !== undefined)
}

export function argumentSchema(parameter: HttpParameter): z.ZodType {
  const { description, pii } = parameter
  const value = valueSchema(parameter).meta(pii ? { description, pii } : { description })
  // A default is optional to the model and always there for the backend.
  if ('default' in parameter && parameter.default !== undefined) return value.default(parameter.default)
  return parameter.required ? value : value.optional()
}

function valueSchema(parameter: HttpParameter): z.ZodType {
  switch (parameter.type) {
    case 'boolean':
      return z.boolean()
    case 'array':
      return z.array(scalarSchema(parameter.items)).min(parameter.minItems).max(parameter.maxItems)
    default:
      return scalarSchema(parameter)
  }
}

function scalarSchema(scalar: z.infer<typeof Item>): z.ZodType {
  if (scalar.type !== 'string') {
    let number = scalar.type === 'integer' ? z.int() : z.number()
    if (scalar.minimum !== undefined) number = number.min(scalar.minimum)
    if (scalar.maximum !== undefined) number = number.max(scalar.maximum)
    return number
  }
  if (scalar.enum !== undefined) return z.enum(scalar.enum)
  let text = scalar.format === undefined ? z.string() : formatted(scalar.format)
  text = text.min(scalar.minLength).max(scalar.maxLength)
  return scalar.pattern === undefined ? text : text.regex(wholeText(scalar.pattern))
}

function formatted(format: Format): z.ZodString {
  const text = z.string()
  switch (format) {
    case 'date':
      return text.check(z.iso.date())
    case 'time':
      return text.check(z.iso.time())
    case 'date-time':
      return text.check(z.iso.datetime({ offset: true, local: true }))
    case 'email':
      return text.check(z.email())
    case 'phone':
      return text.check(z.e164())
  }
}

function wholeText(pattern: string): RegExp {
  return new RegExp(`^(?:${pattern})$`, 'u')
}

function isPattern(pattern: string): boolean {
  try {
    wholeText(pattern)
    return true
  } catch {
    return false
  }
}
