/** Versions of agents as rows: what each said, and which run now. */
import type { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'
import type { AgentVersion, RunningAgents } from './store.ts'

const VersionRow = z.object({ name: z.string(), version: z.string(), text: z.string() })
const RunningRow = VersionRow.extend({ since: z.number() })

/** @throws what SQLite throws; then nothing has changed */
export function keepRunningAgents(db: DatabaseSync, agents: readonly AgentVersion[], at: number): void {
  const keep = db.prepare(
    'insert into agent_versions (name, version, text, kept_at) values (?, ?, ?, ?) on conflict do nothing',
  )
  const run = db.prepare('insert into running_agents (name, version, since) values (?, ?, ?)')
  db.exec('begin immediate')
  try {
    db.exec('delete from running_agents')
    for (const { name, version, text } of agents) {
      keep.run(name, version, text, at)
      run.run(name, version, at)
    }
    db.exec('commit')
  } catch (error) {
    if (db.isTransaction) db.exec('rollback')
    throw error
  }
}

export function readRunningAgents(db: DatabaseSync): RunningAgents | null {
  const rows = db
    .prepare(
      'select name, version, text, since from running_agents join agent_versions using (name, version) order by name',
    )
    .all()
    .map((row) => RunningRow.parse(row))
  const [first] = rows
  if (first === undefined) return null
  return { at: first.since, agents: rows.map(({ name, version, text }) => ({ name, version, text })) }
}

export function readAgentVersion(db: DatabaseSync, name: string, version: string): AgentVersion | null {
  const row = db
    .prepare('select name, version, text from agent_versions where name = ? and version = ?')
    .get(name, version)
  return row === undefined ? null : VersionRow.parse(row)
}
