/** What may be asked of the list of calls and of the figures over many. The same questions have the same answers in every store. */
import { z } from 'zod'
import { END_REASON_NAMES } from '../call/end-reason.ts'
import { EndFamily, ListedCall, Outcome } from './rows.ts'

export const FLAGS = [
  'live',
  'unheard-speech',
  'interrupted',
  'tool-failed',
  'tool-unknown',
  'asked-for-person',
  'over-budget',
  'slow',
  'has-recording',
  'has-notes',
  'not-reviewed',
] as const
export const Flag = z.enum(FLAGS)
export type Flag = z.infer<typeof Flag>

/** Every key narrows; of several values of one key any fits, of several flags all must. */
export const CallFilter = z.strictObject({
  /** Words that were said, all of them in one turn; the last may be the beginning of a word, and "in quotes" they stand together. */
  text: z.string().trim().min(1).max(200).optional(),
  agents: z.array(z.string()).optional(),
  versions: z.array(z.string()).optional(),
  outcomes: z.array(Outcome).optional(),
  endReasons: z.array(z.enum(END_REASON_NAMES)).optional(),
  endFamilies: z.array(EndFamily).optional(),
  /** Called numbers. */
  numbers: z.array(z.string()).optional(),
  /** The caller's number, whole, or the end of it. */
  caller: z.string().trim().min(2).max(40).optional(),
  /** Began at or after, and before; ms since 1970. */
  from: z.number().optional(),
  to: z.number().optional(),
  minDurationMs: z.number().min(0).optional(),
  maxDurationMs: z.number().min(0).optional(),
  minCostUsd: z.number().min(0).optional(),
  minStrain: z.int().min(0).max(100).optional(),
  minReplyP95Ms: z.number().min(0).optional(),
  tools: z.array(z.string()).optional(),
  tags: z.array(z.string()).optional(),
  assignee: z.string().optional(),
  minRating: z.int().min(1).max(5).optional(),
  flags: z.array(Flag).optional(),
})
export type CallFilter = z.infer<typeof CallFilter>

export const SORTS = ['started', 'duration', 'cost', 'strain', 'reply', 'turns', 'interruptions'] as const

export const CallQuery = CallFilter.extend({
  sort: z.enum(SORTS).default('started'),
  order: z.enum(['desc', 'asc']).default('desc'),
  limit: z.int().min(1).max(500).default(50),
  /** What the page before gave as `next`. Opaque; a cursor of another sort or filter is refused. */
  after: z.string().optional(),
})
export type CallQuery = z.input<typeof CallQuery>

/**
 * A page never repeats a call and never leaves one out that was there when its first page was read. Sorted by anything but
 * their start, live calls come first, newest first: what they would be sorted by changes while one reads.
 */
export const CallPage = z.object({ calls: z.array(ListedCall), next: z.string().nullable() })
export type CallPage = z.infer<typeof CallPage>

const Counted = z.array(z.object({ value: z.string(), calls: z.int() }))

/** How many calls of a filter there are with each value; of one facet's own choice the others are counted as if it were not made. */
export const Facets = z.object({
  total: z.int(),
  agents: Counted,
  outcomes: Counted,
  endReasons: Counted,
  endFamilies: Counted,
  numbers: Counted,
  tags: Counted,
  flags: Counted,
})
export type Facets = z.infer<typeof Facets>

/** Figures over calls that have ended. */
export const FiguresQuery = z.strictObject({
  from: z.number(),
  to: z.number(),
  agents: z.array(z.string()).optional(),
  versions: z.array(z.string()).optional(),
  by: z.enum(['hour', 'day']).default('day'),
  /** IANA name: where days begin. */
  zone: z.string().default('UTC'),
})
export type FiguresQuery = z.input<typeof FiguresQuery>

const ms = z.number().min(0).nullable()
const Percentiles = z.object({ p50: ms, p95: ms })

export const FigureSet = z.object({
  calls: z.int(),
  contained: z.int(),
  transferred: z.int(),
  abandoned: z.int(),
  cutShort: z.int(),
  failed: z.int(),
  talkMs: z.number(),
  turns: z.int(),
  interruptions: z.int(),
  deadAirMs: z.number(),
  toolCalls: z.int(),
  toolsFailed: z.int(),
  /** Null: no price is known of any of them. */
  costUsd: z.number().nullable(),
  /** Cost of all calls by those that were contained. */
  costPerResolvedUsd: z.number().nullable(),
  /** Calls by a caller who had called within the 24 h before. */
  repeatCalls: z.int(),
  /** Parts of the wait for a reply (transcript.ts, Latency). */
  reply: Percentiles,
  turnEnd: Percentiles,
  model: Percentiles,
  send: Percentiles,
  line: Percentiles,
})
export type FigureSet = z.infer<typeof FigureSet>

export const Figures = z.object({
  total: FigureSet,
  /** By rising time; hours or days without calls are there, with zeros. `at`: when it begins. */
  series: z.array(FigureSet.extend({ at: z.number(), until: z.number() })),
  /** 7 × 24 calls by day of the week (Monday first) and hour, in the zone. */
  week: z.array(z.array(z.int())),
  endReasons: Counted,
  tools: z.array(
    z.object({ name: z.string(), calls: z.int(), failed: z.int(), unknown: z.int(), p50Ms: ms, p95Ms: ms }),
  ),
  byAgent: z.array(FigureSet.extend({ agent: z.string() })),
  byVersion: z.array(FigureSet.extend({ agent: z.string(), version: z.string() })),
})
export type Figures = z.infer<typeof Figures>
