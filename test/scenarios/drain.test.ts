import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { closeSpeech, speak } from '../../src/twin/speech.ts'
import { agentFrames, heard } from './sound.ts'
import { GREETING, openWorld } from './world.ts'

const GOODBYE = 'Goodbye then.'
const script = `rules: [{ when: { hears: bye }, say: ${GOODBYE}, call: [{ name: end_call }] }]`
const agents = { one: { script } }

vi.setConfig({ maxConcurrency: 20 })
beforeAll(async () => {
  await Promise.all([agentFrames(GREETING), agentFrames(GOODBYE), speak('Thank you and bye', { voice: 'rms' })])
})
afterAll(closeSpeech)

describe.concurrent('a server that is being stopped', () => {
  it('lets a live call come to its end, and answers no other', async () => {
    await using world = await openWorld({ agents })
    const caller = await world.place()
    await caller.agentSaid(1)
    let closed = false
    const closing = world.earshot.close(20_000).then(() => {
      closed = true
    })
    const late = await world.place({ session: false })
    expect((await late.call.ended).why).toBe('hangup-verb')
    expect(late.call.saidByCarrier).toEqual([expect.stringMatching(/^We are sorry, all lines are busy/)])
    expect({ warnings: late.call.warnings, errors: late.call.errors }).toEqual({ warnings: [], errors: [] })
    const ready = await fetch(`${world.earshot.url}/readyz`)
    expect(ready.status).toBe(503)
    expect(closed).toBe(false)

    await caller.says('Thank you and bye')
    await caller.ended('agent-ended')
    await closing
    await world.expectClean()
    expect((await caller.call.ended).why).toBe('hangup-verb')
    expect(caller.agentWords).toEqual([GREETING, GOODBYE])
    expect(
      heard(caller.call)
        .subarray(-(await agentFrames(GOODBYE)).length)
        .equals(await agentFrames(GOODBYE)),
    ).toBe(true)
    expect(world.events.filter(({ body }) => body.type === 'call-started').length).toBe(1)
  })

  it('hangs up the rest when the time it gave them is over', async () => {
    await using world = await openWorld({ agents })
    const callers = [await world.place(), await world.place()]
    for (const caller of callers) await caller.agentSaid(1)
    await world.earshot.close(300)
    for (const caller of callers) {
      await caller.ended('drained')
      expect((await caller.call.ended).why).toBe('hangup-verb')
    }
    await world.expectClean()
  })
})
