/**
 * The heard ledger: what of the agent's audio has reached the caller's ear, item by item. Rules PO1–PO9 in RULES.md.
 *
 * It models the carrier's queue from what was sent when, and corrects the model with every mark that comes back.
 * All times are call time in ms; `ms` of audio are exact (bytes divided by the format's rate), never rounded here.
 */

/** A stretch of one item's audio in the carrier's queue. `startMs`: when it would begin to sound on a line without delay. */
interface Segment {
  readonly itemId: string
  /** Where in the item it begins. */
  readonly fromMs: number
  readonly ms: number
  readonly startMs: number
  /** When all of it has sounded, the silence that fills its last frame included: its mark comes back then. */
  readonly overMs: number
  readonly mark: string | null
  /** It is among what has sounded already, by the clock alone. */
  readonly told: boolean
}

/** A stretch of an item that the caller has heard, and when it began to sound. */
export interface Sounded {
  readonly itemId: string
  readonly fromMs: number
  readonly ms: number
  readonly atMs: number
}

interface LedgerItem {
  readonly itemId: string
  readonly responseId: string
  /** When its first audio came from the model. */
  readonly arrivedMs: number
  readonly firstSentMs: number | null
  /** When the caller began to hear it, by the model of the queue. */
  readonly firstHeardMs: number | null
  readonly sentMs: number
  /** Proven by marks. The estimate between marks is `heardOf`. */
  readonly provenMs: number
  /** What was said of it when a mark last came back: heard never falls. */
  readonly toldMs: number
  readonly allSent: boolean
}

export interface Playout {
  /** In the order in which they sound; an item leaves when it was heard to its end or cut. */
  readonly items: readonly LedgerItem[]
  readonly queue: readonly Segment[]
  readonly queueEndMs: number
  /** How late marks came back of late, beyond the line's own round trip; newest last, at most LAGS_KEPT. */
  readonly lags: readonly number[]
  /** The line's own round trip: how long a mark takes that waits behind nothing. */
  readonly roundTripMs: number
  readonly probe: { readonly name: string; readonly sentMs: number } | null
  /** False once marks are overdue: then the clock alone tells. */
  readonly marksTrusted: boolean
  /** All audio ever heard on this call, items that left included. */
  readonly heardBeforeMs: number
  /** What has become known to have sounded since that was last handed on, in the order in which it did. [PO9] */
  readonly sounded: readonly Sounded[]
}

/** An item that left the line. `heardMs` never exceeds `sentMs`. */
export interface PlayedItem {
  readonly itemId: string
  readonly responseId: string
  readonly sentMs: number
  readonly heardMs: number
  readonly startMs: number
  readonly endMs: number
  /** All of its audio was sent; false while more was to come. */
  readonly complete: boolean
  /** Complete, and nothing of it stayed unheard. */
  readonly toTheEnd: boolean
}

export const EMPTY_PLAYOUT: Playout = {
  items: [],
  queue: [],
  queueEndMs: 0,
  lags: [],
  roundTripMs: 0,
  probe: null,
  marksTrusted: true,
  heardBeforeMs: 0,
  sounded: [],
}

/** Lateness only ever adds to the true lag, so the least of a few recent ones is the best guess; more than this reacts too slowly. */
const LAGS_KEPT = 4
/** A round trip above this is a carrier that was busy, not a line. */
const ROUND_TRIP_MOST_MS = 500
/** Audio shorter than this is below one sample of G.711 and counts as nothing left. */
const NOTHING_MS = 0.1

/** A mark behind nothing, to learn the line's round trip. [PO6] */
export function probeSent(playout: Playout, name: string, nowMs: number): Playout {
  return { ...playout, probe: { name, sentMs: nowMs } }
}

/** The model's first audio of an item: it will sound after all items before it. */
export function itemArrived(playout: Playout, itemId: string, responseId: string, nowMs: number): Playout {
  if (isInLine(playout, itemId)) return playout
  const item: LedgerItem = {
    itemId,
    responseId,
    arrivedMs: nowMs,
    firstSentMs: null,
    firstHeardMs: null,
    sentMs: 0,
    provenMs: 0,
    toldMs: 0,
    allSent: false,
  }
  return { ...playout, items: [...playout.items, item] }
}

/**
 * `ms` of an item were written to the carrier from `sentAtMs` on, behind everything written before, and `padMs` of
 * silence behind them, which belongs to no item. [PO1]
 */
export function audioSent(
  playout: Playout,
  itemId: string,
  ms: number,
  mark: string | null,
  sentAtMs: number,
  padMs = 0,
): Playout {
  if (!isInLine(playout, itemId)) return playout
  const startMs = Math.max(sentAtMs, playout.queueEndMs)
  const fromMs = playout.items.find((item) => item.itemId === itemId)?.sentMs ?? 0
  const overMs = startMs + ms + padMs
  return {
    ...playout,
    items: playout.items.map((item) =>
      item.itemId === itemId ? { ...item, sentMs: item.sentMs + ms, firstSentMs: item.firstSentMs ?? sentAtMs } : item,
    ),
    queue: [...playout.queue, { itemId, fromMs, ms, startMs, overMs, mark, told: false }],
    queueEndMs: overMs,
  }
}

export function isInLine(playout: Playout, itemId: string): boolean {
  return playout.items.some((item) => item.itemId === itemId)
}

export function audioAllSent(playout: Playout, itemId: string): Playout {
  return {
    ...playout,
    items: playout.items.map((item) => (item.itemId === itemId ? { ...item, allSent: true } : item)),
  }
}

/**
 * A mark came back: everything sent before it has been played. A name the ledger does not hold is a mark from before a
 * clear or from another stream, and proves nothing. [PO2, PO4]
 */
export function markHeard(playout: Playout, name: string, nowMs: number): Playout {
  if (playout.probe?.name === name) {
    const roundTripMs = Math.min(ROUND_TRIP_MOST_MS, Math.max(0, nowMs - playout.probe.sentMs))
    return { ...playout, items: itemsTold(playout, nowMs), probe: null, roundTripMs, marksTrusted: true }
  }
  const at = playout.queue.findIndex((segment) => segment.mark === name)
  const marked = playout.queue[at]
  if (marked === undefined) return playout
  const lag = Math.max(0, nowMs - marked.overMs - playout.roundTripMs)
  const lags = [...playout.lags, lag].slice(-LAGS_KEPT)
  const proven = playout.queue.slice(0, at + 1)
  const lagMs = Math.min(...lags)
  const items = itemsTold(playout, nowMs).map((item) => {
    const own = proven.filter((segment) => segment.itemId === item.itemId)
    if (own.length === 0) return item
    const firstHeardMs = item.firstHeardMs ?? own[0]!.startMs + lagMs
    return { ...item, firstHeardMs, provenMs: item.provenMs + own.reduce((sum, segment) => sum + segment.ms, 0) }
  })
  const sounded = [...playout.sounded, ...soundedOf(proven, lagMs)]
  return { ...playout, items, lags, marksTrusted: true, queue: playout.queue.slice(at + 1), sounded }
}

/** Of segments in the order of the queue, what was not told yet. @param heardMs how much of all of them was heard; default all */
function soundedOf(segments: readonly Segment[], lagMs: number, heardMs = Number.POSITIVE_INFINITY): Sounded[] {
  let leftMs = heardMs
  return segments.flatMap(({ itemId, fromMs, ms, startMs, told }) => {
    const partMs = Math.min(ms, leftMs)
    leftMs -= partMs
    return told || partMs <= 0 ? [] : [{ itemId, fromMs, ms: partMs, atMs: startMs + lagMs }]
  })
}

/** While marks are overdue, what the clock says is over has sounded: nobody can wait for a mark that may never come. [PO9] */
export function soundedByClock(playout: Playout, nowMs: number): Playout {
  if (playout.marksTrusted) return playout
  const clock = nowMs - lagOf(playout)
  const over = playout.queue.filter((segment) => !segment.told && segment.overMs <= clock)
  if (over.length === 0) return playout
  const queue = playout.queue.map((segment) => (over.includes(segment) ? { ...segment, told: true } : segment))
  return { ...playout, queue, sounded: [...playout.sounded, ...soundedOf(over, lagOf(playout))] }
}

/** Takes out what has become known to have sounded. */
export function takeSounded(playout: Playout): [Playout, readonly Sounded[]] {
  return playout.sounded.length === 0 ? [playout, playout.sounded] : [{ ...playout, sounded: [] }, playout.sounded]
}

/** Marks are overdue: until one comes, believe the clock. [PO7] */
export function distrustMarks(playout: Playout): Playout {
  return { ...playout, marksTrusted: false }
}

/** What a mark brings to light may be less than the clock has told until now; that stays told. [PO3] */
function itemsTold(playout: Playout, nowMs: number): readonly LedgerItem[] {
  return playout.items.map((item) => ({ ...item, toldMs: heardOf(playout, item.itemId, nowMs) }))
}

function lagOf(playout: Playout): number {
  return playout.lags.length === 0 ? 0 : Math.min(...playout.lags)
}

/**
 * How far the carrier's queue has got by `nowMs`, in the time of its segments.
 *
 * Audio and `clear` travel the same way to the carrier, so what a clear sent now will leave heard is where the queue
 * stands now by our own clock, less only what the carrier lags beyond the line's round trip. For one round trip after
 * its audio has ended, a mark may be on its way back; when it is not here by then, the queue has not got any further.
 */
function queueClock(playout: Playout, nowMs: number): number {
  const clock = nowMs - lagOf(playout)
  const next = playout.marksTrusted ? playout.queue.find((segment) => segment.mark !== null) : undefined
  return next === undefined ? clock : Math.min(clock, next.overMs + playout.roundTripMs)
}

/**
 * How much of an item the caller has heard by `nowMs`: what marks prove, and on top of it what the model of the queue
 * says, as far as the next mark that has not come back allows. Never more than was sent. [PO3]
 */
export function heardOf(playout: Playout, itemId: string, nowMs: number): number {
  const item = playout.items.find((each) => each.itemId === itemId)
  if (item === undefined) return 0
  const clock = queueClock(playout, nowMs)
  let heardMs = item.provenMs
  for (const segment of playout.queue) {
    if (segment.itemId === itemId) heardMs += Math.min(segment.ms, Math.max(0, clock - segment.startMs))
  }
  return Math.min(Math.max(heardMs, item.toldMs), item.sentMs)
}

/** All agent audio the caller has heard on this call so far, in ms. */
export function heardInAll(playout: Playout, nowMs: number): number {
  return playout.items.reduce((sum, item) => sum + heardOf(playout, item.itemId, nowMs), playout.heardBeforeMs)
}

/** Whether the caller is hearing the agent, or is about to: audio is queued at the carrier or waits to be sent. */
export function isSounding(playout: Playout): boolean {
  return playout.items.length > 0
}

/** When the last of what was sent will have been heard, as far as is known. */
export function expectedEndMs(playout: Playout): number {
  return playout.queueEndMs + lagOf(playout)
}

/** When the next mark will be back, as far as is known; with no mark out, when the last of what was sent has sounded. */
export function nextMarkMs(playout: Playout): number {
  const next = playout.queue.find((segment) => segment.mark !== null)
  return (next?.overMs ?? playout.queueEndMs) + lagOf(playout) + playout.roundTripMs
}

/** Whether audio that was sent is still to be heard, as far as is known. */
export function isHearing(playout: Playout, nowMs: number): boolean {
  return playout.queue.length > 0 && (playout.marksTrusted || expectedEndMs(playout) > nowMs)
}

function played(playout: Playout, item: LedgerItem, nowMs: number): PlayedItem {
  const heardMs = heardOf(playout, item.itemId, nowMs)
  const first = playout.queue.find((segment) => segment.itemId === item.itemId)
  const startMs = Math.min(nowMs, item.firstHeardMs ?? (first === undefined ? nowMs : first.startMs + lagOf(playout)))
  return {
    itemId: item.itemId,
    responseId: item.responseId,
    sentMs: item.sentMs,
    heardMs,
    startMs,
    endMs: Math.min(nowMs, startMs + heardMs),
    complete: item.allSent,
    toTheEnd: item.allSent && item.sentMs - heardMs < NOTHING_MS,
  }
}

/** Takes out the items that were heard to their end. [PO5] */
export function takeHeard(playout: Playout, nowMs: number): [Playout, readonly PlayedItem[]] {
  const gone: PlayedItem[] = []
  for (const item of playout.items) {
    // Only the first items in line can be over: what sounds later cannot have ended sooner.
    if (!item.allSent) break
    const proven = item.sentMs - item.provenMs < NOTHING_MS
    if (!proven && (playout.marksTrusted || heardOf(playout, item.itemId, nowMs) < item.sentMs - NOTHING_MS)) break
    gone.push(played(playout, item, nowMs))
  }
  if (gone.length === 0) return [playout, gone]
  const left = new Set(gone.map((item) => item.itemId))
  const over = playout.queue.filter((segment) => left.has(segment.itemId))
  return [
    {
      ...playout,
      items: playout.items.filter((item) => !left.has(item.itemId)),
      queue: playout.queue.filter((segment) => !left.has(segment.itemId)),
      sounded: [...playout.sounded, ...soundedOf(over, lagOf(playout))],
      heardBeforeMs: gone.reduce((sum, item) => sum + item.heardMs, playout.heardBeforeMs),
    },
    gone,
  ]
}

/** The carrier's queue is dropped: every item leaves with what was heard of it. Marks still to come prove nothing. [PO4] */
export function cut(playout: Playout, nowMs: number): [Playout, readonly PlayedItem[]] {
  const gone = playout.items.map((item) => played(playout, item, nowMs))
  const heard = playout.items.flatMap((item, at) => {
    const own = playout.queue.filter((segment) => segment.itemId === item.itemId)
    return soundedOf(own, lagOf(playout), (gone[at]?.heardMs ?? 0) - item.provenMs)
  })
  return [
    {
      ...playout,
      items: [],
      queue: [],
      sounded: [...playout.sounded, ...heard],
      queueEndMs: nowMs,
      heardBeforeMs: gone.reduce((sum, item) => sum + item.heardMs, playout.heardBeforeMs),
    },
    gone,
  ]
}

/** When the first audio of a response was sent and heard, for its reply times; null until a mark proves it was heard. */
export function firstTimes(
  playout: Playout,
  responseId: string,
): { readonly itemId: string; readonly sentMs: number; readonly heardMs: number } | null {
  for (const item of playout.items) {
    if (item.responseId !== responseId || item.firstSentMs === null || item.firstHeardMs === null) continue
    return { itemId: item.itemId, sentMs: item.firstSentMs, heardMs: item.firstHeardMs }
  }
  return null
}
