/** Figures over some calls, as sums that can be added to other sums; percentiles and ratios are made at the very end. */
import { z } from 'zod'
import { bucketOf, percentileOf } from './histogram.ts'
import type { FigureSet } from './query.ts'

const Counts = z.record(z.string(), z.number())

/** Parts of a reply's wait, as the columns of `turns` are named. */
const PARTS = ['reply', 'turnEnd', 'model', 'send', 'line'] as const
export type Part = (typeof PARTS)[number]

const ToolSums = z.object({ calls: z.number(), failed: z.number(), unknown: z.number(), tookMs: Counts })

/** Keys are short: there is a row for each hour, agent and version. */
export const FigureSums = z.object({
  calls: z.number(),
  outcomes: Counts,
  reasons: Counts,
  talkMs: z.number(),
  turns: z.number(),
  interruptions: z.number(),
  deadAirMs: z.number(),
  toolCalls: z.number(),
  toolsFailed: z.number(),
  /** Null: no price is known of any. */
  costUsd: z.number().nullable(),
  repeatCalls: z.number(),
  waits: z.object({ reply: Counts, turnEnd: Counts, model: Counts, send: Counts, line: Counts }),
  tools: z.record(z.string(), ToolSums),
})
export type FigureSums = z.infer<typeof FigureSums>

export function noSums(): FigureSums {
  return {
    calls: 0,
    outcomes: {},
    reasons: {},
    talkMs: 0,
    turns: 0,
    interruptions: 0,
    deadAirMs: 0,
    toolCalls: 0,
    toolsFailed: 0,
    costUsd: null,
    repeatCalls: 0,
    waits: { reply: {}, turnEnd: {}, model: {}, send: {}, line: {} },
    tools: {},
  }
}

/** Adds in place: there are thousands of them in a year's figures. */
export function addSums(to: FigureSums, more: FigureSums): void {
  to.calls += more.calls
  addCounts(to.outcomes, more.outcomes)
  addCounts(to.reasons, more.reasons)
  to.talkMs += more.talkMs
  to.turns += more.turns
  to.interruptions += more.interruptions
  to.deadAirMs += more.deadAirMs
  to.toolCalls += more.toolCalls
  to.toolsFailed += more.toolsFailed
  if (more.costUsd !== null) to.costUsd = (to.costUsd ?? 0) + more.costUsd
  to.repeatCalls += more.repeatCalls
  for (const part of PARTS) addCounts(to.waits[part], more.waits[part])
  for (const [name, tool] of Object.entries(more.tools)) {
    const sums = toolOf(to, name)
    sums.calls += tool.calls
    sums.failed += tool.failed
    sums.unknown += tool.unknown
    addCounts(sums.tookMs, tool.tookMs)
  }
}

function addCounts(to: Record<string, number>, more: Readonly<Record<string, number>>): void {
  for (const key in more) to[key] = (to[key] ?? 0) + (more[key] ?? 0)
}

function toolOf(sums: FigureSums, name: string): z.infer<typeof ToolSums> {
  // A tool may be called like something that every object has.
  if (!Object.hasOwn(sums.tools, name)) {
    Object.defineProperty(sums.tools, name, {
      value: { calls: 0, failed: 0, unknown: 0, tookMs: {} },
      enumerable: true,
      writable: true,
      configurable: true,
    })
  }
  const tool = sums.tools[name]
  if (tool === undefined) throw new Error('unreachable')
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
  sums.calls++
  addCounts(sums.outcomes, { [call.outcome ?? '']: 1 })
  addCounts(sums.reasons, { [call.end_reason ?? '']: 1 })
  sums.talkMs += call.duration_ms
  sums.turns += call.turns
  sums.interruptions += call.interruptions
  sums.deadAirMs += call.dead_air_ms
  sums.toolCalls += call.tool_calls
  sums.toolsFailed += call.tools_failed
  if (call.cost_usd !== null) sums.costUsd = (sums.costUsd ?? 0) + call.cost_usd
  sums.repeatCalls += call.repeat_call
}

export function addWait(sums: FigureSums, part: Part, ms: number | null): void {
  if (ms !== null) addCounts(sums.waits[part], { [bucketOf(ms)]: 1 })
}

export function addTool(
  sums: FigureSums,
  { name, status, took_ms }: { readonly name: string; readonly status: string | null; readonly took_ms: number | null },
): void {
  const tool = toolOf(sums, name)
  tool.calls++
  if (status === 'failed' || status === 'timed-out' || status === 'aborted') tool.failed++
  if (status === 'unknown') tool.unknown++
  if (took_ms !== null) addCounts(tool.tookMs, { [bucketOf(took_ms)]: 1 })
}

export function figureSet(sums: FigureSums): FigureSet {
  const contained = sums.outcomes.contained ?? 0
  const wait = (part: Part) => {
    return { p50: percentileOf(sums.waits[part], 0.5), p95: percentileOf(sums.waits[part], 0.95) }
  }
  return {
    calls: sums.calls,
    contained,
    transferred: sums.outcomes.transferred ?? 0,
    abandoned: sums.outcomes.abandoned ?? 0,
    cutShort: sums.outcomes['cut-short'] ?? 0,
    failed: sums.outcomes.failed ?? 0,
    talkMs: sums.talkMs,
    turns: sums.turns,
    interruptions: sums.interruptions,
    deadAirMs: sums.deadAirMs,
    toolCalls: sums.toolCalls,
    toolsFailed: sums.toolsFailed,
    costUsd: sums.costUsd,
    costPerResolvedUsd: sums.costUsd === null || contained === 0 ? null : sums.costUsd / contained,
    repeatCalls: sums.repeatCalls,
    reply: wait('reply'),
    turnEnd: wait('turnEnd'),
    model: wait('model'),
    send: wait('send'),
    line: wait('line'),
  }
}
