/** When in the week calls begin. */
import { cell, type PlotOptions } from '@observablehq/plot'
import { useMemo } from 'react'
import { Link } from 'wouter'
import { count } from '../words/format.ts'
import { Chart } from './chart.tsx'
import type { ChartsProps } from './charts.tsx'
import { hourMarks } from './shape.ts'

export function WeekChart({ figures, scope, to }: ChartsProps) {
  const marks = useMemo(() => hourMarks(figures.week, scope, to), [figures, scope, to])
  const options = useMemo(
    () =>
      (width: number): PlotOptions => ({
        height: 216,
        marginLeft: 40,
        padding: 0.06,
        x: { label: null, tickSize: 0, ticks: width < 500 ? [0, 6, 12, 18] : [0, 3, 6, 9, 12, 15, 18, 21] },
        y: { label: null, tickSize: 0, domain: ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] },
        opacity: { type: 'sqrt', domain: [0, Math.max(1, ...marks.map(({ calls }) => calls))], range: [0.06, 1] },
        marks: [
          cell(marks, {
            x: 'hour',
            y: 'day',
            fill: 'var(--series-1)',
            fillOpacity: 'calls',
            href: 'href',
            title: (mark: (typeof marks)[number]) => `${mark.day} ${mark.hour}:00\n${count(mark.calls)} calls`,
            tip: true,
          }),
        ],
      }),
    [marks],
  )
  return (
    <Chart
      wide
      title="Hours of the week"
      means="When calls begin. A mark leads to the latest of its hours."
      options={options}
      rows={marks
        .filter(({ calls }) => calls > 0)
        .toSorted((a, b) => b.calls - a.calls)
        .slice(0, 40)}
      keyOf={({ day, hour }) => `${day} ${hour}`}
      columns={[
        { key: 'hour', head: 'Hour', cell: (mark) => <Link href={mark.href}>{`${mark.day} ${mark.hour}:00`}</Link> },
        { key: 'calls', head: 'Calls', end: true, cell: (mark) => count(mark.calls) },
      ]}
    />
  )
}
