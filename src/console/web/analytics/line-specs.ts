/** What the lines are of. */
import { callsAddress } from '../calls/list-state.ts'
import { money } from '../words/format.ts'
import type { LineChartSpec } from './line-chart.tsx'
import { type Bucket, bucketHref, per, type Scope } from './shape.ts'

const percent = (value: number): string => `${Number(value.toFixed(1))} %`
const seconds = (ms: number): string => `${Number((ms / 1000).toFixed(2))} s`
const bySlowest = (bucket: Bucket, scope: Scope): string =>
  callsAddress({ ...scope, from: bucket.at, to: bucket.until }, { sort: 'reply' })

export const CONTAINMENT: LineChartSpec = {
  title: 'Containment and transfers',
  means: 'Share of calls that ended without a person, and that were given to one.',
  words: percent,
  most: 100,
  lines: (scope) => [
    {
      name: 'contained',
      colour: 'var(--series-1)',
      value: ({ contained, calls }) => per(100 * contained, calls),
      href: (bucket) => bucketHref(bucket, scope, { outcomes: ['contained'] }),
    },
    {
      name: 'transferred',
      colour: 'var(--series-3)',
      value: ({ transferred, calls }) => per(100 * transferred, calls),
      href: (bucket) => bucketHref(bucket, scope, { outcomes: ['transferred'] }),
    },
  ],
}

export const REPLY: LineChartSpec = {
  title: 'Wait for a reply',
  means: 'From the caller’s last sound to the first that they heard: half of the replies (p50), and 19 in 20 (p95).',
  words: seconds,
  lines: (scope) => [
    {
      name: 'p50',
      colour: 'var(--series-1)',
      value: ({ reply }) => reply.p50,
      href: (bucket) => bySlowest(bucket, scope),
    },
    {
      name: 'p95',
      colour: 'var(--series-2)',
      value: ({ reply }) => reply.p95,
      href: (bucket) => bySlowest(bucket, scope),
    },
  ],
}

export const CUT_IN: LineChartSpec = {
  title: 'Cut in',
  means: 'How often callers cut the agent off, per call.',
  words: (value) => String(Number(value.toFixed(2))),
  lines: (scope) => [
    {
      name: 'per call',
      colour: 'var(--series-1)',
      value: ({ interruptions, calls }) => per(interruptions, calls),
      href: (bucket) => bucketHref(bucket, scope, { flags: ['interrupted'] }),
    },
  ],
}

export const DEAD_AIR: LineChartSpec = {
  title: 'Dead air',
  means: 'Silences of both sides of more than 2 s, in seconds per call.',
  words: seconds,
  lines: (scope) => [
    {
      name: 'per call',
      colour: 'var(--series-1)',
      value: ({ deadAirMs, calls }) => per(deadAirMs, calls),
      href: (bucket) => bucketHref(bucket, scope),
    },
  ],
}

export const TOOL_FAILURES: LineChartSpec = {
  title: 'Tool failures',
  means: 'Share of tool calls that failed, timed out or were aborted.',
  words: percent,
  lines: (scope) => [
    {
      name: 'failed',
      colour: 'var(--series-4)',
      value: ({ toolsFailed, toolCalls }) => per(100 * toolsFailed, toolCalls),
      href: (bucket) => bucketHref(bucket, scope, { flags: ['tool-failed'] }),
    },
  ],
}

export const REPEATS: LineChartSpec = {
  title: 'Repeat callers',
  means: 'Share of calls by somebody who had called within the 24 hours before.',
  words: percent,
  lines: (scope) => [
    {
      name: 'repeated',
      colour: 'var(--series-1)',
      value: ({ repeatCalls, calls }) => per(100 * repeatCalls, calls),
      href: (bucket) => bucketHref(bucket, scope),
    },
  ],
}

export const COST: LineChartSpec = {
  title: 'Cost',
  means: 'What the model cost: by all calls, and by those that ended without a person.',
  words: money,
  lines: (scope) => [
    {
      name: 'per call',
      colour: 'var(--series-1)',
      value: ({ costUsd, calls }) => per(costUsd, calls),
      href: (bucket) => callsAddress({ ...scope, from: bucket.at, to: bucket.until }, { sort: 'cost' }),
    },
    {
      name: 'per resolved call',
      colour: 'var(--series-2)',
      value: ({ costPerResolvedUsd }) => costPerResolvedUsd,
      href: (bucket) => bucketHref(bucket, scope, { outcomes: ['contained'] }),
    },
  ],
}
