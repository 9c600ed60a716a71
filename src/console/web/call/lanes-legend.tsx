/** What the marks on the lanes mean; only those that this call has. */
import type { Lanes } from './lanes.ts'

export function LanesLegend({ lanes, notes }: { lanes: Lanes; notes: boolean }) {
  const marks = [
    { name: 'Both spoke', style: 'overlap', there: lanes.overlaps.length > 0 },
    { name: 'Agent cut off', style: 'cut', there: lanes.cuts.length > 0 },
    { name: 'Silence over 2 s', style: 'silence', there: lanes.silences.length > 0 },
    { name: 'Note', style: 'note', there: notes },
  ].filter(({ there }) => there)
  if (marks.length === 0) return null
  return (
    <ul className="legend" aria-label="Marks on the lanes">
      {marks.map(({ name, style }) => (
        <li key={style}>
          <span className={`swatch swatch-${style}`} aria-hidden="true" />
          {name}
        </li>
      ))}
    </ul>
  )
}
