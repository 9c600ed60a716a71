import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { foldStory } from '../../src/call-log/transcript.ts'
import { closeSpeech, speak } from '../../src/twin/speech.ts'
import type { Caller } from './caller.ts'
import { agentFrames, arrived } from './sound.ts'
import { Stops } from './stops.ts'
import { GREETING, openWorld, type World } from './world.ts'

const CALLS = 20
const QUESTION = 'Where is my order'
const MOMENT = 'One moment.'
const STORY = 'Your bicycle is in the workshop and the rear wheel is being built again by hand.'
const GOODBYE = 'Goodbye.'
const TRUNCATION_OFF_MOST_MS = 20
const script = `
rules:
  - { when: { hears: 'order (\\d+)' }, say: ${MOMENT}, call: [{ name: look_up, arguments: { order: '{{1}}' } }] }
  - { when: { hears: bye }, say: ${GOODBYE}, call: [{ name: end_call }] }
  - { when: { hears: wait }, say: Yes. }
  - { when: { toolResult: look_up }, say: ${STORY} }
`
/** Which call asked for which order. */
const askedFor = new Map<string, string>()
const lookUp = {
  parameters: 'z.object({ order: z.string() })',
  handler: ({ order }: Readonly<Record<string, unknown>>, { callId }: { callId: string }) => {
    askedFor.set(callId, String(order))
    return { order, found: true }
  },
}

let world: World
beforeAll(async () => {
  const caller = [QUESTION, 'Wait', 'Thank you and bye'].map((text) => speak(text, { voice: 'rms' }))
  await Promise.all([...[GREETING, MOMENT, STORY, 'Yes.', GOODBYE].map(agentFrames), ...caller])
  const agents = {
    g711: { wire: 'g711', tools: ['look_up'], script },
    pcm16: { wire: 'pcm16', tools: ['look_up'], script },
  } as const
  world = await openWorld({ agents, tools: { look_up: lookUp } })
})
afterAll(async () => {
  await using _ = world
  await closeSpeech()
})

/** Every call has an order of its own, and is interrupted at a place of its own. */
async function converse(caller: Caller, number: number): Promise<void> {
  await caller.agentSaid(1)
  caller.session.hears(`Where is my order ${number}`)
  await caller.call.say(QUESTION)
  await caller.event('tool-answered')
  await caller.agentSaid(2)
  await caller.call.waitForAgentSpeech()
  await caller.heardMore(200 + 60 * (number % 10))
  await caller.says('Wait')
  await caller.agentSaid(4)
  await caller.says('Thank you and bye')
  await caller.ended('agent-ended')
}

it('hold twenty conversations at once, each with its own words, tools, interruption and bill', async () => {
  using stops = new Stops()
  const callers: Caller[] = []
  const talks: Promise<void>[] = []
  for (let number = 100; number < 100 + CALLS; number++) {
    const caller = await world.place({ agent: number % 2 === 0 ? 'g711' : 'pcm16' })
    callers.push(caller)
    talks.push(converse(caller, number))
  }
  await Promise.all(talks)
  await world.expectClean()

  for (const [at, caller] of callers.entries()) {
    const order = String(100 + at)
    expect(askedFor.get(caller.callId)).toBe(order)
    expect(caller.callerWords).toEqual([`Where is my order ${order}`, 'Wait', 'Thank you and bye'])
    const [greeting, moment, story, yes, goodbye] = caller.bodies('agent-said')
    expect([greeting, moment, yes, goodbye].map((said) => said?.heardText)).toEqual([GREETING, MOMENT, 'Yes.', GOODBYE])
    expect([story?.interrupted, `${story?.heardText} ${story?.unheardText}`.trim()]).toEqual([true, STORY])
    const outputs = caller.session.items.flatMap(({ output }) => output ?? [])
    expect(outputs[0]).toBe(`{"order":"${order}","found":true}`)
    expect(caller.session.received.filter(({ type }) => type === 'response.create').length).toBe(2)

    const [clear] = caller.call.clears
    const played = caller.call.segments.filter(({ arrivedMs }) => arrivedMs < clear!.atMs)
    const playedMs = played.reduce((sum, segment) => sum + segment.playedMs, 0)
    const frames = await Promise.all([GREETING, MOMENT].map(agentFrames))
    const truthMs = playedMs - frames.reduce((sum, { length }) => sum + length / 8, 0)
    expect(caller.call.clears.length).toBe(1)
    expect(Math.abs(story!.heardMs - truthMs)).toBeLessThanOrEqual(TRUNCATION_OFF_MOST_MS + stops.longestMs)
    if (at % 2 === 0) {
      const all = [GREETING, MOMENT, STORY, 'Yes.', GOODBYE]
      expect(arrived(caller.call).equals(Buffer.concat(await Promise.all(all.map(agentFrames))))).toBe(true)
    }

    // As it is read: in the order in which it was heard.
    const { lines } = foldStory(await world.earshot.callLog.events(caller.callId))
    const spoken = lines.flatMap(({ by }) => (by === 'agent' || by === 'caller' ? [by] : []))
    expect(spoken).toEqual(['agent', 'caller', 'agent', 'agent', 'caller', 'agent', 'caller', 'agent'])
    const usage = caller.session.responses.map((response) => response.usage)
    const { usage: billed } = caller.bodies('call-ended')[0]!
    const sum = (pick: (each: NonNullable<(typeof usage)[number]>) => number) =>
      usage.reduce((total, each) => total + (each === null ? 0 : pick(each)), 0)
    expect(billed).toEqual({
      inputText: sum((each) => each.input_token_details.text_tokens),
      inputTextCached: sum((each) => each.input_token_details.cached_tokens_details.text_tokens),
      inputAudio: sum((each) => each.input_token_details.audio_tokens),
      inputAudioCached: sum((each) => each.input_token_details.cached_tokens_details.audio_tokens),
      inputImage: 0,
      inputImageCached: 0,
      outputText: sum((each) => each.output_token_details.text_tokens),
      outputAudio: sum((each) => each.output_token_details.audio_tokens),
    })
  }
  await vi.waitFor(async () => expect((await world.earshot.callLog.list({ limit: 100 })).calls.length).toBe(CALLS))
  const { calls: rows } = await world.earshot.callLog.list({ limit: 100 })
  for (const row of rows) {
    expect(row).toMatchObject({ endReason: 'agent-ended', turns: 3, interruptions: 1, toolCalls: 2 })
  }
})
