/** What people made of calls: reviews, tags, notes. It stays when rows are folded again. */
import type { Insertable } from 'kysely'
import type { Database } from '../database/database.ts'
import type { ReviewsTable } from '../database/tables.ts'
import type { CallRecord } from './call-records.ts'
import { type CallRow, type ListedCall, NO_REVIEW, type Note, Review } from './rows.ts'

/** By call id. */
export interface Reviews {
  readonly reviews: ReadonlyMap<string, Review>
  readonly notes: ReadonlyMap<string, number>
  readonly callNos: ReadonlyMap<string, number>
}

export async function reviewsOf({ kysely }: Database, records: readonly CallRecord[]): Promise<Reviews> {
  const callNos = new Map(records.map(({ call_id, call_no }) => [call_id, call_no]))
  const ids = [...callNos.keys()]
  if (ids.length === 0) return { reviews: new Map(), notes: new Map(), callNos }
  const [rows, tags, notes] = await Promise.all([
    kysely.selectFrom('reviews').selectAll().where('call_id', 'in', ids).execute(),
    kysely.selectFrom('call_tags').selectAll().where('call_id', 'in', ids).orderBy('tag').execute(),
    kysely
      .selectFrom('notes')
      .select(({ fn }) => ['call_id', fn.countAll<number>().as('notes')])
      .where('call_id', 'in', ids)
      .groupBy('call_id')
      .execute(),
  ])
  const reviews = new Map<string, Review>()
  for (const { call_id, ...row } of rows) reviews.set(call_id, { ...NO_REVIEW, ...judged(row) })
  for (const { call_id, tag } of tags) {
    const review = reviews.get(call_id) ?? NO_REVIEW
    reviews.set(call_id, { ...review, tags: [...review.tags, tag] })
  }
  return { reviews, notes: new Map(notes.map((row) => [row.call_id, row.notes])), callNos }
}

function judged(row: Omit<ReviewsTable, 'call_id'>): Omit<Review, 'tags'> {
  const { rating, assignee, reviewed_at, reviewed_by } = row
  return { rating, assignee, reviewedAt: reviewed_at, reviewedBy: reviewed_by }
}

export function listedWith(
  row: CallRow,
  { reviews, notes, callNos }: Reviews,
  hits: ReadonlyMap<number, NonNullable<ListedCall['hit']>>,
): ListedCall {
  const hit = hits.get(callNos.get(row.callId) ?? -1) ?? null
  return { ...row, review: reviews.get(row.callId) ?? NO_REVIEW, notes: notes.get(row.callId) ?? 0, hit }
}

export async function readReview({ kysely }: Database, callId: string): Promise<Review> {
  const [row, tags] = await Promise.all([
    kysely.selectFrom('reviews').selectAll().where('call_id', '=', callId).executeTakeFirst(),
    kysely.selectFrom('call_tags').select('tag').where('call_id', '=', callId).orderBy('tag').execute(),
  ])
  return { ...NO_REVIEW, ...(row === undefined ? {} : judged(row)), tags: tags.map(({ tag }) => tag) }
}

export async function setReview(db: Database, callId: string, change: Partial<Review>): Promise<Review | null> {
  const { kysely } = db
  const call = await kysely.selectFrom('calls').select('call_no').where('call_id', '=', callId).executeTakeFirst()
  if (call === undefined) return null
  const { tags, rating, assignee, reviewedAt, reviewedBy } = Review.partial().parse(change)
  const changed: Partial<Insertable<ReviewsTable>> = {
    ...(rating !== undefined && { rating }),
    ...(assignee !== undefined && { assignee }),
    ...(reviewedAt !== undefined && { reviewed_at: reviewedAt }),
    ...(reviewedBy !== undefined && { reviewed_by: reviewedBy }),
  }
  const none = { rating: null, assignee: null, reviewed_at: null, reviewed_by: null }
  const insert = kysely.insertInto('reviews').values({ call_id: callId, ...none, ...changed })
  await db.write([
    Object.keys(changed).length === 0
      ? insert.onConflict((conflict) => conflict.column('call_id').doNothing()).compile()
      : insert.onConflict((conflict) => conflict.column('call_id').doUpdateSet(changed)).compile(),
    ...(tags === undefined
      ? []
      : [
          kysely.deleteFrom('call_tags').where('call_id', '=', callId).compile(),
          ...[...new Set(tags)].map((tag) => kysely.insertInto('call_tags').values({ call_id: callId, tag }).compile()),
        ]),
  ])
  return readReview(db, callId)
}

export async function readNotes({ kysely }: Database, callId: string): Promise<Note[]> {
  const rows = await kysely
    .selectFrom('notes')
    .selectAll()
    .where('call_id', '=', callId)
    .orderBy('created_at')
    .orderBy('note_id')
    .execute()
  return rows.map(({ note_id, call_id, at_ms, text, author, created_at }) => {
    return { noteId: note_id, callId: call_id, atMs: at_ms, text, author, createdAt: created_at }
  })
}

export async function addNote(db: Database, { noteId, callId, atMs, text, author, createdAt }: Note): Promise<void> {
  const row = { note_id: noteId, call_id: callId, at_ms: atMs, text, author, created_at: createdAt }
  await db.write([db.kysely.insertInto('notes').values(row).compile()])
}

export async function removeNote(db: Database, callId: string, noteId: string): Promise<boolean> {
  const query = db.kysely.deleteFrom('notes').where('note_id', '=', noteId).where('call_id', '=', callId)
  const [removed] = await db.write([query.compile()])
  return removed === 1
}
