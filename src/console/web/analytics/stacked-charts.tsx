/** What is one on the other: calls by what became of them, and the parts of the wait for a reply. */
import { axisY, gridY, type PlotOptions, rectY, ruleY } from '@observablehq/plot'
import { useMemo } from 'react'
import { Link } from 'wouter'
import { callsAddress } from '../calls/list-state.ts'
import { OUTCOME_WORDS } from '../words/call-words.ts'
import { count, wait } from '../words/format.ts'
import { Chart } from './chart.tsx'
import type { ChartsProps } from './charts.tsx'
import { type Bucket, bucketHref, outcomeMarks, outcomes, outcomesOf, PARTS, partMarks } from './shape.ts'
import { bucketWords, timeAxis } from './time-axis.ts'

const OUTCOME_COLOURS = ['var(--series-1)', 'var(--series-3)', 'var(--series-2)', 'var(--series-5)', 'var(--series-4)']
const PART_COLOURS = ['var(--series-3)', 'var(--series-1)', 'var(--series-2)', 'var(--series-5)']

export function OutcomeChart({ figures, scope, by, from, to }: ChartsProps) {
  const marks = useMemo(() => outcomeMarks(figures.series, scope), [figures, scope])
  const words = outcomes().map((outcome) => OUTCOME_WORDS[outcome])
  const options = useMemo(
    () =>
      (width: number): PlotOptions => ({
        height: 240,
        marginLeft: 52,
        x: timeAxis(by, from, to, width),
        y: { label: null, nice: true },
        color: { domain: outcomes().map((outcome) => OUTCOME_WORDS[outcome]), range: OUTCOME_COLOURS },
        marks: [
          gridY({ ticks: 5 }),
          axisY({ ticks: 5, label: null }),
          rectY(marks, {
            x: 'at',
            y: 'calls',
            interval: by,
            fill: 'outcome',
            href: 'href',
            order: outcomes().map((outcome) => OUTCOME_WORDS[outcome]),
            title: (mark: (typeof marks)[number]) =>
              `${bucketWords(mark.at, by)}\n${mark.outcome}: ${count(mark.calls)}`,
            tip: true,
          }),
          ruleY([0]),
        ],
      }),
    [marks, by, from, to],
  )
  const rows = figures.series.filter(({ calls }) => calls > 0)
  return (
    <Chart
      wide
      title="Calls by outcome"
      means={`Each ${by}, by what became of them.`}
      keys={words.map((each, at) => ({ words: each, colour: OUTCOME_COLOURS[at] ?? '' }))}
      options={options}
      empty={rows.length === 0 ? 'No call ended in this time.' : undefined}
      rows={rows}
      keyOf={({ at }) => String(at)}
      columns={[
        {
          key: 'at',
          head: by === 'hour' ? 'Hour' : 'Day',
          cell: (bucket) => <Link href={bucketHref(bucket, scope)}>{bucketWords(new Date(bucket.at), by)}</Link>,
        },
        { key: 'calls', head: 'Calls', end: true, cell: (bucket) => count(bucket.calls) },
        ...outcomes().map((outcome) => ({
          key: outcome,
          head: OUTCOME_WORDS[outcome],
          end: true,
          cell: (bucket: Bucket) => (
            <Link href={bucketHref(bucket, scope, { outcomes: [outcome] })}>
              {count(outcomesOf(bucket).find((each) => each.outcome === outcome)?.calls ?? 0)}
            </Link>
          ),
        })),
      ]}
    />
  )
}

export function ReplyPartsChart({ figures, scope, by, from, to }: ChartsProps) {
  const parts = useMemo(() => partMarks(figures.series, scope), [figures, scope])
  const options = useMemo(
    () =>
      (width: number): PlotOptions => ({
        height: 180,
        marginLeft: 52,
        x: timeAxis(by, from, to, width),
        y: { label: null, nice: true },
        color: { domain: PARTS.map(({ words }) => words), range: PART_COLOURS },
        marks: [
          gridY({ ticks: 4 }),
          axisY({ ticks: 4, label: null, tickFormat: (tick: number) => `${tick / 1000} s` }),
          rectY(parts, {
            x: 'at',
            y: 'ms',
            interval: by,
            fill: 'part',
            href: 'href',
            order: PARTS.map(({ words }) => words),
            title: (mark: (typeof parts)[number]) => `${bucketWords(mark.at, by)}\n${mark.part}: ${wait(mark.ms)}`,
            tip: true,
          }),
          ruleY([0]),
        ],
      }),
    [parts, by, from, to],
  )
  const rows = figures.series.filter(({ model }) => model.p50 !== null)
  const cellOf = (ms: number | null): string => (ms === null ? '–' : wait(ms))
  return (
    <Chart
      title="What the wait is made of"
      means="The p50 of each part, one on the other; the table has their p95 as well."
      keys={PARTS.map(({ words }, at) => ({ words, colour: PART_COLOURS[at] ?? '' }))}
      options={options}
      empty={rows.length === 0 ? 'No reply was timed in this time.' : undefined}
      rows={rows}
      keyOf={({ at }) => String(at)}
      columns={[
        {
          key: 'at',
          head: by === 'hour' ? 'Hour' : 'Day',
          cell: (bucket) => (
            <Link href={callsAddress({ ...scope, from: bucket.at, to: bucket.until }, { sort: 'reply' })}>
              {bucketWords(new Date(bucket.at), by)}
            </Link>
          ),
        },
        ...PARTS.map(({ key, words }) => ({
          key,
          head: words,
          end: true,
          cell: (bucket: Bucket) => `${cellOf(bucket[key].p50)} / ${cellOf(bucket[key].p95)}`,
        })),
      ]}
    />
  )
}
