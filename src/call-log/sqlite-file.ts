/** Opens the SQLite file of a call log: alone when writing, checked, and brought up to the schema this version knows. */
import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'

export interface SqliteFileOptions {
  readonly path: string
  readonly readOnly: boolean
  /** How long a statement waits for a lock that another connection holds. */
  readonly busyTimeoutMs: number
}

export interface SqliteFile {
  readonly db: DatabaseSync
  close(): void
}

/** Step n brings a file from version n to n + 1. Steps that have been released are never changed. */
const MIGRATIONS: readonly string[] = [
  `create table events (
     call_id text not null, seq integer not null, v integer not null, at real not null, at_ms real not null,
     type text not null, body text not null, primary key (call_id, seq)
   ) strict, without rowid;
   create table calls (
     call_id text not null primary key, last_seq integer not null, started_at real not null, carrier text not null,
     carrier_call_id text not null, agent text not null, caller text not null, called text not null,
     duration_ms real not null, end_reason text, turns integer not null, interruptions integer not null,
     tool_calls integer not null, cost_usd real
   ) strict, without rowid;
   create index calls_newest on calls (started_at desc, call_id desc);
   create index calls_unfinished on calls (started_at) where end_reason is null;`,
  `create table agent_versions (
     name text not null, version text not null, text text not null, kept_at real not null, primary key (name, version)
   ) strict, without rowid;
   create table running_agents (
     name text not null primary key, version text not null, since real not null
   ) strict, without rowid;`,
]

const Version = z.object({ version: z.int() })
const Checked = z.array(z.object({ quick_check: z.string() }))

/**
 * @throws Error with a sentence that names the file and says what to do: in use, missing, damaged, not a call log, or newer than this version
 */
export function openSqliteFile(options: SqliteFileOptions): SqliteFile {
  return options.readOnly ? openForReading(options) : openForWriting(options)
}

function openForReading({ path, busyTimeoutMs }: SqliteFileOptions): SqliteFile {
  if (!existsSync(path)) throw new Error(`There is no call log at ${path}: no call has been kept there yet`)
  const db = new DatabaseSync(path, { readOnly: true, timeout: busyTimeoutMs })
  try {
    const version = readable(path, () => schemaVersion(db))
    if (version < MIGRATIONS.length) {
      throw new Error(`The call log ${path} is of an older version: start the server once, which brings it up to date`)
    }
    refuseNewer(path, version)
  } catch (error) {
    db.close()
    throw error
  }
  return { db, close: () => db.close() }
}

function openForWriting({ path, busyTimeoutMs }: SqliteFileOptions): SqliteFile {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const lock = own(path)
  try {
    createPrivately(path)
    const db = new DatabaseSync(path, { timeout: busyTimeoutMs })
    try {
      prepare(db, path)
    } catch (error) {
      db.close()
      throw error
    }
    return {
      db,
      close: () => {
        db.close()
        lock.close()
      },
    }
  } catch (error) {
    lock.close()
    throw error
  }
}

/**
 * One process writes a call log, for two servers on one file would each take the other's live calls for interrupted ones.
 * The lock is a transaction on a file of its own that lasts as long as the process: readers of the log are not kept out,
 * and the system drops it when the process dies, however it dies.
 */
function own(path: string): DatabaseSync {
  const lock = new DatabaseSync(`${path}.lock`, { timeout: 0 })
  try {
    lock.exec('begin exclusive')
    return lock
  } catch (error) {
    lock.close()
    if (sqliteCode(error) !== SQLITE_BUSY) throw error
    throw new Error(
      `The call log ${path} is in use by another Earshot server: stop that one, or give this one its own DATA_DIR`,
    )
  }
}

/** Callers' numbers and words are in it. SQLite gives its -wal and -shm files the mode of the file itself. */
function createPrivately(path: string): void {
  if (!existsSync(path)) closeSync(openSync(path, 'wx', 0o600))
}

function prepare(db: DatabaseSync, path: string): void {
  readable(path, () => db.exec('pragma journal_mode = wal'))
  // FULL syncs the log file at every commit; without fullfsync, macOS leaves what was synced in the drive's cache.
  db.exec('pragma synchronous = full; pragma fullfsync = on; pragma checkpoint_fullfsync = on')
  const faults = readable(path, () => Checked.parse(db.prepare('pragma quick_check(1)').all()))
  const [first] = faults
  if (first?.quick_check !== 'ok') throw damaged(path, first?.quick_check ?? 'no answer to quick_check')
  migrate(db, path)
}

function migrate(db: DatabaseSync, path: string): void {
  const version = schemaVersion(db)
  refuseNewer(path, version)
  if (version === MIGRATIONS.length) return
  db.exec('begin immediate')
  try {
    db.exec('create table if not exists schema_version (version integer not null) strict')
    for (const step of MIGRATIONS.slice(version)) db.exec(step)
    db.exec('delete from schema_version')
    db.prepare('insert into schema_version (version) values (?)').run(MIGRATIONS.length)
    db.exec('commit')
  } catch (error) {
    if (db.isTransaction) db.exec('rollback')
    throw error
  }
}

/** 0 for a file that is still empty. */
function schemaVersion(db: DatabaseSync): number {
  const known = db.prepare("select 1 from sqlite_schema where name = 'schema_version'").get()
  if (known === undefined) return 0
  return Version.parse(db.prepare('select version from schema_version').get()).version
}

function refuseNewer(path: string, version: number): void {
  if (version <= MIGRATIONS.length) return
  throw new Error(
    `The call log ${path} was written by a newer version of Earshot (schema ${version}, this one knows ${MIGRATIONS.length}): start that version, or name another DATA_DIR`,
  )
}

function readable<Result>(path: string, read: () => Result): Result {
  try {
    return read()
  } catch (error) {
    const code = sqliteCode(error)
    if (code === SQLITE_CORRUPT || code === SQLITE_NOTADB) throw damaged(path, String(error))
    throw error
  }
}

function damaged(path: string, detail: string): Error {
  return new Error(`The call log ${path} is damaged (${detail}): move it away or put a copy back, then start again`)
}

const SQLITE_BUSY = 5
const SQLITE_LOCKED = 6
const SQLITE_READONLY = 8
const SQLITE_IOERR = 10
const SQLITE_CORRUPT = 11
const SQLITE_FULL = 13
const SQLITE_CANTOPEN = 14
const SQLITE_NOTADB = 26

const SqliteError = z.object({ code: z.literal('ERR_SQLITE_ERROR'), errcode: z.int() })

/** SQLite's primary result code (sqlite.org/rescode.html), or null when the error is not one of SQLite's. */
function sqliteCode(error: unknown): number | null {
  const parsed = SqliteError.safeParse(error)
  return parsed.success ? parsed.data.errcode & 0xff : null
}

/** What went wrong with a statement, as a sentence for the operator. */
export function explain(error: unknown, path: string): string {
  const what = error instanceof Error ? error.message : String(error)
  switch (sqliteCode(error)) {
    case SQLITE_FULL:
      return `The disk that holds the call log ${path} is full`
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return `The call log ${path} is locked by another program`
    case SQLITE_IOERR:
      return `The call log ${path} could not be read or written (${what}): the disk may be full or failing`
    case SQLITE_CANTOPEN:
      return `The call log ${path} cannot be opened: check that it is a file and who owns it and its folder`
    case SQLITE_READONLY:
      return `The call log ${path} may not be written: check who owns the file and its folder`
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return damaged(path, what).message
    default:
      return what
  }
}
