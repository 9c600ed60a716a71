/** Why calls ended, and which tools were used. */
import { barX, type PlotOptions } from '@observablehq/plot'
import { useMemo } from 'react'
import { Link } from 'wouter'
import { callsAddress } from '../calls/list-state.ts'
import { END_WORDS } from '../words/call-words.ts'
import { count, share, wait } from '../words/format.ts'
import { Chart } from './chart.tsx'
import type { ChartsProps } from './charts.tsx'

const isReason = (value: string): value is keyof typeof END_WORDS => Object.hasOwn(END_WORDS, value)

export function Reasons({ figures, scope, from, to }: ChartsProps) {
  const rows = useMemo(
    () =>
      figures.endReasons.slice(0, 8).map(({ value, calls }) => ({
        reason: isReason(value) ? END_WORDS[value] : value,
        calls,
        href: callsAddress({ ...scope, from, to, ...(isReason(value) ? { endReasons: [value] } : {}) }),
      })),
    [figures, scope, from, to],
  )
  const options = useMemo(
    () => (): PlotOptions => ({
      height: 40 + rows.length * 26,
      marginLeft: 152,
      marginRight: 48,
      x: { label: null, ticks: 4 },
      y: { label: null, domain: rows.map(({ reason }) => reason), tickSize: 0 },
      marks: [
        barX(rows, {
          x: 'calls',
          y: 'reason',
          fill: 'var(--series-1)',
          href: 'href',
          title: (row: (typeof rows)[number]) => `${row.reason}: ${count(row.calls)}`,
          tip: true,
        }),
      ],
    }),
    [rows],
  )
  return (
    <Chart
      title="Why calls ended"
      means="The reasons that were met most."
      options={options}
      empty={rows.length === 0 ? 'No call ended in this time.' : undefined}
      rows={rows}
      keyOf={({ reason }) => reason}
      columns={[
        { key: 'reason', head: 'Reason', cell: (row) => <Link href={row.href}>{row.reason}</Link> },
        { key: 'calls', head: 'Calls', end: true, cell: (row) => count(row.calls) },
      ]}
    />
  )
}

export function Tools({ figures, scope, from, to }: ChartsProps) {
  const rows = useMemo(
    () =>
      figures.tools.slice(0, 10).map((tool) => ({
        ...tool,
        well: tool.calls - tool.failed,
        href: callsAddress({ ...scope, from, to, tools: [tool.name] }),
        failedHref: callsAddress({ ...scope, from, to, tools: [tool.name], flags: ['tool-failed'] }),
      })),
    [figures, scope, from, to],
  )
  const bars = useMemo(
    () =>
      rows.flatMap((row) => [
        { name: row.name, calls: row.well, part: 'done', href: row.href },
        { name: row.name, calls: row.failed, part: 'failed', href: row.failedHref },
      ]),
    [rows],
  )
  const options = useMemo(
    () => (): PlotOptions => ({
      height: 40 + rows.length * 30,
      marginLeft: 152,
      x: { label: null, ticks: 4 },
      y: { label: null, domain: rows.map(({ name }) => name), tickSize: 0 },
      color: { domain: ['done', 'failed'], range: ['var(--series-1)', 'var(--series-4)'] },
      marks: [
        barX(bars, {
          x: 'calls',
          y: 'name',
          fill: 'part',
          href: 'href',
          title: (bar: (typeof bars)[number]) => `${bar.name}: ${count(bar.calls)} ${bar.part}`,
          tip: true,
        }),
      ],
    }),
    [rows, bars],
  )
  return (
    <Chart
      title="Tools"
      means="How often each was used, and how often it failed."
      keys={[
        { words: 'done', colour: 'var(--series-1)' },
        { words: 'failed', colour: 'var(--series-4)' },
      ]}
      options={options}
      empty={rows.length === 0 ? 'No tool was used in this time.' : undefined}
      rows={rows}
      keyOf={({ name }) => name}
      columns={[
        { key: 'name', head: 'Tool', cell: (row) => <Link href={row.href}>{row.name}</Link> },
        { key: 'calls', head: 'Uses', end: true, cell: (row) => count(row.calls) },
        {
          key: 'failed',
          head: 'Failed',
          end: true,
          cell: (row) => (
            <Link href={row.failedHref}>
              {count(row.failed)} ({share(row.failed, row.calls)})
            </Link>
          ),
        },
        { key: 'unknown', head: 'Unknown', end: true, cell: (row) => count(row.unknown) },
        { key: 'p50', head: 'p50', end: true, cell: (row) => (row.p50Ms === null ? '–' : wait(row.p50Ms)) },
        { key: 'p95', head: 'p95', end: true, cell: (row) => (row.p95Ms === null ? '–' : wait(row.p95Ms)) },
      ]}
    />
  )
}
