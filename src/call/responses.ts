/**
 * One response at a time, through one queue. Rules RQ1–RQ7 in RULES.md.
 *
 * The provider starts a response by itself after each turn of the caller; everything else we ask for. Both write to the
 * same conversation, and the provider refuses a second one while one is being made.
 */
import type { ResponseKind } from './commands.ts'

export interface Wish {
  readonly kind: ResponseKind
  readonly instructions: string | null
  readonly allowTools: boolean
}

export interface ActiveResponse {
  readonly responseId: string
  /** What we asked for, or null when the provider started it by itself. */
  readonly wish: Wish | null
  /** Audio has come from it. */
  readonly spoke: boolean
  /** The caller spoke over it: its audio is thrown away and its tool calls are not run. */
  readonly interrupted: boolean
}

export interface Responses {
  readonly active: ActiveResponse | null
  /** Asked for, and not yet started. */
  readonly asked: Wish | null
  /** The caller has a turn open or has just ended one: the provider will start a response by itself. */
  readonly promised: boolean
  /** One was refused because of another that has not been announced, or that was given up: nothing is asked for until it shows. */
  readonly blocked: boolean
  /** At most one of each kind. */
  readonly wishes: readonly Wish[]
  /** Failures in a row. */
  readonly failures: number
}

export const NO_RESPONSES: Responses = {
  active: null,
  asked: null,
  promised: false,
  blocked: false,
  wishes: [],
  failures: 0,
}

/** What must be said first. A reply can wait; the end of the call cannot. */
const URGENCY: readonly ResponseKind[] = ['wrap-up', 'goodbye', 'greeting', 'resume', 'reply']

export function wish(responses: Responses, wanted: Wish): Responses {
  return { ...responses, wishes: [...responses.wishes.filter((other) => other.kind !== wanted.kind), wanted] }
}

export function dropWish(responses: Responses, kind: ResponseKind): Responses {
  return { ...responses, wishes: responses.wishes.filter((other) => other.kind !== kind) }
}

/** Nothing is being made, asked for or promised. [RQ1] */
export function isFree(responses: Responses): boolean {
  return responses.active === null && responses.asked === null && !responses.promised && !responses.blocked
}

/** @returns the wish to ask for now, or null when there is none or the floor of the queue is taken */
export function takeWish(responses: Responses): [Responses, Wish | null] {
  if (!isFree(responses)) return [responses, null]
  const next = URGENCY.map((kind) => responses.wishes.find((each) => each.kind === kind)).find(
    (each) => each !== undefined,
  )
  if (next === undefined) return [responses, null]
  return [{ ...dropWish(responses, next.kind), asked: next }, next]
}

/** A response began: ours when we have asked for one, else the one the provider had promised. [RQ2] */
export function responseStarted(responses: Responses, responseId: string, callerSpeaks: boolean): Responses {
  const active = { responseId, wish: responses.asked, spoke: false, interrupted: false }
  // A reply of any kind to the caller makes a greeting that has not begun superfluous. [GR2]
  const kept = responses.asked === null ? dropWish(responses, 'greeting') : responses
  // One that starts after the caller's turn knows that turn, whoever asked for it; one that starts within it does not.
  return { ...kept, active, asked: null, promised: callerSpeaks && responses.promised, blocked: false }
}

/** The provider would not start what we asked for: it comes back into the queue and waits for the response in its way. [RQ3] */
export function responseRefused(responses: Responses): Responses {
  const refused = responses.asked ?? responses.active?.wish ?? null
  if (refused === null) return responses
  const active = responses.active === null ? null : { ...responses.active, wish: null }
  const waiting = { ...responses, asked: null, active, blocked: active === null }
  // What is in the way answers the caller: a greeting after it would be a second hello. [GR2]
  return refused.kind === 'greeting' ? waiting : wish(waiting, refused)
}

export function responseSpoke(responses: Responses, responseId: string): Responses {
  const { active } = responses
  if (active === null || active.responseId !== responseId || active.spoke) return responses
  return { ...responses, active: { ...active, spoke: true } }
}

/** The caller has begun to speak: the response being made is cut off, and another will follow the caller's turn. [RQ4] */
export function callerSpoke(responses: Responses): Responses {
  const active = responses.active === null ? null : { ...responses.active, interrupted: true }
  return { ...responses, active, promised: true }
}

/** @returns the response that ended, or null when it is not the one being made (an out-of-band or forgotten one) */
export function responseEnded(responses: Responses, responseId: string): [Responses, ActiveResponse | null] {
  const { active } = responses
  if (active === null || active.responseId !== responseId) return [{ ...responses, blocked: false }, null]
  return [{ ...responses, active: null }, active]
}

/** A response that did not fail breaks the row of failures; one that was cut off counts only for what it said before. [RQ7] */
export function countFailure(
  responses: Responses,
  ended: ActiveResponse,
  status: 'completed' | 'cancelled' | 'failed' | 'incomplete',
): Responses {
  if (status === 'failed' && !ended.interrupted) return { ...responses, failures: responses.failures + 1 }
  const cutOff = ended.interrupted || status === 'cancelled'
  return cutOff && !ended.spoke ? responses : { ...responses, failures: 0 }
}

/** The session is gone, and with it all that was being made. Wishes stay. [RQ6] */
export function sessionGone(responses: Responses): Responses {
  return { ...responses, active: null, asked: null, promised: false, blocked: false }
}
