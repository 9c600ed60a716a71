/** One call as the bench sees it: both ends of it are in this process, so what came of what is simply known. */
import { type MarkedAudio, markedAudio, type WireFormat } from './marked-audio.ts'
import type { Measures } from './measures.ts'
import { Track } from './track.ts'

/** What the server under test is expected to do besides passing audio on. */
export interface Expectations {
  readonly wire: WireFormat
  /** The bare bridge neither clears nor truncates nor answers function calls. */
  readonly converses: boolean
}

export class BenchCall {
  readonly index: number
  readonly expected: Expectations
  readonly measures: Measures
  readonly callerAudio: MarkedAudio
  readonly modelAudio: MarkedAudio
  readonly up: Track
  readonly down: Track
  /** The numbers of the first frames of the item that the caller hears and of those on their way to him. */
  #itemsFrom = [0]
  /** How much of the present item has reached the caller. */
  #itemGotMs = 0
  #interruptedAtMs: number | null = null
  #playedMs: number | null = null
  #truncatedMs: number | null = null
  /** Nothing may come: what the model said was cut off, and it has not begun anew. */
  #silenced = false

  constructor(index: number, expected: Expectations, measures: Measures) {
    const audio = markedAudio(expected.wire)
    this.index = index
    this.expected = expected
    this.measures = measures
    this.callerAudio = audio.caller
    this.modelAudio = audio.model
    this.up = new Track(measures.up, measures.upFrames)
    this.down = new Track(measures.down, measures.downFrames)
  }

  /** Whether audio is still on its way that must arrive. */
  get waiting(): boolean {
    return this.up.waiting || this.down.waiting
  }

  /** The model begins an item. */
  beginItem(): void {
    this.#silenced = false
    this.down.resume()
    this.#itemsFrom.push(this.down.sent)
  }

  /** The model is about to say that the caller speaks, over what it says itself. @param sounding some of it was sent */
  interrupt(nowMs: number, sounding: boolean): void {
    if (!this.expected.converses) return
    if (this.#interruptedAtMs !== null) this.measures.trouble('an interruption without clear')
    if (this.#playedMs !== null) this.measures.trouble('an interruption without truncation')
    this.#interruptedAtMs = sounding ? nowMs : null
    this.#playedMs = null
    this.#truncatedMs = null
    this.down.cut()
    if (!sounding) this.down.cleared()
  }

  /** A frame of the agent has reached the caller. */
  heard(number: number, nowMs: number): void {
    if (this.#silenced) this.measures.oldFrames++
    while (this.#itemsFrom.length > 1 && number >= this.#itemsFrom[1]!) {
      this.#itemsFrom.shift()
      this.#itemGotMs = 0
    }
    this.#itemGotMs += 20
    this.down.receive(number, nowMs)
  }

  /** The caller was told to drop what is queued. @param queuedMs how much of it had not been played */
  cleared(nowMs: number, queuedMs: number): void {
    if (this.#interruptedAtMs === null) return this.measures.trouble('a clear without an interruption')
    this.measures.clear.add(nowMs - this.#interruptedAtMs)
    this.#interruptedAtMs = null
    this.#silenced = !this.down.resumed
    this.down.cleared()
    this.#playedMs = Math.max(0, this.#itemGotMs - queuedMs)
    this.#compare()
  }

  /** The model was told how much of the item it was saying was heard. */
  truncated(ms: number): void {
    if (this.#truncatedMs !== null) return this.measures.trouble('an item truncated twice')
    this.#truncatedMs = ms
    this.#compare()
  }

  /** Clear and truncation travel on two sockets: whichever comes second completes the pair. */
  #compare(): void {
    if (this.#playedMs === null || this.#truncatedMs === null) return
    this.measures.truncation.add(Math.abs(this.#truncatedMs - this.#playedMs))
    this.#playedMs = null
  }
}
