/** What every store of recordings does, whatever it keeps them in. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RecordingStore } from '../../src/call-log/recording-store.ts'
import { tracksOf } from '../scenarios/recorded.ts'

export interface RecordingsUnderTest {
  readonly store: RecordingStore
  readonly where: 'disk' | 's3'
  /** Waits until what is kept is where it will stay. */
  settled(): Promise<void>
  /** Every file, object and name that is left of a call. */
  traces(callId: string): Promise<readonly string[]>
  close(): Promise<void>
}

const FRAME = 160

/** 20 ms of which every byte says where in the call it is. */
export function frame(at: number, seed = 0): Uint8Array {
  return Uint8Array.from({ length: FRAME }, (_, byte) => 1 + ((at * FRAME + byte + seed) % 120))
}

export function recordingsContract(name: string, make: () => Promise<RecordingsUnderTest>): void {
  describe(`recordings in ${name}`, () => {
    let under: RecordingsUnderTest
    beforeEach(async () => {
      under = await make()
    })
    afterEach(() => under.close())

    /** A call of `ms`: the caller all the time, the agent from its middle on. */
    async function keep(callId: string, ms: number): Promise<void> {
      const recorder = under.store.record(callId, under.where, (why) => expect(why).toBe('no failure'))
      for (let at = 0; at < ms / 20; at++) {
        recorder.caller(frame(at), at * 20)
        if (at * 20 >= ms / 2) recorder.agent(frame(at, 7), at * 20)
        // So much at once is not spoken by anybody: the disk is let keep up.
        if (at % 500 === 499)
          await expect.poll(() => recorder.keptMs, { interval: 1 }).toBeGreaterThan(at * 20 - 15_000)
      }
      recorder.ended()
      await under.settled()
    }

    async function bytesOf(callId: string, first: number, last: number): Promise<Buffer | null> {
      const stream = await under.store.read(callId, first, last)
      return stream === null ? null : Buffer.concat(await stream.toArray())
    }

    it('gives back a WAV of both sides, each sample in its place', async () => {
      await keep('call_1', 2000)
      const info = await under.store.info('call_1')
      expect(info).toEqual({ bytes: 58 + 2 * 16_000, durationMs: 2000 })
      const { caller, agent } = tracksOf((await bytesOf('call_1', 0, info!.bytes - 1))!)
      const track = (seed: number, from: number) =>
        Buffer.concat(Array.from({ length: 100 }, (_, at) => (at < from ? Buffer.alloc(FRAME, 0xff) : frame(at, seed))))
      expect(caller.equals(track(0, 0))).toBe(true)
      expect(agent.equals(track(7, 50))).toBe(true)
    })

    it('gives any range of its bytes, no more than there are, and nothing beyond', async () => {
      await keep('call_1', 400)
      const all = (await bytesOf('call_1', 0, 1_000_000))!
      expect(all.length).toBe(58 + 2 * 3200)
      for (const [first, last] of [
        [0, 0],
        [58, 58],
        [57, 160],
        [all.length - 1, all.length + 50],
        [3, all.length - 1],
      ] as const) {
        expect((await bytesOf('call_1', first, last))?.equals(all.subarray(first, last + 1))).toBe(true)
      }
      expect(await bytesOf('call_1', all.length, all.length + 5)).toBeNull()
      expect(await bytesOf('call_1', 5, 4)).toBeNull()
    })

    it('tells how loud it is', async () => {
      await keep('call_1', 400)
      const peaks = (await under.store.peaks('call_1'))!
      expect({ ...peaks, caller: [...peaks.caller], agent: [...peaks.agent].slice(0, 10) }).toEqual({
        perSecond: 50,
        durationMs: 400,
        caller: Array(20).fill(peaks.caller[0]),
        agent: Array(10).fill(0),
      })
      expect(peaks.caller[0]).toBeGreaterThan(200)
      expect(peaks.agent[15]).toBe(peaks.caller[0])
    })

    it('knows nothing of calls that it did not keep, whatever they are called', async () => {
      await keep('call_1', 100)
      for (const callId of [
        'call_2',
        '../call_1',
        'call_1.wav',
        '',
        '.',
        'x'.repeat(200),
        'call_1\0',
        'outbox/call_1',
      ]) {
        expect(await under.store.info(callId)).toBeNull()
        expect(await under.store.read(callId, 0, 10)).toBeNull()
        expect(await under.store.peaks(callId)).toBeNull()
        expect(await under.store.erase(callId)).toBe(false)
      }
      expect(await under.store.info('call_1')).not.toBeNull()
    })

    it('erases one and leaves the others, with nothing left of it', async () => {
      await keep('call_1', 200)
      await keep('call_10', 200)
      expect((await under.traces('call_1')).length).toBeGreaterThan(0)
      expect(await under.store.erase('call_1')).toBe(true)
      expect(await under.traces('call_1')).toEqual([])
      expect(await under.store.info('call_1')).toBeNull()
      expect(await under.store.peaks('call_1')).toBeNull()
      expect(await under.store.erase('call_1')).toBe(false)
      expect(await under.store.info('call_10')).not.toBeNull()
    })

    it('leaves nothing of a call whose caller changed their mind, and begins anew when they agree again', async () => {
      const first = under.store.record('call_1', under.where, () => {})
      first.caller(frame(0), 0)
      first.discard()
      first.ended()
      const second = under.store.record('call_1', under.where, () => {})
      second.caller(frame(50), 1000)
      second.ended()
      await under.settled()
      const info = (await under.store.info('call_1'))!
      const { caller } = tracksOf((await bytesOf('call_1', 0, info.bytes - 1))!)
      expect(caller.equals(Buffer.concat([Buffer.alloc(8000, 0xff), frame(50)]))).toBe(true)
      const third = under.store.record('call_2', under.where, () => {})
      third.caller(frame(0), 0)
      third.discard()
      await under.settled()
      expect(await under.store.info('call_2')).toBeNull()
      expect(await under.traces('call_2')).toEqual([])
    })

    it('says nothing of a call that is live, and does not let it be erased', async () => {
      const recorder = under.store.record('call_1', under.where, () => {})
      recorder.caller(frame(0), 0)
      expect(await under.store.info('call_1')).toBeNull()
      await expect(under.store.erase('call_1')).rejects.toThrow(/is being recorded/)
      recorder.ended()
      await under.settled()
      expect(await under.store.info('call_1')).not.toBeNull()
    })

    it('keeps no recording of a call of which nothing was heard', async () => {
      under.store.record('call_1', under.where, () => {}).ended()
      await under.settled()
      expect(await under.store.info('call_1')).toBeNull()
      expect(await under.traces('call_1')).toEqual([])
    })

    it('keeps a call of minutes whole', async () => {
      await keep('call_long', 180_000)
      const info = (await under.store.info('call_long'))!
      expect(info.durationMs).toBe(180_000)
      const middle = 58 + 2 * 8 * 120_000
      const woven = Buffer.from([...frame(6_000)].flatMap((byte, at) => [byte, frame(6_000, 7)[at] ?? 0]))
      expect((await bytesOf('call_long', middle, middle + 319))?.equals(woven)).toBe(true)
      expect((await under.store.peaks('call_long'))?.caller.length).toBe(9_000)
    })
  })
}
