import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { PCM16_24K } from '../../src/audio/format.ts'
import type { FaultInput } from '../../src/twin/carrier/faults.ts'
import type { TwinSession } from '../../src/twin/model/session-record.ts'
import { closeSpeech, speak } from '../../src/twin/speech.ts'
import type { Caller } from './caller.ts'
import { agentFrames, agentVoice, agentVoiceMs, likeness } from './sound.ts'
import { Stops } from './stops.ts'
import { openWorld, type ScenarioAgent, type Wire, type World } from './world.ts'

const LONG = 'Your bicycle is in the workshop and the rear wheel is being built again by hand.'
const MOMENT = 'One moment please while I look for it.'
/** What of the audio was really played, and what the model was told: architecture, section 6. */
const TRUNCATION_OFF_MOST_MS = 20

const lookUp = { handler: () => ({ found: true }) }
const twoItems = `
rules:
  - { when: { toolResult: look_up }, say: ${LONG} }
  - { when: { hears: order }, say: ${MOMENT}, call: [{ name: look_up }] }
otherwise: Yes.
`
const long = `
rules: [{ when: { turn: 4 }, say: Yes. }]
otherwise: ${LONG}
`
const agents: Readonly<Record<string, ScenarioAgent>> = {
  g711: { wire: 'g711', greeting: null, script: long },
  pcm16: { wire: 'pcm16', greeting: null, script: long },
  greets: { greeting: LONG, script: 'otherwise: Yes.' },
  looks: { greeting: null, script: twoItems, tools: ['look_up'] },
}

vi.setConfig({ maxConcurrency: 20 })

/** The model makes its audio hardly faster than it sounds, and so is interrupted at work; or has long been done. */
let slow: World
let fast: World
beforeAll(async () => {
  // Spoken once beforehand, so that no scenario has to wait for a synthesiser.
  await Promise.all([agentFrames(LONG), agentFrames(MOMENT), speak('Wait', { voice: 'rms' })])
  const tools = { look_up: lookUp }
  slow = await openWorld({ agents, tools, model: { timing: { speed: 1.5 } } })
  fast = await openWorld({ agents, tools, model: { timing: { speed: 100 } } })
})
afterAll(async () => {
  await using _ = slow
  await using __ = fast
  for (const world of [slow, fast]) await world.expectClean()
  await closeSpeech()
})

/** What the model was told that the caller heard, in order. */
function truncations(session: TwinSession): { itemId: string; heardMs: number }[] {
  return session.sent
    .filter(({ type }) => type === 'conversation.item.truncated')
    .map(({ item_id, audio_end_ms }) => ({ itemId: String(item_id), heardMs: Number(audio_end_ms) }))
}

/** The truth of what came since the clear before, at the moment of this one: how much was played, and its bytes. */
function untilClear(caller: Caller, clear: number): { playedMs: number; audio: Buffer } {
  const { clears, segments, streams } = caller.call
  const fromMs = clears[clear - 1]?.atMs ?? 0
  const toMs = clears[clear]?.atMs ?? Number.POSITIVE_INFINITY
  const audio = streams.flatMap((stream) => stream.audio)
  const own = [...segments.entries()].filter(([, { arrivedMs }]) => arrivedMs >= fromMs && arrivedMs < toMs)
  return {
    playedMs: own.reduce((sum, [, { playedMs }]) => sum + playedMs, 0),
    audio: Buffer.concat(own.map(([at]) => audio[at]!)),
  }
}

describe.concurrent('interruptions', () => {
  it.each<{ wire: Wire; model: 'slow' | 'fast'; faults: FaultInput[]; line: string }>([
    { wire: 'g711', model: 'slow', faults: [], line: 'a good line' },
    { wire: 'g711', model: 'fast', faults: [], line: 'a good line' },
    { wire: 'pcm16', model: 'slow', faults: [], line: 'a good line' },
    {
      wire: 'pcm16',
      model: 'fast',
      faults: [{ fault: 'late', at: 'mark', ms: 150 }],
      line: 'a line whose marks are late',
    },
  ])('stop the agent at once and tell a $model model where: $wire, over $line', async ({ wire, model, faults }) => {
    const world = model === 'slow' ? slow : fast
    const caller = await world.place({ agent: wire, faults })
    using stops = new Stops()
    const stopsMs: number[] = []
    await caller.says('Wait')
    for (const heardMs of [500, 1300, 2400]) {
      stops.reset()
      await caller.call.waitUntilHeardMs(heardMs)
      await caller.says('Wait')
      stopsMs.push(stops.longestMs)
    }
    await caller.agentSaid(4)
    await caller.hangsUp()

    const { clears } = caller.call
    const said = caller.bodies('agent-said')
    const told = truncations(caller.session)
    expect(clears.filter(({ droppedMs }) => droppedMs > 0).length).toBe(3)
    expect(clears.length).toBe(3)
    expect(told).toEqual(said.slice(0, 3).map(({ itemId, heardMs }) => ({ itemId, heardMs: Math.floor(heardMs) })))
    for (const [at, { heardMs }] of told.entries()) {
      const off = Math.abs(heardMs - untilClear(caller, at).playedMs)
      expect(off).toBeLessThanOrEqual(TRUNCATION_OFF_MOST_MS + stopsMs[at]!)
    }
    expect(said.map(({ interrupted }) => interrupted)).toEqual([true, true, true, false])
    for (const { heardText, unheardText } of said.slice(0, 3)) {
      expect(LONG.startsWith(`${heardText} ${unheardText}`)).toBe(true)
      expect(heardText).not.toBe('')
    }
    const statuses = caller.session.responses.map(({ status }) => status)
    if (model === 'slow') expect(statuses).toEqual(['cancelled', 'cancelled', 'cancelled', 'completed'])
    else expect(statuses).toEqual(['completed', 'completed', 'completed', 'completed'])
    // Were one frame of the old audio to follow its clear, what follows would not begin as the sentence does.
    const sentence = wire === 'g711' ? await agentFrames(LONG) : await agentVoice(LONG, PCM16_24K)
    for (const at of [0, 1, 2]) {
      const { audio } = untilClear(caller, at)
      if (wire === 'g711') expect(audio.equals(sentence.subarray(0, audio.length))).toBe(true)
      else expect(likeness(audio, sentence.subarray(0, audio.length * 6)).correlation).toBeGreaterThan(0.97)
    }
    expect(untilClear(caller, 3).audio.length).toBe((await agentFrames('Yes.')).length)
  })

  it.each(['first', 'second'])('in the %s of two items in line truncate what was heard of each', async (where) => {
    const caller = await fast.place({ agent: 'looks' })
    using stops = new Stops()
    await caller.says('Where is my order')
    await fast.until(() => caller.session.responses[1]?.status === 'completed', 'the second answer in line')
    await caller.call.waitUntilHeardMs(where === 'first' ? 300 : (await agentVoiceMs(MOMENT)) + 500)
    await caller.says('Wait')
    await caller.agentSaid(3)
    await caller.hangsUp()

    const [first, second, third] = caller.bodies('agent-said')
    const told = truncations(caller.session)
    const { playedMs } = untilClear(caller, 0)
    const offMostMs = TRUNCATION_OFF_MOST_MS + stops.longestMs
    if (where === 'first') {
      expect(told.map(({ itemId }) => itemId)).toEqual([first!.itemId, second!.itemId])
      expect(Math.abs(told[0]!.heardMs - playedMs)).toBeLessThanOrEqual(offMostMs)
      expect([told[1]!.heardMs, second!.heardMs, second!.heardText, second!.unheardText]).toEqual([0, 0, '', LONG])
    } else {
      expect(told.map(({ itemId }) => itemId)).toEqual([second!.itemId])
      const before = (await agentFrames(MOMENT)).length / 8
      expect(Math.abs(told[0]!.heardMs - (playedMs - before))).toBeLessThanOrEqual(offMostMs)
      expect([first!.heardText, first!.unheardText]).toEqual([MOMENT, ''])
    }
    expect([first, second, third].map((said) => said!.interrupted)).toEqual([where === 'first', true, false])
    // What was cut off is not said again, and the answer to the tool was given once.
    expect(caller.call.clears.length).toBe(1)
    const frames = Buffer.concat([await agentFrames(MOMENT), await agentFrames(LONG)])
    expect(untilClear(caller, 0).audio.equals(frames)).toBe(true)
    expect(untilClear(caller, 1).audio.equals(await agentFrames('Yes.'))).toBe(true)
    expect(caller.session.responses.map(({ trigger }) => trigger)).toEqual(['turn', 'client', 'turn'])
  })

  it('of the greeting are answered, and the greeting is not begun again', async () => {
    const caller = await slow.place({ agent: 'greets' })
    using stops = new Stops()
    await caller.call.waitUntilHeardMs(700)
    await caller.says('Wait')
    await caller.agentSaid(2)
    await caller.hangsUp()

    const [greeting, answer] = caller.bodies('agent-said')
    expect([greeting!.interrupted, answer!.interrupted, answer!.heardText]).toEqual([true, false, 'Yes.'])
    const told = truncations(caller.session)
    expect(told.map(({ itemId }) => itemId)).toEqual([greeting!.itemId])
    const off = Math.abs(told[0]!.heardMs - untilClear(caller, 0).playedMs)
    expect(off).toBeLessThanOrEqual(TRUNCATION_OFF_MOST_MS + stops.longestMs)
    expect(caller.session.responses.map(({ trigger }) => trigger)).toEqual(['client', 'turn'])
  })
})
