/** The desk beside a running server, for `earshot users` and `earshot keys`: short writes that take turns with the server's. */
import { existsSync } from 'node:fs'
import { sqlitePath } from '../call-log/open.ts'
import { ConfigError, readConfig } from '../config/config.ts'
import type { Database } from '../database/database.ts'
import { openPostgresDatabase } from '../database/postgres.ts'
import { openSqliteDatabase } from '../database/sqlite.ts'
import { Desk } from '../desk/desk.ts'

export interface AtDesk {
  readonly desk: Desk
  /** The address of the console, without a slash at its end. */
  readonly address: string
  /** Written into the account of who did what. */
  noted(action: string, target: string, detail?: string): void
}

export async function atDesk(work: (at: AtDesk) => Promise<unknown>): Promise<void> {
  const { dataDir, databaseUrl, twilio, port } = readConfig(process.env)
  const database = await openBeside(dataDir, databaseUrl).catch((error: unknown) => {
    throw new ConfigError(error instanceof Error ? error.message : String(error))
  })
  const desk = new Desk(database, { onTrouble: (sentence) => void process.stderr.write(`${sentence}\n`) })
  try {
    await work({
      desk,
      address: twilio.publicUrl ?? `http://127.0.0.1:${port}`,
      noted: (action, target, detail = '') =>
        desk.audit.note({ who: 'system', action, target, detail: `${detail} (command line)`.trim(), ok: true }),
    })
  } finally {
    await desk.close()
    await database.close()
  }
}

/** A server may have it open, or may never have been started yet. */
function openBeside(dataDir: string, databaseUrl: string | null): Promise<Database> {
  if (databaseUrl !== null) return openPostgresDatabase({ url: databaseUrl, readers: 1 })
  const path = sqlitePath(dataDir)
  return openSqliteDatabase({ path, beside: existsSync(path) })
}
