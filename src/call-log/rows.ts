/**
 * What the console lists and counts: rows folded from the events of calls (fold.ts), which can always be folded again.
 * Times are ms since 1970 where they end in `At`, call time where they end in `Ms`.
 */
import { z } from 'zod'
import { END_REASON_NAMES, END_REASONS } from '../call/end-reason.ts'
import { Usage } from '../call/usage.ts'

const ms = z.number().min(0)
const count = z.int().min(0)

/**
 * `contained`: it ended in order and without a person. `transferred`: a person was given the call. `abandoned`: the caller
 * hung up before anything was answered. `cut-short`: a limit or an operator ended it. `failed`: a fault ended it.
 */
export const OUTCOMES = ['contained', 'transferred', 'abandoned', 'cut-short', 'failed'] as const
export const Outcome = z.enum(OUTCOMES)
export type Outcome = z.infer<typeof Outcome>

export const EndFamily = z.enum([...new Set(Object.values(END_REASONS).map(({ family }) => family))])

/** One call, as the list shows it. */
export const CallRow = z.object({
  callId: z.string(),
  startedAt: z.number(),
  /** Null while the call is live; so are the reason, its family and the outcome. */
  endedAt: z.number().nullable(),
  carrier: z.string(),
  carrierCallId: z.string(),
  agent: z.string(),
  agentVersion: z.string(),
  provider: z.string(),
  model: z.string(),
  from: z.string(),
  to: z.string(),
  /** Call time of the last event. */
  durationMs: ms,
  endReason: z.enum(END_REASON_NAMES).nullable(),
  endFamily: EndFamily.nullable(),
  /** Who could have changed it; null when nobody is at fault. */
  endFault: z.string().nullable(),
  endDetail: z.string(),
  destination: z.string().nullable(),
  outcome: Outcome.nullable(),
  /** Turns of the caller. */
  turns: count,
  /** How often the caller cut the agent off, and how often the agent began while the caller was speaking. */
  interruptions: count,
  agentInterruptions: count,
  callerSpokeMs: ms,
  callerHeardMs: ms,
  /** Some of what the agent said never reached the caller's ear. */
  unheardSpeech: z.boolean(),
  /** Silences of both sides of more than 2 s, and how long they were together. */
  silences: count,
  deadAirMs: ms,
  /** Replies that were timed, and from the caller's last sound to the first that they heard of the reply. */
  replies: count,
  replyP50Ms: ms.nullable(),
  replyP95Ms: ms.nullable(),
  toolCalls: count,
  /** Of them: failed, timed out or aborted; and those of which nobody knows whether they acted. */
  toolsFailed: count,
  toolsUnknown: count,
  askedForPerson: z.boolean(),
  overBudget: z.boolean(),
  /** p95 of its replies took longer than 3 s. */
  slow: z.boolean(),
  /** 0 to 100: how hard the call was on the caller (strain.ts says how it is counted). */
  strain: z.int().min(0).max(100),
  troubles: count,
  usage: Usage,
  costUsd: z.number().min(0).nullable(),
  /** `kept`: there is audio to hear. `live`: it is being written. `erased`: there was, and it is gone. */
  recording: z.enum(['none', 'live', 'kept', 'erased']),
})
export type CallRow = z.infer<typeof CallRow>

/** What people made of a call. */
export const Review = z.object({
  rating: z.int().min(1).max(5).nullable(),
  tags: z.array(z.string().trim().min(1).max(40)).max(20),
  /** A user's id. */
  assignee: z.string().nullable(),
  reviewedAt: z.number().nullable(),
  reviewedBy: z.string().nullable(),
})
export type Review = z.infer<typeof Review>

export const NO_REVIEW: Review = { rating: null, tags: [], assignee: null, reviewedAt: null, reviewedBy: null }

/** A person's note at a moment of a call. */
export const Note = z.object({
  noteId: z.string(),
  callId: z.string(),
  /** Call time it belongs to; null: to the whole call. */
  atMs: ms.nullable(),
  text: z.string().trim().min(1).max(4000),
  author: z.string(),
  createdAt: z.number(),
})
export type Note = z.infer<typeof Note>

/** A row of the list: the call, what people made of it, and for a search what was found, and where. */
export const ListedCall = CallRow.extend({
  review: Review,
  notes: count,
  hit: z
    .object({ by: z.enum(['caller', 'agent']), atMs: ms, before: z.string(), match: z.string(), after: z.string() })
    .nullable(),
})
export type ListedCall = z.infer<typeof ListedCall>
