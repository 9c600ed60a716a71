/** Calls: listed, counted, opened, heard, judged, taken away. */
import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import type { ModelPrice } from '../../call/usage.ts'
import { type CallArchive, CursorError } from '../../call-log/archive.ts'
import { exportCalls } from '../../call-log/export.ts'
import type { CallFilter, CallQuery } from '../../call-log/query.ts'
import type { Recordings } from '../../call-log/recordings.ts'
import type { CallRow, Review } from '../../call-log/rows.ts'
import type { CallLog } from '../../call-log/store.ts'
import { foldStory } from '../../call-log/transcript.ts'
import type { CallDetail } from '../contract/calls.ts'
import type { Actor } from '../gate.ts'
import { costParts } from './cost-parts.ts'
import { ApiError } from './errors.ts'
import type { HandlersOf } from './handlers.ts'
import { Listened } from './listened.ts'
import { type IsOurs, maskDetail, maskFacets, maskListed } from './masked-call.ts'
import { noRecording, replyWithRecording } from './recording-reply.ts'

/** What is asked of the archive here. */
export type ReviewedCalls = Pick<
  CallArchive,
  'list' | 'call' | 'facets' | 'review' | 'setReview' | 'notes' | 'addNote' | 'removeNote' | 'callsOf' | 'erase'
>

export interface CallsParts {
  readonly archive: ReviewedCalls
  readonly log: Pick<CallLog, 'events'>
  readonly recordings: Recordings
  /** Null: not known. */
  readonly priceOf: (model: string) => ModelPrice | null
  readonly isUser: (userId: string) => Promise<boolean>
  readonly isOurs: IsOurs
  /** ms since 1970 */
  readonly now: () => number
}

export type CallsHandlers = HandlersOf<
  | 'listCalls'
  | 'countCalls'
  | 'exportCalls'
  | 'openCall'
  | 'listEvents'
  | 'hearRecording'
  | 'drawRecording'
  | 'eraseCall'
  | 'eraseCaller'
  | 'judgeCall'
  | 'writeNote'
  | 'removeNote'
>

export function callsHandlers(parts: CallsParts): CallsHandlers {
  const { archive, log, recordings, isOurs, now } = parts
  const listened = new Listened(now)
  const found = async (callId: string): Promise<CallRow> => {
    const call = await archive.call(callId)
    if (call === null) throw new ApiError('NOT_FOUND', 'there is no such call')
    return call
  }
  const ended = async (callId: string): Promise<CallRow> => {
    const call = await found(callId)
    if (call.endedAt === null)
      throw new ApiError('CONFLICT', 'the call is live: end it first, or wait until it is over')
    return call
  }
  const erase = async (callIds: readonly string[]) => {
    // Audio first: without its call nobody would ever find it again.
    const audio = await Promise.all(callIds.map((callId) => recordings.erase(callId)))
    const { calls, events } = await archive.erase(callIds)
    return { calls, events, recordings: audio.filter((had) => had).length }
  }

  return {
    listCalls: async ({ query, actor }) => {
      askedFairly(query, actor)
      const page = await archive.list(query).catch((error: unknown) => {
        if (!(error instanceof CursorError)) throw error
        const message = 'is no place in this list: begin with its first page'
        throw new ApiError('BAD_REQUEST', `query.after: ${message}`, [{ path: 'query.after', message }])
      })
      return isViewer(actor) ? { ...page, calls: page.calls.map((call) => maskListed(call, isOurs)) } : page
    },
    countCalls: async ({ query, actor }) => {
      askedFairly(query, actor)
      const facets = await archive.facets(query)
      return isViewer(actor) ? maskFacets(facets, isOurs) : facets
    },
    exportCalls: async ({ query: { format, ...filter }, account, request, reply }) => {
      account.quiet = request.method === 'HEAD'
      account.detail = format
      const day = new Date(now()).toISOString().slice(0, 10)
      reply
        .header('content-disposition', `attachment; filename="calls-${day}.${format}"`)
        .type(format === 'csv' ? 'text/csv; charset=utf-8' : 'application/jsonl; charset=utf-8')
      const exported = {
        list: (query: CallQuery) => archive.list(query),
        notes: (callId: string) => archive.notes(callId),
        events: (callId: string) => log.events(callId),
      }
      return Readable.from(exportCalls(exported, filter, format))
    },
    openCall: async ({ params: { callId }, actor }) => {
      const call = await found(callId)
      const [events, review, notes] = await Promise.all([
        log.events(callId),
        archive.review(callId),
        archive.notes(callId),
      ])
      const audible = call.recording === 'kept' && !isViewer(actor)
      const recording = audible ? await recordings.info(callId) : null
      const price = parts.priceOf(call.model)
      const detail: CallDetail = {
        call,
        lines: [...foldStory(events).lines],
        review,
        notes,
        recording,
        costParts: price === null ? null : costParts(call.usage, price),
      }
      return isViewer(actor) ? maskDetail(detail, isOurs) : detail
    },
    listEvents: async ({ params: { callId } }) => {
      const events = await log.events(callId)
      if (events.length === 0) await found(callId)
      return { events }
    },
    hearRecording: async ({ params: { callId }, actor, account, request, reply }) => {
      // A player asks for a recording in many pieces, and that is one listening.
      account.quiet = request.method === 'HEAD' || !listened.isNew(actor, callId)
      return replyWithRecording(await found(callId), recordings, request, reply)
    },
    drawRecording: async ({ params: { callId } }) => {
      const peaks = await recordings.peaks(callId)
      if (peaks === null) throw noRecording(await found(callId))
      const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')
      return { ...peaks, caller: base64(peaks.caller), agent: base64(peaks.agent) }
    },
    eraseCall: async ({ params: { callId } }) => erase([(await ended(callId)).callId]),
    eraseCaller: async ({ body: { caller }, account }) => {
      const callIds = await archive.callsOf(written(caller))
      for (const callId of callIds) await ended(callId)
      const erased = callIds.length === 0 ? { calls: 0, events: 0, recordings: 0 } : await erase(callIds)
      account.detail = `${erased.calls} calls`
      return erased
    },
    judgeCall: async ({ params: { callId }, body, actor, account }) => {
      const { rating, tags, assignee, reviewed } = body
      if (typeof assignee === 'string' && !(await parts.isUser(assignee)))
        throw badField('body.assignee', 'is no user: GET /api/v1/colleagues lists them')
      const by = actor.userId ?? actor.name
      const change: Partial<Review> = {
        ...(rating === undefined ? {} : { rating }),
        ...(tags === undefined ? {} : { tags: [...new Set(tags)] }),
        ...(assignee === undefined ? {} : { assignee }),
        ...(reviewed === undefined ? {} : { reviewedAt: reviewed ? now() : null, reviewedBy: reviewed ? by : null }),
      }
      account.detail = Object.keys(body).toSorted().join(', ')
      const review = await archive.setReview(callId, change)
      if (review === null) throw new ApiError('NOT_FOUND', 'there is no such call')
      return review
    },
    writeNote: async ({ params: { callId }, body, actor }) => {
      await found(callId)
      const note = { noteId: randomUUID(), callId, ...body, author: actor.name, createdAt: now() }
      await archive.addNote(note)
      return note
    },
    removeNote: async ({ params: { callId, noteId }, actor }) => {
      const note = (await archive.notes(callId)).find((each) => each.noteId === noteId)
      if (note === undefined) throw new ApiError('NOT_FOUND', 'there is no such note')
      if (note.author !== actor.name && actor.role !== 'admin')
        throw new ApiError('NOT_ALLOWED', 'the note is somebody else’s: they or an admin can take it away')
      await archive.removeNote(callId, noteId)
      return { done: true }
    },
  }
}

export function isViewer(actor: Actor): boolean {
  return actor.role === 'viewer'
}

/** Whoever sees no numbers cannot find them out by asking for one digit after the other. */
function askedFairly({ caller, text }: Pick<CallFilter, 'caller' | 'text'>, actor: Actor): void {
  if (!isViewer(actor)) return
  if (caller !== undefined) throw new ApiError('NOT_ALLOWED', 'a viewer sees no numbers and cannot search for them')
  if (/\d(\W?\d){4}/.test(text ?? ''))
    throw new ApiError('NOT_ALLOWED', 'a viewer sees no long numbers and cannot search for them')
}

/** As carriers write numbers: what people put between the digits is no part of one. */
function written(number: string): string {
  return /^\+?[\d\s().\-/]+$/.test(number) ? number.replace(/[\s().\-/]/g, '') : number.trim()
}

function badField(path: string, message: string): ApiError {
  return new ApiError('BAD_REQUEST', `${path}: ${message}`, [{ path, message }])
}
