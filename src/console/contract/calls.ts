/** Calls: listed, counted, opened, heard, judged, taken away. */
import { z } from 'zod'
import { CallEventRecord } from '../../call/events.ts'
import { CallFilter, CallPage, Facets, FLAGS, SORTS } from '../../call-log/query.ts'
import { CallRow, Note, OUTCOMES, Review } from '../../call-log/rows.ts'
import { StoryLine } from '../../call-log/transcript.ts'
import { endpoint } from './endpoint.ts'

const CallId = z.object({ callId: z.string().min(1).max(80) })
const number = z.coerce.number()
/** `agents=a&agents=b`, or one. */
const list = <Item extends z.ZodType>(item: Item) =>
  z.preprocess((value) => (value === undefined || Array.isArray(value) ? value : [value]), z.array(item).optional())

/** CallFilter as a query string holds it. */
const CallFilterQuery = z.strictObject({
  text: CallFilter.shape.text,
  agents: list(z.string()),
  versions: list(z.string()),
  outcomes: list(z.enum(OUTCOMES)),
  endReasons: list(CallFilter.shape.endReasons.unwrap().element),
  endFamilies: list(CallFilter.shape.endFamilies.unwrap().element),
  numbers: list(z.string()),
  caller: CallFilter.shape.caller,
  from: number.optional(),
  to: number.optional(),
  minDurationMs: number.min(0).optional(),
  maxDurationMs: number.min(0).optional(),
  minCostUsd: number.min(0).optional(),
  minStrain: number.int().min(0).max(100).optional(),
  minReplyP95Ms: number.min(0).optional(),
  tools: list(z.string()),
  tags: list(z.string()),
  assignee: z.string().optional(),
  minRating: number.int().min(1).max(5).optional(),
  flags: list(z.enum(FLAGS)),
})

export const CallListQuery = CallFilterQuery.extend({
  sort: z.enum(SORTS).optional(),
  order: z.enum(['desc', 'asc']).optional(),
  limit: number.int().min(1).max(500).optional(),
  after: z.string().optional(),
})

/** Loudness for drawing: one byte (0 to 255) for each stretch of 1000 / perSecond ms, base64, for each side. */
export const Peaks = z.object({
  perSecond: z.number(),
  durationMs: z.number(),
  caller: z.string(),
  agent: z.string(),
})
export type Peaks = z.infer<typeof Peaks>

/** A call with all that is known of it. Viewers get numbers masked. */
export const CallDetail = z.object({
  call: CallRow,
  lines: z.array(StoryLine),
  review: Review,
  notes: z.array(Note),
  /** Null: there is nothing to hear, or the reader may not hear it (`call.recording` tells which). */
  recording: z.object({ durationMs: z.number(), bytes: z.number() }).nullable(),
  /** What the cost is made of, by the price that holds today; null when it is not known. */
  costParts: z
    .array(
      z.object({
        part: z.enum([
          'textIn',
          'textCached',
          'textOut',
          'audioIn',
          'audioCached',
          'audioOut',
          'imageIn',
          'imageCached',
        ]),
        tokens: z.int(),
        usd: z.number(),
      }),
    )
    .nullable(),
})
export type CallDetail = z.infer<typeof CallDetail>

const tag = 'calls'
export const calls = {
  listCalls: endpoint({
    method: 'GET',
    path: '/calls',
    role: 'viewer',
    tag,
    summary: 'Calls that fit a filter, page by page.',
    query: CallListQuery,
    reply: CallPage,
  }),
  countCalls: endpoint({
    method: 'GET',
    path: '/calls/facets',
    role: 'viewer',
    tag,
    summary: 'How many calls fit a filter, by each value that the list can be narrowed by.',
    query: CallFilterQuery,
    reply: Facets,
  }),
  exportCalls: endpoint({
    method: 'GET',
    path: '/calls/export',
    role: 'manager',
    tag,
    summary: 'Calls that fit a filter as CSV (a row each) or JSONL (a call each, with what was said and done).',
    query: CallFilterQuery.extend({ format: z.enum(['csv', 'jsonl']).default('csv') }),
    kind: 'file',
    audit: 'exported-calls',
  }),
  openCall: endpoint({
    method: 'GET',
    path: '/calls/:callId',
    role: 'viewer',
    tag,
    summary: 'One call: what was said, heard and done, how long each step took and what it cost.',
    params: CallId,
    reply: CallDetail,
  }),
  listEvents: endpoint({
    method: 'GET',
    path: '/calls/:callId/events',
    role: 'manager',
    tag,
    summary: 'The events of a call as they were kept.',
    params: CallId,
    reply: z.object({ events: z.array(CallEventRecord) }),
  }),
  hearRecording: endpoint({
    method: 'GET',
    path: '/calls/:callId/recording',
    role: 'manager',
    tag,
    summary:
      'The recording: a WAV of two channels, left the caller, right the agent as it was heard. Ranges are served.',
    params: CallId,
    kind: 'file',
    audit: 'listened',
  }),
  drawRecording: endpoint({
    method: 'GET',
    path: '/calls/:callId/peaks',
    role: 'manager',
    tag,
    summary: 'How loud each side was, for drawing.',
    params: CallId,
    reply: Peaks,
  }),
  eraseCall: endpoint({
    method: 'DELETE',
    path: '/calls/:callId',
    role: 'admin',
    tag,
    summary: 'Takes a call away for good: events, words, figures and audio.',
    params: CallId,
    reply: z.object({ calls: z.int(), events: z.int(), recordings: z.int() }),
    audit: 'erased-call',
  }),
  eraseCaller: endpoint({
    method: 'POST',
    path: '/calls/erase',
    role: 'admin',
    tag,
    summary: 'Takes all calls of a caller away for good.',
    body: z.strictObject({ caller: z.string().min(3).max(40) }),
    reply: z.object({ calls: z.int(), events: z.int(), recordings: z.int() }),
    audit: 'erased-caller',
  }),
  judgeCall: endpoint({
    method: 'PATCH',
    path: '/calls/:callId/review',
    role: 'manager',
    tag,
    summary: 'Rates, tags, assigns a call, or marks it as reviewed.',
    params: CallId,
    body: z
      .strictObject({
        rating: Review.shape.rating,
        tags: Review.shape.tags,
        assignee: Review.shape.assignee,
        reviewed: z.boolean(),
      })
      .partial(),
    reply: Review,
    audit: 'judged-call',
  }),
  writeNote: endpoint({
    method: 'POST',
    path: '/calls/:callId/notes',
    role: 'manager',
    tag,
    summary: 'Writes a note, at a moment of the call or to the whole of it.',
    params: CallId,
    body: z.strictObject({ atMs: Note.shape.atMs, text: Note.shape.text }),
    reply: Note,
    audit: 'wrote-note',
  }),
  removeNote: endpoint({
    method: 'DELETE',
    path: '/calls/:callId/notes/:noteId',
    role: 'manager',
    tag,
    summary: 'Takes a note away: one’s own, or as an admin anybody’s.',
    params: CallId.extend({ noteId: z.string() }),
    audit: 'removed-note',
  }),
  shareCall: endpoint({
    method: 'POST',
    path: '/calls/:callId/shares',
    role: 'manager',
    tag,
    summary: 'A link to one call for somebody who signs in, whatever their role shows them, until it expires.',
    params: CallId,
    body: z.strictObject({
      hours: z
        .int()
        .min(1)
        .max(24 * 90),
      atMs: Note.shape.atMs,
    }),
    reply: z.object({ path: z.string(), expiresAt: z.number() }),
    audit: 'shared-call',
  }),
  openShare: endpoint({
    method: 'GET',
    path: '/shares/:token',
    role: 'viewer',
    tag,
    summary: 'Which call a link leads to.',
    params: z.object({ token: z.string().min(1).max(100) }),
    reply: z.object({ callId: z.string(), atMs: Note.shape.atMs }),
  }),
}
