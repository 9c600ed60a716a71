/** Opens the SQLite file of the call log: alone when writing, checked, and brought up to the tables this version knows. */
import { closeSync, existsSync, mkdirSync, openSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'
import { isCurrent, migrateSqlite, newerThanKnown, readSchema, type SqliteSchema } from './migrate-sqlite.ts'

export interface SqliteFileOptions {
  readonly path: string
  readonly readOnly: boolean
  /** Writes a little while a server owns the file: without its lock, and only into tables that are there. */
  readonly beside?: boolean | undefined
  /** How long a statement waits for a lock that another connection holds. */
  readonly busyTimeoutMs: number
}

export interface SqliteFile {
  readonly db: DatabaseSync
  /** It is large and was not closed properly: it should be looked through while it is in use (`faultOf`). */
  readonly unchecked: boolean
  close(): void
}

/** Looking through so much takes a moment that a start has; the whole of a large file takes a minute. */
const CHECKED_AT_START_BYTES = 16 * 1024 * 1024

const Checked = z.array(z.object({ quick_check: z.string() }))

/**
 * @throws Error with a sentence that names the file and says what to do: in use, missing, damaged, not a call log, or newer than this version
 */
export function openSqliteFile(
  options: SqliteFileOptions,
  foldAgain: (db: DatabaseSync) => void = () => {},
): SqliteFile {
  if (options.readOnly) return openForReading(options)
  return options.beside === true ? openBeside(options) : openForWriting(options, foldAgain)
}

function openForReading(options: SqliteFileOptions): SqliteFile {
  return openCurrent(options, true)
}

/** In WAL mode writers of several processes take turns, for as long as a transaction takes. */
function openBeside(options: SqliteFileOptions): SqliteFile {
  const file = openCurrent(options, false)
  prepare(file.db, options.path)
  return file
}

function openCurrent({ path, busyTimeoutMs }: SqliteFileOptions, readOnly: boolean): SqliteFile {
  if (!existsSync(path)) throw new Error(`There is no call log at ${path}: no call has been kept there yet`)
  const db = new DatabaseSync(path, { readOnly, timeout: busyTimeoutMs })
  try {
    const schema = readable(path, () => readSchema(db))
    refuseNewer(path, schema)
    if (!isCurrent(schema)) {
      throw new Error(`The call log ${path} is of an older version: start the server once, which brings it up to date`)
    }
  } catch (error) {
    db.close()
    throw error
  }
  return { db, unchecked: false, close: () => db.close() }
}

function openForWriting({ path, busyTimeoutMs }: SqliteFileOptions, foldAgain: (db: DatabaseSync) => void): SqliteFile {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const lock = own(path)
  try {
    createPrivately(path)
    const large = statSync(path).size > CHECKED_AT_START_BYTES
    // A log that was closed leaves no -wal behind.
    const unchecked = large && existsSync(`${path}-wal`)
    const db = new DatabaseSync(path, { timeout: busyTimeoutMs })
    try {
      prepare(db, path)
      if (!large) refuseDamaged(db, path)
      refuseNewer(path, readSchema(db))
      migrateSqlite(db, foldAgain)
    } catch (error) {
      db.close()
      throw error
    }
    return {
      db,
      unchecked,
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
  // What is erased or overwritten is gone from the file, not merely out of reach.
  db.exec('pragma secure_delete = on')
  db.exec('pragma cache_size = -16000')
}

function refuseDamaged(db: DatabaseSync, path: string): void {
  const fault = readable(path, () => faultOf(db))
  if (fault !== null) throw damaged(path, fault)
}

/** What is damaged in the file, in SQLite's words; null when nothing is. Reads all of it. */
export function faultOf(db: DatabaseSync): string | null {
  const [first] = Checked.parse(db.prepare('pragma quick_check(1)').all())
  if (first === undefined) return 'no answer to quick_check'
  return first.quick_check === 'ok' ? null : first.quick_check
}

function refuseNewer(path: string, schema: SqliteSchema): void {
  const newer = newerThanKnown(schema)
  if (newer === null) return
  throw new Error(
    `The call log ${path} was written by a newer version of Earshot (it has ${newer}): start that version, or name another DATA_DIR`,
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

export function damaged(path: string, detail: string): Error {
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
