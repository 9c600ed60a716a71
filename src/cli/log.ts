/** `earshot calls`, `show` and `export` read the call log beside a running server; `rebuild` writes to it. */
import { createWriteStream, existsSync } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { CallStore } from '../call-log/call-store.ts'
import { type ExportFormat, exportCalls } from '../call-log/export.ts'
import { openCallLog, openCallLogToRead, sqlitePath } from '../call-log/open.ts'
import { ConfigError, readConfig } from '../config/config.ts'
import { callFilterOf } from './call-filter.ts'
import { printCalls } from './calls.ts'
import { printCall } from './show.ts'

const print = (line: string) => void process.stdout.write(`${line}\n`)

export async function listCalls(options: { readonly limit: number; readonly numbers: boolean }): Promise<void> {
  const filter = callFilterOf(options)
  await withLog((log) => printCalls(log, print, { ...options, filter }))
}

/** To a file, or to standard output when none is named. */
export async function exportLog(options: { readonly format: ExportFormat; readonly out?: string }): Promise<void> {
  const filter = callFilterOf(options)
  await withLog(async (log) => {
    const text = Readable.from(exportCalls(log, filter, options.format))
    // Callers' numbers and words are in it.
    if (options.out === undefined) await pipeline(text, process.stdout, { end: false })
    else await pipeline(text, createWriteStream(options.out, { mode: 0o600 }))
  })
}

export async function rebuildLog(): Promise<void> {
  await withLog(async (log) => print(`${await log.rebuild()} calls were folded again from their events.`), false)
}

export async function showCall(callId: string, options: { readonly numbers: boolean }): Promise<void> {
  await withLog(async (log) => {
    if (!(await printCall(log, callId, print, options))) process.exitCode = 1
  })
}

/** @throws ConfigError when no call was taken yet */
export async function withLog(read: (log: CallStore) => Promise<unknown>, readOnly = true): Promise<void> {
  const config = readConfig(process.env)
  const path = sqlitePath(config.dataDir)
  if (config.databaseUrl === null && !existsSync(path))
    throw new ConfigError(`There is no call log at ${path}: no call was taken yet, or DATA_DIR is another folder.`)
  const opening = readOnly ? openCallLogToRead(config) : openCallLog(config)
  const log = await opening.catch((error: unknown) => {
    throw new ConfigError(error instanceof Error ? error.message : String(error))
  })
  try {
    await read(log)
  } finally {
    await log.close()
  }
}
