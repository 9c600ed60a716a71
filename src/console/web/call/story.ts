/** A call's lines as the page shows them: turns with their tools under them, and what happened between. */
import type { StoryLine } from '../../../call-log/transcript.ts'

export type LineOf<By extends StoryLine['by']> = Extract<StoryLine, { by: By }>

export type Entry =
  | {
      readonly kind: 'turn'
      /** Unique on the page, the same whenever the page is drawn. */
      readonly key: string
      readonly line: LineOf<'caller'> | LineOf<'agent'>
      readonly ended: TurnEnd
      /** What the model called in this response; of a response without words, what it called because of this turn. */
      readonly tools: readonly LineOf<'tool'>[]
    }
  /** Tool calls that no turn on the page caused, in the place where they were made. */
  | { readonly kind: 'tools'; readonly key: string; readonly tools: readonly LineOf<'tool'>[] }
  | { readonly kind: 'keys'; readonly key: string; readonly atMs: number; readonly digits: string }
  | {
      readonly kind: 'mark'
      readonly key: string
      readonly line: LineOf<'trouble'> | LineOf<'note'> | LineOf<'operator'>
    }

export type TurnEntry = Extract<Entry, { kind: 'turn' }>

/** Why nobody went on speaking. */
export type TurnEnd =
  | { readonly why: 'heard' }
  | { readonly why: 'interrupted'; readonly afterMs: number; readonly unheardMs: number }
  | { readonly why: 'call-ended'; readonly afterMs: number; readonly unheardMs: number }
  | { readonly why: 'cut'; readonly afterMs: number; readonly unheardMs: number }
  | { readonly why: 'unheard' }
  | { readonly why: 'answered'; readonly waitMs: number }
  | { readonly why: 'went-on' }
  | { readonly why: 'not-answered' }

/** So close to a line's end may the speech that cut it off begin, or the call end: the ledger's and the detector's own delays. */
const NEAR_MS = 1500

/** @param endedAtMs call time of the call's end; null while it is live */
export function tellStory(lines: readonly StoryLine[], endedAtMs: number | null): readonly Entry[] {
  const entries: Entry[] = []
  const tools = toolsByTurn(lines)
  lines.forEach((line, at) => {
    if (line.by === 'caller' || line.by === 'agent') {
      const ended = line.by === 'caller' ? callerEnd(line, lines, at) : agentEnd(line, lines, endedAtMs)
      entries.push({ kind: 'turn', key: keyOf(line, at), line, ended, tools: tools.get(line) ?? [] })
    } else if (line.by === 'tool') {
      const own = tools.get(line)
      if (own !== undefined) entries.push({ kind: 'tools', key: `tools-${at}`, tools: own })
    } else if (line.by === 'keypad') {
      const last = entries.at(-1)
      if (last?.kind === 'keys') entries[entries.length - 1] = { ...last, digits: last.digits + line.digit }
      else entries.push({ kind: 'keys', key: `keys-${at}`, atMs: line.atMs, digits: line.digit })
    } else entries.push({ kind: 'mark', key: `${line.by}-${at}`, line })
  })
  return entries
}

function keyOf(line: LineOf<'caller'> | LineOf<'agent'>, at: number): string {
  return `${line.by}-${line.itemId}-${at}`
}

/** By the turn that they stand under; by the first of them when there is none. */
function toolsByTurn(lines: readonly StoryLine[]): ReadonlyMap<StoryLine, readonly LineOf<'tool'>[]> {
  const found = new Map<StoryLine, LineOf<'tool'>[]>()
  for (const [at, line] of lines.entries()) {
    if (line.by !== 'tool') continue
    // A response may say several things: the call stands under the last of them that began before it.
    const said = lines.filter((each) => each.by === 'agent' && each.responseId === line.responseId)
    const owner =
      said.findLast((each) => each.atMs <= line.atMs) ??
      said[0] ??
      lines.slice(0, at).findLast((each) => each.by === 'caller') ??
      lines.slice(0, at).find((each) => each.by === 'tool') ??
      line
    const own = found.get(owner)
    if (own === undefined) found.set(owner, [line])
    else own.push(line)
  }
  return found
}

function agentEnd(line: LineOf<'agent'>, lines: readonly StoryLine[], endedAtMs: number | null): TurnEnd {
  if (!line.interrupted && line.unheardText === '') return { why: 'heard' }
  if (line.heardMs === 0) return { why: 'unheard' }
  const cutAtMs = line.atMs + line.heardMs
  const times = { afterMs: line.heardMs, unheardMs: Math.max(0, line.sentMs - line.heardMs) }
  // Whoever speaks across the cut made it; who began long before had the floor anyway.
  const across = lines.some(
    (each) =>
      each.by === 'caller' &&
      each.atMs <= cutAtMs + NEAR_MS &&
      each.endMs >= cutAtMs &&
      each.atMs >= line.atMs - NEAR_MS,
  )
  if (across) return { why: 'interrupted', ...times }
  if (endedAtMs !== null && endedAtMs - cutAtMs <= NEAR_MS) return { why: 'call-ended', ...times }
  return { why: 'cut', ...times }
}

function callerEnd(line: LineOf<'caller'>, lines: readonly StoryLine[], at: number): TurnEnd {
  const next = lines.slice(at + 1).find((each) => each.by === 'caller' || each.by === 'agent')
  if (next === undefined) return { why: 'not-answered' }
  if (next.by === 'caller') return { why: 'went-on' }
  return { why: 'answered', waitMs: next.latency?.totalMs ?? Math.max(0, next.atMs - line.endMs) }
}

/** The turn that sounds at a moment, or the last that began before it; −1 before the first. */
export function turnAt(turns: readonly TurnEntry[], atMs: number): number {
  let found = -1
  for (const [at, { line }] of turns.entries()) if (line.atMs <= atMs) found = at
  return found
}
