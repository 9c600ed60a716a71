/** Figures over some calls, as sums that can be added to other sums; percentiles and ratios are made at the very end. */
import { addHistogram, countIn, type Histogram, percentileOf } from './histogram.ts'
import type { FigureSet } from './query.ts'

/** Parts of a reply's wait. */
export const PARTS = ['reply', 'turnEnd', 'model', 'send', 'line'] as const
export type Part = (typeof PARTS)[number]

/** What is merely added up. */
export const COUNTS = [
  'calls',
  'talkMs',
  'turns',
  'interruptions',
  'deadAirMs',
  'toolCalls',
  'toolsFailed',
  'repeatCalls',
] as const
type Count = (typeof COUNTS)[number]

/** Added to in place: there are thousands in a year's figures. */
export interface FigureSums {
  readonly counts: Record<Count, number>
  /** Null: no price is known of any. */
  costUsd: number | null
  readonly outcomes: Map<string, number>
  readonly reasons: Map<string, number>
  readonly waits: Readonly<Record<Part, Histogram>>
  readonly tools: Map<string, ToolSums>
}

export interface ToolSums {
  calls: number
  failed: number
  unknown: number
  readonly tookMs: Histogram
}

export function noSums(): FigureSums {
  return {
    counts: {
      ...{ calls: 0, talkMs: 0, turns: 0, interruptions: 0 },
      ...{ deadAirMs: 0, toolCalls: 0, toolsFailed: 0, repeatCalls: 0 },
    },
    costUsd: null,
    outcomes: new Map(),
    reasons: new Map(),
    waits: { reply: [], turnEnd: [], model: [], send: [], line: [] },
    tools: new Map(),
  }
}

export function addSums(to: FigureSums, more: FigureSums): void {
  for (const count of COUNTS) to.counts[count] += more.counts[count]
  addCost(to, more.costUsd)
  for (const [outcome, calls] of more.outcomes) addTo(to.outcomes, outcome, calls)
  for (const [reason, calls] of more.reasons) addTo(to.reasons, reason, calls)
  for (const part of PARTS) addHistogram(to.waits[part], more.waits[part])
  for (const [name, tool] of more.tools) {
    const sums = toolOf(to, name)
    sums.calls += tool.calls
    sums.failed += tool.failed
    sums.unknown += tool.unknown
    addHistogram(sums.tookMs, tool.tookMs)
  }
}

export function addCost(to: FigureSums, usd: number | null): void {
  if (usd !== null) to.costUsd = (to.costUsd ?? 0) + usd
}

export function addTo(counts: Map<string, number>, key: string, more: number): void {
  counts.set(key, (counts.get(key) ?? 0) + more)
}

export function toolOf(sums: FigureSums, name: string): ToolSums {
  let tool = sums.tools.get(name)
  if (tool === undefined) {
    tool = { calls: 0, failed: 0, unknown: 0, tookMs: [] }
    sums.tools.set(name, tool)
  }
  return tool
}

/** One ended call. */
export interface CountedCall {
  readonly outcome: string | null
  readonly end_reason: string | null
  readonly duration_ms: number
  readonly turns: number
  readonly interruptions: number
  readonly dead_air_ms: number
  readonly tool_calls: number
  readonly tools_failed: number
  readonly cost_usd: number | null
  readonly repeat_call: number
}

export function addCall(sums: FigureSums, call: CountedCall): void {
  const { counts } = sums
  counts.calls++
  counts.talkMs += call.duration_ms
  counts.turns += call.turns
  counts.interruptions += call.interruptions
  counts.deadAirMs += call.dead_air_ms
  counts.toolCalls += call.tool_calls
  counts.toolsFailed += call.tools_failed
  counts.repeatCalls += call.repeat_call
  addCost(sums, call.cost_usd)
  addTo(sums.outcomes, call.outcome ?? '', 1)
  addTo(sums.reasons, call.end_reason ?? '', 1)
}

export function addWait(sums: FigureSums, part: Part, ms: number | null): void {
  if (ms !== null) countIn(sums.waits[part], ms)
}

interface CountedTool {
  readonly name: string
  readonly status: string | null
  readonly took_ms: number | null
}

export function addTool(sums: FigureSums, { name, status, took_ms }: CountedTool): void {
  const tool = toolOf(sums, name)
  tool.calls++
  if (status === 'failed' || status === 'timed-out' || status === 'aborted') tool.failed++
  if (status === 'unknown') tool.unknown++
  if (took_ms !== null) countIn(tool.tookMs, took_ms)
}

export function figureSet({ counts, costUsd, outcomes, waits }: FigureSums): FigureSet {
  const of = (outcome: string): number => outcomes.get(outcome) ?? 0
  const contained = of('contained')
  const wait = (part: Part) => ({ p50: percentileOf(waits[part], 0.5), p95: percentileOf(waits[part], 0.95) })
  return {
    ...counts,
    contained,
    transferred: of('transferred'),
    abandoned: of('abandoned'),
    cutShort: of('cut-short'),
    failed: of('failed'),
    costUsd,
    costPerResolvedUsd: costUsd === null || contained === 0 ? null : costUsd / contained,
    reply: wait('reply'),
    turnEnd: wait('turnEnd'),
    model: wait('model'),
    send: wait('send'),
    line: wait('line'),
  }
}
