/**
 * The contract of what the console and the command line ask of the calls that were kept: lists, figures, reviews, and taking
 * calls away. A store of calls is this and a CallLog (store.ts) in one; every store passes test/contracts/call-archive.ts.
 */
import type { CallFilter, CallPage, CallQuery, Facets, Figures, FiguresQuery } from './query.ts'
import type { CallRow, Note, Review } from './rows.ts'

export interface CallArchive {
  /** One page of the list. @throws CursorError when `after` is not of this list */
  list(query: CallQuery): Promise<CallPage>
  call(callId: string): Promise<CallRow | null>
  facets(filter: CallFilter): Promise<Facets>
  figures(query: FiguresQuery): Promise<Figures>
  /**
   * What calls that began at or after `since` cost, of one agent, and of one caller with that agent, in USD.
   * Calls that are live count what they have cost so far.
   */
  spent(agent: string, from: string, since: number): Promise<{ readonly agentUsd: number; readonly callerUsd: number }>
  /**
   * The same for every agent and caller at once. A webhook must not wait for the disk: whoever holds calls to a budget asks
   * this once, at the start, and from then on adds up the `costUsd` of `response-ended` events as they pass through the
   * journal. Several servers on one database ask now and then again.
   */
  spentSince(since: number): Promise<readonly Spent[]>

  review(callId: string): Promise<Review>
  /** @returns the review as it is now; null when there is no such call */
  setReview(callId: string, change: Partial<Review>): Promise<Review | null>
  notes(callId: string): Promise<Note[]>
  addNote(note: Note): Promise<void>
  /** @returns whether it was there */
  removeNote(callId: string, noteId: string): Promise<boolean>

  /** Which calls there are of a caller's number, whole. */
  callsOf(from: string): Promise<string[]>
  /**
   * Removes all that is kept of these calls, and makes sure that nothing of it is left in the files of the database.
   * @throws Error when one of them is live
   */
  erase(callIds: readonly string[]): Promise<Erased>
  /** Calls of an agent that ended before `before` and still hold what is named, oldest first, at most `limit`. */
  outdated(what: Perishable, agent: string, before: number, limit: number): Promise<string[]>
  /** Takes the words out of calls: what was said, arguments, results, notes; times and figures stay. */
  forgetWords(callIds: readonly string[]): Promise<void>
  setRecording(callId: string, recording: CallRow['recording']): Promise<void>

  /**
   * Folds all rows from the events again. What people made of calls, and what became of recordings and words, stays.
   * @returns how many calls there are
   */
  rebuild(): Promise<number>

  /** All versions of an agent, newest first. `keptAt`: when it first ran. */
  agentVersions(name: string): Promise<readonly { readonly version: string; readonly keptAt: number }[]>
}

/** What one caller's calls with one agent cost. */
export interface Spent {
  readonly agent: string
  readonly from: string
  readonly usd: number
}

export type Perishable = 'audio' | 'words' | 'events'

export interface Erased {
  readonly calls: number
  readonly events: number
}

/** A cursor that belongs to another list, or is none. */
export class CursorError extends Error {
  override readonly name = 'CursorError'
}
