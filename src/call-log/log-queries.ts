/** What is read of the log in either engine: events, unfinished calls, agents and their versions. */
import type { CallEvent } from '../call/events.ts'
import type { Database } from '../database/database.ts'
import { readEventRow } from './event-rows.ts'
import type { AgentVersion, RunningAgents } from './store.ts'

export async function readEvents({ kysely }: Database, callId: string): Promise<CallEvent[]> {
  const rows = await kysely
    .selectFrom('events')
    .select(['call_id', 'seq', 'v', 'at', 'at_ms', 'body'])
    .where('call_id', '=', callId)
    .orderBy('seq')
    .execute()
  return rows.map((row) => readEventRow(row))
}

export async function readUnfinished({ kysely }: Database): Promise<string[]> {
  const rows = await kysely
    .selectFrom('calls')
    .select('call_id')
    .where('ended_at', 'is', null)
    .orderBy('started_at')
    .orderBy('call_id')
    .execute()
  return rows.map(({ call_id }) => call_id)
}

export async function keepRunningAgents(db: Database, agents: readonly AgentVersion[], at: number): Promise<void> {
  const { kysely } = db
  await db.write([
    kysely.deleteFrom('running_agents').compile(),
    ...agents.flatMap(({ name, version, text }) => [
      kysely
        .insertInto('agent_versions')
        .values({ name, version, text, kept_at: at })
        .onConflict((conflict) => conflict.doNothing())
        .compile(),
      kysely.insertInto('running_agents').values({ name, version, since: at }).compile(),
    ]),
  ])
}

export async function readRunningAgents({ kysely }: Database): Promise<RunningAgents | null> {
  const rows = await kysely
    .selectFrom('running_agents')
    .innerJoin('agent_versions', (join) =>
      join
        .onRef('agent_versions.name', '=', 'running_agents.name')
        .onRef('agent_versions.version', '=', 'running_agents.version'),
    )
    .select(['running_agents.name', 'running_agents.version', 'text', 'since'])
    .orderBy('running_agents.name')
    .execute()
  const [first] = rows
  if (first === undefined) return null
  return { at: first.since, agents: rows.map(({ name, version, text }) => ({ name, version, text })) }
}

export async function readAgentVersion(
  { kysely }: Database,
  name: string,
  version: string,
): Promise<AgentVersion | null> {
  const row = await kysely
    .selectFrom('agent_versions')
    .select(['name', 'version', 'text'])
    .where('name', '=', name)
    .where('version', '=', version)
    .executeTakeFirst()
  return row ?? null
}

export async function readAgentVersions(
  { kysely }: Database,
  name: string,
): Promise<{ readonly version: string; readonly keptAt: number }[]> {
  const rows = await kysely
    .selectFrom('agent_versions')
    .select(['version', 'kept_at'])
    .where('name', '=', name)
    .orderBy('kept_at', 'desc')
    .orderBy('version')
    .execute()
  return rows.map(({ version, kept_at }) => ({ version, keptAt: kept_at }))
}
