/** Calls in progress: watched, listened to, helped, taken over. And the test phone. */
import { z } from 'zod'
import { endpoint } from './endpoint.ts'

const CallId = z.object({ callId: z.string().min(1).max(80) })

/** One call on the wall. */
export const LiveRow = z.object({
  callId: z.string(),
  agent: z.string(),
  from: z.string(),
  to: z.string(),
  startedAt: z.number(),
  /** Who holds the floor. */
  floor: z.enum(['nobody', 'caller', 'agent']),
  /** The last line spoken, as far as it was heard. */
  lastLine: z.object({ by: z.enum(['caller', 'agent']), text: z.string() }).nullable(),
  turns: z.int(),
  /** The last reply: from the caller's last sound to the first of the answer. */
  replyMs: z.number().nullable(),
  costUsd: z.number().nullable(),
  /** The cost if it lasts as long as calls of this agent may, at its rate so far. */
  forecastUsd: z.number().nullable(),
  strain: z.int(),
  toolRunning: z.string().nullable(),
  listeners: z.int(),
})
export type LiveRow = z.infer<typeof LiveRow>

/** Messages of `GET /live`, in the field `data` of each event: all rows first, then what changes, at most once a second a call. */
export const LiveMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('all'), calls: z.array(LiveRow) }),
  z.object({ type: z.literal('call'), call: LiveRow }),
  z.object({ type: z.literal('ended'), callId: z.string(), reason: z.string() }),
])
export type LiveMessage = z.infer<typeof LiveMessage>

/** A line as it is spoken; the same `lineId` again replaces what it said before. Times in call time. */
export const Caption = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('said'),
    lineId: z.string(),
    by: z.enum(['caller', 'agent']),
    atMs: z.number(),
    /** Of the agent: as far as it was heard by now. */
    text: z.string(),
    /** What was said and will not be heard any more. */
    unheard: z.string(),
    final: z.boolean(),
  }),
  z.object({
    type: z.literal('tool'),
    lineId: z.string(),
    atMs: z.number(),
    name: z.string(),
    arguments: z.string(),
    status: z.string().nullable(),
    output: z.string(),
    tookMs: z.number().nullable(),
  }),
  z.object({ type: z.literal('note'), lineId: z.string(), atMs: z.number(), text: z.string() }),
  z.object({ type: z.literal('ended'), lineId: z.string(), atMs: z.number(), reason: z.string() }),
])
export type Caption = z.infer<typeof Caption>

/** What the test phone is told over its socket besides audio (binary frames, 160 bytes of µ-law, both ways). */
export const PhoneMessage = z.discriminatedUnion('type', [
  /** `again`: where the same call is found, once, when this socket breaks: within 10 s it goes on. */
  z.object({ type: z.literal('answered'), callId: z.string(), again: z.string() }),
  /** To be sent back, as `{ type: 'mark', name }`, when all audio before it has been played or dropped. */
  z.object({ type: z.literal('mark'), name: z.string() }),
  /** Drop what is queued, and send back all marks that are. */
  z.object({ type: z.literal('clear') }),
  z.object({ type: z.literal('ended'), why: z.string(), say: z.string().nullable() }),
])
export type PhoneMessage = z.infer<typeof PhoneMessage>

/** What the test phone says besides audio. */
export const PhoneSays = z.discriminatedUnion('type', [
  z.object({ type: z.literal('mark'), name: z.string() }),
  z.object({ type: z.literal('dtmf'), digit: z.string().regex(/^[0-9*#A-D]$/) }),
  z.object({ type: z.literal('hang-up') }),
])
export type PhoneSays = z.infer<typeof PhoneSays>

const tag = 'live'
export const live = {
  watchCalls: endpoint({
    method: 'GET',
    path: '/live',
    role: 'viewer',
    tag,
    summary: 'Calls in progress, as server-sent events.',
    kind: 'events',
    reply: LiveMessage,
  }),
  followCall: endpoint({
    method: 'GET',
    path: '/live/:callId',
    role: 'viewer',
    tag,
    summary: 'The words of one call as they are spoken, and tools as they run, as server-sent events.',
    params: CallId,
    kind: 'events',
    reply: Caption,
  }),
  listen: endpoint({
    method: 'GET',
    path: '/live/:callId/listen',
    role: 'manager',
    tag,
    summary:
      'Listens in: a WebSocket of binary frames, each 8 bytes of call time in ms (float64, little-endian), then 20 ms of µ-law of the caller and 20 ms of the agent as it is heard (160 bytes each).',
    params: CallId,
    kind: 'socket',
    audit: 'listened-live',
  }),
  whisper: endpoint({
    method: 'POST',
    path: '/live/:callId/whisper',
    role: 'manager',
    tag,
    summary: 'Tells the agent something that the caller does not hear.',
    params: CallId,
    body: z.strictObject({ text: z.string().trim().min(1).max(1000) }),
    audit: 'whispered',
  }),
  takeOver: endpoint({
    method: 'POST',
    path: '/live/:callId/take-over',
    role: 'manager',
    tag,
    summary: 'Ends the agent’s part and sends the caller to one of the agent’s destinations.',
    params: CallId,
    body: z.strictObject({
      destination: z.string().min(1).max(40),
      /** Spoken to the caller first, in the carrier's own voice. */
      say: z.string().trim().min(1).max(300).optional(),
    }),
    audit: 'took-over',
  }),
  hangUp: endpoint({
    method: 'POST',
    path: '/live/:callId/hang-up',
    role: 'manager',
    tag,
    summary: 'Ends a call.',
    params: CallId,
    audit: 'hung-up',
  }),
  placeTestCall: endpoint({
    method: 'POST',
    path: '/phone/calls',
    role: 'manager',
    tag: 'phone',
    summary:
      'A call to an agent from the browser: the answer holds where its socket is (a path and a query, to be opened on this server within a minute), with a token that works once.',
    body: z.strictObject({ agent: z.string().min(1) }),
    reply: z.object({ socket: z.string(), offline: z.boolean() }),
    audit: 'placed-test-call',
  }),
  sayForTwin: endpoint({
    method: 'POST',
    path: '/phone/calls/:callId/hears',
    role: 'manager',
    tag: 'phone',
    summary:
      'In offline mode: the words that the stand-in model hears next of this call. While its microphone is silent they are spoken for it, too.',
    params: CallId,
    body: z.strictObject({ text: z.string().trim().min(1).max(500) }),
  }),
}
