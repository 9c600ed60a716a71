/** A function for queries of sqlite.test.ts: holds the reading thread until a file is there. */
import { existsSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'

export function define(db: DatabaseSync): void {
  db.function('wait_for_file', (path) => {
    while (!existsSync(String(path))) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
    return 1
  })
}
