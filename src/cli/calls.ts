/** `earshot calls`: the list of calls, newest first. */

import { endInWords } from '../call/end-words.ts'
import type { CallArchive } from '../call-log/archive.ts'
import type { CallFilter } from '../call-log/query.ts'
import type { CallRow } from '../call-log/rows.ts'
import { plainText, showNumber } from './plain-text.ts'
import { clockTime, paint as terminal } from './terminal.ts'

export interface CallsOptions {
  readonly limit: number
  readonly filter?: CallFilter
  /** Show telephone numbers whole. */
  readonly numbers: boolean
  readonly paint?: typeof terminal
}

const HEAD = ['CALL', 'STARTED (UTC)', 'FROM', 'TO', 'AGENT', 'LENGTH', 'TURNS', 'TOOLS', 'CUT IN', 'COST', 'END']
const RIGHT = new Set(['LENGTH', 'TURNS', 'TOOLS', 'CUT IN', 'COST'])

export async function printCalls(log: CallArchive, out: (line: string) => void, options: CallsOptions): Promise<void> {
  const { limit, numbers, filter = {}, paint = terminal } = options
  const { calls } = await log.list({ ...filter, limit })
  if (calls.length === 0) return out(Object.keys(filter).length === 0 ? 'No calls yet.' : 'No calls like that.')
  const rows = calls.map((call) => cells(call, numbers))
  const widths = HEAD.map((head, i) => Math.max(head.length, ...rows.map((row) => row[i]?.length ?? 0)))
  const line = (row: readonly string[]): string => {
    const padded = row.map((cell, i) => {
      const width = widths[i] ?? 0
      return RIGHT.has(HEAD[i] ?? '') ? cell.padStart(width) : cell.padEnd(width)
    })
    return padded.join('  ').trimEnd()
  }
  out(paint.dim(line(HEAD)))
  for (const row of rows) out(line(row))
}

function cells(call: CallRow, numbers: boolean): string[] {
  return [
    call.callId,
    utc(call.startedAt),
    showNumber(call.from, numbers),
    showNumber(call.to, numbers),
    plainText(call.agent),
    clockTime(call.durationMs),
    String(call.turns),
    String(call.toolCalls),
    String(call.interruptions),
    call.costUsd === null ? '' : `$${call.costUsd.toFixed(4)}`,
    endInWords(call.endReason),
  ]
}

/** `2026-11-21 10:00:00` */
export function utc(at: number): string {
  return new Date(at).toISOString().slice(0, 19).replace('T', ' ')
}
