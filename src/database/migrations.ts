/**
 * What brings a database up to the tables of tables.ts: named steps, in order, each with its text for either engine.
 * A table `migrations` says which were taken and when. A step that was released is never changed; a new one goes to the end.
 */
import { CALL_TABLES } from './call-tables.ts'
import { DESK_TABLES } from './desk-tables.ts'
import { EVENT_TABLES } from './event-tables.ts'
import type { Migration } from './migration.ts'
import { SERVER_TABLES } from './server-tables.ts'

/** Makes the table that names the steps; harmless when it is there. */
export const MIGRATIONS_TABLE = {
  sqlite: 'create table if not exists migrations (name text not null primary key, at real not null) strict',
  postgres:
    'create table if not exists migrations (name text collate "C" not null primary key, at double precision not null)',
} as const

export const MIGRATIONS: readonly Migration[] = [EVENT_TABLES, CALL_TABLES, DESK_TABLES, SERVER_TABLES]
