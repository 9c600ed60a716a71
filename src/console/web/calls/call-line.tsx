/** One call of the list: as cells under their heads, or as a card where the window is narrow. */
import { memo } from 'react'
import { Link } from 'wouter'
import type { ListedCall } from '../../../call-log/rows.ts'
import { Duration, PhoneNumber, Time } from '../parts/figures.tsx'
import { endWords } from '../words/call-words.ts'
import { duration, moment, phoneNumber } from '../words/format.ts'
import { CELLS, OutcomeBadge, Strain } from './cells.tsx'
import { COLUMN_NAMES, type ColumnName } from './columns.ts'

export interface CallLineProps {
  readonly call: ListedCall
  /** Of all rows, from 1; heads are the first. */
  readonly at: number
  readonly columns: readonly ColumnName[]
  readonly template: string
  readonly topPx: number
  readonly heightPx: number
  readonly asCard: boolean
  /** Null: nothing can be chosen. */
  readonly chosen: boolean | null
  readonly onChoose: (callId: string) => void
  readonly onFocus: (callId: string) => void
}

export const CallLine = memo(function CallLine(props: CallLineProps) {
  const { call, columns, chosen } = props
  const place = { transform: `translateY(${props.topPx}px)`, height: `${props.heightPx}px` }
  const address = `/calls/${encodeURIComponent(call.callId)}${call.hit === null ? '' : `?at=${call.hit.atMs}`}`
  const name = `Call of ${phoneNumber(call.from)}, ${moment(call.startedAt, Date.now())}`
  const link = (
    <Link
      href={address}
      className="call-link"
      aria-label={name}
      data-call={call.callId}
      onFocus={() => props.onFocus(call.callId)}
    />
  )
  if (props.asCard) {
    return (
      <li className="call-card" style={place} aria-setsize={-1} aria-posinset={props.at}>
        {link}
        <span className="call-card-top">
          <strong>
            <PhoneNumber number={call.from} />
          </strong>
          <span className="muted">
            <Time at={call.startedAt} />
          </span>
        </span>
        <span className="call-card-mid">
          <OutcomeBadge call={call} />
          <span className="call-card-why">{call.endReason === null ? 'In progress' : endWords(call.endReason)}</span>
          <Strain strain={call.strain} />
        </span>
        <span className="call-card-low muted">
          <span className="call-card-agent">{call.agent}</span>
          <Duration ms={call.durationMs} />
        </span>
        {call.hit !== null && <Hit hit={call.hit} />}
      </li>
    )
  }
  return (
    <div
      role="row"
      aria-rowindex={props.at + 1}
      className={chosen === true ? 'call-row call-row-chosen' : 'call-row'}
      style={place}
    >
      <div className="call-cells" style={{ gridTemplateColumns: props.template }}>
        {chosen !== null && (
          <div role="cell" className="call-choose">
            <input
              type="checkbox"
              aria-label={`Choose: ${name}`}
              checked={chosen}
              onChange={() => props.onChoose(call.callId)}
            />
          </div>
        )}
        {columns.map((column, at) => (
          <div key={column} role="cell" className={COLUMN_NAMES[column].end === true ? 'call-cell end' : 'call-cell'}>
            {at === 0 && link}
            {CELLS[column](call)}
          </div>
        ))}
      </div>
      {call.hit !== null && (
        <div role="cell" className="call-hit-cell">
          <Hit hit={call.hit} />
        </div>
      )}
    </div>
  )
})

/** The words that a search found, where they were said. They are whatever somebody said: text, and nothing but. */
function Hit({ hit }: { hit: NonNullable<ListedCall['hit']> }) {
  return (
    <span className="call-hit">
      <span className={`call-hit-who call-hit-${hit.by}`}>
        {hit.by === 'caller' ? 'Caller' : 'Agent'} {duration(hit.atMs)}
      </span>{' '}
      {hit.before}
      <mark>{hit.match}</mark>
      {hit.after}
    </span>
  )
}
