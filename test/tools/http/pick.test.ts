import { expect, it } from 'vitest'
import { pick, pickForLog } from '../../../src/tools/http/pick.ts'

const ORDER = {
  id: 7,
  status: 'ready',
  customer: { name: 'Ann', email: 'ann@example.com', tags: [] },
  items: [
    { name: 'chain', price: 30, supplier: { name: 'X', margin: 0.4 } },
    { name: 'tyre', price: 20 },
  ],
  none: null,
}
const paths = (...list: readonly string[]) => list.map((path) => ({ path, pii: false }))

it.each([
  [['status'], { status: 'ready' }],
  [['status', 'customer.name'], { status: 'ready', customer: { name: 'Ann' } }],
  [
    ['items.name', 'items.price'],
    {
      items: [
        { name: 'chain', price: 30 },
        { name: 'tyre', price: 20 },
      ],
    },
  ],
  [['items.supplier.name'], { items: [{ supplier: { name: 'X' } }] }],
  [['customer'], { customer: ORDER.customer }],
  [['customer', 'customer.name'], { customer: ORDER.customer }],
  [['customer.tags', 'none', 'id'], { customer: { tags: [] }, none: null, id: 7 }],
  [['nothing', 'customer.phone', 'status.length', 'none.x'], undefined],
  [['constructor', '__proto__.x', 'items.length'], undefined],
])('picks %j', (list, picked) => expect(pick(ORDER, paths(...list))).toEqual(picked))

it('goes through a list at the top, and takes nothing of what is no object', () => {
  expect(pick([{ a: 1, b: 2 }, { a: 3 }, { b: 4 }], paths('a'))).toEqual([{ a: 1 }, { a: 3 }])
  expect(pick('text', paths('a'))).toBe(undefined)
  expect(pick([], paths('a'))).toEqual([])
})

it('hides from the log what is personal, alone or inside what is picked whole', () => {
  const picks = [
    { path: 'customer', pii: false },
    { path: 'customer.email', pii: true },
    { path: 'items.name', pii: true },
  ]
  expect(pickForLog(ORDER, picks)).toEqual({
    customer: { name: 'Ann', email: '[redacted]', tags: [] },
    items: [{ name: '[redacted]' }, { name: '[redacted]' }],
  })
  expect(pick(ORDER, picks)).toEqual({ customer: ORDER.customer, items: [{ name: 'chain' }, { name: 'tyre' }] })
  expect(pickForLog(ORDER, [{ path: 'customer', pii: true }])).toEqual({ customer: '[redacted]' })
})
