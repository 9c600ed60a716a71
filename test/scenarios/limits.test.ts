import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { closeSpeech, speak } from '../../src/twin/speech.ts'
import { agentFrames, arrived, heard } from './sound.ts'
import { GREETING, openWorld, type ScenarioAgent, type World } from './world.ts'

const ANSWER = 'It is ready on Thursday.'
const QUESTION = 'Where is my bicycle'
const CHATTER = 'Thank you and thank you and thank you'
const TIME_IS_UP = 'I am sorry, our time on this call is up. Please call again if there is anything else. Goodbye.'
const script = `
rules:
  - { when: { hears: bicycle }, say: ${ANSWER} }
otherwise: Thank you.
`
/** What a model has to read before each answer is what makes a call dear. */
const dear = `destinations: { workshop: { phone: "+15550111", description: ${'people who know bicycles '.repeat(280)} } }`
const agents: Readonly<Record<string, ScenarioAgent>> = {
  plain: { script },
  silent: { greeting: null, script },
  six_seconds: { script, yaml: 'limits: { maxMinutes: 0.1 }' },
  one_cent: { script, tools: ['transfer_call'], yaml: `limits: { maxCostUsd: 0.01 }\n${dear}` },
  one_cent_a_day: {
    script,
    tools: ['transfer_call'],
    yaml: `limits: { maxCostUsdPerDay: 0.01, whenSpent: { say: Come back tomorrow. } }\n${dear}`,
  },
  usual: { wire: 'pcm16', script, yaml: 'turn: { detection: semantic_vad }\nmodel: { noiseReduction: near_field }' },
  wordless: { script, yaml: 'model: { transcription: null }' },
}

vi.setConfig({ maxConcurrency: 20 })
let world: World
beforeAll(async () => {
  const caller = [QUESTION, CHATTER, 'Wait'].map((text) => speak(text, { voice: 'rms' }))
  await Promise.all([...[GREETING, ANSWER, TIME_IS_UP].map(agentFrames), ...caller])
  world = await openWorld({ agents })
})
afterAll(async () => {
  await using _ = world
  await world.expectClean()
  await closeSpeech()
})

describe.concurrent('a call that has reached its limit', () => {
  it('of time is wrapped up with a sentence that is heard to its end, whatever the caller says', async () => {
    const caller = await world.place({ agent: 'six_seconds' })
    await caller.agentSaid(1)
    await caller.event('deadline-passed', { fits: ({ deadline }) => deadline === 'length' })
    await caller.call.waitForAgentSpeech()
    await caller.heardMore(300)
    await caller.says('Wait')
    await caller.ended('max-length')
    expect((await caller.call.ended).why).toBe('hangup-verb')
    expect(caller.bodies('agent-said').map(({ interrupted }) => interrupted)).toEqual([false, true, false, false])
    expect(caller.agentWords.slice(2)).toEqual(['Thank you.', TIME_IS_UP])
  })

  it('of cost is wrapped up as well', async () => {
    const caller = await world.place({ agent: 'one_cent' })
    await caller.agentSaid(1)
    await caller.says(QUESTION)
    const { costUsd } = await caller.ended('over-budget')
    expect(costUsd).toBeGreaterThanOrEqual(0.01)
    expect(caller.agentWords.at(-1)).toBe(TIME_IS_UP)
    expect(heard(caller.call).equals(arrived(caller.call))).toBe(true)
  })
})

it('a day that has cost as much as it may: the live call is wrapped up, and the next is told so', async () => {
  const caller = await world.place({ agent: 'one_cent_a_day' })
  await caller.agentSaid(1)
  await caller.says(QUESTION)
  const { detail } = await caller.ended('over-budget')
  expect(detail).toBe('all calls of this agent have cost as much as they may in one day')
  expect(caller.agentWords.at(-1)).toBe(TIME_IS_UP)
  const next = await world.place({ agent: 'one_cent_a_day', session: false })
  await next.call.ended
  expect(next.call.saidByCarrier).toEqual(['Come back tomorrow.'])
  expect(next.events).toEqual([])
})

describe.concurrent('caller audio', () => {
  it('that the carrier lost is silence in its place, so that times stay true', async () => {
    // Twice during the greeting: a tenth of a second, and a fifth.
    const faults = [
      { fault: 'lost', at: 'media', after: 10, times: 5 },
      { fault: 'lost', at: 'media', after: 30, times: 10 },
    ] as const
    const caller = await world.place({ faults })
    await caller.agentSaid(1)
    await caller.says(QUESTION)
    await caller.agentSaid(2)
    await caller.hangsUp()
    expect(caller.callerWords).toEqual([QUESTION])
    expect(caller.session.appendedMs).toBe(caller.framesSent * 20)
  })

  it('that is unreadable for long ends the call with an apology', async () => {
    const caller = await world.place({
      faults: [{ fault: 'garbled', at: 'media', as: 'base64', after: 50, times: null }],
    })
    await caller.call.ended
    const ended = await caller.event('call-ended')
    expect(ended.reason).toBe('bad-media')
    expect(caller.call.saidByCarrier).toEqual([expect.stringMatching(/^We are sorry/)])
    expect(caller.call.errors.map(({ code }) => code)).toEqual([31921])
  })

  it('that stops in the middle of a turn is made up for by silence, so that the turn ends', async () => {
    // One and a half seconds into the stream nothing more comes; the caller is in the middle of a sentence.
    const caller = await world.place({ agent: 'silent', faults: [{ fault: 'stalled', at: 'media', after: 75 }] })
    await caller.says(CHATTER)
    await caller.agentSaid(1)
    await caller.call.hangUp()
    expect(caller.agentWords).toEqual(['Thank you.'])
  })
})

describe.concurrent('an agent', () => {
  it('with the usual settings converses', async () => {
    const caller = await world.place({ agent: 'usual' })
    await caller.agentSaid(1)
    await caller.says(QUESTION)
    await caller.agentSaid(2)
    await caller.hangsUp()
    expect(caller.agentWords).toEqual([GREETING, ANSWER])
    expect(caller.session.appendedMs).toBe(caller.framesSent * 20)
    expect(caller.session.settings.audio.input).toMatchObject({
      format: { type: 'audio/pcm', rate: 24_000 },
      noise_reduction: { type: 'near_field' },
      turn_detection: { type: 'semantic_vad', eagerness: 'auto' },
    })
  })

  it('whose callers are not transcribed has their turns in the log without words', async () => {
    const caller = await world.place({ agent: 'wordless' })
    await caller.agentSaid(1)
    await caller.says(QUESTION)
    await caller.agentSaid(2)
    await caller.hangsUp()
    expect(caller.callerWords).toEqual([''])
    expect(caller.agentWords).toEqual([GREETING, ANSWER])
  })

  it('that does not exist is told to the caller', async () => {
    const caller = await world.place({ to: '+15559999', session: false })
    await caller.call.ended
    expect(caller.call.saidByCarrier).toEqual(['We are sorry, this number is not in service.'])
    expect({ warnings: caller.call.warnings, errors: caller.call.errors }).toEqual({ warnings: [], errors: [] })
    expect(caller.events).toEqual([])
  })
})
