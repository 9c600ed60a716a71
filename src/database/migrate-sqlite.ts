/** Brings an SQLite file up to the tables of this version, in one transaction. */
import type { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'
import { MIGRATIONS, MIGRATIONS_TABLE } from './migrations.ts'

const Named = z.array(z.object({ name: z.string() }))
const Version = z.object({ version: z.int() })

/** What a file holds, by the names of the steps it has taken. */
export interface SqliteSchema {
  readonly taken: ReadonlySet<string>
  /** Of a file from before steps had names, its number. */
  readonly numbered: number | null
}

/** Files from before steps had names counted them: 1 had events, 2 agents as well. Rows of calls had another shape. */
const NEWEST_NUMBERED = 2
const AGENTS_OF_NUMBERED_2 = `
  create table agent_versions (
    name text not null, version text not null, text text not null, kept_at real not null, primary key (name, version)
  ) strict, without rowid;
  create table running_agents (
    name text not null primary key, version text not null, since real not null
  ) strict, without rowid;`

export function readSchema(db: DatabaseSync): SqliteSchema {
  const tables = new Set(
    Named.parse(db.prepare("select name from sqlite_schema where type = 'table'").all()).map(({ name }) => name),
  )
  if (tables.has('migrations')) {
    const taken = Named.parse(db.prepare('select name from migrations').all()).map(({ name }) => name)
    return { taken: new Set(taken), numbered: null }
  }
  if (!tables.has('schema_version')) return { taken: new Set(), numbered: null }
  const { version } = Version.parse(db.prepare('select version from schema_version').get())
  return { taken: new Set(), numbered: version }
}

/** What a newer version has made of the file, in words; null when this version knows all of it. */
export function newerThanKnown({ taken, numbered }: SqliteSchema): string | null {
  if (numbered !== null && numbered > NEWEST_NUMBERED) return `schema ${numbered}`
  const unknown = [...taken].find((name) => !MIGRATIONS.some((step) => step.name === name))
  return unknown === undefined ? null : `step ${unknown}`
}

export function isCurrent({ taken }: SqliteSchema): boolean {
  return MIGRATIONS.every(({ name }) => taken.has(name))
}

/**
 * @param foldAgain makes the rows of calls from the events; in the same transaction, so that nobody ever sees them half made
 * @throws what SQLite throws; then nothing has changed
 */
export function migrateSqlite(db: DatabaseSync, foldAgain: (db: DatabaseSync) => void): void {
  const schema = readSchema(db)
  if (isCurrent(schema)) return
  db.exec('begin immediate')
  try {
    db.exec(MIGRATIONS_TABLE.sqlite)
    const note = db.prepare('insert into migrations (name, at) values (?, ?)')
    const taken = new Set(schema.taken)
    if (schema.numbered !== null) {
      if (schema.numbered < 2) db.exec(AGENTS_OF_NUMBERED_2)
      db.exec('drop table calls; drop table schema_version')
      const [events] = MIGRATIONS
      if (events !== undefined) {
        taken.add(events.name)
        note.run(events.name, Date.now())
      }
    }
    const steps = MIGRATIONS.filter(({ name }) => !taken.has(name))
    for (const { name, sqlite } of steps) {
      db.exec(sqlite)
      note.run(name, Date.now())
    }
    if (steps.some(({ foldsAgain }) => foldsAgain)) foldAgain(db)
    db.exec('commit')
  } catch (error) {
    if (db.isTransaction) db.exec('rollback')
    throw error
  }
}
