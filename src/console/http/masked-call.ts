/** Calls as a viewer sees them. */
import type { Facets } from '../../call-log/query.ts'
import type { CallRow, ListedCall } from '../../call-log/rows.ts'
import type { CallDetail } from '../contract/calls.ts'
import { maskNumber } from '../mask.ts'
import { maskLine, maskWords } from '../mask-words.ts'

/** @returns whether a number is one that our agents answer, which anybody may know */
export type IsOurs = (number: string) => boolean

function maskRow<Row extends CallRow>(row: Row, isOurs: IsOurs): Row {
  const to = isOurs(row.to) ? row.to : maskNumber(row.to)
  return { ...row, from: maskNumber(row.from), to, endDetail: maskWords(row.endDetail) }
}

export function maskListed(call: ListedCall, isOurs: IsOurs): ListedCall {
  const { hit } = call
  if (hit === null) return maskRow(call, isOurs)
  // A number may begin in one part and end in another.
  const masked = maskWords(hit.before + hit.match + hit.after)
  const whole = masked === hit.before + hit.match + hit.after
  return { ...maskRow(call, isOurs), hit: whole ? hit : { ...hit, before: masked, match: '', after: '' } }
}

export function maskDetail(detail: CallDetail, isOurs: IsOurs): CallDetail {
  const { call, lines, notes } = detail
  return {
    ...detail,
    call: maskRow(call, isOurs),
    lines: lines.map(maskLine),
    notes: notes.map((note) => ({ ...note, text: maskWords(note.text) })),
  }
}

/** Numbers that look alike when they are masked are one. */
export function maskFacets(facets: Facets, isOurs: IsOurs): Facets {
  const counts = new Map<string, number>()
  for (const { value, calls } of facets.numbers) {
    const shown = isOurs(value) ? value : maskNumber(value)
    counts.set(shown, (counts.get(shown) ?? 0) + calls)
  }
  return { ...facets, numbers: [...counts].map(([value, calls]) => ({ value, calls })) }
}
