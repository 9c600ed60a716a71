/** One caller on the telephone, and everything that can be seen of the call: on the line, in the model, in the journal. */
import { expect } from 'vitest'
import type { EndReason } from '../../src/call/end-reason.ts'
import type { CallEvent, EventBody, EventType } from '../../src/call/events.ts'
import type { TwinCall } from '../../src/twin/carrier/call.ts'
import type { TwinSession } from '../../src/twin/model/session-record.ts'
import { expectTrueAccount } from './account.ts'
import type { World } from './world.ts'

type BodyOf<Type extends EventType> = Extract<EventBody, { type: Type }>

export class Caller {
  readonly call: TwinCall
  readonly #world: World
  readonly #mouth: { readonly framesSent: number }
  readonly #session: TwinSession | null

  constructor(world: World, call: TwinCall, mouth: { readonly framesSent: number }, session: TwinSession | null) {
    this.#world = world
    this.call = call
    this.#mouth = mouth
    this.#session = session
  }

  /** 20 ms frames that have left the caller's telephone, speech and silence; up to date whenever the caller is silent. */
  get framesSent(): number {
    return this.#mouth.framesSent
  }

  /** The first session of the call. @throws Error when it was not waited for */
  get session(): TwinSession {
    if (this.#session === null) throw new Error('nobody waited for the session of this call')
    return this.#session
  }

  /** The call's events so far. */
  get events(): readonly CallEvent[] {
    const { callSid } = this.call
    const { events } = this.#world
    const first = events.find(({ body }) => body.type === 'call-started' && body.carrierCallId === callSid)
    return first === undefined ? [] : events.filter(({ callId }) => callId === first.callId)
  }

  get callId(): string {
    return this.events[0]?.callId ?? ''
  }

  /** The bodies of one type so far, in order. */
  bodies<Type extends EventType>(type: Type): BodyOf<Type>[] {
    return this.events.flatMap(({ body }) => (isOfType(body, type) ? [body] : []))
  }

  /** Waits for the nth event of a type, counted from 1, that fits. */
  event<Type extends EventType>(
    type: Type,
    { nth = 1, fits = () => true }: { nth?: number; fits?: (body: BodyOf<Type>) => boolean } = {},
  ): Promise<BodyOf<Type>> {
    return this.#world.until(() => this.bodies(type).filter(fits)[nth - 1], `${type} number ${nth}`)
  }

  /** Until this many more ms of agent audio have really been played. */
  async heardMore(ms: number): Promise<void> {
    const enough = this.call.playedMs + ms
    await this.#world.until(() => this.call.playedMs >= enough, `${ms} ms more of the agent heard`)
  }

  /** Until the agent has left the line for the nth time: what it said was heard to its end, or cut. */
  agentSaid(nth: number): Promise<BodyOf<'agent-said'>> {
    return this.event('agent-said', { nth })
  }

  /** Says words, of which the model is told, since nothing here recognises speech. */
  says(words: string): Promise<{ readonly startMs: number; readonly endMs: number }> {
    const listener = this.#session?.closed === null ? this.#session : this.#world.model
    listener.hears(words)
    return this.call.say(words)
  }

  /** The caller hangs up, and the log says so. */
  async hangsUp(): Promise<BodyOf<'call-ended'>> {
    await this.call.hangUp()
    return this.ended('caller-hung-up')
  }

  /** Carrier and server have ended the call, for this reason and without a complaint, and its account is true. */
  async ended(reason: EndReason): Promise<BodyOf<'call-ended'>> {
    await this.call.ended
    const ended = await this.event('call-ended')
    expect(ended.reason).toBe(reason)
    expect({ warnings: this.call.warnings, errors: this.call.errors }).toEqual({ warnings: [], errors: [] })
    expectTrueAccount(this.events)
    return ended
  }

  /** What the agent said: what was heard of it, and behind a stroke what was not. */
  get agentWords(): string[] {
    return this.bodies('agent-said').map(({ heardText, unheardText, interrupted }) =>
      interrupted ? `${heardText} / ${unheardText}` : heardText,
    )
  }

  get callerWords(): string[] {
    return this.bodies('caller-said').map(({ text }) => text)
  }
}

function isOfType<Type extends EventType>(body: EventBody, type: Type): body is BodyOf<Type> {
  return body.type === type
}
