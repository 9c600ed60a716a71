/** Brings a Postgres database up to the tables of this version: one server at a time, each step whole or not at all. */
import type { PoolClient } from 'pg'
import { z } from 'zod'
import { MIGRATIONS, MIGRATIONS_TABLE } from './migrations.ts'
import { PostgresRefusal } from './postgres-client.ts'

/** Two servers that start at once must not both make the tables: who holds this lock does. Any number, as long as it stays the same. */
const MIGRATION_LOCK = 7_348_211_905

const Named = z.array(z.object({ name: z.string() }))

/**
 * @param foldAgain makes the rows of calls from the events, when a step asks for it
 * @throws PostgresRefusal when a newer version has been here, or what Postgres throws
 */
export async function migratePostgres(client: PoolClient, foldAgain: () => Promise<void>): Promise<void> {
  await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK])
  try {
    await client.query(MIGRATIONS_TABLE.postgres)
    const taken = new Set(Named.parse((await client.query('select name from migrations')).rows).map(({ name }) => name))
    const unknown = [...taken].find((name) => !MIGRATIONS.some((step) => step.name === name))
    if (unknown !== undefined) {
      throw new PostgresRefusal(
        `The database was brought up to date by a newer version of Earshot (it has step ${unknown}): start that version, or name another DATABASE_URL`,
      )
    }
    const steps = MIGRATIONS.filter(({ name }) => !taken.has(name))
    for (const step of steps) await take(client, step)
    if (steps.some(({ foldsAgain }) => foldsAgain)) await foldAgain()
  } finally {
    await client.query('select pg_advisory_unlock($1)', [MIGRATION_LOCK])
  }
}

async function take(client: PoolClient, { name, postgres }: { name: string; postgres: string }): Promise<void> {
  await client.query('begin')
  try {
    await client.query(postgres)
    await client.query('insert into migrations (name, at) values ($1, $2)', [name, Date.now()])
    await client.query('commit')
  } catch (error) {
    await client.query('rollback')
    throw error
  }
}
