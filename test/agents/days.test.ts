import { expect, it } from 'vitest'
import { dayStart } from '../../src/agents/days.ts'

it.each([
  ['UTC', '2026-11-25T10:30:45.678Z', '2026-11-25T00:00:00.000Z'],
  ['UTC', '2026-11-25T00:00:00.000Z', '2026-11-25T00:00:00.000Z'],
  ['Europe/Berlin', '2026-11-25T22:59:59.999Z', '2026-11-24T23:00:00.000Z'],
  ['Europe/Berlin', '2026-11-25T23:00:00.000Z', '2026-11-25T23:00:00.000Z'],
  ['America/Los_Angeles', '2026-11-25T07:00:00.000Z', '2026-11-24T08:00:00.000Z'],
  ['Asia/Kolkata', '2026-11-25T10:00:00.000Z', '2026-11-24T18:30:00.000Z'],
  // Days of 23 and 25 hours: before the change, after it, and in the hour that comes twice.
  ['Europe/Berlin', '2026-03-29T00:30:00.000Z', '2026-03-28T23:00:00.000Z'],
  ['Europe/Berlin', '2026-03-29T12:00:00.000Z', '2026-03-28T23:00:00.000Z'],
  ['Europe/Berlin', '2026-10-25T00:30:00.000Z', '2026-10-24T22:00:00.000Z'],
  ['Europe/Berlin', '2026-10-25T01:30:00.000Z', '2026-10-24T22:00:00.000Z'],
  ['Europe/Berlin', '2026-10-25T22:30:00.000Z', '2026-10-24T22:00:00.000Z'],
  // Midnight does not exist there on this day.
  ['Africa/Cairo', '2026-04-24T10:00:00.000Z', '2026-04-23T22:00:00.000Z'],
])('in %s the day of %s began at %s', (zone, at, began) => {
  expect(new Date(dayStart(zone, Date.parse(at))).toISOString()).toBe(began)
})
