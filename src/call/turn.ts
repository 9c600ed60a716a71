/** Who holds the floor, and what an interruption does. Rules TT1–TT6 in RULES.md. */
import type { CallCommand } from './commands.ts'
import type { PlayedItem } from './playout.ts'

export type Turn =
  | { readonly holder: 'nobody' }
  | { readonly holder: 'caller'; readonly itemId: string }
  | { readonly holder: 'agent'; readonly itemId: string }

export type TurnFact =
  | { readonly type: 'caller-speech-started'; readonly itemId: string }
  | { readonly type: 'caller-speech-stopped' }
  | { readonly type: 'agent-audio-started'; readonly itemId: string }
  | { readonly type: 'agent-quiet' } // all that was sent has been heard, or was cut

export const NOBODY: Turn = { holder: 'nobody' }

/** The caller takes the floor by speaking, from anyone; the agent only when the caller does not hold it. [TT1, TT2] */
export function takeTurn(turn: Turn, fact: TurnFact): Turn {
  switch (fact.type) {
    case 'caller-speech-started':
      return { holder: 'caller', itemId: fact.itemId }
    case 'caller-speech-stopped':
      return turn.holder === 'caller' ? NOBODY : turn
    case 'agent-audio-started':
      return turn.holder === 'caller' ? turn : { holder: 'agent', itemId: fact.itemId }
    case 'agent-quiet':
      return turn.holder === 'agent' ? NOBODY : turn
  }
}

/**
 * What an interruption commands, given what the ledger cut off.
 * Clear first: the carrier holds seconds of audio ahead of the ear, and the caller would go on hearing it while the
 * truncation is on its way to the model. [TT3] Then the item that was sounding is cut at what was heard [TT4], those
 * queued behind it at nothing [TT5]; what was heard to its end stays as it is [TT6].
 * @param foreign items that the present session does not know and so cannot truncate
 */
export function bargeIn(cut: readonly PlayedItem[], foreign: ReadonlySet<string>): readonly CallCommand[] {
  if (cut.length === 0) return []
  const commands: CallCommand[] = [{ type: 'clear-leg' }]
  for (const item of cut) {
    // Rounded down: one millisecond more than the item holds is refused by the provider.
    if (item.toTheEnd || foreign.has(item.itemId)) continue
    commands.push({ type: 'truncate-item', itemId: item.itemId, heardMs: Math.floor(item.heardMs) })
  }
  return commands
}
