import { expect, it } from 'vitest'
import { FAULT_NAMES, Fault, FaultPlan } from '../../src/twin/faults.ts'

it('knows the six ways a wire fails by the names both twins use, and the ways only a model fails', () => {
  expect(FAULT_NAMES).toEqual([
    'late',
    'lost',
    'reordered',
    'garbled',
    'stalled',
    'closed',
    'refused',
    'slow-connect',
    'failed',
    'arguments-cut',
  ])
})

it('fills in what is left out', () => {
  expect(Fault.parse({ fault: 'closed' })).toEqual({ fault: 'closed', after: 0, times: 1, code: 1011, reason: '' })
})

it.each([
  [{ fault: 'sabotage' }],
  [{ fault: 'late' }],
  [{ fault: 'late', ms: -1 }],
  [{ fault: 'lost', code: 1001 }],
  [{ fault: 'closed', code: 1005 }],
  [{ fault: 'closed', code: 2000 }],
  [{ fault: 'stalled', afterwards: 2 }],
  [{ fault: 'refused', status: 200 }],
])('refuses %j', (fault) => {
  expect(Fault.safeParse(fault).success).toBe(false)
})

it('strikes after so many of the messages it names, and only so often', () => {
  const plan = new FaultPlan([{ fault: 'lost', at: 'media', after: 2, times: 2 }])
  const struck = ['media', 'mark', 'media', 'media', 'mark', 'media', 'media'].map((at) => !!plan.strike('lost', at))
  expect(struck).toEqual([false, false, false, true, false, true, false])
  expect(plan.strike('garbled', 'media')).toBeUndefined()
})

it('passes from a spent fault to the next of the same name', () => {
  const plan = new FaultPlan([
    { fault: 'late', ms: 10, times: 1 },
    { fault: 'late', ms: 20 },
  ])
  expect([1, 2, 3].map(() => plan.strike('late', 'response')?.ms)).toEqual([10, 20, 20])
})

it('begins to count again when it is set, and keeps the old list when the new one is refused', () => {
  const plan = new FaultPlan([{ fault: 'stalled' }])
  expect(plan.strike('stalled', 'response')?.times).toBe(1)
  expect(plan.strike('stalled', 'response')).toBeUndefined()
  expect(() => plan.set([{ fault: 'closed', code: 1 }])).toThrow()
  plan.set([{ fault: 'stalled', times: null }])
  expect([plan.strike('stalled', 'response')?.times, plan.strike('stalled', 'response')?.times]).toEqual([null, null])
})
