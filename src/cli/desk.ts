/** The desk beside a running server, for `earshot users` and `earshot keys`: short writes that take turns with the server's. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ConfigError, readConfig } from '../config/config.ts'
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
  const { dataDir, twilio, port } = readConfig(process.env)
  const path = join(dataDir, 'earshot.db')
  const database = await openSqliteDatabase({ path, beside: existsSync(path) }).catch((error: unknown) => {
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
