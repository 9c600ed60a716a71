import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { PCM16_24K } from '../../src/audio/format.ts'
import { closeSpeech, speak } from '../../src/twin/speech.ts'
import { agentFrames, agentVoice, agentVoiceMs, arrived, heard, likeness } from './sound.ts'
import { GREETING, openWorld, type Wire, type World } from './world.ts'

const ANSWER = 'It is ready on Thursday.'
const GOODBYE = 'Goodbye then.'
const SURE = 'Quite sure.'
const SAID = [GREETING, ANSWER, GOODBYE]
const QUESTION = 'Where is my bicycle'
const script = `
rules:
  - { when: { hears: bicycle }, say: ${ANSWER} }
  - { when: { hears: bye }, say: ${GOODBYE}, call: [{ name: end_call }] }
otherwise: ${SURE}
`
const WIRES: readonly Wire[] = ['g711', 'pcm16']
const agents = Object.fromEntries(WIRES.map((wire) => [wire, { wire, script }]))

vi.setConfig({ maxConcurrency: 20 })

let world: World
beforeAll(async () => {
  // Spoken once beforehand, so that no scenario has to wait for a synthesiser.
  await Promise.all([...SAID.map(agentFrames), speak(QUESTION, { voice: 'rms' })])
  world = await openWorld({ agents })
})
afterAll(async () => {
  await using _ = world
  await world.expectClean()
  await closeSpeech()
})

describe.concurrent('a call from greeting to goodbye', () => {
  it.each(WIRES)('is heard as it was said, over %s', async (wire) => {
    const caller = await world.place({ agent: wire })
    await caller.agentSaid(1)
    await caller.says(QUESTION)
    await caller.agentSaid(2)
    await caller.says('Thank you and bye')
    const ended = await caller.ended('agent-ended')

    expect((await caller.call.ended).why).toBe('hangup-verb')
    expect(caller.agentWords).toEqual(SAID)
    expect(caller.callerWords).toEqual([QUESTION, 'Thank you and bye'])
    const lengthsMs = await Promise.all(SAID.map(agentVoiceMs))
    for (const [at, { heardMs }] of caller.bodies('agent-said').entries())
      expect(heardMs).toBeCloseTo(lengthsMs[at]!, 0)
    const soundedMs = lengthsMs.reduce((sum, ms) => sum + ms, 0)
    expect(ended.callerHeardMs).toBeCloseTo(soundedMs, 0)

    // The goodbye too was heard to its end; and nobody was interrupted.
    expect(heard(caller.call).equals(arrived(caller.call))).toBe(true)
    expect(caller.call.clears).toEqual([])
    const asked = caller.session.received.map(({ type }) => type)
    expect(asked).not.toContain('conversation.item.truncate')
    if (wire === 'g711') {
      expect(arrived(caller.call).equals(Buffer.concat(await Promise.all(SAID.map(agentFrames))))).toBe(true)
      return
    }
    let at = 0
    for (const text of SAID) {
      const { length } = await agentFrames(text)
      const got = arrived(caller.call).subarray(at, at + length)
      const { correlation, levelDb } = likeness(got, await agentVoice(text, PCM16_24K))
      expect(correlation).toBeGreaterThan(0.97)
      expect(Math.abs(levelDb)).toBeLessThan(0.5)
      at += length
    }
    expect(arrived(caller.call).length).toBe(at)
  })

  /** Longer than the first sentence takes to be synthesised on a busy machine: it must begin before the model is there. */
  const CONNECT_MS = 1500

  it.each(WIRES)('reaches the model with every frame of the caller, once, over %s', async (wire) => {
    // The caller speaks from the first frame on, while the model still takes its time to accept the connection.
    const model = { faults: [{ fault: 'slow-connect', ms: CONNECT_MS }] as const }
    await using slow = await openWorld({ agents: { [wire]: { wire, script } }, model })
    const caller = await slow.place({ session: false })
    const words = await caller.says(QUESTION)
    await caller.event('agent-said', { fits: ({ heardText }) => heardText === ANSWER })
    await caller.says('Is that sure')
    await caller.event('agent-said', { fits: ({ heardText }) => heardText === SURE })
    await caller.hangsUp()
    await slow.expectClean()

    const [session] = slow.model.sessions
    expect(words.startMs).toBeLessThan(CONNECT_MS)
    expect(session?.appendedMs).toBe(caller.framesSent * 20)
    const turns = session?.items.filter(({ role }) => role === 'user')
    expect(turns?.map(({ text }) => text)).toEqual([QUESTION, 'Is that sure'])
    // From the first sound on: what the model heard of the turn is the words and the silence that ended it.
    const started = session?.sent.find(({ type }) => type === 'input_audio_buffer.speech_started')
    expect(started?.audio_start_ms).toBe(0)
    expect(turns?.[0]?.audioMs).toBeGreaterThan(words.endMs - words.startMs)
    expect(caller.callerWords).toEqual([QUESTION, 'Is that sure'])
  })
})
