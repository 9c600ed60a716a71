/** The rest of Earshot as a carrier sees it, with everything written down in order. */
import type { Answer, Exchange, IncomingCall, Leg, LegEvent, LegSink, Next } from '../../src/carriers/carrier.ts'

/** Things that happen, to be taken one by one as they come. */
export class Happenings<T> {
  readonly #waiting: ((thing: T) => void)[] = []
  readonly #things: T[] = []

  add(thing: T): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#things.push(thing)
    else next(thing)
  }

  /** The oldest not yet taken, when there is one. */
  take(): Promise<T> {
    const thing = this.#things.shift()
    return thing === undefined ? new Promise((resolve) => this.#waiting.push(resolve)) : Promise.resolve(thing)
  }

  /** What has come and was not taken. */
  get rest(): readonly T[] {
    return this.#things
  }
}

export type Told = { readonly type: 'audio'; readonly audio: Buffer; readonly base64: string | null } | LegEvent

export class RecordingSink implements LegSink {
  readonly told = new Happenings<Told>()
  readonly callId: string
  readonly leg: Leg

  constructor(callId: string, leg: Leg) {
    this.callId = callId
    this.leg = leg
  }

  audio(audio: Uint8Array, base64: string | null): void {
    this.told.add({ type: 'audio', audio: Buffer.from(audio), base64 })
  }

  event(event: LegEvent): void {
    this.told.add(event)
  }
}

export class RecordingExchange implements Exchange {
  readonly calls: IncomingCall[] = []
  readonly asked: { carrier: string; carrierCallId: string }[] = []
  readonly statuses: { carrier: string; carrierCallId: string; status: string; final: boolean }[] = []
  readonly attached = new Happenings<RecordingSink>()
  /** How many times `attach` was asked, whatever came of it. */
  attachments = 0
  /** The answers, to be changed by a test. */
  onAnswer: (call: IncomingCall) => Answer = (call) => ({ type: 'stream', callId: callIdOf(call.carrierCallId) })
  onAttach: (callId: string, leg: Leg) => RecordingSink | null = (callId, leg) => new RecordingSink(callId, leg)
  onNext: (carrierCallId: string) => Next = () => ({ type: 'hang-up', say: null })

  answer(call: IncomingCall): Answer {
    this.calls.push(call)
    return this.onAnswer(call)
  }

  attach(callId: string, leg: Leg): LegSink | null {
    this.attachments++
    const sink = this.onAttach(callId, leg)
    if (sink !== null) this.attached.add(sink)
    return sink
  }

  next(carrier: string, carrierCallId: string): Next {
    this.asked.push({ carrier, carrierCallId })
    return this.onNext(carrierCallId)
  }

  status(carrier: string, carrierCallId: string, status: string, final: boolean): void {
    this.statuses.push({ carrier, carrierCallId, status, final })
  }
}

export function callIdOf(carrierCallId: string): string {
  return `call-of-${carrierCallId}`
}
