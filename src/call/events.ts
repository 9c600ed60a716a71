/**
 * CallEvent: what the log keeps of a call, in order, and what everything that looks at calls is folded from.
 * `atMs` is call time (ms since the call began, the ledger's clock); `seq` rises by one per event of a call.
 */
import { z } from 'zod'
import { END_REASON_NAMES } from './end-reason.ts'
import { CALL_ERRORS, type CallErrorCode } from './errors.ts'
import { Usage } from './usage.ts'

const ms = z.number().min(0)
const id = z.string().min(1)
const errorCode = z.enum(Object.keys(CALL_ERRORS) as [CallErrorCode, ...CallErrorCode[]])

/** What a person may do to a live call. */
export const OperatorAction = z.enum(['listened', 'whispered', 'took-over', 'hung-up'])
export type OperatorAction = z.infer<typeof OperatorAction>

/** The event's own words; the journal adds who, when and in which order. */
export const EventBody = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('call-started'),
    carrier: id,
    carrierCallId: id,
    from: z.string(),
    to: z.string(),
    agent: id,
    agentVersion: id,
    provider: id,
    model: id,
  }),
  z.strictObject({ type: z.literal('leg-attached'), streamId: id, attempt: z.int().min(1) }),
  z.strictObject({ type: z.literal('leg-lost'), detail: z.string() }),
  z.strictObject({
    type: z.literal('session-opening'),
    session: z.int().min(1),
    why: z.enum(['start', 'reconnect', 'renewal']),
  }),
  z.strictObject({ type: z.literal('session-ready'), session: z.int().min(1), tookMs: ms }),
  z.strictObject({ type: z.literal('session-lost'), session: z.int().min(1), code: errorCode, detail: z.string() }),
  z.strictObject({ type: z.literal('session-swapped'), from: z.int().min(1), to: z.int().min(1) }),
  z.strictObject({ type: z.literal('caller-speech-started'), itemId: id }),
  z.strictObject({ type: z.literal('caller-speech-stopped'), itemId: id }),
  /** The words of a caller's turn; startMs and endMs in call time, from the audio account. */
  z.strictObject({ type: z.literal('caller-said'), itemId: id, text: z.string(), startMs: ms, endMs: ms }),
  /** An agent's item has left the line: how much of it was sent and how much the caller heard. */
  z.strictObject({
    type: z.literal('agent-said'),
    itemId: id,
    responseId: id,
    heardText: z.string(),
    unheardText: z.string(),
    sentMs: ms,
    heardMs: ms,
    startMs: ms,
    endMs: ms,
    interrupted: z.boolean(),
  }),
  /** Parts of one reply, in call time; a part that did not happen is null. */
  z.strictObject({
    type: z.literal('reply-timed'),
    responseId: id,
    callerStoppedMs: ms.nullable(),
    decidedMs: ms.nullable(),
    firstModelAudioMs: ms,
    firstSentMs: ms,
    firstHeardMs: ms,
  }),
  z.strictObject({ type: z.literal('dtmf'), digit: z.string() }),
  z.strictObject({
    type: z.literal('tool-reserved'),
    toolCallId: id,
    responseId: id,
    name: z.string(),
    arguments: z.string(),
  }),
  z.strictObject({ type: z.literal('tool-sent'), toolCallId: id }),
  z.strictObject({
    type: z.literal('tool-finished'),
    toolCallId: id,
    name: z.string(),
    /**
     * `failed`: it did not act. `timed-out`: nothing came of a look-up. `unknown`: it may have acted. `repeated`: not run,
     * an identical call was. `held`: not run, the caller was to agree first. `aborted`: given up, nothing was changed.
     */
    status: z.enum(['done', 'failed', 'timed-out', 'unknown', 'repeated', 'held', 'aborted']),
    output: z.string(),
    tookMs: ms,
  }),
  z.strictObject({ type: z.literal('tool-answered'), toolCallId: id }),
  /** Something the agent wrote down for people. */
  z.strictObject({ type: z.literal('note'), text: z.string() }),
  z.strictObject({
    type: z.literal('response-ended'),
    responseId: id,
    status: z.enum(['completed', 'cancelled', 'failed', 'incomplete']),
    detail: z.string(),
    usage: Usage,
    costUsd: z.number().min(0).nullable(),
  }),
  /** A person watched over the call or stepped in; `who` is a user's name, `detail` what they said or where they sent the caller. */
  z.strictObject({ type: z.literal('operator-acted'), who: id, action: OperatorAction, detail: z.string() }),
  /** Audio is kept from here on. */
  z.strictObject({ type: z.literal('recording-started'), consent: z.enum(['not-asked', 'given']) }),
  z.strictObject({
    type: z.literal('recording-stopped'),
    why: z.enum(['call-ended', 'consent-withdrawn', 'failed']),
    detail: z.string(),
    keptMs: ms,
  }),
  z.strictObject({ type: z.literal('trouble'), code: errorCode, detail: z.string() }),
  z.strictObject({ type: z.literal('deadline-passed'), deadline: z.string() }),
  z.strictObject({ type: z.literal('carrier-status'), status: z.string(), final: z.boolean() }),
  z.strictObject({
    type: z.literal('call-ended'),
    reason: z.enum(END_REASON_NAMES),
    detail: z.string(),
    destination: z.string().nullable(),
    callerHeardMs: ms,
    usage: Usage,
    costUsd: z.number().min(0).nullable(),
  }),
])
export type EventBody = z.infer<typeof EventBody>
export type EventType = EventBody['type']

export const CALL_EVENT_VERSION = 1

/** An event in its place. `at` is wall-clock time, ms since 1970, for people; order and arithmetic use seq and atMs. */
export interface CallEvent {
  readonly v: number
  readonly callId: string
  readonly seq: number
  readonly at: number
  readonly atMs: number
  readonly body: EventBody
}

/** An event as it is written outside of a database, held to its schema when it is read back. */
export const CallEventRecord = z.object({
  v: z.int(),
  callId: z.string(),
  seq: z.int(),
  at: z.number(),
  atMs: z.number(),
  body: EventBody,
})
