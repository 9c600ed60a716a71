import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Agenda, Appointment } from '../../../src/twin/carrier/agenda.ts'

it('runs appointments in the order of their times, whatever is added, moved and removed', () => {
  const operation = fc.record({ who: fc.nat(19), what: fc.constantFrom('add', 'remove'), atMs: fc.nat(1000) })
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 200 }), fc.nat(1000), (operations, nowMs) => {
      const agenda = new Agenda()
      const ran: number[] = []
      const expected = new Map<number, number>()
      const appointments = Array.from({ length: 20 }, () => new Appointment((dueMs) => ran.push(dueMs)))
      for (const { who, what, atMs } of operations) {
        if (what === 'add') {
          agenda.add(appointments[who]!, atMs)
          expected.set(who, atMs)
        } else {
          agenda.remove(appointments[who]!)
          expected.delete(who)
        }
      }
      const times = [...expected.values()].sort((a, b) => a - b)
      expect(agenda.nextMs).toBe(times[0] ?? Number.POSITIVE_INFINITY)
      agenda.runDue(nowMs)
      expect(ran).toEqual(times.filter((atMs) => atMs <= nowMs))
      expect(agenda.nextMs).toBe(times.find((atMs) => atMs > nowMs) ?? Number.POSITIVE_INFINITY)
    }),
  )
})

it('catches up: what comes every 20 ms and is 50 ms late runs for every time it missed', () => {
  const agenda = new Agenda()
  const ran: number[] = []
  const tick = new Appointment((dueMs) => {
    ran.push(dueMs)
    agenda.add(tick, dueMs + 20)
  })
  agenda.add(tick, 20)
  agenda.runDue(19.9)
  agenda.runDue(70)
  expect(ran).toEqual([20, 40, 60])
  expect(agenda.nextMs).toBe(80)
})
