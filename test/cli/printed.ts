/** A call log of a few calls, and what a command printed about it. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CallEvent } from '../../src/call/events.ts'
import type { CallStore } from '../../src/call-log/call-store.ts'
import { openSqliteCallLog } from '../../src/call-log/sqlite.ts'
import type { paint } from '../../src/cli/terminal.ts'

/** As on a terminal without colours. */
export const PLAIN: typeof paint = {
  dim: (text) => text,
  bold: (text) => text,
  agent: (text) => text,
  caller: (text) => text,
  tool: (text) => text,
  alarm: (text) => text,
  unheard: (text) => `[not heard: ${text}]`,
}

/** @returns what was printed, one line each */
export async function printed(
  calls: readonly (readonly CallEvent[])[],
  command: (log: CallStore, out: (line: string) => void) => Promise<unknown>,
): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-cli-'))
  const log = await openSqliteCallLog({ path: join(folder, 'earshot.db') })
  const lines: string[] = []
  try {
    for (const events of calls) await log.append(events)
    await command(log, (line) => lines.push(line))
  } finally {
    await log.close()
    rmSync(folder, { recursive: true })
  }
  return lines
}
