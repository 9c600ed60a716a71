/** What calls cost since a moment, for whoever holds them to a budget. */
import type { Database } from '../database/database.ts'
import type { Spent } from './archive.ts'
import { reversed } from './call-records.ts'

export async function spent(
  { kysely }: Database,
  agent: string,
  from: string,
  since: number,
): Promise<{ readonly agentUsd: number; readonly callerUsd: number }> {
  const row = await kysely
    .selectFrom('calls')
    .select(({ fn, eb }) => [
      fn.coalesce(fn.sum<number>('cost_usd'), eb.lit(0)).as('agentUsd'),
      fn
        .coalesce(fn.sum<number>('cost_usd').filterWhere('caller_reversed', '=', reversed(from)), eb.lit(0))
        .as('callerUsd'),
    ])
    .where('agent', '=', agent)
    .where('started_at', '>=', since)
    .executeTakeFirstOrThrow()
  return { agentUsd: Number(row.agentUsd), callerUsd: Number(row.callerUsd) }
}

export async function spentSince({ kysely }: Database, since: number): Promise<Spent[]> {
  return kysely
    .selectFrom('calls')
    .select(({ fn }) => ['agent', 'caller as from', fn.sum<number>('cost_usd').as('usd')])
    .where('started_at', '>=', since)
    .where('cost_usd', 'is not', null)
    .groupBy(['agent', 'caller'])
    .orderBy('agent')
    .orderBy('caller')
    .execute()
}
