import fc from 'fast-check'
import { expect, it } from 'vitest'
import { idempotencyKey } from '../../src/tools/idempotency.ts'

it('is the same for the same request, however the model wrote it down', () => {
  const key = idempotencyKey('call_1', 'book', '{"order":"HB-1042","who":{"name":"Ann","age":7}}')
  expect(key).toMatch(/^[0-9a-f]{64}$/)
  expect(idempotencyKey('call_1', 'book', ' { "who": {"age":7.0, "name":"Ann"},\n "order":"HB-1042" }')).toBe(key)
  expect(idempotencyKey('call_1', 'end_call', '')).toBe(idempotencyKey('call_1', 'end_call', '{}'))
})

it('is another for another call, tool or argument', () => {
  const requests = [
    ['call_1', 'book', '{"a":1}'],
    ['call_2', 'book', '{"a":1}'],
    ['call_1', 'cancel', '{"a":1}'],
    ['call_1', 'book', '{"a":"1"}'],
    ['call_1', 'book', '{"a":[1]}'],
    ['call_1', 'book', '{"a":null}'],
    ['call_1', 'book', '{"a":1,"b":2}'],
    ['call_1', 'book', '{"__proto__":1}'],
    ['call_1', 'book', '{}'],
    ['call_1', 'book', '{"a":1'],
    ['call_1","book', '', '{"a":1}'],
  ] as const
  expect(new Set(requests.map(([callId, tool, args]) => idempotencyKey(callId, tool, args))).size).toBe(requests.length)
})

it('neither the order of keys nor white space changes it, at any depth', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (args) => {
      const key = idempotencyKey('c', 't', JSON.stringify(args))
      expect(idempotencyKey('c', 't', JSON.stringify(backwards(args), null, 2))).toBe(key)
    }),
  )
})

function backwards(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(backwards)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, each]) => [key, backwards(each)]),
  )
}
