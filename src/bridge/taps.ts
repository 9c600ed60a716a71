/**
 * What a call sounds like, for whoever records it or listens in: the caller as they arrive, the agent as it is heard. Audio
 * that was written to the carrier waits here until the ledger says that it has sounded, and when; what was cut is dropped.
 * While nobody listens it costs a comparison a frame, and nothing is kept.
 */
import { type AudioFormat, bytesPerMs } from '../audio/format.ts'

/** All of it is called synchronously and must be quick; audio is valid only until the call returns. */
export interface Tap {
  /** @param audio in the leg's format, usually one frame  @param atMs call time of its first sample, by its arrival */
  caller(audio: Uint8Array, atMs: number): void
  /** Told when it is known, usually a fifth of a second late. @param atMs call time at which it began to sound */
  agent(audio: Uint8Array, atMs: number): void
  /**
   * For who cannot wait for `agent`: audio that was written to the carrier, which will begin to sound at `dueMs` unless
   * `cleared` is told before. It is what `agent` tells later, by the clock alone.
   */
  sent?(audio: Uint8Array, dueMs: number): void
  /** What would have sounded after `atMs` will not. */
  cleared?(atMs: number): void
  /** The caller's audio begins anew, on another stream. */
  attached?(): void
  /** The call is over: nothing more comes. */
  ended(atMs: number): void
}

/** An item of which audio waits. */
interface Waiting {
  readonly itemId: string
  /** The first byte of the item that was kept: whoever began to listen in mid-item did not get those before. */
  readonly firstByte: number
  /** Where that byte is, counted in all bytes ever kept. */
  readonly at: number
}

const ROOM_FIRST_BYTES = 16 * 1024
/** Half a minute and more of G.711: what a carrier may hold, and what waits for late marks. Of more, the oldest is lost. */
const ROOM_MOST_BYTES = 512 * 1024

export class Taps {
  readonly #bytesPerMs: number
  /** What a tap threw, which is then let go: a listener cannot harm the call. */
  readonly #onFault: (error: unknown) => void
  #taps: readonly Tap[] = []
  #ring = new Uint8Array(0)
  /** All bytes ever kept, and which of them may still be asked for. */
  #written = 0
  #oldest = 0
  #waiting: Waiting[] = []
  /** The item that was written last, whether or not anybody listened, and how much of it. */
  #itemId: string | null = null
  #itemBytes = 0
  #cleared = false

  constructor(legFormat: AudioFormat, onFault: (error: unknown) => void) {
    this.#bytesPerMs = bytesPerMs(legFormat)
    this.#onFault = onFault
  }

  /** @returns how to stop listening */
  add(tap: Tap): () => void {
    this.#taps = [...this.#taps, tap]
    return () => this.#remove(tap)
  }

  attached(): void {
    for (const tap of this.#taps) this.#guard(tap, () => tap.attached?.())
  }

  /** Caller audio has come. */
  caller(audio: Uint8Array, nowMs: number): void {
    if (this.#taps.length === 0) return
    const atMs = Math.max(0, nowMs - audio.length / this.#bytesPerMs)
    for (const tap of this.#taps) {
      // No closure here: this happens fifty times a second.
      try {
        tap.caller(audio, atMs)
      } catch (error) {
        this.#failed(tap, error)
      }
    }
  }

  /** Agent audio was written to the carrier, behind all that was written before. @param dueMs when it begins to sound, by the clock */
  sent(itemId: string, audio: Uint8Array, dueMs: number): void {
    if (itemId !== this.#itemId) {
      this.#itemId = itemId
      this.#itemBytes = 0
    }
    const firstByte = this.#itemBytes
    this.#itemBytes += audio.length
    if (this.#taps.length === 0) return
    if (this.#cleared) this.#forget()
    if (this.#waiting.at(-1)?.itemId !== itemId) this.#waiting.push({ itemId, firstByte, at: this.#written })
    this.#keep(audio)
    for (const tap of this.#taps) if (tap.sent !== undefined) this.#guard(tap, () => tap.sent?.(audio, dueMs))
  }

  /** The carrier's queue was dropped. What of it had sounded is told next, so that the rest is forgotten only after that. */
  cleared(nowMs: number): void {
    this.#cleared = true
    for (const tap of this.#taps) if (tap.cleared !== undefined) this.#guard(tap, () => tap.cleared?.(nowMs))
  }

  /** The ledger's word: so much of an item has sounded. */
  heard(itemId: string, fromMs: number, ms: number, atMs: number): void {
    if (this.#taps.length === 0) return
    const index = this.#waiting.findIndex((each) => each.itemId === itemId)
    const item = this.#waiting[index]
    if (item === undefined) return
    // What stands before it in line will not be told of again.
    if (index > 0) this.#waiting.splice(0, index)
    const toByte = Math.round((fromMs + ms) * this.#bytesPerMs)
    const oldestByte = item.firstByte + Math.max(0, this.#oldest - item.at)
    const wantedByte = Math.round(fromMs * this.#bytesPerMs)
    const fromByte = Math.max(wantedByte, oldestByte)
    const bytes = Math.min(toByte - fromByte, this.#written - this.#place(item, fromByte))
    if (bytes <= 0) return
    this.#tell(this.#place(item, fromByte), bytes, atMs + (fromByte - wantedByte) / this.#bytesPerMs)
    this.#oldest = Math.max(this.#oldest, this.#place(item, fromByte) + bytes)
  }

  ended(nowMs: number): void {
    for (const tap of this.#taps) this.#guard(tap, () => tap.ended(nowMs))
    this.#taps = []
    this.#forget()
    this.#ring = new Uint8Array(0)
  }

  #place(item: Waiting, byte: number): number {
    return item.at + byte - item.firstByte
  }

  /** In two pieces where the ring begins anew. */
  #tell(from: number, bytes: number, atMs: number): void {
    const at = from % this.#ring.length
    const first = Math.min(bytes, this.#ring.length - at)
    this.#tellPiece(this.#ring.subarray(at, at + first), atMs)
    if (first < bytes) this.#tellPiece(this.#ring.subarray(0, bytes - first), atMs + first / this.#bytesPerMs)
  }

  #tellPiece(audio: Uint8Array, atMs: number): void {
    for (const tap of this.#taps) this.#guard(tap, () => tap.agent(audio, atMs))
  }

  #keep(audio: Uint8Array): void {
    const needed = this.#written - this.#oldest + audio.length
    if (needed > this.#ring.length && this.#ring.length < ROOM_MOST_BYTES) this.#grow(needed)
    const room = this.#ring.length
    // More than there is room for at once: only the newest of it can be kept.
    const kept = audio.length > room ? audio.subarray(audio.length - room) : audio
    this.#written += audio.length - kept.length
    const at = this.#written % room
    const first = Math.min(kept.length, room - at)
    this.#ring.set(first < kept.length ? kept.subarray(0, first) : kept, at)
    if (first < kept.length) this.#ring.set(kept.subarray(first), 0)
    this.#written += kept.length
    this.#oldest = Math.max(this.#oldest, this.#written - room)
  }

  #grow(needed: number): void {
    let room = Math.max(ROOM_FIRST_BYTES, this.#ring.length)
    while (room < needed && room < ROOM_MOST_BYTES) room *= 2
    const larger = new Uint8Array(room)
    for (let byte = this.#oldest; byte < this.#written; byte++) {
      larger[byte % room] = this.#ring[byte % this.#ring.length] ?? 0
    }
    this.#ring = larger
  }

  #forget(): void {
    this.#cleared = false
    this.#waiting = []
    this.#oldest = this.#written
  }

  #remove(tap: Tap): void {
    this.#taps = this.#taps.filter((each) => each !== tap)
    if (this.#taps.length > 0) return
    this.#forget()
    this.#ring = new Uint8Array(0)
  }

  #guard(tap: Tap, work: () => void): void {
    try {
      work()
    } catch (error) {
      this.#failed(tap, error)
    }
  }

  #failed(tap: Tap, error: unknown): void {
    this.#remove(tap)
    this.#onFault(error)
  }
}
