import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { FaultInput } from '../../src/twin/carrier/faults.ts'
import { closeSpeech, speak } from '../../src/twin/speech.ts'
import { agentFrames, heard } from './sound.ts'
import { Stops } from './stops.ts'
import { GREETING, openWorld, type ScenarioAgent, type World } from './world.ts'

const LONG = 'Your bicycle is in the workshop and the rear wheel is being built again by hand.'
const ANSWER = 'It is ready on Thursday.'
const SORRY = 'Sorry about that.'
const QUESTION = 'Where is my bicycle'
const CHATTER = 'Thank you and thank you and thank you'
const HEARD_OFF_MOST_MS = 20
const script = `
rules:
  - { when: { instructions: line broke }, say: ${SORRY} }
  - { when: { hears: bicycle }, say: ${ANSWER} }
  - { when: { hears: bye }, say: Goodbye., call: [{ name: end_call }] }
otherwise: Thank you.
`

const aborted = Promise.withResolvers<void>()
const tools = {
  works_for_ever: {
    handler: (_: unknown, { signal }: { signal: AbortSignal }) => {
      signal.addEventListener('abort', () => aborted.resolve())
      return new Promise<never>(() => {})
    },
  },
}
const agents: Readonly<Record<string, ScenarioAgent>> = {
  short: { script },
  long: { greeting: LONG, script },
  silent: { greeting: null, script },
  works: {
    greeting: null,
    tools: ['works_for_ever'],
    script: 'rules: [{ when: { turn: 1 }, call: [{ name: works_for_ever }] }]',
  },
}

vi.setConfig({ maxConcurrency: 20 })

let world: World
beforeAll(async () => {
  // Spoken once beforehand, so that no scenario has to wait for a synthesiser.
  const caller = [QUESTION, 'Thank you and bye', CHATTER].map((text) => speak(text, { voice: 'rms' }))
  await Promise.all([...[GREETING, LONG, ANSWER, SORRY].map(agentFrames), ...caller])
  world = await openWorld({ agents, tools })
})
afterAll(async () => {
  await using _ = world
  await world.expectClean()
  expect(world.events.filter(({ body }) => body.type === 'call-started').length).toBe(world.callers.length)
  expect(world.model.handshakes).toBe(world.callers.length)
  await closeSpeech()
})

describe.concurrent('keys', () => {
  it.each(['42#', '137'])('pressed (%s) are told to the model and answered', async (keys) => {
    const caller = await world.place()
    await caller.agentSaid(1)
    await caller.call.sendDtmf(keys)
    await caller.agentSaid(2)
    await caller.hangsUp()
    expect(caller.bodies('dtmf').map(({ digit }) => digit)).toEqual([...keys])
    const notes = caller.session.items.filter(({ role }) => role === 'system').map(({ text }) => text)
    expect(notes).toEqual([expect.stringMatching(new RegExp(`: ${keys}$`))])
    expect(caller.agentWords).toEqual([GREETING, 'Thank you.'])
  })
})

describe.concurrent('a caller who hangs up', () => {
  it('while the agent speaks has heard what the log says', async () => {
    const caller = await world.place({ agent: 'long' })
    using stops = new Stops()
    await caller.call.waitUntilHeardMs(900)
    const ended = await caller.hangsUp()

    const [said] = caller.bodies('agent-said')
    // Both ends live in this process: what it stood still, for each of them, tells nothing of the ledger.
    expect(Math.abs(said!.heardMs - caller.call.playedMs)).toBeLessThan(HEARD_OFF_MOST_MS + 3 * stops.longestMs)
    expect([ended.callerHeardMs, said!.interrupted]).toEqual([said!.heardMs, true])
    expect(said!.heardText).not.toBe('')
    expect(LONG.startsWith(`${said!.heardText} ${said!.unheardText}`)).toBe(true)
  })

  it('while the model is still being dialled leaves nothing behind', async () => {
    const model = { faults: [{ fault: 'slow-connect', ms: 800 }] as const }
    await using slow = await openWorld({ agents: { short: agents.short! }, model })
    const caller = await slow.place({ session: false })
    await caller.call.streaming
    const ended = await caller.hangsUp()
    await slow.expectNothingLeft()
    expect(ended.callerHeardMs).toBe(0)
    expect([slow.model.handshakes, slow.model.sessions.length]).toEqual([1, 0])
  })

  it('while a tool works aborts it, and the log says that its outcome is not known', async () => {
    const caller = await world.place({ agent: 'works' })
    await caller.says(QUESTION)
    await caller.event('tool-sent')
    await caller.hangsUp()
    await aborted.promise
    expect(caller.bodies('tool-finished').map(({ status, output }) => [status, output])).toEqual([['unknown', '']])
    expect(caller.bodies('tool-answered')).toEqual([])
  })

  it('is known to have done so when only the carrier’s status says it', async () => {
    const faults = [{ fault: 'lost', at: 'stop' }] as const
    const caller = await world.place({ faults, statusCallbackUrl: `${world.earshot.url}/twilio/status` })
    await caller.agentSaid(1)
    await caller.hangsUp()
    expect(caller.bodies('carrier-status').at(-1)).toMatchObject({ status: 'completed', final: true })
  })
})

describe.concurrent('status callbacks', () => {
  const late = (at: string) => ({ fault: 'late', at, ms: 700 }) as const
  it.each<{ how: string; faults: FaultInput[] }>([
    { how: 'in order', faults: [] },
    { how: 'late', faults: [late('initiated'), late('answered'), late('completed')] },
    { how: 'in another order', faults: [{ fault: 'reordered', at: 'answered' }] },
    { how: 'twice', faults: [{ fault: 'duplicate', at: 'status', times: null, ms: 50 }] },
    {
      how: 'not at all',
      faults: ['initiated', 'ringing', 'answered', 'completed'].map((at) => ({ fault: 'lost', at })),
    },
  ])('that come $how change nothing of the call', async ({ faults }) => {
    const caller = await world.place({ faults, statusCallbackUrl: `${world.earshot.url}/twilio/status` })
    await caller.agentSaid(1)
    await caller.says('Thank you and bye')
    await caller.ended('agent-ended')
    expect(caller.agentWords).toEqual([GREETING, 'Goodbye.'])
    const statuses = caller.bodies('carrier-status').map(({ status }) => status)
    expect(statuses).toEqual([...new Set(statuses)])
  })
})

describe.concurrent('a media stream', () => {
  it('that breaks while the agent speaks comes back, and the call goes on', async () => {
    // One and a half seconds into the stream.
    const caller = await world.place({ agent: 'long', faults: [{ fault: 'cut', after: 75 }] })
    using stops = new Stops()
    await caller.agentSaid(2)
    await caller.says(QUESTION)
    await caller.agentSaid(3)
    await caller.hangsUp()

    expect(caller.bodies('leg-lost').length).toBe(1)
    expect(caller.bodies('leg-attached').map(({ attempt }) => attempt)).toEqual([1, 2])
    expect(caller.call.verbs.map(({ verb }) => verb)).toEqual(['Connect', 'Redirect', 'Connect'])
    const [greeting, sorry, answer] = caller.bodies('agent-said')
    expect([greeting!.interrupted, sorry!.heardText, answer!.heardText]).toEqual([true, SORRY, ANSWER])
    const [played = 0] = caller.call.streams.map(({ playout }) => playout.playedMs(caller.call.nowMs))
    expect(Math.abs(greeting!.heardMs - played)).toBeLessThan(HEARD_OFF_MOST_MS + stops.longestMs)
    // The model knows how much was heard; nothing of the old sentence sounds on the new stream.
    const [item] = caller.session.items.filter(({ role }) => role === 'assistant')
    expect(item?.truncatedAtMs).toBe(Math.floor(greeting!.heardMs))
    const after = Buffer.concat(caller.call.streams[1]!.audio)
    expect(after.equals(Buffer.concat([await agentFrames(SORRY), await agentFrames(ANSWER)]))).toBe(true)
  })

  it('that breaks while the caller speaks does not keep the caller from being answered', async () => {
    const caller = await world.place({ agent: 'silent', faults: [{ fault: 'cut', after: 50 }] })
    // The caller speaks before, over and after the break.
    await caller.says(CHATTER)
    await caller.agentSaid(1)
    await caller.says(QUESTION)
    await caller.event('agent-said', { fits: ({ heardText }) => heardText === ANSWER })
    await caller.hangsUp()
    expect(caller.bodies('leg-attached').length).toBe(2)
    expect(caller.callerWords).toContain(QUESTION)
  })

  it('takes over from the one before when it has a token of its own', async () => {
    const caller = await world.place({ agent: 'long', faults: [{ fault: 'second-stream', token: 'new', after: 75 }] })
    await caller.agentSaid(2)
    await caller.says(QUESTION)
    await caller.agentSaid(3)
    await caller.hangsUp()
    expect(caller.bodies('leg-attached').map(({ attempt }) => attempt)).toEqual([1, 2])
    expect(caller.bodies('leg-lost')).toEqual([])
    const [first, second] = caller.call.streams
    expect(await first?.closed).toMatchObject({ by: 'server', code: 1000 })
    expect(await second?.closed).toMatchObject({ by: 'carrier' })
    expect(caller.bodies('agent-said').map(({ interrupted }) => interrupted)).toEqual([true, false, false])
    expect(caller.agentWords.slice(1)).toEqual([SORRY, ANSWER])
  })

  it.each(['same', 'wrong'] as const)('with the %s token is refused, and the call does not notice', async (token) => {
    const caller = await world.place({ agent: 'long', faults: [{ fault: 'second-stream', token, after: 40 }] })
    await caller.agentSaid(1)
    await caller.call.hangUp()
    expect(caller.call.errors.map(({ code }) => code)).toEqual([31921])
    expect(await caller.call.streams[1]?.closed).toMatchObject({ by: 'server', code: 1008 })
    expect(caller.bodies('leg-attached').length).toBe(1)
    expect(caller.agentWords).toEqual([LONG])
    expect(heard(caller.call).equals(await agentFrames(LONG))).toBe(true)
    const { callSid } = caller.call
    const refusals = world.logged.filter((line) => line.includes('twilio stream refused') && line.includes(callSid))
    expect(refusals.length).toBe(1)
  })
})

describe.concurrent('a webhook', () => {
  it('that comes twice is one call, whether it is the first or the one after the stream', async () => {
    const caller = await world.place({ faults: [{ fault: 'duplicate', at: 'webhook', times: null }] })
    await caller.agentSaid(1)
    await caller.says('Thank you and bye')
    await caller.ended('agent-ended')
    expect(caller.bodies('leg-attached').length).toBe(1)
    const [voice, next] = caller.call.duplicateAnswers
    expect([voice, next]).toMatchObject([{ status: 200 }, { status: 200 }])
    expect(JSON.stringify(voice)).toContain('<Stream')
    expect(next).toMatchObject({ body: expect.stringContaining('<Hangup/>') })
  })
})
