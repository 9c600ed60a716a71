/** One chart, drawn by Plot, with the same as a table for whoever reads rather than looks. */
import { type PlotOptions, plot } from '@observablehq/plot'
import { type ReactNode, useEffect, useId, useRef, useState } from 'react'
import { useLocation } from 'wouter'
import { Table, type TableColumn } from '../parts/table.tsx'

interface Key {
  readonly words: string
  readonly colour: string
}

interface ChartProps<Row> {
  readonly title: string
  /** What is drawn, and how to take it. */
  readonly means: string
  readonly keys?: readonly Key[]
  readonly wide?: boolean
  readonly options: (width: number) => PlotOptions
  readonly columns: readonly TableColumn<Row>[]
  readonly rows: readonly Row[]
  readonly keyOf: (row: Row) => string
  /** Nothing to draw: what to say. */
  readonly empty?: string | undefined
}

export function Chart<Row>(props: ChartProps<Row>): ReactNode {
  const id = useId()
  return (
    <section className={props.wide === true ? 'panel chart chart-wide' : 'panel chart'} aria-labelledby={id}>
      <header className="chart-head">
        <h2 id={id}>{props.title}</h2>
        <p className="muted">{props.means}</p>
        {props.keys !== undefined && (
          <ul className="chart-keys">
            {props.keys.map(({ words, colour }) => (
              <li key={words}>
                <span style={{ background: colour }} />
                {words}
              </li>
            ))}
          </ul>
        )}
      </header>
      {props.empty === undefined ? (
        <Drawing options={props.options} />
      ) : (
        <p className="chart-empty muted">{props.empty}</p>
      )}
      <details className="chart-table">
        <summary>As a table</summary>
        <Table label={props.title} columns={props.columns} rows={props.rows} keyOf={props.keyOf} />
      </details>
    </section>
  )
}

function Drawing({ options }: { options: (width: number) => PlotOptions }) {
  const place = useRef<HTMLDivElement>(null)
  const [width, setWidth] = useState(0)
  const [, go] = useLocation()
  useEffect(() => {
    const element = place.current
    if (element === null) return
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)))
    observer.observe(element)
    return () => observer.disconnect()
  }, [])
  useEffect(() => {
    const element = place.current
    if (element === null || width === 0) return
    const drawn = plot({ ...options(width), width, className: 'plot' })
    // Plot brings a sheet of styles along, which the Content-Security-Policy forbids; analytics.css says what it says.
    for (const sheet of drawn.querySelectorAll('style')) sheet.remove()
    // The table holds the same links. Hundreds of bars are no place for the Tab key.
    for (const link of drawn.querySelectorAll('a')) link.setAttribute('tabindex', '-1')
    element.replaceChildren(drawn)
    return () => element.replaceChildren()
  }, [options, width])
  return (
    // The click only keeps a mark’s link within the console; the keyboard has the links of the table.
    <div
      ref={place}
      className="chart-drawing"
      aria-hidden="true"
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey) return
        const link = event.target instanceof Element ? event.target.closest('a') : null
        const href = link?.getAttribute('href') ?? link?.getAttributeNS('http://www.w3.org/1999/xlink', 'href')
        if (typeof href !== 'string') return
        event.preventDefault()
        go(href)
      }}
    />
  )
}
