import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { foldStory } from '../../src/call-log/transcript.ts'
import { closeSpeech, speak } from '../../src/twin/speech.ts'
import { agentFrames } from './sound.ts'
import { Stops } from './stops.ts'
import { GREETING, openWorld, type World } from './world.ts'

const ANSWER = 'It is ready on Thursday.'
const QUESTION = 'Where is my bicycle'
const script = `
rules:
  - { when: { hears: bye }, say: Goodbye., call: [{ name: end_call }] }
otherwise: ${ANSWER}
`
const agents = { one: { script } }
/** Between what the log says of a moment and what the stand-ins know of it. */
const TIMES_OFF_MOST_MS = 40

vi.setConfig({ maxConcurrency: 20 })
beforeAll(async () => {
  const caller = [QUESTION, 'Thank you and bye'].map((text) => speak(text, { voice: 'rms' }))
  await Promise.all([...[GREETING, ANSWER, 'Goodbye.'].map(agentFrames), ...caller])
})
afterAll(closeSpeech)

describe.concurrent('the log of a call', () => {
  it('tells what was said in the order of the sounds, however late the caller’s words come', async () => {
    const late = { fault: 'reordered', at: 'conversation.item.input_audio_transcription.completed' } as const
    await using world = await openWorld({ agents, model: { faults: [late] } })
    const caller = await world.place()
    await caller.agentSaid(1)
    await caller.says(QUESTION)
    await caller.agentSaid(2)
    await caller.says('Thank you and bye')
    await caller.ended('agent-ended')
    await world.expectClean()

    const types = caller.events.map(({ body }) => body.type)
    expect(types.indexOf('caller-said')).toBeGreaterThan(types.indexOf('reply-timed'))
    const read = async () => (await world.earshot.callLog.events(caller.callId)).at(-1)?.body.type
    await vi.waitFor(async () => expect(await read()).toBe('call-ended'))
    const kept = await world.earshot.callLog.events(caller.callId)
    expect(kept).toEqual(caller.events)
    const lines = foldStory(kept).lines.flatMap((line) => {
      if (line.by === 'caller') return [`caller: ${line.text}`]
      return line.by === 'agent' ? [`agent: ${line.heardText}`] : []
    })
    expect(lines).toEqual([
      `agent: ${GREETING}`,
      `caller: ${QUESTION}`,
      `agent: ${ANSWER}`,
      'caller: Thank you and bye',
      'agent: Goodbye.',
    ])
  })

  it('has a line for a caller whose words had not come when the call ended', async () => {
    await using world = await openWorld({ agents, model: { timing: { transcriptMs: 60_000 } } })
    const caller = await world.place()
    await caller.agentSaid(1)
    await caller.says(QUESTION)
    await caller.agentSaid(2)
    await caller.hangsUp()
    await world.expectClean()
    expect(caller.callerWords).toEqual([''])
    const [said] = caller.bodies('caller-said')
    const [greeting, answer] = caller.bodies('agent-said')
    expect(said!.startMs).toBeGreaterThan(greeting!.endMs)
    expect(said!.endMs).toBeLessThan(answer!.startMs)
  })

  it('tells the times of a turn and its reply as the caller and the model know them', async () => {
    await using world = await openWorld({ agents })
    // Words that begin and break off in a vowel: what comes before and after is silence.
    const { pcm, sampleRateHz } = await speak(QUESTION, { voice: 'rms' })
    const loudest = pcm.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0)
    const isLoud = (sample: number) => Math.abs(sample) > loudest / 2
    const spoken = pcm.slice(pcm.findIndex(isLoud), pcm.findLastIndex(isLoud))
    const caller = await world.place()
    await caller.agentSaid(1)
    using stops = new Stops()
    const truth = watchTruth(world)
    caller.session.hears(QUESTION)
    const { startMs, endMs } = await caller.call.playPcm({ pcm: spoken, sampleRateHz })
    await caller.event('reply-timed', { nth: 2 })
    const origin = originOf(world, caller.callId)
    const callOrigin = performance.now() - caller.call.nowMs
    await caller.agentSaid(2)
    await caller.hangsUp()
    await world.expectClean()

    const told = { ...caller.bodies('reply-timed')[1]!, startMs: caller.bodies('caller-said')[0]!.startMs }
    const [, firstOfAnswer] = spurts(caller.call.segments)
    const known = {
      startMs: callOrigin + startMs,
      callerStoppedMs: callOrigin + endMs,
      decidedMs: truth.stoppedAt,
      firstModelAudioMs: truth.firstAudioAt,
      firstSentMs: callOrigin + firstOfAnswer!.arrivedMs,
      firstHeardMs: callOrigin + firstOfAnswer!.startMs,
    }
    for (const [part, at] of Object.entries(known)) {
      const saidAt = Number(Reflect.get(told, part)) + origin
      expect({ part, near: Math.abs(saidAt - at) < TIMES_OFF_MOST_MS + stops.longestMs }).toEqual({ part, near: true })
    }
  })
})

/** When the model said that the caller had stopped, and when the first audio of its answer went out. */
function watchTruth(world: World): { stoppedAt: number; firstAudioAt: number } {
  const seen = { stoppedAt: 0, firstAudioAt: 0 }
  const [session] = world.model.sessions
  const before = session?.sent.length ?? 0
  const look = () => {
    const types = session?.sent.slice(before).map(({ type }) => type) ?? []
    if (seen.stoppedAt === 0 && types.includes('input_audio_buffer.speech_stopped')) seen.stoppedAt = performance.now()
    if (seen.firstAudioAt === 0 && types.includes('response.output_audio.delta')) seen.firstAudioAt = performance.now()
    return seen.firstAudioAt > 0
  }
  world.model.waitFor(look, 'an answer', 20_000).catch(() => {})
  return seen
}

/** The moment at which the call's own time began: events are given to whoever watches when they are recorded. */
function originOf(world: World, callId: string): number {
  let origin = Number.POSITIVE_INFINITY
  for (const [event, at] of world.toldAt) if (event.callId === callId) origin = Math.min(origin, at - event.atMs)
  return origin
}

/** The first piece of audio of each stretch that sounds without a pause. */
function spurts<Piece extends { readonly startMs: number; readonly bytes: number }>(
  segments: readonly Piece[],
): Piece[] {
  return segments.filter((piece, at) => {
    const before = segments[at - 1]
    return before === undefined || piece.startMs > before.startMs + before.bytes / 8 + 100
  })
}
