import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { closeSpeech, speak } from '../../src/twin/speech.ts'
import { lateBy, misplaced, recordingOf, sounds, tracksOf, truthOf } from './recorded.ts'
import { agentFrames } from './sound.ts'
import { Stops } from './stops.ts'
import { openWorld, type ScenarioAgent, type World } from './world.ts'

const LONG = 'Your bicycle is in the workshop and the rear wheel is being built again by hand.'
/** What the recording and the caller's ear may differ by, beside the time for which this process stood still. */
const OFF_MOST_MS = 20
const ASK = 'May we record this call?'

const on = 'recording: { mode: on }'
const long = `
rules: [{ when: { turn: 2 }, say: Yes. }]
otherwise: ${LONG}
`
const consents = `
rules:
  - { when: { hears: agree }, say: Thank you., call: [{ name: allow_recording, arguments: { allowed: true } }] }
  - { when: { hears: stop }, say: Of course., call: [{ name: allow_recording, arguments: { allowed: false } }] }
otherwise: ${LONG}
`
const afterConsent = `recording: { mode: after_consent, ask: "${ASK}" }`
const agents: Readonly<Record<string, ScenarioAgent>> = {
  records: { greeting: null, script: long, yaml: on },
  silent: { greeting: null, script: long },
  asks: { greeting: ASK, script: consents, yaml: afterConsent },
  forgets: { greeting: 'Hello there.', script: consents, yaml: afterConsent },
}

vi.setConfig({ maxConcurrency: 20 })

let world: World
beforeAll(async () => {
  await Promise.all([agentFrames(LONG), speak('Wait', { voice: 'rms' })])
  world = await openWorld({ agents, model: { timing: { speed: 100 } } })
})
afterAll(async () => {
  await using _ = world
  await world.expectClean()
  await closeSpeech()
})

describe.concurrent('a recording', () => {
  it('holds both sides where they were, the agent as far as the caller heard', async () => {
    const caller = await world.place({ agent: 'records' })
    using stops = new Stops()
    await caller.says('Where is my bicycle')
    await caller.call.waitUntilHeardMs(1900)
    await caller.says('Wait')
    await caller.agentSaid(2)
    await caller.hangsUp()

    const wav = await recordingOf(world.earshot.recordings, caller.callId)
    const got = tracksOf(wav!)
    const truth = await truthOf(caller)
    const lateMs = lateBy(world, caller)
    const most = OFF_MOST_MS + stops.longestMs
    const off = {
      caller: misplaced(truth.caller, got.caller, lateMs),
      agent: misplaced(truth.agent, got.agent, lateMs),
    }
    for (const channel of [off.caller, off.agent]) {
      const found = channel.filter((ms) => ms !== null)
      // A piece across a correction is in no one place.
      expect(found.length).toBeGreaterThan(channel.length * 0.9)
      expect(Math.max(...found.map(Math.abs))).toBeLessThanOrEqual(most)
    }
    // The sentence that was cut off, and the answer; of the first nothing that the caller did not hear.
    const ends = (track: Buffer) => sounds(track).map(({ to }) => to / 8)
    const [cutTruth, cutGot] = [sounds(truth.agent)[0], sounds(got.agent)[0]]
    expect(Math.abs((cutGot?.to ?? 0) / 8 + lateMs - (cutTruth?.to ?? 0) / 8)).toBeLessThanOrEqual(most)
    expect(ends(got.agent)).toHaveLength(ends(truth.agent).length)

    const [started] = caller.bodies('recording-started')
    const [stopped] = caller.bodies('recording-stopped')
    expect(started).toEqual({ type: 'recording-started', consent: 'not-asked' })
    expect(stopped).toMatchObject({ why: 'call-ended', detail: '' })
    expect(caller.events.at(-2)?.body).toBe(stopped)
    const { durationMs } = (await world.earshot.recordings.info(caller.callId))!
    expect(Math.abs(durationMs - (caller.events.at(-1)?.atMs ?? 0))).toBeLessThanOrEqual(most + 40)
    const peaks = (await world.earshot.recordings.peaks(caller.callId))!
    expect(peaks.agent.length).toBe(Math.ceil((durationMs / 1000) * peaks.perSecond))
    expect(Math.max(...peaks.agent)).toBeGreaterThan(20)
  })

  it('is not made of an agent that does not record', async () => {
    const caller = await world.place({ agent: 'silent' })
    await caller.says('Where is my bicycle')
    await caller.call.waitUntilHeardMs(500)
    await caller.hangsUp()
    expect(await world.earshot.recordings.info(caller.callId)).toBeNull()
    expect(caller.bodies('recording-started')).toEqual([])
  })

  it('begins when the caller has agreed, with nothing from before', async () => {
    const caller = await world.place({ agent: 'asks' })
    await caller.agentSaid(1)
    await caller.says('I agree')
    await caller.event('recording-started')
    await caller.agentSaid(2)
    await caller.says('Where is my bicycle')
    await caller.call.waitUntilHeardMs(700)
    await caller.hangsUp()

    const begun = caller.events.find(({ body }) => body.type === 'recording-started')
    expect(begun?.body).toEqual({ type: 'recording-started', consent: 'given' })
    const got = tracksOf((await recordingOf(world.earshot.recordings, caller.callId))!)
    const truth = await truthOf(caller)
    const first = Math.min(sounds(got.caller)[0]?.from ?? 0, sounds(got.agent)[0]?.from ?? 0) / 8
    expect(first).toBeGreaterThanOrEqual((begun?.atMs ?? 0) - 40)
    expect(sounds(got.caller).length).toBeLessThan(sounds(truth.caller).length)
    expect(sounds(got.agent).length).toBeGreaterThan(0)
  })

  it('waits for the question when the agent says yes without having asked', async () => {
    const caller = await world.place({ agent: 'forgets' })
    await caller.agentSaid(1)
    await caller.says('I agree')
    const held = await caller.event('tool-finished')
    await caller.hangsUp()
    expect(held).toMatchObject({ name: 'allow_recording', status: 'held' })
    expect(held.output).toContain(ASK)
    expect(caller.bodies('recording-started')).toEqual([])
    expect(await world.earshot.recordings.info(caller.callId)).toBeNull()
  })

  it('is gone when the caller takes their consent back', async () => {
    const caller = await world.place({ agent: 'asks' })
    await caller.agentSaid(1)
    await caller.says('I agree')
    await caller.event('recording-started')
    await caller.says('Please stop')
    const stopped = await caller.event('recording-stopped')
    await caller.hangsUp()
    expect(stopped).toEqual({
      type: 'recording-stopped',
      why: 'consent-withdrawn',
      detail: 'the caller does not want to be recorded',
      keptMs: 0,
    })
    expect(await world.earshot.recordings.info(caller.callId)).toBeNull()
  })
})
