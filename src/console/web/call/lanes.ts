/** What stands on the two lanes beside the sound: who spoke when, over whom, when nobody did, and tools as they ran. */
import type { StoryLine } from '../../../call-log/transcript.ts'

export interface Span {
  readonly fromMs: number
  readonly toMs: number
}

interface ToolSpan extends Span {
  readonly toolCallId: string
  readonly name: string
  readonly status: string | null
  /** Tools that run at the same time stand one below the other. */
  readonly row: number
}

export interface Lanes {
  readonly caller: readonly Span[]
  readonly agent: readonly Span[]
  /** Both spoke. */
  readonly overlaps: readonly Span[]
  /** Neither spoke for more than 2 s. */
  readonly silences: readonly Span[]
  /** Where the caller cut the agent off. */
  readonly cuts: readonly number[]
  readonly tools: readonly ToolSpan[]
}

const SILENCE_MS = 2000

/** @param durationMs of the call */
export function layLanes(lines: readonly StoryLine[], durationMs: number): Lanes {
  const caller = merge(lines.flatMap((line) => (line.by === 'caller' ? [{ fromMs: line.atMs, toMs: line.endMs }] : [])))
  const agent = merge(
    lines.flatMap((line) =>
      line.by === 'agent' && line.heardMs > 0 ? [{ fromMs: line.atMs, toMs: line.atMs + line.heardMs }] : [],
    ),
  )
  const cuts = lines.flatMap((line) =>
    line.by === 'agent' && line.interrupted && line.heardMs > 0 ? [line.atMs + line.heardMs] : [],
  )
  return {
    caller,
    agent,
    overlaps: cross(caller, agent),
    silences: silencesOf([...caller, ...agent], durationMs),
    cuts,
    tools: toolRows(lines, durationMs),
  }
}

/** Spans that touch or cross become one; by rising time. */
function merge(spans: readonly Span[]): readonly Span[] {
  const merged: Span[] = []
  for (const span of spans.toSorted((a, b) => a.fromMs - b.fromMs)) {
    const last = merged.at(-1)
    if (last !== undefined && span.fromMs <= last.toMs)
      merged[merged.length - 1] = { fromMs: last.fromMs, toMs: Math.max(last.toMs, span.toMs) }
    else if (span.toMs > span.fromMs) merged.push(span)
  }
  return merged
}

function cross(a: readonly Span[], b: readonly Span[]): readonly Span[] {
  return a.flatMap((one) =>
    b.flatMap((other) => {
      const fromMs = Math.max(one.fromMs, other.fromMs)
      const toMs = Math.min(one.toMs, other.toMs)
      return toMs > fromMs ? [{ fromMs, toMs }] : []
    }),
  )
}

function silencesOf(spoken: readonly Span[], durationMs: number): readonly Span[] {
  const silences: Span[] = []
  let quietFromMs = 0
  for (const { fromMs, toMs } of [...merge(spoken), { fromMs: durationMs, toMs: durationMs }]) {
    if (fromMs - quietFromMs > SILENCE_MS) silences.push({ fromMs: quietFromMs, toMs: fromMs })
    quietFromMs = Math.max(quietFromMs, toMs)
  }
  return silences
}

function toolRows(lines: readonly StoryLine[], durationMs: number): readonly ToolSpan[] {
  const rows: number[] = []
  return lines.flatMap((line) => {
    if (line.by !== 'tool') return []
    const toMs = line.result === null ? Math.max(line.atMs, durationMs) : line.atMs + line.result.tookMs
    const free = rows.findIndex((busyUntilMs) => busyUntilMs <= line.atMs)
    const row = free === -1 ? rows.length : free
    rows[row] = toMs
    const status = line.result?.status ?? null
    return [{ toolCallId: line.toolCallId, name: line.name, status, fromMs: line.atMs, toMs, row }]
  })
}

/** Where playing goes on when silences are skipped: a breath of each is left, so that it is heard that there was one. */
const BREATH_MS = 400

/** @returns the call time to jump to, or null to play on */
export function skipTo(silences: readonly Span[], atMs: number): number | null {
  const silence = silences.find(({ fromMs, toMs }) => atMs >= fromMs + BREATH_MS && atMs < toMs - BREATH_MS)
  return silence === undefined ? null : silence.toMs - BREATH_MS
}
