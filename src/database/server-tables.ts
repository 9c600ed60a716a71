/**
 * Which server a live call is on. Servers that share a database must not take each other's live calls for interrupted ones; a
 * file of SQLite has one server.
 */
import type { Migration } from './migration.ts'

export const SERVER_TABLES: Migration = {
  name: '4-servers',
  sqlite: '',
  postgres: `
    create table servers (
      server_no integer generated always as identity primary key, started_at double precision not null,
      seen_at double precision not null
    );
    create table call_servers (
      call_id text collate "C" not null primary key, server_no integer not null
    );`,
}
