/** Over which time figures may be asked for: as many hours or days as a page can draw. */
import type { FiguresQuery } from '../../call-log/query.ts'
import { ApiError } from './errors.ts'

const DAY_MS = 24 * 60 * 60_000
const DAYS_MOST = { hour: 92, day: 3660 }

/** @throws ApiError that says which field is wrong */
export function checkedSpan<Query extends FiguresQuery>(query: Query): Query {
  const { from, to, by = 'day', zone } = query
  if (to <= from) throw wrong('to', 'must be later than `from`')
  if (to - from > DAYS_MOST[by] * DAY_MS) throw wrong('from', `by ${by}, at most ${DAYS_MOST[by]} days at once`)
  if (zone !== undefined && !isZone(zone)) throw wrong('zone', 'must be a time zone, like Europe/Berlin')
  return query
}

function isZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

function wrong(name: string, message: string): ApiError {
  const path = `query.${name}`
  return new ApiError('BAD_REQUEST', `${path}: ${message}`, [{ path, message }])
}
