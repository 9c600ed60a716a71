/** Who may use the console, what they did and kept, and messages on their way to other systems. */
import type { Migration } from './migration.ts'

const INDEXES = `
    create index sessions_of_user on sessions (user_id);
    create index audit_by_time on audit (at, entry_id);
    create index shares_of_call on shares (call_id);
    create index outbox_due on outbox (next_at) where state = 'waiting';
    create index outbox_of_call on outbox (call_id);`

const ROLE = `role text not null check (role in ('viewer', 'manager', 'admin'))`

export const DESK_TABLES: Migration = {
  name: '3-desk',
  sqlite: `
    create table users (
      user_id text not null primary key, email text not null unique check (email = lower(email)), name text not null,
      ${ROLE}, password_hash text, oidc_subject text unique, created_at real not null, last_seen_at real,
      disabled integer not null default 0
    ) strict, without rowid;
    create table sessions (
      token_hash text not null primary key, user_id text not null references users (user_id) on delete cascade,
      created_at real not null, last_used_at real not null, expires_at real not null, agent text not null
    ) strict, without rowid;
    create table links (
      token_hash text not null primary key, purpose text not null,
      user_id text references users (user_id) on delete cascade, expires_at real not null
    ) strict, without rowid;
    create table api_keys (
      key_id text not null primary key, name text not null, ${ROLE}, secret_hash text not null unique,
      hint text not null, created_at real not null, created_by text not null, last_used_at real
    ) strict, without rowid;
    create table audit (
      entry_id text not null primary key, at real not null, who text not null, action text not null,
      target text not null, detail text not null, ok integer not null
    ) strict, without rowid;
    create table views (
      user_id text not null references users (user_id) on delete cascade, name text not null,
      view_id text not null unique, query text not null, primary key (user_id, name)
    ) strict, without rowid;
    create table shares (
      token_hash text not null primary key, call_id text not null, at_ms real, created_by text not null,
      expires_at real not null
    ) strict, without rowid;
    create table outbox (
      message_id text not null primary key, call_id text not null, agent text not null, url text not null,
      body text not null, created_at real not null, next_at real not null, attempts integer not null default 0,
      state text not null, last_error text
    ) strict, without rowid;
    ${INDEXES}`,
  postgres: `
    create table users (
      user_id text collate "C" not null primary key,
      email text collate "C" not null unique check (email = lower(email)), name text not null,
      ${ROLE}, password_hash text, oidc_subject text collate "C" unique, created_at double precision not null,
      last_seen_at double precision, disabled integer not null default 0
    );
    create table sessions (
      token_hash text collate "C" not null primary key,
      user_id text collate "C" not null references users (user_id) on delete cascade,
      created_at double precision not null, last_used_at double precision not null,
      expires_at double precision not null, agent text not null
    );
    create table links (
      token_hash text collate "C" not null primary key, purpose text not null,
      user_id text collate "C" references users (user_id) on delete cascade, expires_at double precision not null
    );
    create table api_keys (
      key_id text collate "C" not null primary key, name text not null, ${ROLE},
      secret_hash text collate "C" not null unique, hint text not null, created_at double precision not null,
      created_by text not null, last_used_at double precision
    );
    create table audit (
      entry_id text collate "C" not null primary key, at double precision not null, who text collate "C" not null,
      action text collate "C" not null, target text not null, detail text not null, ok integer not null
    );
    create table views (
      user_id text collate "C" not null references users (user_id) on delete cascade, name text collate "C" not null,
      view_id text collate "C" not null unique, query text not null, primary key (user_id, name)
    );
    create table shares (
      token_hash text collate "C" not null primary key, call_id text collate "C" not null, at_ms double precision,
      created_by text not null, expires_at double precision not null
    );
    create table outbox (
      message_id text collate "C" not null primary key, call_id text collate "C" not null, agent text not null,
      url text not null, body text not null, created_at double precision not null, next_at double precision not null,
      attempts integer not null default 0, state text not null, last_error text
    );
    ${INDEXES}`,
}
