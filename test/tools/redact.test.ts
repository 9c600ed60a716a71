import fc from 'fast-check'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { holdsPii, redact, redactArguments, redactEchoes } from '../../src/tools/redact.ts'
import { defineTool } from '../../src/tools/tool.ts'
import { toolContext } from './tool-context.ts'

const pii = () => z.string().meta({ pii: true })

it.each([
  [
    'a field',
    z.object({ name: pii(), day: z.string() }),
    { name: 'Ann', day: 'Monday' },
    { name: '[redacted]', day: 'Monday' },
  ],
  [
    'a mark on what may be left out',
    z.object({ a: pii().optional(), b: z.string().optional().meta({ pii: true }) }),
    { a: 'x', b: 'y' },
    { a: '[redacted]', b: '[redacted]' },
  ],
  [
    'a mark behind checks, defaults and catches',
    z.object({ a: pii().min(3).default('abc'), b: pii().catch('x'), c: pii().nullable() }),
    { a: 'x', b: 'y', c: 'z' },
    { a: '[redacted]', b: '[redacted]', c: '[redacted]' },
  ],
  [
    'nothing where nothing is',
    z.object({ a: pii().nullish(), b: z.string() }),
    { a: null, b: 'x' },
    { a: null, b: 'x' },
  ],
  [
    'what lies deeper',
    z.object({ who: z.object({ name: pii(), age: z.int() }) }),
    { who: { name: 'Ann', age: 7 } },
    { who: { name: '[redacted]', age: 7 } },
  ],
  [
    'each of a list',
    z.object({ names: z.array(pii()), rows: z.array(z.object({ a: pii(), b: z.int() })) }),
    { names: ['x', 'y'], rows: [{ a: 'x', b: 1 }] },
    { names: ['[redacted]', '[redacted]'], rows: [{ a: '[redacted]', b: 1 }] },
  ],
  [
    'a whole object',
    z.object({ card: z.object({ number: z.string() }).meta({ pii: true }) }),
    { card: { number: '4242' } },
    { card: '[redacted]' },
  ],
  [
    'the values of a record',
    z.object({ by: z.record(z.string(), pii()) }),
    { by: { a: 'x' } },
    { by: { a: '[redacted]' } },
  ],
  [
    'a choice of shapes, whole',
    z.object({ to: z.union([z.object({ mail: pii() }), z.object({ shop: z.string() })]) }),
    { to: { shop: 'north' } },
    { to: '[redacted]' },
  ],
  [
    'what is transformed, whole',
    z.object({ a: pii().transform((text) => text.length), b: z.preprocess((x) => x, pii()) }),
    { a: 'x', b: 'y' },
    { a: '[redacted]', b: '[redacted]' },
  ],
  [
    'a value of another kind than its schema',
    z.object({ a: z.object({ b: pii() }), c: pii() }),
    { a: 'secret', c: ['secret'] },
    { a: '[redacted]', c: '[redacted]' },
  ],
  ['fields nobody knows, beside personal ones', z.object({ name: pii() }), { nmae: 'Ann' }, { nmae: '[redacted]' }],
])('hides %s', (_, schema, value, clean) => expect(redact(schema, value)).toEqual(clean))

it('gives back the value itself when nothing is marked, fields nobody knows and all', () => {
  const value = { a: 'x', other: 1 }
  expect(redact(z.object({ a: z.string() }), value)).toBe(value)
  expect(redact(undefined, value)).toBe(value)
})

it('finds a mark in a schema that contains itself', () => {
  interface Tree {
    name: string
    children: Tree[]
  }
  const tree = (name: z.ZodType<string>): z.ZodType<Tree> => z.object({ name, children: z.array(z.lazy(() => schema)) })
  let schema: z.ZodType<Tree> = z.never()
  schema = tree(z.string())
  expect(holdsPii(schema)).toBe(false)
  schema = tree(pii())
  expect(redact(schema, { name: 'Ann', children: [{ name: 'Bob', children: [] }] })).toEqual({
    name: '[redacted]',
    children: ['[redacted]'],
  })
})

it('of arguments that are no JSON keeps nothing, when any may be personal', () => {
  const schema = z.object({ name: pii() })
  expect(redactArguments(schema, '{"name":"Ann"')).toBe('"[redacted]"')
  expect(redactArguments(schema, '["Ann"]')).toBe('"[redacted]"')
  expect(redactArguments(schema, '')).toBe('{}')
  expect(redactArguments(z.object({ day: z.string() }), '{"day":')).toBe('{"day":')
})

it('takes personal arguments out of a text that repeats them, longest first', () => {
  const schema = z.object({ name: pii(), first: pii(), code: pii(), card: z.int().meta({ pii: true }) })
  const args = { name: 'Ann "Jo" Miller', first: 'Anna', code: 'abc', card: 424242 }
  expect(
    redactEchoes(schema, args, 'Booked for Ann "Jo" Miller (Anna), {"n":"Ann \\"Jo\\" Miller"}, 424242, abc'),
  ).toBe('Booked for [redacted] ([redacted]), {"n":"[redacted]"}, [redacted], abc')
})

it('lets no personal text of at least four letters through, wherever it stands', () => {
  const schema = z.object({ name: pii(), note: z.string(), more: z.array(z.object({ mail: pii() })) })
  const personal = fc.string({ minLength: 4, maxLength: 12 }).map((text) => `<${text}>`)
  fc.assert(
    fc.property(personal, fc.array(personal), fc.string(), (name, mails, note) => {
      const args = { name, note: note.replaceAll('<', ''), more: mails.map((mail) => ({ mail })) }
      const logged = redactArguments(schema, JSON.stringify(args))
      const echoed = redactEchoes(schema, args, `${JSON.stringify(args)} ${mails.join()} ${name}`)
      for (const text of [name, ...mails]) {
        for (const spelling of [text, JSON.stringify(text).slice(1, -1)]) {
          expect(logged).not.toContain(spelling)
          expect(echoed).not.toContain(spelling)
        }
      }
    }),
  )
})

it('a tool keeps personal arguments and results from the log, and from nobody else', async () => {
  const parameters = z.object({ name: pii().describe('Who.'), day: z.string() })
  const result = z.object({ id: z.int(), mail: pii(), say: z.string() })
  const seen: unknown[] = []
  const tool = defineTool({
    name: 'book',
    description: 'Books.',
    parameters,
    result,
    handler: (args) => {
      seen.push(args)
      return { id: 7, mail: 'ann@example.com', say: `Booked for ${args.name}.` }
    },
  })
  const args = '{"name":"Ann Miller","day":"Monday"}'
  const outcome = await tool.run(args, toolContext().context)
  expect(seen).toEqual([{ name: 'Ann Miller', day: 'Monday' }])
  expect(outcome.output).toBe('{"id":7,"mail":"ann@example.com","say":"Booked for Ann Miller."}')
  expect(outcome.logged).toBe('{"id":7,"mail":"[redacted]","say":"Booked for [redacted]."}')
  expect(tool.redactArguments(args)).toBe('{"name":"[redacted]","day":"Monday"}')
  // The mark is ours: no provider is told a word that is not in JSON Schema.
  expect(tool.parameters).toMatchObject({ properties: { name: { type: 'string', description: 'Who.' } } })
  expect(JSON.stringify(tool.parameters)).not.toContain('pii')
})
