/** Days and hours as they begin in a place on earth. */

const HOUR_MS = 3_600_000
const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']

export interface Zone {
  /** How far its clocks are ahead of UTC at a moment. */
  offsetMs(at: number): number
  /** When the hour or day began that a moment is in. */
  begin(by: 'hour' | 'day', at: number): number
  /** When the next hour or day begins after a moment. */
  next(by: 'hour' | 'day', at: number): number
  /** 0 for Monday, and the hour, 0 to 23. */
  weekHour(at: number): { readonly day: number; readonly hour: number }
}

/** @param name IANA @throws RangeError when there is no such zone */
export function zoneOf(name: string): Zone {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: name,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    weekday: 'short',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  const clock = (at: number) => {
    const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, value]))
    const number = (type: Intl.DateTimeFormatPartTypes): number => Number(parts.get(type))
    return {
      year: number('year'),
      month: number('month') - 1,
      date: number('day'),
      hour: number('hour'),
      minute: number('minute'),
      second: number('second'),
      weekday: WEEKDAYS.indexOf(parts.get('weekday') ?? ''),
    }
  }
  const offsetMs = (at: number): number => {
    const { year, month, date, hour, minute, second } = clock(at)
    return Date.UTC(year, month, date, hour, minute, second) - Math.floor(at / 1000) * 1000
  }
  /** The first moment of a date there: midnight, or when the clocks jump over it, the hour after. */
  const midnight = (year: number, month: number, date: number): number => {
    const asUtc = Date.UTC(year, month, date)
    // Of the two offsets that can hold around it, the one under which it is midnight; the earlier when both are.
    const guesses = [asUtc - offsetMs(asUtc - 24 * HOUR_MS), asUtc - offsetMs(asUtc + 24 * HOUR_MS)]
    const fits = guesses.filter((at) => at + offsetMs(at) === asUtc)
    return fits.length > 0 ? Math.min(...fits) : Math.max(...guesses)
  }
  const hourBegin = (at: number): number => {
    const offset = offsetMs(at)
    return Math.floor((at + offset) / HOUR_MS) * HOUR_MS - offset
  }
  return {
    offsetMs,
    begin(by, at) {
      if (by === 'hour') return hourBegin(at)
      const { year, month, date } = clock(at)
      return midnight(year, month, date)
    },
    next(by, at) {
      if (by === 'hour') return hourBegin(hourBegin(at) + HOUR_MS)
      const { year, month, date } = clock(at)
      return midnight(year, month, date + 1)
    },
    weekHour(at) {
      const { weekday, hour } = clock(at)
      return { day: weekday, hour }
    },
  }
}
