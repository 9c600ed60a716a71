/** A call log and its archive in one, over a database: what both engines do with the same queries. */
import type { Database } from '../database/database.ts'
import type { CallArchive } from './archive.ts'
import { listCalls, readCall } from './call-list.ts'
import { callsOf, eraseCalls, forgetWords, outdated, setRecording } from './erasing.ts'
import { countFacets } from './facets.ts'
import { readFigures } from './figures.ts'
import {
  keepRunningAgents,
  readAgentVersion,
  readAgentVersions,
  readEvents,
  readRunningAgents,
  readUnfinished,
} from './log-queries.ts'
import { addNote, readNotes, readReview, removeNote, setReview } from './reviews.ts'
import type { SearchEngine } from './search-engine.ts'
import { spent, spentSince } from './spending.ts'
import type { CallLog } from './store.ts'

/** What an engine does in its own way. */
export interface CallStoreParts {
  readonly database: Database
  readonly search: SearchEngine
  readonly append: CallLog['append']
  readonly rebuild: CallArchive['rebuild']
  /** Without it: all that the tables know of. */
  readonly unfinished?: CallLog['unfinished']
  readonly close: CallLog['close']
}

export interface CallStore extends CallLog, CallArchive {
  /** Where the rest of what Earshot keeps has its tables, too. */
  readonly database: Database
}

export function createCallStore(parts: CallStoreParts): CallStore {
  const { database: db, search, append, rebuild, close } = parts
  return {
    database: db,
    append,
    close,
    rebuild,
    events: (callId) => readEvents(db, callId),
    unfinished: parts.unfinished ?? (() => readUnfinished(db)),
    agentsRun: (agents, at) => keepRunningAgents(db, agents, at),
    runningAgents: () => readRunningAgents(db),
    agentVersion: (name, version) => readAgentVersion(db, name, version),
    agentVersions: (name) => readAgentVersions(db, name),
    list: (query) => listCalls(db, search, query),
    call: (callId) => readCall(db, callId),
    facets: (filter) => countFacets(db, search, filter),
    figures: (query) => readFigures(db, query),
    spent: (agent, from, since) => spent(db, agent, from, since),
    spentSince: (since) => spentSince(db, since),
    review: (callId) => readReview(db, callId),
    setReview: (callId, change) => setReview(db, callId, change),
    notes: (callId) => readNotes(db, callId),
    addNote: (note) => addNote(db, note),
    removeNote: (callId, noteId) => removeNote(db, callId, noteId),
    callsOf: (from) => callsOf(db, from),
    erase: (callIds) => eraseCalls(db, callIds),
    outdated: (what, agent, before, limit) => outdated(db, what, agent, before, limit),
    forgetWords: (callIds) => forgetWords(db, callIds, Date.now()),
    setRecording: (callId, recording) => setRecording(db, callId, recording),
  }
}
