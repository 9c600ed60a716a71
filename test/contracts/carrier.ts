/**
 * What every carrier must do, whatever its wire. A carrier's test opens a rig (the carrier under test on a real server, and
 * the far side of its wire) and passes it here; rules that only one wire has are in that carrier's own tests.
 */
import { describe, expect, it } from 'vitest'
import { frameBytes, silenceByte } from '../../src/audio/format.ts'
import type { Destination, IncomingCall } from '../../src/carriers/carrier.ts'
import { callIdOf, type RecordingExchange, type RecordingSink, type Told } from './recording-exchange.ts'

/** For what follows soon, but not at once: the far side of a socket closing. */
const PATIENCE = { timeout: 10_000 }

export interface CarrierRig {
  /** `Carrier.name` */
  readonly name: string
  readonly exchange: RecordingExchange
  /** What it says of a call with these numbers; left out: the numbers. */
  incoming?(numbers: { readonly from: string; readonly to: string }): Pick<IncomingCall, 'from' | 'to' | 'agent'>
  /** The carrier asks us to answer a phone call. */
  ring(call: { readonly from: string; readonly to: string }): Promise<PhoneCall>
  /** Somebody who is not the carrier asks the same; resolves when refused, rejects when served. */
  forgeRing(): Promise<void>
  /** Streams, tokens, timers: whatever the carrier still holds. */
  held(): number
  close(): Promise<void>
}

export type CallerTold =
  | { readonly type: 'stream' }
  | { readonly type: 'dial'; readonly destination: Destination; readonly said: string | null }
  | { readonly type: 'hang-up'; readonly said: string | null }

export interface PhoneCall {
  readonly carrierCallId: string
  readonly answer: CallerTold
  /** The same question again, as carriers ask when they think the first was lost; null: this one does not, once a call is over. */
  ringAgain(): Promise<CallerTold> | null
  /** Opens the stream that the newest answer named. */
  openStream(): Promise<FarStream>
  /** The stream is over: what now? */
  next(): Promise<CallerTold>
  /** The phone call is over. */
  hungUp(): Promise<void>
}

type Heard =
  | { readonly type: 'audio'; readonly audio: Buffer }
  | { readonly type: 'mark'; readonly name: string }
  | { readonly type: 'clear' }
  | { readonly type: 'closed' }

export interface FarStream {
  speak(frame: Buffer): void
  playedMark(name: string): void
  press(digit: string): void
  /** The carrier says that it is over. */
  stop(): void
  /** The wire breaks without a word. */
  cut(): void
  /** The next thing our side sent. */
  hear(): Promise<Heard>
}

export function carrierContract(carrier: string, openRig: () => Promise<CarrierRig>): void {
  const withRig = (test: (rig: CarrierRig) => Promise<void>) => async () => {
    const rig = await openRig()
    try {
      await test(rig)
    } finally {
      await rig.close()
    }
  }
  const NUMBERS = { from: '+15550111', to: '+15550100' }

  async function talk(rig: CarrierRig): Promise<{ call: PhoneCall; stream: FarStream; sink: RecordingSink }> {
    const call = await rig.ring(NUMBERS)
    const stream = await call.openStream()
    return { call, stream, sink: await rig.exchange.attached.take() }
  }
  const framesOf = (sink: RecordingSink, values: readonly number[]) =>
    values.map((value) => Buffer.alloc(frameBytes(sink.leg.format), value))

  describe(`${carrier} keeps the carrier contract`, () => {
    it(
      'asks the exchange to answer, with the numbers as the carrier gives them',
      withRig(async (rig) => {
        const call = await rig.ring(NUMBERS)
        expect(call.answer).toEqual({ type: 'stream' })
        const said = rig.incoming?.(NUMBERS) ?? NUMBERS
        expect(rig.exchange.calls).toEqual([{ carrier: rig.name, carrierCallId: call.carrierCallId, ...said }])
      }),
    )

    it(
      'speaks a refusal and hangs up',
      withRig(async (rig) => {
        rig.exchange.onAnswer = () => ({ type: 'refuse', say: 'We are <closed> & "away".', reason: 'closed' })
        const call = await rig.ring(NUMBERS)
        expect(call.answer).toEqual({ type: 'hang-up', said: 'We are <closed> & "away".' })
      }),
    )

    it.each<Destination>([{ phone: '+15550123' }, { sip: 'sip:desk@pbx.example.com' }])(
      'sends a call that nobody talks in to %j at once',
      (destination) =>
        withRig(async (rig) => {
          rig.exchange.onAnswer = () => ({ type: 'dial', destination, reason: 'outside its hours' })
          const call = await rig.ring(NUMBERS)
          expect(call.answer).toEqual({ type: 'dial', destination, said: null })
          const again = call.ringAgain()
          if (again !== null) expect(await again).toEqual(call.answer)
          await expect.poll(() => rig.held(), PATIENCE).toBe(0)
        })(),
    )

    it(
      'does not let a stranger ask',
      withRig(async (rig) => {
        await rig.forgeRing()
        expect(rig.exchange.calls).toEqual([])
      }),
    )

    it(
      'attaches the stream to the call it was answered for',
      withRig(async (rig) => {
        const { call, sink } = await talk(rig)
        expect(sink.callId).toBe(callIdOf(call.carrierCallId))
        expect(sink.leg.streamId).not.toBe('')
        expect(sink.leg.maxLeadMs).toBeGreaterThanOrEqual(1_000)
        expect(sink.leg.backlogBytes).toBe(0)
      }),
    )

    it(
      'delivers every caller frame once, in order, and keys between them',
      withRig(async (rig) => {
        const { stream, sink } = await talk(rig)
        const values = Array.from({ length: 100 }, (_, i) => i)
        const frames = framesOf(sink, values)
        for (const [i, frame] of frames.entries()) {
          if (i === 50) stream.press('5')
          stream.speak(frame)
        }
        const told: Told[] = []
        for (let i = 0; i < frames.length + 1; i++) told.push(await sink.told.take())
        expect(told[50]).toEqual({ type: 'dtmf', digit: '5' })
        told.splice(50, 1)
        for (const [i, thing] of told.entries()) {
          expect(thing).toMatchObject({ type: 'audio' })
          if (thing.type !== 'audio') continue
          expect(thing.audio).toEqual(frames[i])
          if (thing.base64 !== null) expect(Buffer.from(thing.base64, 'base64')).toEqual(thing.audio)
        }
        expect(sink.told.rest).toEqual([])
      }),
    )

    it(
      'plays audio, marks and clears in the order they were asked for',
      withRig(async (rig) => {
        const { stream, sink } = await talk(rig)
        const [first, second, third] = framesOf(sink, [1, 2, 3])
        if (!first || !second || !third) throw new Error('no frames')
        const { leg } = sink
        leg.play(first, null)
        leg.play(second, second.toString('base64'))
        leg.mark('m "1"')
        leg.clear()
        // Reused at once: a leg keeps nothing of what it is given.
        const reused = Buffer.from(third)
        leg.play(reused, null)
        reused.fill(silenceByte(leg.format.encoding))
        const heard: Heard[] = []
        for (let i = 0; i < 5; i++) heard.push(await stream.hear())
        expect(heard).toEqual([
          { type: 'audio', audio: first },
          { type: 'audio', audio: second },
          { type: 'mark', name: 'm "1"' },
          { type: 'clear' },
          { type: 'audio', audio: third },
        ])
        stream.playedMark('m "1"')
        expect(await sink.told.take()).toEqual({ type: 'mark-heard', name: 'm "1"' })
      }),
    )

    it(
      'tells `ended` once when the carrier says so, and does nothing afterwards',
      withRig(async (rig) => {
        const { stream, sink } = await talk(rig)
        stream.stop()
        expect(await sink.told.take()).toMatchObject({ type: 'closed', why: 'ended' })
        for (const frame of framesOf(sink, [1])) sink.leg.play(frame, null)
        sink.leg.mark('late')
        sink.leg.clear()
        sink.leg.release()
        expect(await stream.hear()).toEqual({ type: 'closed' })
        expect(sink.leg.backlogBytes).toBe(0)
        await expect.poll(() => rig.held(), PATIENCE).toBe(0)
        expect(sink.told.rest).toEqual([])
      }),
    )

    it(
      'tells `lost` when the wire breaks',
      withRig(async (rig) => {
        const { stream, sink } = await talk(rig)
        stream.cut()
        expect(await sink.told.take()).toMatchObject({ type: 'closed', why: 'lost' })
        await expect.poll(() => rig.held(), PATIENCE).toBe(0)
        expect(sink.told.rest).toEqual([])
      }),
    )

    it(
      'tells `by-us` when released, hears the caller no more, and then asks what is next',
      withRig(async (rig) => {
        const { call, stream, sink } = await talk(rig)
        sink.leg.release()
        sink.leg.release()
        for (const frame of framesOf(sink, [1])) stream.speak(frame)
        expect(await stream.hear()).toEqual({ type: 'closed' })
        expect(await sink.told.take()).toMatchObject({ type: 'closed', why: 'by-us' })
        expect(await call.next()).toEqual({ type: 'hang-up', said: null })
        expect(rig.exchange.asked).toEqual([{ carrier: rig.name, carrierCallId: call.carrierCallId }])
        await expect.poll(() => rig.held(), PATIENCE).toBe(0)
        expect(sink.told.rest).toEqual([])
      }),
    )

    it(
      'gives the same call when asked twice, and either answer’s stream can serve it',
      withRig(async (rig) => {
        const { call, sink } = await talk(rig)
        expect(await call.ringAgain()).toEqual({ type: 'stream' })
        await call.openStream()
        const second = await rig.exchange.attached.take()
        expect(second.callId).toBe(sink.callId)
        expect(second.leg).not.toBe(sink.leg)
        // Which of the two owns the call is the exchange's to say: it releases the older.
        sink.leg.release()
        expect(await sink.told.take()).toMatchObject({ type: 'closed', why: 'by-us' })
        expect(second.told.rest).toEqual([])
      }),
    )

    it(
      'lets a call go on over a new stream',
      withRig(async (rig) => {
        const { call, stream, sink } = await talk(rig)
        rig.exchange.onNext = (carrierCallId) => ({ type: 'stream', callId: callIdOf(carrierCallId) })
        stream.cut()
        await sink.told.take()
        expect(await call.next()).toEqual({ type: 'stream' })
        const again = await call.openStream()
        const { leg, callId } = await rig.exchange.attached.take()
        expect(callId).toBe(sink.callId)
        leg.clear()
        expect(await again.hear()).toEqual({ type: 'clear' })
      }),
    )

    it.each<Destination>([{ phone: '+15550123' }, { sip: 'sip:desk@pbx.example.com;transport=tls' }])(
      'transfers to %j',
      (destination) =>
        withRig(async (rig) => {
          const { call, sink } = await talk(rig)
          rig.exchange.onNext = () => ({ type: 'dial', destination, say: 'One moment & I put you through.' })
          sink.leg.release()
          expect(await call.next()).toEqual({ type: 'dial', destination, said: 'One moment & I put you through.' })
        })(),
    )

    it(
      'closes a stream that the exchange does not want',
      withRig(async (rig) => {
        rig.exchange.onAttach = () => null
        const call = await rig.ring(NUMBERS)
        const stream = await call.openStream()
        expect(await stream.hear()).toEqual({ type: 'closed' })
        await expect.poll(() => rig.held(), PATIENCE).toBe(0)
      }),
    )

    it(
      'ends only the leg whose sink throws',
      withRig(async (rig) => {
        const quiet = await talk(rig)
        const { stream, sink } = await talk(rig)
        sink.audio = () => {
          throw new Error('a bug in the bridge')
        }
        for (const frame of framesOf(sink, [1, 2])) stream.speak(frame)
        expect(await stream.hear()).toEqual({ type: 'closed' })
        expect(await sink.told.take()).toMatchObject({ type: 'closed' })
        for (const frame of framesOf(sink, [3])) quiet.stream.speak(frame)
        expect(await quiet.sink.told.take()).toMatchObject({ type: 'audio' })
      }),
    )

    it(
      'reports the end of the phone call',
      withRig(async (rig) => {
        const { call } = await talk(rig)
        await call.hungUp()
        expect(rig.exchange.statuses).toMatchObject([
          { carrier: rig.name, carrierCallId: call.carrierCallId, final: true },
        ])
      }),
    )
  })
}
