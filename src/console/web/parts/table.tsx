/** A plain table of some rows. The list of calls, which may be endless, has one of its own. */
import type { ReactNode } from 'react'

export interface TableColumn<Row> {
  readonly key: string
  readonly head: string
  readonly end?: boolean
  readonly cell: (row: Row) => ReactNode
}

export function Table<Row>(props: {
  readonly label: string
  readonly columns: readonly TableColumn<Row>[]
  readonly rows: readonly Row[]
  readonly keyOf: (row: Row) => string
  readonly empty?: string
}) {
  return (
    // It scrolls by itself on a narrow screen, and whoever has no mouse can scroll it as well.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by the keyboard
    <section className="table-scroll" aria-label={props.label} tabIndex={0}>
      <table className="table">
        <thead>
          <tr>
            {props.columns.map(({ key, head, end }) => (
              <th key={key} scope="col" className={end === true ? 'end' : undefined}>
                {head === '' ? <span className="visually-hidden">Actions</span> : head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {props.rows.map((row) => (
            <tr key={props.keyOf(row)}>
              {props.columns.map(({ key, cell, end }) => (
                <td key={key} className={end === true ? 'end' : undefined}>
                  {cell(row)}
                </td>
              ))}
            </tr>
          ))}
          {props.rows.length === 0 && (
            <tr>
              <td colSpan={props.columns.length} className="muted">
                {props.empty ?? 'None.'}
              </td>
            </tr>
          )}
        </tbody>
      </table>
    </section>
  )
}
