/** Figures as they go on: a line each, with a dot for every hour or day, that leads to its calls. */
import { axisY, dot, gridY, lineY, type PlotOptions, ruleY } from '@observablehq/plot'
import { useMemo } from 'react'
import { Link } from 'wouter'
import { Chart } from './chart.tsx'
import type { ChartsProps } from './charts.tsx'
import { type Bucket, bucketHref, pointsOf } from './shape.ts'
import { bucketWords, timeAxis } from './time-axis.ts'

interface LineOf {
  readonly name: string
  readonly colour: string
  /** Null where it is not known. */
  readonly value: (bucket: Bucket) => number | null
  readonly href: (bucket: Bucket) => string
}

/** What a chart shows stands outside of its component: it is the same from render to render. */
export interface LineChartSpec {
  readonly title: string
  readonly means: string
  readonly words: (value: number) => string
  readonly most?: number
  readonly lines: (scope: ChartsProps['scope']) => readonly LineOf[]
}

export function LineChart({ figures, scope, by, from, to, spec }: ChartsProps & { spec: LineChartSpec }) {
  const lines = useMemo(
    () => spec.lines(scope).map((line) => ({ ...line, points: pointsOf(figures.series, line.value, line.href) })),
    [spec, scope, figures],
  )
  const options = useMemo(
    () =>
      (width: number): PlotOptions => ({
        height: 180,
        marginLeft: 52,
        x: timeAxis(by, from, to, width),
        y: { zero: true, nice: true, label: null, ...(spec.most === undefined ? {} : { domain: [0, spec.most] }) },
        marks: [
          gridY({ ticks: 4 }),
          axisY({ ticks: 4, label: null, tickFormat: spec.words }),
          ruleY([0]),
          ...lines.flatMap(({ points, colour, name }) => [
            lineY(points, { x: 'at', y: 'value', stroke: colour, strokeWidth: 1.75 }),
            dot(points, {
              x: 'at',
              y: 'value',
              r: points.length > 60 ? 2 : 3,
              fill: colour,
              href: 'href',
              title: (point: (typeof points)[number]) =>
                `${bucketWords(point.at, by)}\n${lines.length > 1 ? `${name}: ` : ''}${spec.words(point.value)}`,
              tip: true,
            }),
          ]),
        ],
      }),
    [lines, spec, by, from, to],
  )
  const rows = figures.series.filter((bucket) => lines.some(({ value }) => value(bucket) !== null))
  return (
    <Chart
      title={spec.title}
      means={spec.means}
      {...(lines.length > 1 ? { keys: lines.map(({ name, colour }) => ({ words: name, colour })) } : {})}
      options={options}
      empty={rows.length === 0 ? 'Nothing to count in this time.' : undefined}
      rows={rows}
      keyOf={({ at }) => String(at)}
      columns={[
        {
          key: 'at',
          head: by === 'hour' ? 'Hour' : 'Day',
          cell: (bucket) => <Link href={bucketHref(bucket, scope)}>{bucketWords(new Date(bucket.at), by)}</Link>,
        },
        ...lines.map(({ name, value, href }) => ({
          key: name,
          head: name,
          end: true,
          cell: (bucket: Bucket) => {
            const known = value(bucket)
            return known === null ? '–' : <Link href={href(bucket)}>{spec.words(known)}</Link>
          },
        })),
      ]}
    />
  )
}
