/** Lists, counts and figures over calls in memory, near enough to the real ones for the pages to be looked at. */
import type { z } from 'zod'
import type { CallFilter, CallPage, Facets, FigureSet, Figures, Flag } from '../../../../src/call-log/query.ts'
import { FLAGS } from '../../../../src/call-log/query.ts'
import type { ListedCall } from '../../../../src/call-log/rows.ts'
import type { CallListQuery } from '../../../../src/console/contract/calls.ts'

const FLAG_HOLDS: Readonly<Record<Flag, (call: ListedCall) => boolean>> = {
  live: (call) => call.endedAt === null,
  'unheard-speech': (call) => call.unheardSpeech,
  interrupted: (call) => call.interruptions > 0,
  'tool-failed': (call) => call.toolsFailed > 0,
  'tool-unknown': (call) => call.toolsUnknown > 0,
  'asked-for-person': (call) => call.askedForPerson,
  'over-budget': (call) => call.overBudget,
  slow: (call) => call.slow,
  'has-recording': (call) => call.recording === 'kept',
  'has-notes': (call) => call.notes > 0,
  'not-reviewed': (call) => call.review.reviewedAt === null,
}

const SORT_VALUE: Readonly<Record<string, (call: ListedCall) => number>> = {
  started: (call) => call.startedAt,
  duration: (call) => call.durationMs,
  cost: (call) => call.costUsd ?? -1,
  strain: (call) => call.strain,
  reply: (call) => call.replyP95Ms ?? -1,
  turns: (call) => call.turns,
  interruptions: (call) => call.interruptions,
}

function among(values: readonly string[] | undefined, value: string | null): boolean {
  return values === undefined || values.length === 0 || (value !== null && values.includes(value))
}

export function fits(call: ListedCall, filter: CallFilter): boolean {
  const said = call.hit === null ? '' : call.hit.before + call.hit.match + call.hit.after
  return (
    among(filter.agents, call.agent) &&
    among(filter.versions, call.agentVersion) &&
    among(filter.outcomes, call.outcome) &&
    among(filter.endReasons, call.endReason) &&
    among(filter.endFamilies, call.endFamily) &&
    among(filter.numbers, call.to) &&
    (filter.text === undefined || said.includes(filter.text)) &&
    (filter.caller === undefined || call.from.endsWith(filter.caller)) &&
    call.startedAt >= (filter.from ?? 0) &&
    call.startedAt < (filter.to ?? Number.MAX_VALUE) &&
    call.durationMs >= (filter.minDurationMs ?? 0) &&
    call.durationMs <= (filter.maxDurationMs ?? Number.MAX_VALUE) &&
    (call.costUsd ?? 0) >= (filter.minCostUsd ?? 0) &&
    call.strain >= (filter.minStrain ?? 0) &&
    (filter.flags ?? []).every((flag) => FLAG_HOLDS[flag](call))
  )
}

export function list(calls: readonly ListedCall[], query: z.output<typeof CallListQuery>): CallPage {
  const { sort = 'started', order = 'desc', limit = 50, after, ...filter } = query
  const by = SORT_VALUE[sort] ?? ((call: ListedCall) => call.startedAt)
  const sign = order === 'desc' ? -1 : 1
  const found = calls.filter((call) => fits(call, filter)).toSorted((a, b) => sign * (by(a) - by(b)))
  const from = Number(after ?? 0)
  const page = found.slice(from, from + limit)
  const hits = page.map((call) => (query.text === undefined ? { ...call, hit: null } : call))
  return { calls: hits, next: from + limit < found.length ? String(from + limit) : null }
}

function counted(calls: readonly ListedCall[], value: (call: ListedCall) => string | null): Facets['agents'] {
  const counts = new Map<string, number>()
  for (const call of calls) {
    const key = value(call)
    if (key !== null) counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  return [...counts].map(([key, many]) => ({ value: key, calls: many })).toSorted((a, b) => b.calls - a.calls)
}

export function facets(calls: readonly ListedCall[], filter: CallFilter): Facets {
  const found = calls.filter((call) => fits(call, filter))
  const without = (key: keyof CallFilter): ListedCall[] =>
    calls.filter((call) => fits(call, { ...filter, [key]: undefined }))
  return {
    total: found.length,
    agents: counted(without('agents'), (call) => call.agent),
    outcomes: counted(without('outcomes'), (call) => call.outcome),
    endReasons: counted(without('endReasons'), (call) => call.endReason),
    endFamilies: counted(without('endFamilies'), (call) => call.endFamily),
    numbers: counted(without('numbers'), (call) => call.to),
    tags: counted(found, (call) => call.review.tags[0] ?? null),
    flags: FLAGS.map((flag) => ({ value: flag, calls: found.filter(FLAG_HOLDS[flag]).length })),
  }
}

function percentile(values: readonly number[], p: number): number | null {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))] ?? null
}

export function figureSet(calls: readonly ListedCall[]): FigureSet {
  const sum = (value: (call: ListedCall) => number): number => calls.reduce((all, call) => all + value(call), 0)
  const of = (outcome: string): number => calls.filter((call) => call.outcome === outcome).length
  const replies = calls.flatMap(({ replyP50Ms }) => (replyP50Ms === null ? [] : [replyP50Ms]))
  const slowest = calls.flatMap(({ replyP95Ms }) => (replyP95Ms === null ? [] : [replyP95Ms]))
  const [p50, p95] = [percentile(replies, 0.5), percentile(slowest, 0.8)]
  const part = (share: number): { p50: number | null; p95: number | null } => ({
    p50: p50 === null ? null : p50 * share,
    p95: p95 === null ? null : p95 * share,
  })
  const costUsd = calls.length === 0 ? null : sum((call) => call.costUsd ?? 0)
  return {
    calls: calls.length,
    contained: of('contained'),
    transferred: of('transferred'),
    abandoned: of('abandoned'),
    cutShort: of('cut-short'),
    failed: of('failed'),
    talkMs: sum((call) => call.durationMs),
    turns: sum((call) => call.turns),
    interruptions: sum((call) => call.interruptions),
    deadAirMs: sum((call) => call.deadAirMs),
    toolCalls: sum((call) => call.toolCalls),
    toolsFailed: sum((call) => call.toolsFailed),
    costUsd,
    costPerResolvedUsd: costUsd === null || of('contained') === 0 ? null : costUsd / of('contained'),
    repeatCalls: Math.round(calls.length * 0.07),
    reply: { p50, p95 },
    turnEnd: part(0.35),
    model: part(0.5),
    send: part(0.02),
    line: part(0.13),
  }
}

export function figures(
  all: readonly ListedCall[],
  query: { from: number; to: number; by: 'hour' | 'day'; agents?: string[]; versions?: string[] },
): Figures {
  const calls = all.filter((call) => call.endedAt !== null && fits(call, { from: query.from, to: query.to }))
  const chosen = calls.filter((call) => among(query.agents, call.agent) && among(query.versions, call.agentVersion))
  const step = query.by === 'hour' ? 3_600_000 : 86_400_000
  const buckets = Map.groupBy(chosen, (call) => Math.floor((call.startedAt - query.from) / step))
  const series = Array.from({ length: Math.ceil((query.to - query.from) / step) }, (_, at) => ({
    ...figureSet(buckets.get(at) ?? []),
    at: query.from + at * step,
    until: Math.min(query.to, query.from + (at + 1) * step),
  }))
  const week = Array.from({ length: 7 }, () => Array.from({ length: 24 }, () => 0))
  for (const { startedAt } of chosen) {
    const date = new Date(startedAt)
    const row = week[(date.getDay() + 6) % 7]
    if (row !== undefined) row[date.getHours()] = (row[date.getHours()] ?? 0) + 1
  }
  const byAgent = Map.groupBy(chosen, ({ agent }) => agent)
  const byVersion = Map.groupBy(chosen, ({ agent, agentVersion }) => `${agent} ${agentVersion}`)
  return {
    total: figureSet(chosen),
    series,
    week,
    endReasons: counted(chosen, (call) => call.endReason),
    tools: [
      { name: 'lookup_order', calls: 5120, failed: 210, unknown: 0, p50Ms: 180, p95Ms: 940 },
      { name: 'open_ticket', calls: 830, failed: 14, unknown: 3, p50Ms: 420, p95Ms: 2100 },
    ],
    byAgent: [...byAgent].map(([agent, theirs]) => ({ ...figureSet(theirs), agent })),
    byVersion: [...byVersion].map(([key, theirs]) => {
      const [agent = '', version = ''] = key.split(' ')
      return { ...figureSet(theirs), agent, version }
    }),
  }
}
