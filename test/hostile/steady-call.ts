/** A call that notices everything: numbered frames run both ways without a pause, and each must arrive once and in order. */
import { expect } from 'vitest'
import type { TwinCall } from '../../src/twin/carrier/call.ts'
import type { CarrierTwin } from '../../src/twin/carrier/carrier-twin.ts'
import type { PlainModel, PlainSession, Speech } from './plain-model.ts'

const FRAME_BYTES = 160
const FRAMES_A_SECOND = 50
/** What the model is ahead of the ear: it speaks faster than real time, as models do. */
const LEAD_SECONDS = 4

function numbered(number: number): Buffer {
  const frame = Buffer.alloc(FRAME_BYTES, 0xff)
  frame.writeUInt32BE(number)
  return frame
}

/** The numbers of frames that lie one behind the other. */
function numbersIn(bytes: Buffer): number[] {
  return Array.from({ length: bytes.length / FRAME_BYTES }, (_, i) => bytes.readUInt32BE(i * FRAME_BYTES))
}

/** Numbers as the runs they make, such as `0–99`, so that one that is missing can be seen. */
function runs(numbers: readonly number[]): string[] {
  const starts = numbers.flatMap((number, i) => (i === 0 || number !== numbers[i - 1]! + 1 ? [i] : []))
  return starts.map((start, i) => `${numbers[start]}–${numbers[(starts[i + 1] ?? numbers.length) - 1]}`)
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i)
}

/** Needs an agent that speaks g711, has no greeting, and no server between that changes audio. */
export class SteadyCall {
  readonly call: TwinCall
  readonly session: PlainSession
  readonly #model: PlainModel
  readonly #fromCaller: number[]
  readonly #toCaller: number[]
  readonly #pauses: { readonly atMs: number }[]
  readonly #speech: Speech
  readonly #timer: NodeJS.Timeout
  #spoken = 0

  private constructor(
    call: TwinCall,
    session: PlainSession,
    model: PlainModel,
    heard: { fromCaller: number[]; toCaller: number[]; pauses: { readonly atMs: number }[] },
  ) {
    this.call = call
    this.session = session
    this.#model = model
    this.#fromCaller = heard.fromCaller
    this.#toCaller = heard.toCaller
    this.#pauses = heard.pauses
    session.onAudio = (base64) => {
      this.#fromCaller.push(...numbersIn(Buffer.from(base64, 'base64')))
      model.changed()
    }
    this.#speech = session.speak()
    for (let second = 0; second < LEAD_SECONDS; second++) this.#speakOn()
    this.#timer = setInterval(() => this.#speakOn(), 1000)
  }

  /** @param webhookUrl as the carrier knows it */
  static async place(carrier: CarrierTwin, model: PlainModel, webhookUrl: string): Promise<SteadyCall> {
    const heard = { fromCaller: [] as number[], toCaller: [] as number[], pauses: [] as { readonly atMs: number }[] }
    const sessionsBefore = model.sessions.length
    const early: number[] = []
    model.onConfigured = (session) => {
      // Caller audio may come as soon as the session is configured.
      session.onAudio = (base64) => early.push(...numbersIn(Buffer.from(base64, 'base64')))
    }
    const call = await carrier.placeCall({
      webhookUrl,
      statusCallbackUrl: webhookUrl.replace(/voice$/, 'status'),
      from: '+15550123',
      to: '+15550100',
      record: false,
      frames: (chunk) => numbered(chunk - 1).toString('base64'),
      onAudio: (audio) => {
        heard.toCaller.push(...numbersIn(audio))
        model.changed()
      },
      onEvent: (event) => {
        if (event.type === 'agent-audio-ended') heard.pauses.push(event)
      },
    })
    const session = await model.until(() => model.sessions[sessionsBefore], 'the session of the call')
    await model.until(() => session.configured, 'a configured session')
    await call.streaming
    heard.fromCaller.push(...early.splice(0))
    return new SteadyCall(call, session, model, heard)
  }

  /** Stops speaking, and holds that every frame of both ways has come once and in order, without a pause and an error. */
  async finish(): Promise<void> {
    clearInterval(this.#timer)
    this.#speech.done()
    const { call, session } = this
    await this.#model.until(() => this.#toCaller.length >= this.#spoken, 'all that the model said')
    await this.#model.until(() => this.#fromCaller.length > 0, 'the caller')
    expect(this.#pauses).toEqual([])
    expect(session.closed).toBe(null)
    await call.hangUp()
    await this.#model.until(() => session.closed !== null, 'the end of the session')
    expect(runs(this.#toCaller)).toEqual([`0–${this.#spoken - 1}`])
    expect(runs(this.#fromCaller)).toEqual([`0–${this.#fromCaller.length - 1}`])
    expect({ errors: call.errors, warnings: call.warnings }).toEqual({ errors: [], warnings: [] })
    expect(session.received.map(({ type }) => type)).toEqual(['session.update'])
  }

  #speakOn(): void {
    const frames = upTo(FRAMES_A_SECOND).map((i) => numbered(this.#spoken + i))
    this.#spoken += FRAMES_A_SECOND
    this.#speech.audio(Buffer.concat(frames).toString('base64'))
  }
}
