import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { ToolContext } from '../../src/tools/tool.ts'
import type { TwinSession } from '../../src/twin/model/session-record.ts'
import { closeSpeech, speak } from '../../src/twin/speech.ts'
import { agentFrames, arrived, heard } from './sound.ts'
import { openWorld, type ScenarioAgent, type ScenarioTool, type World } from './world.ts'

const QUESTION = 'Where is my order'
const MOMENT = 'One moment please while I look for it.'
const FOUND = 'I have found it.'
const GOODBYE = 'Goodbye and until next time.'

/** A handler that works until the test lets it finish. */
function gate(): { handler: ScenarioTool['handler']; open: (result: unknown) => void; context: Promise<ToolContext> } {
  const result = Promise.withResolvers<unknown>()
  const context = Promise.withResolvers<ToolContext>()
  const handler = (_: unknown, given: ToolContext) => {
    context.resolve(given)
    return result.promise
  }
  return { handler, open: result.resolve, context: context.promise }
}

function outputs(session: TwinSession): string[] {
  return session.items.flatMap(({ type, output }) => (type === 'function_call_output' ? [output ?? ''] : []))
}

function asked(session: TwinSession): number {
  return session.received.filter(({ type }) => type === 'response.create').length
}

const [first, second, third, hangs, slow] = [gate(), gate(), gate(), gate(), gate()]
const ran: string[] = []
const tools: Readonly<Record<string, ScenarioTool>> = {
  first,
  second,
  third,
  slow,
  throws: {
    handler: () => {
      throw new Error('no row for 4929 1234')
    },
  },
  hangs: { handler: hangs.handler, timeoutMs: 1000 },
  strict: { parameters: 'z.object({ order: z.string() })', handler: () => ran.push('strict') },
  gives_object: { handler: () => ({ found: true, order: 'HB-1042' }) },
  gives_text: { handler: async () => 'as it is' },
  gives_nothing: { handler: () => undefined },
  gives_much: { handler: () => 'x'.repeat(100_000) },
  cancel: { handler: () => ran.push('cancel') },
}
const failing = ['throws', 'hangs', 'strict', 'gives_object', 'gives_text', 'gives_nothing', 'gives_much']
const transfers = {
  greeting: null,
  tools: ['transfer_call'],
  yaml: 'destinations: { workshop: { phone: "+15550111" } }',
}

const agents: Readonly<Record<string, ScenarioAgent>> = {
  parallel: {
    greeting: null,
    tools: ['first', 'second', 'third'],
    script: `
rules:
  - { when: { toolResult: first }, say: ${FOUND} }
  - { when: { hears: order }, say: ${MOMENT}, call: [{ name: first }, { name: second }, { name: third }] }
`,
  },
  failing: {
    greeting: null,
    tools: failing,
    script: `
rules:
  - { when: { toolResult: throws }, say: ${FOUND} }
  - when: { hears: order }
    call:
      - { name: throws }
      - { name: hangs }
      - { name: strict, arguments: { order: 1042 } }
      - { name: gives_object }
      - { name: gives_text }
      - { name: gives_nothing }
      - { name: gives_much }
`,
  },
  slowly: {
    greeting: null,
    tools: ['slow'],
    script: `
rules:
  - { when: { toolResult: slow }, say: ${FOUND} }
  - { when: { hears: order }, say: ${MOMENT}, call: [{ name: slow }] }
  - { when: { hears: bye }, say: I am still looking. }
`,
  },
  cancels: {
    greeting: null,
    tools: ['cancel'],
    // So long that the call is still being written when the caller speaks.
    script: `
rules:
  - { when: { hears: order }, say: One moment., call: [{ name: cancel, arguments: { why: '${'because '.repeat(20)}' } }] }
otherwise: ${FOUND}
`,
  },
  ends: {
    greeting: null,
    script: `
rules:
  - { when: { wrapUp: true }, say: ${GOODBYE} }
  - { when: { hears: bye }, call: [{ name: end_call }] }
`,
  },
  ends_at_length: {
    greeting: null,
    script: `
rules:
  - { when: { hears: bye }, say: Thank you so much for calling and ${GOODBYE}, call: [{ name: end_call }] }
  - { when: { hears: 'wait|order' }, say: What is it. }
`,
  },
  transfers: {
    ...transfers,
    script: `
rules:
  - { when: { hears: order }, say: ${MOMENT}, call: [{ name: transfer_call, arguments: { destination: workshop } }] }
`,
  },
  transfers_anywhere: {
    ...transfers,
    script: `
rules:
  - { when: { toolResult: transfer_call }, say: ${FOUND} }
  - { when: { hears: order }, call: [{ name: transfer_call, arguments: { destination: '+15550999' } }] }
`,
  },
  transfers_silently: {
    ...transfers,
    script: `
rules:
  - { when: { hears: order }, call: [{ name: transfer_call }] }
  - { when: { instructions: connect the caller }, say: ${FOUND} }
`,
  },
}

vi.setConfig({ maxConcurrency: 20 })

let world: World
beforeAll(async () => {
  // Spoken once beforehand, so that no scenario has to wait for a synthesiser.
  const caller = [QUESTION, 'Wait', 'Thank you and bye'].map((text) => speak(text, { voice: 'rms' }))
  await Promise.all([...[MOMENT, FOUND, GOODBYE].map(agentFrames), ...caller])
  world = await openWorld({ agents, tools, model: { timing: { speed: 100, argumentsMs: 60 } } })
})
afterAll(async () => {
  await using _ = world
  await world.expectClean()
  await closeSpeech()
})

describe.concurrent('tools', () => {
  it('are answered in the order of the calls, whichever is done first, and followed by one response', async () => {
    const caller = await world.place({ agent: 'parallel' })
    await caller.says(QUESTION)
    await Promise.all([first.context, second.context, third.context])
    third.open('three')
    await caller.event('tool-finished', { fits: ({ name }) => name === 'third' })
    second.open('two')
    await caller.event('tool-finished', { nth: 2 })
    expect(caller.bodies('tool-answered')).toEqual([])
    first.open('one')
    await caller.agentSaid(2)
    await caller.hangsUp()

    expect(outputs(caller.session)).toEqual(['one', 'two', 'three'])
    expect(asked(caller.session)).toBe(1)
    expect(caller.bodies('tool-reserved').map(({ name }) => name)).toEqual(['first', 'second', 'third'])
    const finished = caller.bodies('tool-finished').map(({ name, status }) => `${name} ${status}`)
    expect(finished).toEqual(['third done', 'second done', 'first done'])
    // The announcement was heard to its end, whatever the tools did meanwhile.
    expect(caller.agentWords).toEqual([MOMENT, FOUND])
    expect(arrived(caller.call).equals(Buffer.concat([await agentFrames(MOMENT), await agentFrames(FOUND)]))).toBe(true)
    expect(heard(caller.call).equals(arrived(caller.call))).toBe(true)
  })

  it('that fail are told to the model in a sentence, and every kind of answer is', async () => {
    const caller = await world.place({ agent: 'failing' })
    await caller.says(QUESTION)
    await caller.agentSaid(1)
    expect((await hangs.context).signal.aborted).toBe(true)
    hangs.open('far too late')
    await caller.hangsUp()

    const statuses = Object.fromEntries(caller.bodies('tool-finished').map(({ name, status }) => [name, status]))
    expect(failing.map((name) => statuses[name])).toEqual([
      // These two may have acted before they went wrong; the third was never begun.
      'unknown',
      'unknown',
      'failed',
      'done',
      'done',
      'done',
      'done',
    ])
    expect(ran).not.toContain('strict')
    expect(outputs(caller.session).length).toBe(7)
    const [thrown, late, strict, object, text, nothing, much] = outputs(caller.session)
    expect(thrown).toMatch(/failed/)
    expect(late).toMatch(/did not answer in time/)
    expect(strict).toMatch(/order.*string/)
    expect([JSON.parse(object ?? ''), text, nothing]).toEqual([{ found: true, order: 'HB-1042' }, 'as it is', 'Done.'])
    expect(much).toMatch(/^x{16000,}[\s\S]*100000 bytes/)
    expect(Buffer.byteLength(much ?? '')).toBeLessThan(17_000)
    expect(asked(caller.session)).toBe(1)
    // What a backend puts into its errors is for nobody.
    expect(outputs(caller.session).join('') + world.logged.join('')).not.toContain('4929')
  })

  it('that take their time do not keep the caller from talking, and are told of when they are done', async () => {
    const caller = await world.place({ agent: 'slowly' })
    await caller.says(QUESTION)
    await caller.agentSaid(1)
    const { idempotencyKey, callId, from } = await slow.context
    await caller.says('Thank you and bye')
    await caller.agentSaid(2)
    expect(caller.bodies('tool-finished')).toEqual([])
    slow.open({ found: true })
    await caller.agentSaid(3)
    await caller.hangsUp()

    expect({ callId, from }).toEqual({ callId: caller.callId, from: caller.bodies('call-started')[0]?.from })
    expect(idempotencyKey).toMatch(/^.{16,}$/)
    expect(caller.agentWords).toEqual([MOMENT, 'I am still looking.', FOUND])
    expect(outputs(caller.session)).toEqual(['{"found":true}'])
    expect(asked(caller.session)).toBe(1)
  })

  it('of a response that the caller interrupts are not run', async () => {
    // Here the arguments are still being written when the caller speaks.
    const model = { timing: { speed: 100, argumentsMs: 30_000 } }
    await using patient = await openWorld({
      agents: { cancels: agents.cancels! },
      tools: { cancel: tools.cancel! },
      model,
    })
    const caller = await patient.place()
    await caller.says(QUESTION)
    await caller.agentSaid(1)
    const items = () => caller.session.sent.filter(({ type }) => type === 'response.output_item.added')
    await patient.until(() => items().length === 2, 'a call being written')
    await caller.says('Wait')
    await caller.agentSaid(2)
    await caller.hangsUp()
    await patient.expectClean()

    expect(caller.session.responses.map(({ status }) => status)).toEqual(['cancelled', 'completed'])
    expect(ran).not.toContain('cancel')
    expect([caller.bodies('tool-reserved'), outputs(caller.session)]).toEqual([[], []])
  })
})

describe.concurrent('end_call', () => {
  it('hangs up when a goodbye that was asked for has been heard to its end', async () => {
    const caller = await world.place({ agent: 'ends' })
    await caller.says('Thank you and bye')
    await caller.ended('agent-ended')
    expect((await caller.call.ended).why).toBe('hangup-verb')
    expect(caller.agentWords).toEqual([GOODBYE])
    expect(heard(caller.call).equals(await agentFrames(GOODBYE))).toBe(true)
    expect(caller.call.saidByCarrier).toEqual([])
  })

  it('is taken back by a caller who speaks before the goodbye is over', async () => {
    const caller = await world.place({ agent: 'ends_at_length' })
    await caller.says('Thank you and bye')
    await caller.event('tool-answered')
    await caller.call.waitUntilHeardMs(400)
    await caller.says('Wait')
    await caller.agentSaid(2)
    expect(caller.bodies('call-ended')).toEqual([])
    await caller.says(QUESTION)
    await caller.agentSaid(3)
    await caller.hangsUp()
    expect(caller.bodies('agent-said').map(({ interrupted }) => interrupted)).toEqual([true, false, false])
    expect(caller.agentWords.slice(1)).toEqual(['What is it.', 'What is it.'])
  })
})

describe.concurrent('transfer_call', () => {
  it('dials the number of the agent’s file when the caller has heard what was said', async () => {
    const caller = await world.place({ agent: 'transfers' })
    await caller.says(QUESTION)
    const { destination } = await caller.ended('transferred')
    expect(destination).toBe('workshop')
    expect(caller.call.dialled.map(({ to }) => to)).toEqual([[{ noun: 'Number', number: '+15550111', attributes: {} }]])
    expect(caller.agentWords).toEqual([MOMENT])
    expect(heard(caller.call).equals(await agentFrames(MOMENT))).toBe(true)
    // When the talk with the workshop is over the carrier asks once more, and hangs up.
    expect(caller.call.verbs.map(({ verb }) => verb)).toEqual(['Connect', 'Redirect', 'Dial', 'Hangup'])
  })

  it('never dials a number that the model supplies', async () => {
    const caller = await world.place({ agent: 'transfers_anywhere' })
    await caller.says(QUESTION)
    await caller.agentSaid(1)
    await caller.hangsUp()
    expect(caller.bodies('tool-finished').map(({ status }) => status)).toEqual(['failed'])
    expect(outputs(caller.session)[0]).toMatch(/must be one of: workshop/)
    expect(caller.call.dialled).toEqual([])
    expect(JSON.stringify(caller.call.documents)).not.toContain('+15550999')
  })

  it('says so when nobody is reached', async () => {
    const caller = await world.place({ agent: 'transfers_silently', dialStatus: 'no-answer' })
    await caller.says(QUESTION)
    await caller.ended('transferred')
    expect(caller.agentWords).toEqual([FOUND])
    expect(caller.call.saidByCarrier.join(' ')).toMatch(/could not reach anyone/)
  })
})
