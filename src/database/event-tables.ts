/** Events of calls, and the agents that took them: what everything else can be made of again. */
import type { Migration } from './migration.ts'

export const EVENT_TABLES: Migration = {
  name: '1-events',
  sqlite: `
    create table events (
      call_id text not null, seq integer not null, v integer not null, at real not null, at_ms real not null,
      type text not null, body text not null, primary key (call_id, seq)
    ) strict, without rowid;
    create table agent_versions (
      name text not null, version text not null, text text not null, kept_at real not null, primary key (name, version)
    ) strict, without rowid;
    create table running_agents (
      name text not null primary key, version text not null, since real not null
    ) strict, without rowid;`,
  postgres: `
    create table events (
      call_id text collate "C" not null, seq integer not null, v integer not null, at double precision not null,
      at_ms double precision not null, type text not null, body text not null, primary key (call_id, seq)
    );
    create table agent_versions (
      name text collate "C" not null, version text collate "C" not null, text text not null,
      kept_at double precision not null, primary key (name, version)
    );
    create table running_agents (
      name text collate "C" not null primary key, version text collate "C" not null, since double precision not null
    );`,
}
