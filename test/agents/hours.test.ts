import { expect, it } from 'vitest'
import { type Hours, isOpen } from '../../src/agents/hours.ts'

type Times = Pick<Hours, 'zone' | 'open' | 'holidays'>
const weekdays = (from: string, to: string, zone = 'Europe/Berlin'): Times => ({
  zone,
  open: [{ days: ['mon-fri'], from, to }],
  holidays: [],
})
const everyDay = (from: string, to: string, zone: string): Times => ({
  zone,
  open: [{ days: ['sun-sat'], from, to }],
  holidays: [],
})

/** Each moment as UTC, and whether it is open. */
function hold(hours: Times, moments: Readonly<Record<string, boolean>>): void {
  const found = Object.fromEntries(Object.keys(moments).map((moment) => [moment, isOpen(hours, Date.parse(moment))]))
  expect(found).toEqual(moments)
}

it('opens at its first minute and is closed from its last on, by the clock there', () => {
  // Friday, 2026-11-20; Berlin is one hour before UTC.
  hold(weekdays('09:00', '18:00'), {
    '2026-11-20T07:59:59.999Z': false,
    '2026-11-20T08:00:00Z': true,
    '2026-11-20T16:59:59.999Z': true,
    '2026-11-20T17:00:00Z': false,
    '2026-11-21T10:00:00Z': false,
    '2026-11-23T10:00:00Z': true,
  })
})

it('takes the day of the week from there, not from UTC', () => {
  // It is Monday in Auckland while it is Sunday in UTC, and Friday in Honolulu while it is Saturday.
  hold(weekdays('09:00', '18:00', 'Pacific/Auckland'), { '2026-11-22T21:00:00Z': true, '2026-11-20T21:00:00Z': false })
  hold(weekdays('09:00', '18:00', 'Pacific/Honolulu'), { '2026-11-21T03:00:00Z': true, '2026-11-23T03:00:00Z': false })
})

it('keeps its times by the wall when clocks go forward, and skips what that night does not have', () => {
  // Berlin, Sunday 2026-03-29: 02:00 becomes 03:00 at 01:00 UTC.
  hold(everyDay('09:00', '18:00', 'Europe/Berlin'), {
    '2026-03-28T08:00:00Z': true,
    '2026-03-28T07:59:00Z': false,
    '2026-03-29T07:00:00Z': true,
    '2026-03-29T06:59:00Z': false,
    '2026-03-29T16:00:00Z': false,
  })
  hold(everyDay('02:00', '03:00', 'Europe/Berlin'), {
    '2026-03-29T00:59:59Z': false,
    '2026-03-29T01:00:00Z': false,
    '2026-03-28T01:30:00Z': true,
  })
})

it('is open twice in the hour that clocks going back repeat', () => {
  // Berlin, Sunday 2026-10-25: 03:00 becomes 02:00 at 01:00 UTC. New York, 2026-11-01: at 06:00 UTC.
  hold(everyDay('02:00', '03:00', 'Europe/Berlin'), {
    '2026-10-24T23:59:00Z': false,
    '2026-10-25T00:30:00Z': true,
    '2026-10-25T01:30:00Z': true,
    '2026-10-25T02:00:00Z': false,
  })
  hold(everyDay('01:15', '01:45', 'America/New_York'), {
    '2026-11-01T05:30:00Z': true,
    '2026-11-01T05:50:00Z': false,
    '2026-11-01T06:30:00Z': true,
  })
})

it('goes past midnight when it ends before it begins, and belongs to the day it began on', () => {
  const nights: Times = { zone: 'UTC', open: [{ days: ['fri'], from: '22:00', to: '06:00' }], holidays: [] }
  hold(nights, {
    '2026-11-20T05:00:00Z': false,
    '2026-11-20T21:59:00Z': false,
    '2026-11-20T22:00:00Z': true,
    '2026-11-21T00:00:00Z': true,
    '2026-11-21T05:59:00Z': true,
    '2026-11-21T06:00:00Z': false,
    '2026-11-21T22:30:00Z': false,
  })
})

it('knows the whole day, to midnight and by the same time twice', () => {
  const monday = (from: string, to: string): Times => ({
    zone: 'UTC',
    open: [{ days: ['mon'], from, to }],
    holidays: [],
  })
  const all = {
    '2026-11-22T23:59:59Z': false,
    '2026-11-23T00:00:00Z': true,
    '2026-11-23T23:59:59Z': true,
    '2026-11-24T00:00:00Z': false,
  }
  hold(monday('00:00', '24:00'), all)
  hold(monday('00:00', '00:00'), all)
})

it('opens nothing on a holiday, and lets the night before it run out', () => {
  const hours: Times = {
    zone: 'Europe/Berlin',
    open: [
      { days: ['mon-fri'], from: '09:00', to: '18:00' },
      { days: ['mon-fri'], from: '22:00', to: '02:00' },
    ],
    holidays: ['2026-12-25'],
  }
  hold(hours, {
    '2026-12-24T10:00:00Z': true,
    '2026-12-24T23:30:00Z': true, // 00:30 of the 25th, of the night that began on the 24th
    '2026-12-25T10:00:00Z': false,
    '2026-12-25T21:30:00Z': false,
    '2026-12-26T00:30:00Z': false, // 01:30 of the 26th: that night would have begun on the 25th
    '2026-12-28T10:00:00Z': true,
  })
})

it('takes days around the end of the week, several periods, and no period at all', () => {
  const open = [
    { days: ['sat-mon'], from: '10:00', to: '12:00' },
    { days: ['wed', 'fri'], from: '14:00', to: '16:00' },
  ]
  hold(
    { zone: 'UTC', open, holidays: [] },
    {
      '2026-11-20T11:00:00Z': false,
      '2026-11-20T15:00:00Z': true,
      '2026-11-21T11:00:00Z': true,
      '2026-11-22T11:00:00Z': true,
      '2026-11-23T11:00:00Z': true,
      '2026-11-24T11:00:00Z': false,
      '2026-11-25T15:00:00Z': true,
      '2026-11-25T11:00:00Z': false,
    },
  )
  hold({ zone: 'UTC', open: [], holidays: [] }, { '2026-11-20T11:00:00Z': false })
})
