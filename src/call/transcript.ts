/** What was said and what of it was heard: the words beside the ledger's milliseconds. Rules TS1–TS4 in RULES.md. */
import type { SeedItem } from './commands.ts'

export interface CallerLine {
  readonly by: 'caller'
  readonly itemId: string
  readonly text: string
  readonly startMs: number
  readonly endMs: number | null
  /** Its final words are in the log. */
  readonly recorded: boolean
}

export interface AgentLine {
  readonly by: 'agent'
  readonly itemId: string
  readonly responseId: string
  readonly text: string
  /** Null while it sounds or waits to; then the words that the caller heard. */
  readonly heardText: string | null
}

interface NoteLine {
  readonly by: 'note'
  readonly text: string
}

export type Line = CallerLine | AgentLine | NoteLine
/** In the order in which lines began: a caller's words may come long after the reply to them. [TS1] */
export type Transcript = readonly Line[]

export const NO_LINES: Transcript = []

export function callerBegan(lines: Transcript, itemId: string, startMs: number): Transcript {
  if (lines.some((line) => line.by === 'caller' && line.itemId === itemId)) return lines
  return [...lines, { by: 'caller', itemId, text: '', startMs, endMs: null, recorded: false }]
}

export function changeCaller(lines: Transcript, itemId: string, change: Partial<CallerLine>): Transcript {
  return lines.map((line) => (line.by === 'caller' && line.itemId === itemId ? { ...line, ...change } : line))
}

export function callerLine(lines: Transcript, itemId: string): CallerLine | undefined {
  return lines.find((line): line is CallerLine => line.by === 'caller' && line.itemId === itemId)
}

export function agentBegan(lines: Transcript, itemId: string, responseId: string): Transcript {
  if (lines.some((line) => line.by === 'agent' && line.itemId === itemId)) return lines
  return [...lines, { by: 'agent', itemId, responseId, text: '', heardText: null }]
}

export function agentWords(lines: Transcript, itemId: string, text: string): Transcript {
  return lines.map((line) =>
    line.by === 'agent' && line.itemId === itemId ? { ...line, text: line.text + text } : line,
  )
}

export function agentLine(lines: Transcript, itemId: string): AgentLine | undefined {
  return lines.find((line): line is AgentLine => line.by === 'agent' && line.itemId === itemId)
}

export function agentHeard(lines: Transcript, itemId: string, heardText: string): Transcript {
  return lines.map((line) => (line.by === 'agent' && line.itemId === itemId ? { ...line, heardText } : line))
}

export function noted(lines: Transcript, text: string): Transcript {
  return [...lines, { by: 'note', text }]
}

/** Speech faster than this is not speech: text that came ahead of its audio must not count as heard. */
const CHARACTERS_A_SECOND_MOST = 18

/**
 * Splits an item's words where the caller stopped hearing them. No provider says when each word sounds, so words are
 * spread evenly over the audio; a word counts as heard only when all of it was. [TS2]
 * @param sentMs how much audio the words belong to: all of the item when it is complete
 */
export function splitHeard(
  text: string,
  heardMs: number,
  sentMs: number,
  complete: boolean,
): { readonly heard: string; readonly unheard: string } {
  if (complete && heardMs >= sentMs) return { heard: text.trim(), unheard: '' }
  const share = sentMs <= 0 ? 0 : Math.min(1, heardMs / sentMs)
  // While an item is being made its words run ahead of its audio, so its own rate would credit too many of them.
  const most = complete ? text.length : (heardMs / 1000) * CHARACTERS_A_SECOND_MOST
  const characters = Math.min(text.length * share, most)
  let end = 0
  for (const word of text.matchAll(/\S+/g)) {
    if (word.index + word[0].length > characters) break
    end = word.index + word[0].length
  }
  return { heard: text.slice(0, end).trim(), unheard: text.slice(end).trim() }
}

/** The conversation for a new session: the agent's lines as far as they were heard. [TS3] */
export function seedOf(lines: Transcript): readonly SeedItem[] {
  const seed: SeedItem[] = []
  for (const line of lines) {
    const text = line.by === 'agent' ? (line.heardText ?? line.text) : line.text
    if (text.trim() !== '') seed.push({ type: line.by, text: text.trim() })
  }
  return seed
}
