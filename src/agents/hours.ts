/** Business hours: when an agent answers, by the clock on the wall of a place. */
import { z } from 'zod'
import { nearest } from './nearest.ts'
import { Otherwise } from './values.ts'

const WEEK: readonly string[] = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']
const DAYS = new RegExp(`^(${WEEK.join('|')})(-(${WEEK.join('|')}))?$`)

const zone = z.string().superRefine((name, context) => {
  if (isZone(name)) return
  const meant = nearest(name, Intl.supportedValuesOf('timeZone'))
  const hint = meant === null ? 'a time zone by its name, like Europe/Berlin' : `did you mean \`${meant}\`?`
  context.addIssue({ code: 'custom', message: hint })
})

const Open = z.strictObject({
  days: z
    .array(
      z
        .string()
        .regex(DAYS, `a day or days, like mon or mon-fri; the days are ${WEEK.join(', ')}`)
        .meta({ allowed: 'days like mon or mon-fri' }),
    )
    .min(1)
    .meta({ description: 'On which days.', examples: [['mon-thu', 'sat']] }),
  from: z
    .string()
    .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time of day in quotes, from "00:00" to "23:59"')
    .meta({ description: 'The first minute that is open.', allowed: '00:00 to 23:59', examples: ['09:00'] }),
  to: z
    .string()
    .regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, 'a time of day in quotes, from "00:00" to "24:00"')
    .meta({
      description: 'The first minute that is closed again. One that is not later than `from` is on the next day.',
      allowed: '00:00 to 24:00',
      examples: ['18:00'],
    }),
})

export const Hours = z.strictObject({
  zone: zone.meta({
    allowed: 'a name of the IANA list',
    description: 'The time zone of all times and days here; summer time is kept.',
    examples: ['Europe/Berlin'],
  }),
  open: z.array(Open).meta({
    description: 'When the agent answers. A day may be named more than once; an empty list is never.',
    examples: [[{ days: ['mon-fri'], from: '09:00', to: '18:00' }]],
  }),
  holidays: z
    .array(z.iso.date('a date that exists, like "2026-12-25"').meta({ allowed: 'dates like 2026-12-25' }))
    .default([])
    .meta({
      description: 'Days on which nothing opens. Hours that began the evening before still run to their end.',
      examples: [['2026-12-25', '2026-12-26']],
    }),
  otherwise: Otherwise.default({
    say: 'We are sorry, we are closed. Please call again during our opening hours.',
  }).meta({
    description: 'What happens to calls at other times.',
    examples: [{ agent: 'night' }],
  }),
})
export type Hours = z.infer<typeof Hours>

/** @param at ms since 1970 */
export function isOpen(hours: Pick<Hours, 'zone' | 'open' | 'holidays'>, at: number): boolean {
  const { date, minute } = wallClock(hours.zone, at)
  const yesterday = dayBefore(date)
  return hours.open.some(({ days, from, to }) => {
    const first = minuteOf(from)
    const end = minuteOf(to)
    const overnight = end <= first
    const opensOn = (day: string) => !hours.holidays.includes(day) && days.some((range) => includes(range, day))
    if (opensOn(date) && minute >= first && (overnight || minute < end)) return true
    return overnight && minute < end && opensOn(yesterday)
  })
}

/** @returns the date there, as 2026-12-25, and the minute of its day; an hour that summer time repeats is there twice */
export function wallClock(zone: string, at: number): { date: string; minute: number } {
  const parts = new Map(
    clockOf(zone)
      .formatToParts(at)
      .map(({ type, value }) => [type, value]),
  )
  const part = (name: Intl.DateTimeFormatPartTypes) => parts.get(name) ?? ''
  return {
    date: `${part('year')}-${part('month')}-${part('day')}`,
    minute: Number(part('hour')) * 60 + Number(part('minute')),
  }
}

/** Making one takes a hundred times longer than asking it. */
const clocks = new Map<string, Intl.DateTimeFormat>()

function clockOf(zone: string): Intl.DateTimeFormat {
  const known = clocks.get(zone)
  if (known !== undefined) return known
  const two = '2-digit'
  const clock = new Intl.DateTimeFormat('en-u-ca-gregory-nu-latn', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: two,
    day: two,
    hour: two,
    minute: two,
  })
  clocks.set(zone, clock)
  return clock
}

function isZone(name: string): boolean {
  try {
    clockOf(name)
    return true
  } catch {
    return false
  }
}

function includes(range: string, date: string): boolean {
  const [first = '', last = first] = range.split('-')
  const from = WEEK.indexOf(first)
  const day = new Date(`${date}T00:00:00Z`).getUTCDay()
  // Days from the first on, so that sat-mon goes around the end of the week.
  return (day - from + 7) % 7 <= (WEEK.indexOf(last) - from + 7) % 7
}

function dayBefore(date: string): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10)
}

function minuteOf(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3))
}
