/**
 * The list itself: only the rows that can be seen are in the page, however many there are. They stand where they belong by
 * their position, which a <table> would not let them; the roles say what they are.
 */
import { useVirtualizer } from '@tanstack/react-virtual'
import { useCallback, useEffect, useLayoutEffect, useRef } from 'react'
import type { ListedCall } from '../../../call-log/rows.ts'
import { Icon } from '../parts/icon.tsx'
import { useMedia } from '../shell/use-media.ts'
import { CallLine } from './call-line.tsx'
import { COLUMN_NAMES, type Sort, tracks } from './columns.ts'
import type { ListState } from './list-state.ts'
import { shiftOf } from './merge-pages.ts'

const HEAD_PX = 32
const CHOOSE_PX = 36
/** So many rows before the end the next page is asked for: at a fast scroll, half a second ahead. */
const AHEAD = 60

/** Where each list was left, so that coming back from a call finds it there. */
const leftAt = new Map<string, number>()

export interface CallsTableProps {
  readonly rows: readonly ListedCall[]
  readonly state: ListState
  /** What this list is known by. */
  readonly name: string
  /** Null: nothing can be chosen. */
  readonly chosen: ReadonlySet<string> | null
  /** The call that the keys act on. */
  readonly cursor: string | null
  readonly hasMore: boolean
  readonly onMore: () => void
  readonly onChoose: (callId: string) => void
  readonly onCursor: (callId: string) => void
  readonly onSort: (sort: Sort) => void
}

export function CallsTable(props: CallsTableProps) {
  const { rows, state, chosen, cursor, name } = props
  const asCards = useMedia('(max-width: 640px)')
  const scroller = useRef<HTMLDivElement>(null)
  const heightPx = rowHeight(asCards, state.filter.text !== undefined)
  const choosePx = chosen === null ? 0 : CHOOSE_PX
  const { template, minPx } = tracks(state.columns, choosePx)

  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => heightPx,
    scrollMargin: 0,
    scrollPaddingStart: asCards ? 0 : HEAD_PX,
    overscan: 12,
    initialOffset: leftAt.get(name) ?? 0,
    getItemKey: (at) => rows[at]?.callId ?? at,
  })
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is the height that has changed
  useEffect(() => virtual.measure(), [virtual, heightPx])

  // Rows that come in above do not push away what is being read; at the very top they are let in.
  const before = useRef({ rows, name })
  useLayoutEffect(() => {
    const element = scroller.current
    const last = before.current
    before.current = { rows, name }
    if (element === null) return
    if (last.name !== name) {
      element.scrollTop = leftAt.get(name) ?? 0
      return
    }
    if (last.rows === rows || element.scrollTop < heightPx) return
    const shift = shiftOf(last.rows, rows, Math.floor(element.scrollTop / heightPx))
    if (shift !== 0) element.scrollTop += shift * heightPx
  }, [rows, name, heightPx])

  const items = virtual.getVirtualItems()
  const lastSeen = items.at(-1)?.index ?? 0
  const { hasMore, onMore } = props
  useEffect(() => {
    if (hasMore && lastSeen >= rows.length - AHEAD) onMore()
  }, [hasMore, lastSeen, rows.length, onMore])

  // The keys have moved the cursor to a row that may not be in the page yet: it is scrolled to, and then takes the focus.
  const wanted = useRef<string | null>(null)
  const place = cursor === null ? -1 : rows.findIndex(({ callId }) => callId === cursor)
  useEffect(() => {
    if (cursor === null || place === -1) return
    if (document.activeElement instanceof HTMLElement && document.activeElement.dataset.call === cursor) return
    wanted.current = cursor
    virtual.scrollToIndex(place, { align: 'auto' })
  }, [cursor, place, virtual])
  useEffect(() => {
    if (wanted.current === null) return
    const link = scroller.current?.querySelector(`[data-call="${CSS.escape(wanted.current)}"]`)
    if (!(link instanceof HTMLElement)) return
    wanted.current = null
    link.focus({ preventScroll: true })
  })

  const { onChoose, onCursor } = props
  const choose = useCallback((callId: string) => onChoose(callId), [onChoose])
  const focus = useCallback((callId: string) => onCursor(callId), [onCursor])
  const lines = items.flatMap(({ index, start }) => {
    const call = rows[index]
    if (call === undefined) return []
    return [
      <CallLine
        key={call.callId}
        call={call}
        at={index + 1}
        columns={state.columns}
        template={template}
        topPx={start}
        heightPx={heightPx}
        asCard={asCards}
        chosen={chosen === null ? null : chosen.has(call.callId)}
        onChoose={choose}
        onFocus={focus}
      />,
    ]
  })
  const total = { height: `${virtual.getTotalSize()}px` }
  const remember = (): void => void leftAt.set(name, scroller.current?.scrollTop ?? 0)
  if (asCards) {
    return (
      <div className="calls-scroll" ref={scroller} onScroll={remember}>
        <ul className="calls-space" style={total} aria-label="Calls">
          {lines}
        </ul>
      </div>
    )
  }
  return (
    <div className="calls-scroll" ref={scroller} onScroll={remember}>
      <div
        role="table"
        aria-label="Calls"
        aria-rowcount={hasMore ? -1 : rows.length + 1}
        className="calls-table"
        style={{ minWidth: `${minPx}px` }}
      >
        <div role="rowgroup" className="calls-heads">
          <div role="row" aria-rowindex={1} className="call-cells" style={{ gridTemplateColumns: template }}>
            {chosen !== null && (
              <div role="columnheader" className="call-choose">
                <span className="visually-hidden">Choose</span>
              </div>
            )}
            {state.columns.map((column) => (
              <Head key={column} column={column} state={state} onSort={props.onSort} />
            ))}
          </div>
        </div>
        <div role="rowgroup" className="calls-space" style={total}>
          {lines}
        </div>
      </div>
    </div>
  )
}

function rowHeight(asCards: boolean, withHit: boolean): number {
  if (asCards) return withHit ? 128 : 88
  return withHit ? 60 : 36
}

function Head(props: {
  readonly column: keyof typeof COLUMN_NAMES
  readonly state: ListState
  readonly onSort: (sort: Sort) => void
}) {
  const { head, means, end, sort } = COLUMN_NAMES[props.column]
  const { state } = props
  const isSorted = sort !== undefined && state.sort === sort
  const direction = state.order === 'asc' ? 'ascending' : 'descending'
  return (
    <div
      role="columnheader"
      aria-sort={isSorted ? direction : undefined}
      title={means}
      className={end === true ? 'call-head end' : 'call-head'}
    >
      {sort === undefined ? (
        head
      ) : (
        <button type="button" className="call-sort" onClick={() => props.onSort(sort)}>
          {head}
          {isSorted && <Icon name={state.order === 'asc' ? 'up' : 'down'} />}
        </button>
      )}
    </div>
  )
}
