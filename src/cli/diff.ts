/** `earshot diff`: what the files would change in what answers calls. */
import { textOf } from '../agents/effective.ts'
import { diffLines, withContext } from '../agents/line-diff.ts'
import type { AgentVersion, RunningAgents } from '../call-log/store.ts'
import { readConfig } from '../config/config.ts'
import { loadConfigDir } from '../config-dir/load.ts'
import { utc } from './calls.ts'
import { withLog } from './log.ts'
import { paint as terminal } from './terminal.ts'

/** Sets the exit code: 1 when the files have mistakes, and a server would not take them. */
export async function diff(): Promise<void> {
  const out = (line: string) => void process.stdout.write(`${line}\n`)
  const { configDir } = readConfig(process.env)
  const { agents, problems } = await loadConfigDir(configDir, process.env)
  if (problems.length > 0) {
    for (const { text } of problems) out(text)
    out('a server takes none of this: what answers calls stays as it is')
    process.exitCode = 1
    return
  }
  const onDisk = agents.map((agent) => ({ name: agent.name, version: agent.version, text: textOf(agent) }))
  await withLog(async (log) => printDiff(await log.runningAgents(), onDisk, out))
}

/** Lines of the same around a change, so that a reader sees what it is part of. */
const AROUND = 2

export function printDiff(
  running: RunningAgents | null,
  onDisk: readonly AgentVersion[],
  out: (line: string) => void,
  paint: typeof terminal = terminal,
): void {
  if (running === null)
    return out('No server has answered calls with this DATA_DIR yet: there is nothing to compare with.')
  out(paint.dim(`what answers calls since ${utc(running.at)} UTC, against the files`))
  const before = new Map(running.agents.map((agent) => [agent.name, agent]))
  const after = new Map(onDisk.map((agent) => [agent.name, agent]))
  let changes = 0
  for (const name of [...new Set([...before.keys(), ...after.keys()])].toSorted()) {
    const old = before.get(name)
    const now = after.get(name)
    if (old?.version === now?.version) continue
    changes++
    if (old === undefined) out(`${paint.bold(name)} is new: ${now?.version}`)
    else if (now === undefined) out(`${paint.bold(name)} is gone: ${old.version}`)
    else {
      out(`${paint.bold(name)} changes: ${old.version} → ${now.version}`)
      for (const line of changed(old.text, now.text, paint)) out(line)
    }
  }
  if (changes === 0) out('the same agents: nothing changes')
}

function changed(before: string, after: string, paint: typeof terminal): readonly string[] {
  const trimmed = (text: string) => text.replace(/\n$/, '')
  return withContext(diffLines(trimmed(before), trimmed(after)), AROUND).map((line) => {
    if (line === null) return paint.dim('  …')
    if (line.kind === 'same') return `    ${line.text}`
    return line.kind === 'gone' ? paint.alarm(`  - ${line.text}`) : paint.caller(`  + ${line.text}`)
  })
}
