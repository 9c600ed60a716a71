/** Days by the clock on the wall of a place. */
import { wallClock } from './hours.ts'

const MINUTE_MS = 60_000
const DAY_MINUTES = 1440

/** @returns ms since 1970 at which the day of a moment began there; where summer time skips midnight, the first minute after it */
export function dayStart(zone: string, at: number): number {
  const { date, minute } = wallClock(zone, at)
  const whole = Math.floor(at / MINUTE_MS) * MINUTE_MS
  const guess = whole - minute * MINUTE_MS
  // On a day whose clock was moved, so many minutes ago it was another time than midnight.
  const there = wallClock(zone, guess)
  if (there.date === date) return guess - there.minute * MINUTE_MS
  return guess + (DAY_MINUTES - there.minute) * MINUTE_MS
}
