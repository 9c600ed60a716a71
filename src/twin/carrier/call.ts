/** One phone call of the carrier twin, from the caller's side. All times are call time: milliseconds since it was placed. */
import { randomBytes } from 'node:crypto'
import type { Voice } from '../speech.ts'
import { CallClock } from './call-clock.ts'
import { soundToMulaw, textToMulaw, wavToMulaw } from './caller-audio.ts'
import type { Spoken } from './caller-voice.ts'
import { Control, type DialStatus, type DialVerb, type DocumentRequest, type Ended } from './control.ts'
import type { Notice, TwinEvent } from './events.ts'
import { type FaultInput, FaultPlan } from './faults.ts'
import { Line } from './line.ts'
import type { Segment } from './playout.ts'
import { Requests } from './requests.ts'
import type { MediaStream } from './stream.ts'
import type { Timekeeper } from './ticker.ts'
import type { Verb } from './twiml.ts'
import type { Sound } from './wav.ts'
import type { HttpAnswer } from './webhook.ts'

export interface CallOptions {
  readonly webhookUrl: string
  /** E.164, or `anonymous`. */
  readonly from: string
  readonly to: string
  /** Asked for all four events; without it there are none, as for calls to a number that has none set. */
  readonly statusCallbackUrl?: string
  /** The caller's voice; default rms. */
  readonly voice?: Voice
  /** Form fields beside or in place of the carrier's own. */
  readonly extraParams?: Readonly<Record<string, string>>
  readonly faults?: readonly FaultInput[]
  /** What a Dial comes to; default completed. */
  readonly dialStatus?: DialStatus
  /** How many documents are performed before the carrier gives up; default 20. */
  readonly maxDocuments?: number
  /** For live prints, from the first event on; see also {@link TwinCall.on}. */
  readonly onEvent?: (event: TwinEvent) => void
  /** Default true. False for load: no audio and no history of it is kept. */
  readonly record?: boolean
  /** Caller audio where nothing is said: base64 of 20 ms of µ-law for a chunk number from 1 on. Asked when it is sent. */
  readonly frames?: (chunk: number) => string
  /** Every media message as it arrives. The buffer may be kept. */
  readonly onAudio?: (audio: Buffer, atMs: number) => void
}

export interface CarrierSide {
  readonly authToken: string
  readonly accountSid: string
  readonly ticker: Timekeeper
  readonly connectTo: string | null
}

export class TwinCall {
  readonly callSid = `CA${randomBytes(16).toString('hex')}`
  /** What our server sent that a real carrier complains about. A test asserts there is nothing. */
  readonly warnings: Notice[] = []
  /** What failed: webhooks, handshakes, streams. */
  readonly errors: Notice[] = []
  /** Fulfilled when nothing is left of the call: streams closed, callbacks posted. Never rejects. */
  readonly ended: Promise<Ended>
  /** Fulfilled when the first webhook was answered, whatever with. */
  readonly placed: Promise<void>

  readonly #voice: Voice
  readonly #clock: CallClock
  readonly #requests: Requests
  readonly #line: Line
  readonly #control: Control
  readonly #listeners = new Set<(event: TwinEvent) => void>()
  readonly #callOver = new AbortController()

  /** @throws ZodError when a fault is misspelt */
  constructor(options: CallOptions, side: CarrierSide) {
    const { accountSid, connectTo, authToken } = side
    const { callSid } = this
    const clock = new CallClock(side.ticker)
    const faults = new FaultPlan(options.faults ?? [])
    this.#voice = options.voice ?? 'rms'
    this.#clock = clock
    if (options.onEvent) this.#listeners.add(options.onEvent)
    const emit = (event: TwinEvent) => this.#emit(event)
    const notice = (level: 'error' | 'warning', code: number, detail: string) => this.#notice(level, code, detail)
    const requests = new Requests({ authToken, connectTo, faults, clock, callOver: this.#callOver.signal })
    const { record = true, frames = null, onAudio = null } = options
    const line = new Line(
      { accountSid, callSid, clock, faults, record, connectTo, frames, onAudio },
      {
        emit,
        notice,
        upgradeSignature: (url) => requests.signature('upgrade', url, []),
        secondStream: (token) => requests.alongside(this.#control.openSecondStream(token)),
      },
    )
    this.#requests = requests
    this.#line = line
    const { from, to, webhookUrl, statusCallbackUrl = null, dialStatus = 'completed', maxDocuments = 20 } = options
    const given = {
      from,
      to,
      webhookUrl,
      statusCallbackUrl,
      dialStatus,
      maxDocuments,
      extraParams: options.extraParams ?? {},
    }
    const { promise, resolve } = Promise.withResolvers<void>()
    this.placed = promise
    this.#control = new Control({
      ...given,
      accountSid,
      callSid,
      clock,
      faults,
      requests,
      line,
      emit,
      notice,
      callOver: this.#callOver,
    })
    this.ended = this.#control.run(resolve)
  }

  get nowMs(): number {
    return this.#clock.nowMs()
  }

  /** Every TwiML request so far, and how it was answered. */
  get documents(): readonly DocumentRequest[] {
    return this.#control.documents
  }

  /** Every verb that was begun, in order. */
  get verbs(): readonly Verb[] {
    return this.#control.verbs
  }

  get dialled(): readonly DialVerb[] {
    return this.#control.dialled
  }

  /** What the carrier itself said to the caller. */
  get saidByCarrier(): string[] {
    return this.verbs.flatMap((verb) => (verb.verb === 'Say' ? verb.text : []))
  }

  /** Agent audio that has really been played up to now, to the fraction of a millisecond. */
  get playedMs(): number {
    return this.#line.playedMs
  }

  /** Every media message of the server and what of it was played; empty when the call is not recorded. */
  get segments(): readonly Segment[] {
    return this.#line.segments
  }

  get clears(): readonly { readonly atMs: number; readonly droppedMs: number }[] {
    return this.#line.clears
  }

  /** All streams that were opened, in order; what was received on each, and how it closed. */
  get streams(): readonly MediaStream[] {
    return this.#line.streams
  }

  /** Answers to requests that a `duplicate` fault repeated. */
  get duplicateAnswers(): readonly HttpAnswer[] {
    return this.#requests.duplicateAnswers
  }

  /** Fulfilled when the first stream has started. @throws CallOver when the call ends without one */
  get streaming(): Promise<void> {
    return this.#line.streaming
  }

  /** Listens to everything that happens from now on. @returns how to stop listening */
  on(listener: (event: TwinEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Says a text after what is being said. Fulfilled when it has been spoken. @throws CallOver when the call ends before */
  async say(text: string): Promise<Spoken> {
    return this.#line.voice.say(text, await textToMulaw(text, this.#voice))
  }

  /** As {@link say}, with a WAV of PCM16 or µ-law at 8, 16 or 24 kHz. @throws Error when it is none */
  async playWav(path: string): Promise<Spoken> {
    return this.#line.voice.say(path, await wavToMulaw(path))
  }

  /** As {@link say}. @param sound mono, at 8, 16 or 24 kHz */
  async playPcm(sound: Sound): Promise<Spoken> {
    return this.#line.voice.say('samples', soundToMulaw(sound))
  }

  /** Presses keys, a tenth of a second each. @throws Error when they are none or no stream is open */
  sendDtmf(digits: string): Promise<void> {
    return this.#line.sendDtmf(digits)
  }

  /** Fulfilled, with when it began, while the agent is heard or when it next is. @throws CallOver as all waits */
  waitForAgentSpeech(): Promise<number> {
    return this.#line.ear.waitForSpeech()
  }

  /** Fulfilled when the agent has been heard for `ms` without a pause of 200 ms. @throws CallOver */
  waitUntilHeardMs(ms: number): Promise<number> {
    return this.#line.ear.waitUntilHeard(ms)
  }

  /** Fulfilled when nothing has been queued or played for `ms`. @throws CallOver */
  waitForAgentSilence(ms: number): Promise<number> {
    return this.#line.ear.waitForSilence(ms)
  }

  /** The caller hangs up: `stop`, close, `completed`. Fulfilled when nothing is left of the call. */
  async hangUp(): Promise<Ended> {
    this.#callOver.abort()
    await this.#line.end()
    return this.ended
  }

  /** Two channels at 8 kHz: the caller, and the agent as really heard, from call time 0. @throws Error when not recorded */
  writeWav(path: string, encoding: 'pcm16' | 'mulaw' = 'pcm16'): Promise<void> {
    return this.#line.writeWav(path, encoding)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.hangUp()
  }

  #notice(type: 'error' | 'warning', code: number, detail: string): void {
    const atMs = this.#clock.nowMs()
    const list = type === 'error' ? this.errors : this.warnings
    list.push({ code, detail, atMs })
    this.#emit({ type, code, detail, atMs })
  }

  #emit(event: TwinEvent): void {
    for (const listener of this.#listeners) listener(event)
  }
}
