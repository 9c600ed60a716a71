/** Where the next page of a list of calls goes on: after which call, in which order, of which list. Opaque to whoever asks. */
import { createHash } from 'node:crypto'
import { z } from 'zod'
import { canonicalJson } from '../call/canonical-json.ts'
import { CursorError } from './archive.ts'
import { type CallFilter, SORTS } from './query.ts'

const Cursor = z.strictObject({
  sort: z.enum(SORTS),
  order: z.enum(['asc', 'desc']),
  /** A fingerprint of the filter. */
  list: z.string(),
  /** Lists that are not sorted by start have two parts: live calls, then ended ones. */
  part: z.enum(['all', 'live', 'ended']),
  /** Calls that ended later were live when the first page was read. */
  asOf: z.number(),
  value: z.number(),
  callId: z.string(),
})
export type Cursor = z.infer<typeof Cursor>

export function writeCursor(cursor: Cursor): string {
  return Buffer.from(JSON.stringify(cursor)).toString('base64url')
}

/** @throws CursorError when it is none, or of another list */
export function readCursor(text: string, of: Pick<Cursor, 'sort' | 'order' | 'list'>): Cursor {
  let cursor: Cursor
  try {
    cursor = Cursor.parse(JSON.parse(Buffer.from(text, 'base64url').toString()))
  } catch {
    throw new CursorError('this is no place in a list of calls: ask for the first page again')
  }
  if (cursor.sort !== of.sort || cursor.order !== of.order || cursor.list !== of.list) {
    throw new CursorError('this place is in another list (sort, order or filter differ): ask for the first page again')
  }
  return cursor
}

export function fingerprint(filter: CallFilter): string {
  return createHash('sha256')
    .update(canonicalJson(JSON.stringify(filter)))
    .digest('base64url')
    .slice(0, 12)
}
