/** Functions that queries of the call log call, in the thread that reads. */
import type { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'
import { findLine } from './search-words.ts'

const Needles = z.array(z.string())

export function define(db: DatabaseSync): void {
  let text = ''
  let needles: string[] = []
  // A query asks with the same needles for every row.
  const read = (json: string): string[] => {
    if (json !== text) {
      needles = Needles.parse(JSON.parse(json))
      text = json
    }
    return needles
  }
  db.function('says', { deterministic: true }, (words, json) =>
    findLine(String(words), read(String(json))) === null ? 0 : 1,
  )
}
