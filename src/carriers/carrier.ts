/**
 * The contract between a carrier and a call. A carrier is one folder beside this file; it registers its own routes,
 * proves that a request comes from the carrier, and turns its wire into 20 ms frames and the few events below.
 */
import type { FastifyInstance } from 'fastify'
import type { AudioFormat } from '../audio/format.ts'

export interface Carrier {
  readonly name: string
  /** Adds the carrier's routes. Called once, before the server listens. */
  register(app: FastifyInstance, exchange: Exchange): Promise<void>
}

/** One carrier stream that serves a call: what the bridge may do with it. After it has closed, all of this does nothing. */
export interface Leg {
  readonly streamId: string
  /** Both ways. */
  readonly format: AudioFormat
  /** How much audio, in ms, may wait at the carrier ahead of the ear. */
  readonly maxLeadMs: number
  /**
   * Queue audio behind what is queued already.
   * @param audio whole 20 ms frames in `format`; not kept after the call returns
   * @param base64 the same audio as base64, when it is already at hand
   */
  play(audio: Uint8Array, base64: string | null): void
  /** Ask to be told, by `mark-heard`, when all audio queued so far has been played. Names are unique in a call. */
  mark(name: string): void
  /** Drop everything queued. Marks that come back later are for audio that may not have been heard. */
  clear(): void
  /** Close our side; the carrier then asks its `Exchange.next`. */
  release(): void
  /** Bytes written but not yet taken by the network. */
  readonly backlogBytes: number
}

export type LegEvent =
  | { readonly type: 'mark-heard'; readonly name: string }
  | { readonly type: 'dtmf'; readonly digit: string }
  /** Told once, last. `ended`: the carrier said so; `lost`: the socket broke; `by-us`: released or replaced. */
  | { readonly type: 'closed'; readonly why: 'ended' | 'lost' | 'bad-media' | 'by-us'; readonly detail: string }

/** What a leg tells the call it serves. Both are called synchronously, in the order of the wire. */
export interface LegSink {
  /**
   * @param audio caller audio in the leg's format, usually one 20 ms frame; valid only until the call returns
   * @param base64 the same audio as it came, or null when the wire is binary or the leg filled a gap
   */
  audio(audio: Uint8Array, base64: string | null): void
  event(event: LegEvent): void
}

export interface IncomingCall {
  readonly carrier: string
  /** The carrier's own id of the phone call (Twilio: CallSid). */
  readonly carrierCallId: string
  /** As the carrier gives them: usually E.164, `from` may be `anonymous`. */
  readonly from: string
  readonly to: string
  /** Whom the caller asked for by name: it answers whatever its numbers, callers and hours are. Left out: `to` decides. */
  readonly agent?: string
}

/** What a carrier may ask of the rest of Earshot, only about requests and streams it has verified. */
export interface Exchange {
  /**
   * A phone call waits for an answer. The same carrierCallId again gets the same call.
   * The model session is opened before this returns; nothing here waits for a disk or a network.
   */
  answer(call: IncomingCall): Answer
  /** A verified stream for an answered call; the newest leg of a call owns it. Null: there is no such live call. */
  attach(callId: string, leg: Leg): LegSink | null
  /** The stream is over and the carrier asks what to do with the phone call. */
  next(carrier: string, carrierCallId: string): Next
  /** A status callback, in whatever order they come. `final`: the phone call is over. */
  status(carrier: string, carrierCallId: string, status: string, final: boolean): void
}

export type Answer =
  | { readonly type: 'stream'; readonly callId: string }
  /** `say` is for the caller's ear, in `language` (like de or de-AT) when that is known; `reason` is for the log. */
  | { readonly type: 'refuse'; readonly say: string; readonly language?: string; readonly reason: string }
  /** Somebody else is to answer: no agent talks, and no stream is opened. */
  | { readonly type: 'dial'; readonly destination: Destination; readonly reason: string }

export type Next =
  /** Open a stream again: the call goes on (its socket broke, or the server was restarted). */
  | { readonly type: 'stream'; readonly callId: string }
  /** `name`: what the agent's file calls the destination, for people; left out when nobody knows. */
  | { readonly type: 'dial'; readonly destination: Destination; readonly say: string | null; readonly name?: string }
  | { readonly type: 'hang-up'; readonly say: string | null }

export type Destination = { readonly phone: string } | { readonly sip: string }
