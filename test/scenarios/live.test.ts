import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import type { Caption } from '../../src/console/contract/live.ts'
import { textToMulaw } from '../../src/twin/carrier/caller-audio.ts'
import { closeSpeech, speak } from '../../src/twin/speech.ts'
import { type ConsoleServer, startConsole } from '../console/console-server.ts'
import { readEvents } from '../console/live/read-events.ts'
import { agentFrames, heard } from './sound.ts'
import { Stops } from './stops.ts'
import { GREETING, openWorld, type World } from './world.ts'

const LONG = 'Your bicycle is in the workshop and the rear wheel is being built again by hand.'
const ANSWER = 'It is ready on Thursday.'
const QUESTION = 'Where is my bicycle'
const OFF_MOST_MS = 20
const script = `
rules:
  - { when: { hears: bye }, say: Goodbye., call: [{ name: end_call }] }
  - { when: { hears: bicycle }, say: ${ANSWER} }
  - { when: { hears: nothing }, call: [{ name: works_for_ever }] }
otherwise: Thank you.
`
const yaml = 'destinations: { desk: { phone: "+15550111", description: people } }'
const tools = ['works_for_ever']

vi.setConfig({ maxConcurrency: 20 })

const aborted = Promise.withResolvers<void>()
let world: World
let server: ConsoleServer
beforeAll(async () => {
  const caller = [QUESTION, 'I say nothing', 'Thank you and bye'].map((text) => speak(text, { voice: 'rms' }))
  await Promise.all([...[GREETING, LONG, ANSWER].map(agentFrames), ...caller])
  world = await openWorld({
    agents: { short: { script, yaml, tools }, long: { greeting: LONG, script, yaml, tools } },
    tools: {
      works_for_ever: {
        handler: (_, { signal }) => {
          signal.addEventListener('abort', () => aborted.resolve())
          return new Promise<never>(() => {})
        },
      },
    },
  })
  server = await startConsole({ handlers: world.earshot.liveHandlers })
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await using _ = world
  await world.expectClean()
  await closeSpeech()
})

const post = async (path: string, fields?: object) => {
  const body = fields === undefined ? {} : { body: JSON.stringify(fields) }
  const answer = await server.ask('manager', path, { method: 'POST', ...body })
  expect([answer.status, await answer.json()]).toEqual([200, { done: true }])
}
const notesIn = (items: readonly { role: string | null; text: string | null }[]) =>
  items.flatMap(({ role, text }) => (role === 'system' ? [text] : []))

describe.concurrent('a manager', () => {
  it('whispers: the model is told, before its next answer, and the caller hears nothing of it', async () => {
    const caller = await world.place()
    await caller.agentSaid(1)
    await post(`/live/${caller.callId}/whisper`, { text: 'Offer a free inner tube.' })
    await caller.says(QUESTION)
    await caller.agentSaid(2)
    await caller.hangsUp()

    const { items, errors } = caller.session
    expect(notesIn(items)).toEqual([
      expect.stringMatching(/^Instruction from the operator.*: Offer a free inner tube\.$/),
    ])
    const at = (text: string) => items.findIndex((item) => item.text?.includes(text))
    expect(at('inner tube')).toBeLessThan(at(ANSWER))
    expect(errors).toEqual([])
    expect(caller.agentWords).toEqual([GREETING, ANSWER])
    expect(caller.bodies('operator-acted')).toEqual([
      { type: 'operator-acted', who: 'Mona', action: 'whispered', detail: 'Offer a free inner tube.' },
    ])
  })

  it('takes over: the agent falls silent, its tools are given up, and the carrier dials', async () => {
    const caller = await world.place()
    await caller.agentSaid(1)
    await caller.says('I say nothing')
    await caller.event('tool-sent')
    await post(`/live/${caller.callId}/take-over`, { destination: 'desk', say: 'A colleague takes over.' })
    const { destination } = await caller.ended('transferred')
    await aborted.promise

    expect(destination).toBe('desk')
    expect(caller.bodies('tool-finished').map(({ status }) => status)).toEqual(['unknown'])
    expect(caller.call.dialled.map(({ to }) => to)).toEqual([[{ noun: 'Number', number: '+15550111', attributes: {} }]])
    expect(caller.call.saidByCarrier).toEqual(['A colleague takes over.'])
    expect(caller.events.map(({ body }) => body.type).indexOf('operator-acted')).toBeLessThan(
      caller.events.map(({ body }) => body.type).indexOf('call-ended'),
    )
  })

  it('takes over in mid-sentence: nothing more of the sentence is heard', async () => {
    const caller = await world.place({ agent: 'long' })
    using stops = new Stops()
    await caller.call.waitUntilHeardMs(900)
    await post(`/live/${caller.callId}/take-over`, { destination: 'desk' })
    await caller.ended('transferred')
    const [said] = caller.bodies('agent-said')
    expect(said).toMatchObject({ interrupted: true })
    expect(Math.abs(said!.heardMs - caller.call.playedMs)).toBeLessThan(OFF_MOST_MS + 3 * stops.longestMs)
    expect(caller.call.clears).toHaveLength(1)
  })

  it('hangs up', async () => {
    const caller = await world.place()
    await caller.agentSaid(1)
    await post(`/live/${caller.callId}/hang-up`)
    await caller.ended('operator-hung-up')
    expect(caller.bodies('operator-acted').map(({ action }) => action)).toEqual(['hung-up'])
  })

  it('reads along: words as they are heard, and struck out when they will not be', async () => {
    const caller = await world.place({ agent: 'long' })
    const captions = await readEvents(server, 'manager', `/live/${caller.callId}`)
    await caller.call.waitUntilHeardMs(1200)
    await caller.says(QUESTION)
    await caller.agentSaid(2)
    await caller.event('caller-said')
    await caller.hangsUp()
    const told: Caption[] = []
    for (let next = await captions.next(); next !== null; next = await captions.next()) told.push(next as Caption)

    expect(told.at(-1)).toMatchObject({ type: 'ended', reason: 'caller-hung-up' })
    const [cut, answer] = caller.bodies('agent-said')
    const of = (lineId: string) =>
      told.flatMap((each) => (each.type === 'said' && each.lineId === lineId ? [each] : []))
    const greeting = of(cut!.itemId)
    // It grew while it was heard, was never ahead of what was heard in the end, and its rest was struck out once.
    expect(greeting.length).toBeGreaterThan(2)
    for (const [at, { text }] of greeting.entries()) expect(text.startsWith(greeting[at - 1]?.text ?? '')).toBe(true)
    expect(greeting.filter(({ final }) => final)).toMatchObject([{ text: cut!.heardText, unheard: cut!.unheardText }])
    expect(of(answer!.itemId).at(-1)).toMatchObject({ text: answer!.heardText, final: true })
    const [asked] = caller.bodies('caller-said')
    expect(of(asked!.itemId).at(-1)).toMatchObject({ by: 'caller', text: QUESTION, final: true, atMs: asked!.startMs })
    expect(of(asked!.itemId)[0]).toMatchObject({ text: '', final: false })
  })

  it('listens in: hears of the agent what the caller hears, and the caller, in step and at once', async () => {
    const caller = await world.place()
    await caller.agentSaid(1)
    const live = world.earshot.switchboard.find(caller.callId)
    const before = heard(caller.call).length
    using stops = new Stops()
    const frames: Buffer[] = []
    const lagsMs: number[] = []
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}/api/v1/live/${caller.callId}/listen`, {
      headers: { authorization: 'Bearer manager' },
    })
    socket.on('message', (data: Buffer) => {
      frames.push(data)
      lagsMs.push((live?.nowMs ?? Number.NaN) - data.readDoubleLE(0))
    })
    await once(socket, 'open')
    const closed = once(socket, 'close')
    await caller.says(QUESTION)
    const answered = await caller.agentSaid(2)
    await caller.hangsUp()
    await closed

    expect(frames.every((frame) => frame.length === 328)).toBe(true)
    const ofAgent = Buffer.concat(frames.map((frame) => frame.subarray(168)))
    const ofCaller = Buffer.concat(frames.map((frame) => frame.subarray(8, 168)))
    const answer = heard(caller.call).subarray(before)
    expect(answer.equals(await agentFrames(ANSWER))).toBe(true)
    // In order and whole, but for where this process, in which both ends live, stood still: then the caller hears a gap, too.
    expect(missingMs(answer, ofAgent)).toBeLessThanOrEqual(60 + 3 * stops.longestMs)
    const sounding = frames.filter((frame) => frame.subarray(168).some((code) => code !== 0xff)).length
    expect(sounding * 20).toBeLessThanOrEqual(answer.length / 8 + 60 + 3 * stops.longestMs)
    const question = await textToMulaw(QUESTION, 'rms')
    expect(missingMs(Buffer.from(question).subarray(1600, 9600), ofCaller)).toBe(0)
    const first = frames.findIndex((frame) => frame.subarray(168).some((code) => code !== 0xff))
    expect(Math.abs(frames[first]!.readDoubleLE(0) - answered.startMs)).toBeLessThan(100 + 3 * stops.longestMs)
    expect(lagsMs.toSorted((a, b) => a - b)[Math.floor(lagsMs.length / 2)]).toBeLessThan(300 + stops.longestMs)
    expect(caller.bodies('operator-acted').map(({ action }) => action)).toEqual(['listened'])
  })
})

/** How much of some audio is not found in other audio, frame by frame, in its order. */
function missingMs(audio: Buffer, within: Buffer): number {
  let missing = 0
  let from = 0
  for (let at = 0; at < audio.length; at += 160) {
    const found = within.indexOf(audio.subarray(at, at + 160), from)
    if (found < 0) missing += 20
    else from = found + 160
  }
  return missing
}
