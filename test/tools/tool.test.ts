import { expect, it } from 'vitest'
import { z } from 'zod'
import { defineTool, type ToolContext, ToolFailure } from '../../src/tools/tool.ts'
import { toolContext } from './tool-context.ts'

const Parameters = z.object({
  order_id: z.string().min(3).describe('The order number.'),
  day: z.enum(['today', 'tomorrow']).default('today'),
  address: z.object({ street: z.string(), floor: z.int().optional() }).optional(),
})

function tool(handler: (args: z.infer<typeof Parameters>, context: ToolContext) => unknown) {
  return defineTool({ name: 'book', description: 'Books.', parameters: Parameters, handler })
}

async function run(handler: Parameters<typeof tool>[0], args: string) {
  const { context, logged } = toolContext()
  return { outcome: await tool(handler).run(args, context), logged }
}

it('gives the model a JSON Schema in which no argument is left open', () => {
  expect(tool(() => '')).toMatchObject({ name: 'book', description: 'Books.', timeoutMs: 10_000 })
  expect(tool(() => '').parameters).toEqual({
    type: 'object',
    properties: {
      order_id: { type: 'string', minLength: 3, description: 'The order number.' },
      day: { type: 'string', enum: ['today', 'tomorrow'], default: 'today' },
      address: {
        type: 'object',
        properties: {
          street: { type: 'string' },
          floor: { type: 'integer', minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER },
        },
        required: ['street'],
        additionalProperties: false,
      },
    },
    required: ['order_id'],
    additionalProperties: false,
  })
})

it('hands the handler checked arguments with their defaults, and the call', async () => {
  const seen: unknown[] = []
  const { context } = toolContext()
  const outcome = await tool((args, { callId, idempotencyKey }) => {
    seen.push(args, callId, idempotencyKey)
    return 'Booked.'
  }).run('{"order_id":"HB-1042","nonsense":1}', context)
  expect(seen).toEqual([{ order_id: 'HB-1042', day: 'today' }, 'call_1', 'key_1'])
  expect(outcome).toEqual({ status: 'done', output: 'Booked.', logged: 'Booked.', effect: null })
})

it.each([
  ['{"order_id":', 'The arguments of book are not valid JSON. Call it again with a JSON object.'],
  ['', 'order_id is missing (expected string)'],
  ['[]', 'expected object, received array'],
  ['{"order_id":7}', 'order_id: expected string, received number'],
  ['{"order_id":"x"}', 'order_id: Too small: expected string to have >=3 characters'],
  ['{"order_id":"HB-1","day":"yesterday"}', 'day: Invalid option: expected one of "today"|"tomorrow"'],
  ['{"order_id":"HB-1","address":{"floor":2}}', 'address.street is missing (expected string)'],
  [
    '{"day":1,"address":{"floor":"x"}}',
    /order_id is missing .*; day: .*; address\.street is missing .*; address\.floor: /,
  ],
])('tells the model what is wrong with %s, and the handler nothing', async (args, said) => {
  const { outcome, logged } = await run(() => expect.unreachable(), args)
  expect(outcome).toMatchObject({ status: 'failed', effect: null })
  expect(outcome.output).toMatch(said)
  expect(outcome.output).not.toMatch(/\n|Error|at \//)
  expect(logged).toEqual([])
})

it.each([
  [undefined, 'Done.'],
  [null, 'null'],
  ['Plain words.', 'Plain words.'],
  ['', ''],
  [42, '42'],
  [{ status: 'ready', items: [1, 2] }, '{"status":"ready","items":[1,2]}'],
])('turns %j into what the model reads', async (result, output) => {
  const { outcome } = await run(async () => result, '{"order_id":"HB-1042"}')
  expect(outcome).toEqual({ status: 'done', output, logged: output, effect: null })
})

it('cuts a long answer at 16 KiB between characters, and says so', async () => {
  const { outcome } = await run(() => '🚲'.repeat(5000), '{"order_id":"HB-1042"}')
  const [kept, note] = outcome.output.split('\n')
  expect(kept).toBe('🚲'.repeat(4096))
  expect(note).toBe('[Cut: this is the beginning of an answer of 20000 bytes. Ask for less at a time.]')
  const odd = await run(() => `x${'🚲'.repeat(5000)}`, '{"order_id":"HB-1042"}')
  expect(odd.outcome.output.split('\n')[0]).toBe(`x${'🚲'.repeat(4095)}`)
})

it.each([
  ['throws', () => Promise.reject(new Error('no such customer: +15550123 Mary Miller'))],
  ['throws what is no error', () => Promise.reject('+15550123')],
  ['returns what JSON cannot carry', () => ({ amount: 5n })],
  ['returns a function', () => () => {}],
])('says that it failed when a handler %s, without the reason, which may hold a caller’s words', async (_, handler) => {
  const { outcome, logged } = await run(handler, '{"order_id":"HB-1042"}')
  const output =
    'book failed, and it is not known whether it acted. Tell the caller that it did not work just now, and do not try again unasked.'
  expect(outcome).toEqual({ status: 'unknown', output, logged: output, effect: null })
  expect(logged).toEqual([['tool failed', expect.objectContaining({ tool: 'book' })]])
  expect(JSON.stringify(logged)).not.toMatch(/Mary|5550123/)
})

it('logs where a handler failed and the system’s code for it', async () => {
  const refused = new TypeError('fetch failed', { cause: Object.assign(new Error('no'), { code: 'ECONNREFUSED' }) })
  const { logged } = await run(() => Promise.reject(refused), '{"order_id":"HB-1042"}')
  const at = expect.stringMatching(/tool\.test\.ts:\d+:\d+$/)
  expect(logged).toEqual([['tool failed', { tool: 'book', error: 'TypeError', code: 'ECONNREFUSED', at }]])
})

it.each([
  ['a name that the model could not call', { name: 'look up' }, 'the name "look up" must be'],
  ['no description', { description: ' ' }, 'book needs a description'],
  ['no time', { timeoutMs: 0 }, 'the timeoutMs of book must be a whole number'],
  ['parameters that JSON cannot carry', { parameters: z.object({ when: z.date() }) }, 'the parameters of book must be'],
])('refuses a definition with %s', (_, wrong, message) => {
  const definition = { name: 'book', description: 'Books.', parameters: z.object({}), handler: () => '' }
  expect(() => defineTool({ ...definition, ...wrong })).toThrow(message)
})

it('a look-up that fails has not acted, and a handler that knows why says so itself', async () => {
  const build = (handler: () => unknown) =>
    defineTool({ name: 'find', description: 'Finds.', parameters: z.object({}), readOnly: true, handler })
  const { context } = toolContext()
  const failed = await build(() => Promise.reject(new Error('gone'))).run('{}', context)
  expect(failed).toMatchObject({ status: 'failed', output: 'find did not work just now. Tell the caller.' })
  const refused = await run(() => Promise.reject(new ToolFailure('That day is over.')), '{"order_id":"HB-1042"}')
  expect(refused.outcome).toEqual({
    status: 'failed',
    output: 'That day is over.',
    logged: 'That day is over.',
    effect: null,
  })
  expect(refused.logged).toEqual([])
})

it('knows before it is run what is wrong with arguments, as far as that can be known at once', () => {
  const booking = tool(() => '')
  expect(booking.fault('{"order_id":"HB-1042"}')).toBe(null)
  expect(booking.fault('{}')).toContain('order_id is missing')
  expect(booking.fault('{')).toContain('not valid JSON')
  const slow = z.object({ id: z.string().refine(async () => false) })
  const asking = defineTool({ name: 'ask', description: 'Asks.', parameters: slow, handler: () => '' })
  expect(asking.fault('{"id":"x"}')).toBe(null)
})

it('tells the model of a tool that needs the caller’s agreement, and says what the core must know', () => {
  const definition = { name: 'pay', description: 'Pays.', parameters: z.object({}), handler: () => '' }
  expect(defineTool(definition)).toMatchObject({ readOnly: false, confirm: false, description: 'Pays.' })
  expect(defineTool({ ...definition, readOnly: true })).toMatchObject({ readOnly: true })
  const asking = defineTool({ ...definition, confirm: true })
  expect(asking.confirm).toBe(true)
  expect(asking.description).toMatch(/^Pays\. It is carried out only after the caller has agreed/)
})
