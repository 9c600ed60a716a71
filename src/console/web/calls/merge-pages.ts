/** Pages of a list that is read while calls begin and end. */
import type { CallPage } from '../../../call-log/query.ts'
import type { ListedCall } from '../../../call-log/rows.ts'

/**
 * The list with its first page read again. Rows of the new page stand as they are now; what the old pages held behind it
 * stays, so that nothing that was scrolled to goes away. When the two share no row, there is a gap between them of which
 * nobody knows how long it is: then only the new page is left.
 */
export function withFirstPage(pages: readonly CallPage[], fresh: CallPage): CallPage[] {
  const last = pages.at(-1)
  if (fresh.next === null || last === undefined) return [fresh]
  const rows = rowsOf(pages)
  const placeOf = new Map(rows.map(({ callId }, at) => [callId, at]))
  const lastShared = fresh.calls.findLast(({ callId }) => placeOf.has(callId))
  if (lastShared === undefined) return [fresh]
  const isFresh = new Set(fresh.calls.map(({ callId }) => callId))
  const place = placeOf.get(lastShared.callId) ?? 0
  const behind = rows.slice(place + 1).filter(({ callId }) => !isFresh.has(callId))
  // A cursor belongs to the row it was given behind; that of the last page still does.
  return [{ calls: [...fresh.calls, ...behind], next: behind.length === 0 ? fresh.next : last.next }]
}

/** All rows, each call once: one that moved while pages were read (a live call, sorted by its length) would be there twice. */
export function rowsOf(pages: readonly CallPage[]): ListedCall[] {
  const seen = new Set<string>()
  return pages
    .flatMap(({ calls }) => calls)
    .filter(({ callId }) => {
      if (seen.has(callId)) return false
      seen.add(callId)
      return true
    })
}

/** How many rows came in above the one that stood at the top, so that the list can be kept where it is. */
export function shiftOf(before: readonly ListedCall[], after: readonly ListedCall[], at: number): number {
  for (const row of before.slice(at, at + 50)) {
    const now = after.findIndex(({ callId }) => callId === row.callId)
    if (now !== -1) return now - before.indexOf(row)
  }
  return 0
}
