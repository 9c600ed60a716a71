/** `earshot calls` and `earshot show`: the call log read beside a running server. */
import { existsSync } from 'node:fs'
import type { CallStore } from '../call-log/call-store.ts'
import { openCallLogToRead, sqlitePath } from '../call-log/open.ts'
import { ConfigError, readConfig } from '../config/config.ts'
import { printCalls } from './calls.ts'
import { printCall } from './show.ts'

const print = (line: string) => void process.stdout.write(`${line}\n`)

export async function listCalls(options: { readonly limit: number; readonly numbers: boolean }): Promise<void> {
  await withLog((log) => printCalls(log, print, options))
}

export async function showCall(callId: string, options: { readonly numbers: boolean }): Promise<void> {
  await withLog(async (log) => {
    if (!(await printCall(log, callId, print, options))) process.exitCode = 1
  })
}

/** @throws ConfigError when no call was taken yet */
export async function withLog(read: (log: CallStore) => Promise<unknown>): Promise<void> {
  const config = readConfig(process.env)
  const path = sqlitePath(config.dataDir)
  if (config.databaseUrl === null && !existsSync(path))
    throw new ConfigError(`There is no call log at ${path}: no call was taken yet, or DATA_DIR is another folder.`)
  const log = await openCallLogToRead(config)
  try {
    await read(log)
  } finally {
    await log.close()
  }
}
