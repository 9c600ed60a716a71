/**
 * The agent's voice on its way to the caller: session audio → resample → encode → whole frames → pace → leg. Keeps the
 * account that the ledger is fed from: which item's audio was written when, settled at every mark.
 */
import { type AudioFormat, bytesToMs, FRAME_MS, frameBytes, silenceByte } from '../audio/format.ts'
import { createFrameCutter, type FrameCutter } from '../audio/frames.ts'
import { framesDue, nextDueMs } from '../audio/pacer.ts'
import { createTranscoder, type Transcoder } from '../audio/transcode.ts'
import type { AudioFact } from '../call/facts.ts'
import type { Leg } from '../carriers/carrier.ts'
import type { Taps } from './taps.ts'

/** A mark behind every stretch of this much audio, and behind the last of an item. */
const MARK_EVERY_MS = 200
/** Gaps between writes that add up to less than this do not break a stretch: the ledger may be off by as much. */
const GAP_MOST_MS = 4
/** Held audio goes out half a second at a time: a call that holds some needs two timers a second, not fifty. */
const BATCH_FRAMES = 25

/** Whole frames that wait for the leg or for their turn. `last`: the item ends here, `padMs` of its last frame being silence. */
interface Held {
  readonly itemId: string
  readonly audio: Uint8Array
  readonly padMs: number
  readonly last: boolean
}

const NO_AUDIO = new Uint8Array(0)

export class AgentToCaller {
  readonly #legFormat: AudioFormat
  readonly #transcoder: Transcoder
  readonly #cutter: FrameCutter
  readonly #tell: (fact: AudioFact) => void
  readonly #taps: Taps
  readonly #frameBytes: number
  #scratch = new Uint8Array(0)
  #leg: Leg | null = null
  #held: Held[] = []
  #heldFrames = 0
  #releasing = false
  /** The item and response whose audio comes at present. */
  #itemId: string | null = null
  #responseId: string | null = null
  readonly #muted = new Set<string>()
  readonly #told = new Set<string>()
  readonly #ended = new Set<string>()
  /** This side's model of the carrier's queue, for the pace alone. */
  #queueEndMs = 0
  #sinceMarkMs = 0
  #marks = 0
  /** The stretch written since the core was last told. */
  #stretchItem: string | null = null
  #stretchMs = 0
  #stretchAtMs = 0
  #stretchGapMs = 0

  constructor(sessionFormat: AudioFormat, legFormat: AudioFormat, tell: (fact: AudioFact) => void, taps: Taps) {
    this.#legFormat = legFormat
    this.#transcoder = createTranscoder(sessionFormat, legFormat)
    this.#frameBytes = frameBytes(legFormat)
    this.#cutter = createFrameCutter(this.#frameBytes)
    this.#tell = tell
    this.#taps = taps
  }

  /** Audio of an item has come from the session. @param base64 in the session's format  @param nowMs call time */
  audio(responseId: string, itemId: string, base64: string, nowMs: number): void {
    if (itemId !== this.#itemId || responseId !== this.#responseId) {
      if (!this.#begin(responseId, itemId, nowMs)) return
    } else if (this.#muted.has(responseId)) return
    const bytes = this.#decode(base64)
    const whole = this.#cutter.push(this.#transcoder.transcode(bytes))
    // Untouched means untouched: the text goes on as it came when it holds whole frames and nothing was carried over.
    if (whole.length > 0) this.#emit(itemId, whole, whole === bytes ? base64 : null, nowMs)
  }

  /** The last audio of an item has come. */
  itemDone(itemId: string, nowMs: number): void {
    if (this.#ended.has(itemId) || !this.#told.has(itemId)) return
    this.#ended.add(itemId)
    let padMs = 0
    let rest: Uint8Array = NO_AUDIO
    if (itemId === this.#itemId) {
      padMs = FRAME_MS - bytesToMs(this.#legFormat, this.#cutter.pendingBytes)
      rest = this.#cutter.flush(silenceByte(this.#legFormat.encoding))
      if (rest.length === 0) padMs = 0
      this.#itemId = null
    }
    if (this.#held.length > 0 || this.#leg === null)
      this.#hold({ itemId, audio: new Uint8Array(rest), padMs, last: true })
    else this.#finishItem(this.#leg, itemId, rest, padMs, nowMs)
  }

  /** A response has ended: whatever item of it was still open has all the audio it will get. */
  responseDone(responseId: string, nowMs: number): void {
    if (this.#responseId === responseId) this.endOpenItem(nowMs)
  }

  endOpenItem(nowMs: number): void {
    if (this.#itemId !== null) this.itemDone(this.#itemId, nowMs)
  }

  /** From now on audio goes to this leg, what was held first. */
  attach(leg: Leg, nowMs: number): void {
    this.#leg = leg
    this.#queueEndMs = nowMs
    this.release(nowMs)
  }

  /** The leg is gone: audio is held for the next one. The core cuts what was in line. */
  detach(): void {
    this.#leg = null
  }

  mark(name: string): void {
    this.#leg?.mark(name)
  }

  /** Audio of this response that still comes is thrown away. */
  mute(responseId: string): void {
    this.#muted.add(responseId)
  }

  /** Drops everything held here and queued at the carrier, and the tail of the filter with it. */
  clear(nowMs: number): void {
    this.#held = []
    this.#heldFrames = 0
    this.#cutter.reset()
    this.#transcoder.reset()
    this.#stretchItem = null
    this.#stretchMs = 0
    this.#sinceMarkMs = 0
    this.#queueEndMs = nowMs
    this.#leg?.clear()
    this.#taps.cleared(nowMs)
  }

  /** Tells the core what was written since it was last told. To be called before any other fact of the call is told. */
  settle(): void {
    if (this.#stretchItem !== null) this.#tellStretch(this.#stretchItem, 0, null)
  }

  #tellStretch(itemId: string, padMs: number, mark: string | null): void {
    const ms = this.#stretchMs
    const sentAtMs = this.#stretchItem === null ? this.#queueEndMs : this.#stretchAtMs
    this.#stretchItem = null
    this.#stretchMs = 0
    this.#tell({ type: 'audio-sent', itemId, ms, padMs, sentAtMs, mark })
  }

  /** Sends what was held and is due by now. @returns when to look again, in call time; null: when something happens */
  release(nowMs: number): number | null {
    // What is told while audio is written may lead back here: the rest of it comes first.
    if (this.#leg === null || this.#releasing) return null
    this.#releasing = true
    try {
      return this.#release(this.#leg, nowMs)
    } finally {
      this.#releasing = false
    }
  }

  #release(leg: Leg, nowMs: number): number | null {
    while (this.#held.length > 0) {
      const next = this.#held[0]!
      const frames = next.audio.length / this.#frameBytes
      const due = this.#due(leg, frames, nowMs)
      if (frames > 0 && due < frames) {
        if (due > 0) {
          const bytes = due * this.#frameBytes
          this.#held[0] = { ...next, audio: next.audio.subarray(bytes) }
          this.#heldFrames -= due
          this.#write(leg, next.itemId, next.audio.subarray(0, bytes), null, nowMs)
        }
        const pace = { nowMs, queueEndMs: this.#queueEndMs, maxLeadMs: leg.maxLeadMs, heldFrames: this.#heldFrames }
        return nextDueMs(pace, BATCH_FRAMES) ?? null
      }
      this.#held.shift()
      this.#heldFrames -= frames
      if (next.last) this.#finishItem(leg, next.itemId, next.audio, next.padMs, nowMs)
      else this.#write(leg, next.itemId, next.audio, null, nowMs)
    }
    return null
  }

  get heldMs(): number {
    return this.#heldFrames * FRAME_MS
  }

  #begin(responseId: string, itemId: string, nowMs: number): boolean {
    if (this.#muted.has(responseId)) {
      if (!this.#told.has(itemId)) {
        this.#told.add(itemId)
        this.#tell({ type: 'audio-muted', itemId, responseId })
      }
      return false
    }
    if (this.#itemId !== null) this.itemDone(this.#itemId, nowMs)
    if (this.#ended.has(itemId)) return false
    this.#itemId = itemId
    this.#responseId = responseId
    this.#cutter.reset()
    this.#transcoder.reset()
    if (!this.#told.has(itemId)) {
      this.#told.add(itemId)
      this.#tell({ type: 'audio-arrived', itemId, responseId })
    }
    return true
  }

  #decode(base64: string): Uint8Array {
    const most = (base64.length >> 2) * 3 + 3
    if (this.#scratch.length < most) this.#scratch = Buffer.allocUnsafeSlow(most * 2)
    const scratch = this.#scratch as Buffer
    return scratch.subarray(0, scratch.write(base64, 'base64'))
  }

  #emit(itemId: string, audio: Uint8Array, base64: string | null, nowMs: number): void {
    const leg = this.#leg
    const frames = audio.length / this.#frameBytes
    if (leg !== null && this.#held.length === 0 && this.#due(leg, frames, nowMs) === frames) {
      this.#write(leg, itemId, audio, base64, nowMs)
    } else this.#hold({ itemId, audio: new Uint8Array(audio), padMs: 0, last: false })
  }

  #due(leg: Leg, heldFrames: number, nowMs: number): number {
    return framesDue({ nowMs, queueEndMs: this.#queueEndMs, maxLeadMs: leg.maxLeadMs, heldFrames })
  }

  /** @param held its audio is kept, so it must be a copy: `slice` of a Buffer is none */
  #hold(held: Held): void {
    this.#held.push(held)
    this.#heldFrames += held.audio.length / this.#frameBytes
  }

  /** Whole frames to the carrier, cut where a mark is due. */
  #write(leg: Leg, itemId: string, audio: Uint8Array, base64: string | null, nowMs: number): void {
    let rest = audio
    while (rest.length > 0) {
      const roomBytes = ((MARK_EVERY_MS - this.#sinceMarkMs) / FRAME_MS) * this.#frameBytes
      const piece = rest.length <= roomBytes ? rest : rest.subarray(0, roomBytes)
      const ms = bytesToMs(this.#legFormat, piece.length)
      leg.play(piece, piece === audio ? base64 : null)
      this.#taps.sent(itemId, piece, Math.max(nowMs, this.#queueEndMs))
      this.#account(itemId, ms, nowMs)
      if (this.#sinceMarkMs >= MARK_EVERY_MS) this.#markNow(leg, itemId, 0)
      rest = rest.subarray(piece.length)
    }
  }

  #finishItem(leg: Leg, itemId: string, rest: Uint8Array, padMs: number, nowMs: number): void {
    if (rest.length > 0) {
      leg.play(rest, null)
      this.#taps.sent(itemId, rest, Math.max(nowMs, this.#queueEndMs))
      this.#account(itemId, bytesToMs(this.#legFormat, rest.length) - padMs, nowMs)
      this.#queueEndMs += padMs
    }
    if (this.#sinceMarkMs > 0) this.#markNow(leg, itemId, padMs)
    this.#tell({ type: 'audio-all-sent', itemId })
  }

  #account(itemId: string, ms: number, nowMs: number): void {
    const gapMs = this.#stretchItem === null ? 0 : Math.max(0, nowMs - this.#queueEndMs)
    if (this.#stretchItem !== itemId || this.#stretchGapMs + gapMs > GAP_MOST_MS) {
      this.settle()
      this.#stretchItem = itemId
      this.#stretchAtMs = nowMs
      this.#stretchGapMs = 0
    } else this.#stretchGapMs += gapMs
    this.#stretchMs += ms
    this.#sinceMarkMs += ms
    this.#queueEndMs = Math.max(nowMs, this.#queueEndMs) + ms
  }

  #markNow(leg: Leg, itemId: string, padMs: number): void {
    const name = `m${++this.#marks}`
    leg.mark(name)
    this.#sinceMarkMs = 0
    // What the core was told of already may be all there is: then the mark is told alone.
    this.#tellStretch(itemId, padMs, name)
  }
}
