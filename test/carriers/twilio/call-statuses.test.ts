import { expect, it } from 'vitest'
import { CallStatuses } from '../../../src/carriers/twilio/call-statuses.ts'

function news(callbacks: readonly (readonly [status: string, sequenceNumber: number | null])[]): string[] {
  const statuses = new CallStatuses()
  return callbacks.filter(([status, number]) => statuses.isNews('CA1', status, number)).map(([status]) => status)
}

it('tells statuses in their order, and what is behind the times not at all', () => {
  expect(
    news([
      ['initiated', 0],
      ['in-progress', 2],
      ['ringing', 1],
      ['completed', 3],
    ]),
  ).toEqual(['initiated', 'in-progress', 'completed'])
  expect(
    news([
      ['ringing', 1],
      ['ringing', 1],
    ]),
  ).toEqual(['ringing'])
})

it('lets nothing follow the end, and tells the end however late its number', () => {
  expect(
    news([
      ['completed', 3],
      ['in-progress', 4],
      ['completed', 3],
    ]),
  ).toEqual(['completed'])
  expect(
    news([
      ['in-progress', 2],
      ['failed', 1],
      ['completed', 3],
    ]),
  ).toEqual(['in-progress', 'failed'])
})

it('takes statuses without a number as they come, until the end', () => {
  expect(
    news([
      ['ringing', null],
      ['in-progress', null],
      ['busy', null],
      ['ringing', null],
    ]),
  ).toEqual(['ringing', 'in-progress', 'busy'])
})

it('knows the five ends of the fact sheet', () => {
  const statuses = new CallStatuses()
  const all = ['queued', 'initiated', 'ringing', 'in-progress', 'completed', 'busy', 'failed', 'no-answer', 'canceled']
  expect(all.filter((status) => statuses.isFinal(status))).toEqual(all.slice(4))
})

it('keeps the calls apart, and only so many', () => {
  const statuses = new CallStatuses()
  expect(statuses.isNews('CA1', 'completed', 1)).toBe(true)
  expect(statuses.isNews('CA2', 'ringing', 0)).toBe(true)
  for (let i = 0; i < 20_000; i++) statuses.isNews(`CB${i}`, 'ringing', 0)
  expect(statuses.size).toBe(5_000)
})
