import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { FaultInput } from '../../src/twin/faults.ts'
import type { TwinSession } from '../../src/twin/model/session-record.ts'
import type { ModelTwinOptions } from '../../src/twin/model/twin-options.ts'
import { closeSpeech, speak } from '../../src/twin/speech.ts'
import { agentFrames, arrived, heard } from './sound.ts'
import { GREETING, openWorld, type ScenarioTool, type World } from './world.ts'

const STORY = 'The rear wheel is being built again by hand.'
const ANSWER = 'It is ready on Thursday.'
const FOUND = 'I have found it.'
/** What the model is asked to say when it has been away and the caller waits. */
const BRIDGE = 'Sorry, one moment.'
const APOLOGY = /^We are sorry, there is a problem on our side/
const QUESTION = 'Where is my bicycle'
const script = `
rules:
  - { when: { hears: bicycle }, say: ${ANSWER} }
  - { when: { hears: order }, say: One moment., call: [{ name: look_up }] }
  - { when: { hears: 'story|wait' }, say: ${STORY} }
otherwise: ${FOUND}
`

vi.setConfig({ maxConcurrency: 20 })
beforeAll(async () => {
  // Spoken once beforehand, so that no scenario has to wait for a synthesiser.
  const caller = [QUESTION, 'Tell me the story', 'Where is my order', 'Wait'].map((text) =>
    speak(text, { voice: 'rms' }),
  )
  await Promise.all([...[GREETING, STORY, ANSWER, FOUND, BRIDGE].map(agentFrames), ...caller])
})
afterAll(closeSpeech)

interface Trouble {
  readonly faults?: readonly FaultInput[]
  readonly greeting?: null
  readonly timing?: ModelTwinOptions['timing']
  readonly sessionMs?: number
  readonly tool?: ScenarioTool
}

function troubled({ faults = [], greeting, timing = {}, sessionMs, tool }: Trouble): Promise<World> {
  return openWorld({
    agents: { one: { script, ...(greeting === null && { greeting }), tools: tool ? ['look_up'] : [] } },
    tools: tool ? { look_up: tool } : {},
    model: { faults, timing, ...(sessionMs !== undefined && { sessionMs }) },
  })
}

/** What a session was told of the conversation before its own time, and in it by us. */
function toldInWords(session: TwinSession | undefined): string[] {
  return (session?.items ?? []).flatMap(({ role, audioMs, text }) => (audioMs === 0 ? [`${role}: ${text}`] : []))
}

describe.concurrent('a session that is lost', () => {
  it.each<FaultInput>([
    { fault: 'lost', code: 1006, at: 'response.output_audio.delta', after: 24 },
    { fault: 'closed', code: 1011, at: 'response.output_audio.delta', after: 24 },
  ])('while the agent speaks is replaced, and the caller hears a short phrase ($code)', async (fault) => {
    await using world = await troubled({ faults: [fault], greeting: null, timing: { speed: 1.5 } })
    const caller = await world.place()
    await caller.says('Tell me the story')
    // Interrupted once, so that there are words which were sent and not heard.
    await caller.call.waitUntilHeardMs(500)
    await caller.says('Wait')
    await caller.event('session-ready', { nth: 2 })
    await caller.event('agent-said', { fits: ({ heardText }) => heardText === BRIDGE })
    world.model.hears(QUESTION)
    await caller.call.say(QUESTION)
    await caller.event('agent-said', { fits: ({ heardText }) => heardText === ANSWER })
    await caller.hangsUp()
    await world.expectClean()

    expect(caller.bodies('session-lost').length).toBe(1)
    expect(caller.bodies('session-opening').map(({ why }) => why)).toEqual(['start', 'reconnect'])
    const [interrupted, broken, ...after] = caller.bodies('agent-said')
    expect(after.map(({ heardText }) => heardText)).toEqual([BRIDGE, ANSWER])
    // The second story broke off where the session did, and all of it that had come was heard.
    expect(broken!.heardMs).toBe(broken!.sentMs)
    expect(STORY.startsWith(broken!.heardText)).toBe(true)
    expect(interrupted!.unheardText).not.toBe('')
    expect(toldInWords(world.model.sessions[1])).toEqual([
      'user: Tell me the story',
      `assistant: ${interrupted!.heardText}`,
      'user: Wait',
      `assistant: ${broken!.heardText}`,
    ])
  })

  it('as the caller begins to speak hears the words all the same, and nothing is said of it', async () => {
    const faults = [
      { fault: 'closed', at: 'input_audio_buffer.speech_started' },
      // The new one takes its time, and the caller goes on speaking.
      { fault: 'slow-connect', after: 1, ms: 400 },
    ] as const
    await using world = await troubled({ faults })
    const caller = await world.place()
    await caller.agentSaid(1)
    world.model.hears(QUESTION)
    await caller.call.say(QUESTION)
    await caller.agentSaid(2)
    await caller.hangsUp()
    await world.expectClean()
    expect(caller.agentWords).toEqual([GREETING, ANSWER])
    expect(caller.callerWords).toEqual([QUESTION])
    expect(caller.bodies('session-lost').length).toBe(1)
    const appendedMs = world.model.sessions.reduce((sum, session) => sum + session.appendedMs, 0)
    // Only what was on its way to a socket that the other side had closed is gone: a frame or two, more on a busy machine.
    const lostMs = caller.framesSent * 20 - appendedMs
    expect(lostMs).toBeGreaterThanOrEqual(0)
    expect(lostMs).toBeLessThanOrEqual(200)
  })

  it('in the middle of the caller’s turn is replaced, and the caller is not left waiting', async () => {
    const fault = { fault: 'closed', at: 'input_audio_buffer.speech_stopped' } as const
    await using world = await troubled({ faults: [fault] })
    const caller = await world.place()
    await caller.agentSaid(1)
    await caller.call.say(QUESTION)
    await caller.agentSaid(2)
    world.model.hears(QUESTION)
    await caller.call.say(QUESTION)
    await caller.agentSaid(3)
    await caller.hangsUp()
    await world.expectClean()
    expect(caller.agentWords).toEqual([GREETING, BRIDGE, ANSWER])
  })

  it.each([
    { when: 'after', slow: [] },
    { when: 'before', slow: [{ fault: 'slow-connect', after: 1, ms: 700 }] as const },
  ])('while a tool works learns of its result, which comes $when the new session is ready', async ({ when, slow }) => {
    const result = Promise.withResolvers<unknown>()
    let runs = 0
    const tool = {
      handler: () => {
        runs++
        return result.promise
      },
    }
    const faults = [{ fault: 'closed', at: 'response.done', after: 1 } as const, ...slow]
    await using world = await troubled({ faults, tool })
    const caller = await world.place()
    await caller.agentSaid(1)
    await caller.says('Where is my order')
    await caller.event('session-lost')
    if (when === 'after') await caller.event('agent-said', { fits: ({ heardText }) => heardText === BRIDGE })
    result.resolve({ found: true })
    await caller.event('tool-answered')
    if (when === 'after') await caller.event('agent-said', { fits: ({ heardText }) => heardText === FOUND })
    else await caller.event('agent-said', { fits: ({ heardText }) => heardText === BRIDGE })
    await caller.hangsUp()
    await world.expectClean()

    expect(runs).toBe(1)
    const told = toldInWords(world.model.sessions[1])
    expect(told.filter((each) => each.includes('{"found":true}')).length).toBe(1)
    expect(caller.bodies('tool-finished').map(({ status }) => status)).toEqual(['done'])
  })

  it('twice within a minute ends the call with an apology in the carrier’s voice', async () => {
    const fault = { fault: 'closed', at: 'response.output_audio.delta', after: 12, times: 2 } as const
    await using world = await troubled({ faults: [fault] })
    const caller = await world.place()
    await caller.says(QUESTION)
    await caller.ended('model-lost')
    await world.expectClean()
    expect(caller.bodies('session-lost').length).toBe(2)
    expect(caller.call.saidByCarrier).toEqual([expect.stringMatching(APOLOGY)])
    expect((await caller.call.ended).why).toBe('hangup-verb')
  })
})

describe.concurrent('a session that does not open', () => {
  it('at once is tried again, and nothing of the caller is lost', async () => {
    await using world = await troubled({ faults: [{ fault: 'refused', status: 503, times: 2 }] })
    const caller = await world.place({ session: false })
    await caller.says(QUESTION)
    await caller.event('agent-said', { fits: ({ heardText }) => heardText === ANSWER })
    await caller.hangsUp()
    await world.expectClean()
    expect(world.model.handshakes).toBe(3)
    const [session] = world.model.sessions
    expect(session?.appendedMs).toBe(caller.framesSent * 20)
    expect(caller.callerWords).toEqual([QUESTION])
    expect(caller.bodies('session-lost')).toEqual([])
  })

  it('because the key is refused ends the call with an apology', async () => {
    await using world = await troubled({ faults: [{ fault: 'refused', status: 401 }] })
    const caller = await world.place({ session: false })
    await caller.ended('model-refused')
    await world.expectClean()
    expect(world.model.handshakes).toBe(1)
    expect(caller.call.saidByCarrier).toEqual([expect.stringMatching(APOLOGY)])
    expect(caller.bodies('session-lost')).toMatchObject([{ code: 'PROVIDER_REFUSED' }])
    expect(world.logged.join('')).not.toContain('sk-of-the-scenario')
  })
})

describe.concurrent('a session that is about to expire', () => {
  it('is replaced at a quiet moment, and nobody hears of it', async () => {
    await using world = await troubled({ sessionMs: 4000, timing: { speed: 100 } })
    const caller = await world.place()
    await caller.agentSaid(1)
    const swapped = await caller.event('session-swapped')
    world.model.hears(QUESTION)
    await caller.call.say(QUESTION)
    await caller.agentSaid(2)
    await caller.hangsUp()
    await world.expectClean()
    expect(swapped).toMatchObject({ from: 1, to: 2 })
    expect(caller.bodies('session-lost')).toEqual([])
    expect(caller.agentWords).toEqual([GREETING, ANSWER])
    const frames = Buffer.concat([await agentFrames(GREETING), await agentFrames(ANSWER)])
    expect(arrived(caller.call).equals(frames)).toBe(true)
    expect(heard(caller.call).equals(frames)).toBe(true)
    expect(toldInWords(world.model.sessions[1])[0]).toBe(`assistant: ${GREETING}`)
    const appendedMs = world.model.sessions.reduce((sum, session) => sum + session.appendedMs, 0)
    expect(appendedMs).toBe(caller.framesSent * 20)
  })

  it('while there is no quiet moment is lost when it does, and what was sent is heard to its end', async () => {
    await using world = await troubled({ sessionMs: 3500, greeting: null, timing: { speed: 100 } })
    const caller = await world.place()
    await caller.says('Tell me the story')
    await caller.agentSaid(1)
    await caller.hangsUp()
    await world.expectNothingLeft()
    expect(caller.agentWords).toEqual([STORY])
    expect(caller.bodies('session-lost').map(({ detail }) => detail)).toEqual([
      expect.stringMatching(/session_expired/),
    ])
    expect(arrived(caller.call).equals(await agentFrames(STORY))).toBe(true)
    expect(toldInWords(world.model.sessions[1])).toEqual(['user: Tell me the story', `assistant: ${STORY}`])
  })
})

describe.concurrent('a response', () => {
  it('that fails is asked for once more', async () => {
    await using world = await troubled({ faults: [{ fault: 'failed', after: 1 }] })
    const caller = await world.place()
    await caller.agentSaid(1)
    await caller.says(QUESTION)
    await caller.agentSaid(2)
    await caller.says('And now')
    await caller.agentSaid(3)
    await caller.hangsUp()
    await world.expectClean()
    expect(caller.agentWords).toEqual([GREETING, BRIDGE, FOUND])
    expect(caller.bodies('response-ended').map(({ status }) => status)).toEqual([
      'completed',
      'failed',
      'completed',
      'completed',
    ])
  })

  it('that fails twice ends the call with an apology', async () => {
    await using world = await troubled({ faults: [{ fault: 'failed', after: 1, times: 2 }] })
    const caller = await world.place()
    await caller.agentSaid(1)
    await caller.says(QUESTION)
    await caller.ended('model-lost')
    await world.expectClean()
    expect(caller.call.saidByCarrier).toEqual([expect.stringMatching(APOLOGY)])
  })

  it.each(['json', 'type'] as const)('with an event that nobody understands (%s) is heard all the same', async (as) => {
    const garbled = ['response.output_audio.delta', 'response.created', 'response.done'].map(
      (at) => ({ fault: 'garbled', at, as }) as const,
    )
    await using world = await troubled({ faults: garbled })
    const caller = await world.place()
    await caller.agentSaid(1)
    await caller.says(QUESTION)
    await caller.agentSaid(2)
    await caller.hangsUp()
    await world.expectClean()
    expect(caller.agentWords).toEqual([GREETING, ANSWER])
    expect(arrived(caller.call).equals(Buffer.concat([await agentFrames(GREETING), await agentFrames(ANSWER)]))).toBe(
      true,
    )
  })
})
