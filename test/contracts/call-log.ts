/** What every call log must do. Each store runs this suite with a place of its own. */
import { describe, expect, it } from 'vitest'
import type { CallStore } from '../../src/call-log/call-store.ts'
import { agentSaid, callEvents, callerSaid, END, START, STARTED_AT } from '../call-log/sample-call.ts'

/** One empty place where a log is kept. `open` may be called again once the log before it is closed. */
export interface CallLogPlace {
  open(): Promise<CallStore>
  dispose(): Promise<void>
}

export function callLogContract(store: string, newPlace: () => Promise<CallLogPlace>): void {
  async function inPlace(test: (log: CallStore, reopen: () => Promise<CallStore>) => Promise<void>): Promise<void> {
    const place = await newPlace()
    let log = await place.open()
    try {
      await test(log, async () => {
        await log.close()
        log = await place.open()
        return log
      })
    } finally {
      await log.close()
      await place.dispose()
    }
  }

  describe(`the call log contract, ${store}`, () => {
    it('gives back what it was given, in order of seq, whatever the order of the batches', () =>
      inPlace(async (log) => {
        const events = callEvents('call_1', [
          START,
          callerSaid('Hello?', 0, 900),
          agentSaid('Good morning.', '', 1200),
          END,
        ])
        await log.append(events.slice(2))
        await log.append(events.slice(0, 2))
        expect(await log.events('call_1')).toEqual(events)
      }))

    it('knows nothing of a call that never was', () =>
      inPlace(async (log) => {
        expect(await log.events('nobody')).toEqual([])
        expect(await log.list({ limit: 10 })).toEqual({ calls: [], next: null })
        expect(await log.unfinished()).toEqual([])
        await log.append([])
      }))

    it('leaves an event that it has as it is, and takes the rest of the batch', () =>
      inPlace(async (log) => {
        const [start, said, end] = callEvents('call_1', [START, callerSaid('First words.', 0, 900), END])
        await log.append([start!, said!])
        await log.append([{ ...said!, body: callerSaid('Other words.', 0, 900) }, end!])
        expect(await log.events('call_1')).toEqual([start, said, end])
        expect(await log.call('call_1')).toMatchObject({ turns: 1, endReason: 'caller-hung-up' })
      }))

    it('takes a batch whole or not at all, and goes on without an event that it cannot keep', () =>
      inPlace(async (log) => {
        const good = callEvents('good', [START, END])
        const [start, broken] = callEvents('bad', [START, END])
        const outcomes = await Promise.allSettled([
          log.append(good.slice(0, 1)),
          log.append([start!, { ...broken!, atMs: Number.NaN }]),
          log.append(good.slice(1)),
        ])
        expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
        expect(await log.events('bad')).toEqual([])
        expect(await log.events('good')).toEqual(good)
      }))

    it('keeps events when it is closed and opened again', () =>
      inPlace(async (log, reopen) => {
        const events = callEvents('call_1', [START, END])
        await log.append(events)
        const again = await reopen()
        expect(await again.events('call_1')).toEqual(events)
        expect((await again.list({ limit: 10 })).calls).toHaveLength(1)
        await again.append(callEvents('call_2', [START]))
        expect(await again.unfinished()).toEqual(['call_2'])
      }))

    it('keeps appends that were still in flight when it was closed, and refuses later ones', () =>
      inPlace(async (log, reopen) => {
        const events = callEvents('call_1', [START, callerSaid('Hello?', 0, 900), END])
        const appends = events.map((event) => log.append([event]))
        const again = await reopen()
        await Promise.all(appends)
        expect(await again.events('call_1')).toEqual(events)
        await expect(log.append(events)).rejects.toThrow('closed')
        await expect(log.events('call_1')).rejects.toThrow('closed')
      }))

    it('reads what was appended before, even when the append was not awaited', () =>
      inPlace(async (log) => {
        const events = callEvents('call_1', [START, END])
        const append = log.append(events)
        expect(await log.events('call_1')).toEqual(events)
        await append
      }))

    it('lists calls that began and never ended, oldest first', () =>
      inPlace(async (log) => {
        await log.append(callEvents('late', [START], { startedAt: STARTED_AT + 5000 }))
        await log.append(callEvents('ended', [START, END]))
        await log.append(callEvents('early', [START]))
        expect(await log.unfinished()).toEqual(['early', 'late'])
        await log.append([{ ...callEvents('early', [END])[0]!, seq: 2 }])
        expect(await log.unfinished()).toEqual(['late'])
      }))

    it('folds the row of a call from its events, however they were cut into batches', () =>
      inPlace(async (log) => {
        const bodies = [
          START,
          callerSaid('Where is my bike?', 500, 1900),
          {
            type: 'tool-reserved',
            toolCallId: 'tool_1',
            responseId: 'resp_1',
            name: 'lookup_order',
            arguments: '{}',
          } as const,
          agentSaid('It is in the', 'workshop and will be', 3000),
          agentSaid('', 'ready tomorrow.', 4000, { heardMs: 0 }),
          callerSaid('Thanks.', 3900, 4500),
          END,
        ]
        await log.append(callEvents('whole', bodies))
        for (const event of callEvents('one_by_one', bodies)) await log.append([event])
        for (const event of callEvents('backwards', bodies).toReversed()) await log.append([event])
        await Promise.all(callEvents('at_once', bodies).map((event) => log.append([event])))
        const whole = await log.call('whole')
        const times = { startedAt: STARTED_AT, endedAt: STARTED_AT + 600, durationMs: 600 }
        expect(whole).toMatchObject({ ...times, turns: 2, interruptions: 1, toolCalls: 1, unheardSpeech: true })
        expect(whole).toMatchObject({ endReason: 'caller-hung-up', outcome: 'contained', costUsd: 0.0123 })
        for (const callId of ['one_by_one', 'backwards', 'at_once']) {
          expect(await log.call(callId)).toEqual({ ...whole, callId })
        }
      }))

    it('keeps long texts and every script as they are', () =>
      inPlace(async (log, reopen) => {
        const texts = ['x'.repeat(1_000_000), 'Grüße, 自転車 🚲 שלום', 'NUL \0, quotes \' " and a half pair \ud83d', '']
        const events = callEvents('call_1', [START, ...texts.map((text, i) => callerSaid(text, i, i))])
        await log.append(events)
        expect(await (await reopen()).events('call_1')).toEqual(events)
      }))

    it('keeps each version of an agent once and for good, and knows which run', () =>
      inPlace(async (log, reopen) => {
        const shop = { name: 'shop', version: 'v1', text: 'instructions: Be brief.\n' }
        const night = { name: 'night', version: 'v1', text: 'instructions: Grüße 🌙, "be quiet".\n' }
        const later = { ...shop, version: 'v2', text: `instructions: ${'x'.repeat(1_000_000)}\n` }
        expect(await log.runningAgents()).toBeNull()
        expect(await log.agentVersion('shop', 'v1')).toBeNull()

        await log.agentsRun([shop, night], STARTED_AT)
        expect(await log.runningAgents()).toEqual({ at: STARTED_AT, agents: [night, shop] })
        await log.agentsRun([later], STARTED_AT + 1000)
        // A version says what it said when it first ran, whatever is told of it later.
        await log.agentsRun([{ ...later, text: 'other words' }], STARTED_AT + 2000)

        const again = await reopen()
        expect(await again.runningAgents()).toEqual({ at: STARTED_AT + 2000, agents: [later] })
        expect(await again.agentVersion('shop', 'v1')).toEqual(shop)
        expect(await again.agentVersion('night', 'v1')).toEqual(night)
        expect(await again.agentVersion('night', 'v2')).toBeNull()
      }))

    it('keeps all of the agents that run or none', () =>
      inPlace(async (log) => {
        const shop = { name: 'shop', version: 'v1', text: 'instructions: Be brief.\n' }
        await log.agentsRun([shop], STARTED_AT)
        const twice = [
          { ...shop, name: 'a' },
          { ...shop, name: 'a' },
        ]
        await expect(log.agentsRun(twice, STARTED_AT + 1000)).rejects.toThrow()
        expect(await log.runningAgents()).toEqual({ at: STARTED_AT, agents: [shop] })
        expect(await log.agentVersion('a', 'v1')).toBeNull()
      }))

    it('keeps fifty calls that append at the same time apart and whole', () =>
      inPlace(async (log) => {
        const calls = Array.from({ length: 50 }, (_, i) =>
          callEvents(`call_${i}`, [
            START,
            ...Array.from({ length: 20 }, (_, turn) => callerSaid(`${i}.${turn}`, turn, turn)),
            END,
          ]),
        )
        await Promise.all(
          calls.map(async (events) => {
            for (const event of events) await log.append([event])
          }),
        )
        for (const events of calls) expect(await log.events(events[0]!.callId)).toEqual(events)
        expect((await log.list({ limit: 100 })).calls).toHaveLength(50)
        expect(await log.unfinished()).toEqual([])
      }))
  })
}
