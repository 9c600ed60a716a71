/** The test phone against the whole server: with a model of its own, and offline, where words are typed. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { EventBody } from '../../src/call/events.ts'
import { readConfig } from '../../src/config/config.ts'
import { startEarshot } from '../../src/earshot.ts'
import { Waiters } from '../../src/twin/model/waiters.ts'
import { closeSpeech } from '../../src/twin/speech.ts'
import { type ConsoleServer, startConsole } from '../console/console-server.ts'
import { agentFrames } from './sound.ts'
import { TestPhone } from './test-phone.ts'
import { GREETING, openWorld, type World } from './world.ts'

let world: World
let server: ConsoleServer
beforeAll(async () => {
  await agentFrames(GREETING)
  const yaml = 'destinations: { desk: { phone: "+15550111", description: people } }'
  world = await openWorld({ agents: { short: { script: 'otherwise: Thank you.', yaml } } })
  server = await startConsole({ handlers: world.earshot.liveHandlers })
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await using _ = world
  await world.expectClean()
  await closeSpeech()
})

const post = async (to: ConsoleServer, path: string, fields: object) => {
  const answer = await to.ask('manager', path, { method: 'POST', body: JSON.stringify(fields) })
  expect(answer.status).toBe(200)
  return z
    .object({ socket: z.string(), offline: z.boolean() })
    .partial()
    .parse(await answer.json())
}

describe.concurrent('the test phone', () => {
  const dial = async (agent: string) => {
    const { socket, offline } = await post(server, '/phone/calls', { agent })
    expect(offline).toBe(false)
    return new TestPhone(world.earshot.url, socket ?? '')
  }
  const eventsOf = (callId: string) => world.events.filter((event) => event.callId === callId).map(({ body }) => body)
  const said = (callId: string, nth: number) =>
    world.until(() => eventsOf(callId).filter(({ type }) => type === 'agent-said')[nth - 1], `agent-said ${nth}`)
  const ended = (callId: string) =>
    world.until(() => eventsOf(callId).find(({ type }) => type === 'call-ended'), 'the end')

  it('talks with an agent that no number leads to, and hangs up', async () => {
    const phone = await dial('short')
    const { callId } = await phone.answered
    expect(await said(callId, 1)).toMatchObject({ heardText: GREETING, interrupted: false })
    expect(Buffer.concat(phone.audio).equals(await agentFrames(GREETING))).toBe(true)
    expect(eventsOf(callId)[0]).toMatchObject({ carrier: 'browser', from: 'Mona', to: 'browser', agent: 'short' })
    phone.press('5')
    phone.press('#')
    expect(await said(callId, 2)).toMatchObject({ heardText: 'Thank you.' })
    phone.hangUp()
    expect(await ended(callId)).toMatchObject({ reason: 'caller-hung-up' })
    await phone.closed
  })

  it('is found again when its socket breaks, and the agent goes on', async () => {
    const phone = await dial('short')
    const { callId, again } = await phone.answered
    await said(callId, 1)
    phone.cut()
    await world.until(() => eventsOf(callId).find(({ type }) => type === 'leg-lost'), 'the loss')
    const back = new TestPhone(world.earshot.url, again)
    expect(await back.answered).toMatchObject({ callId })
    await said(callId, 2)
    back.hangUp()
    expect(await ended(callId)).toMatchObject({ reason: 'caller-hung-up' })
    expect(eventsOf(callId).filter(({ type }) => type === 'leg-attached')).toHaveLength(2)
  })

  it('is told where it would be transferred to', async () => {
    const phone = await dial('short')
    const { callId } = await phone.answered
    await said(callId, 1)
    await post(server, `/live/${callId}/take-over`, { destination: 'desk', say: 'One moment.' })
    expect(await phone.ended).toEqual({ type: 'ended', why: 'would be transferred to desk', say: 'One moment.' })
    expect(await ended(callId)).toMatchObject({ reason: 'transferred', destination: 'desk' })
    await phone.closed
  })
})

it('offline: words typed for one call are said and answered in that call, and in no other of the same person', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'earshot-phone-'))
  await mkdir(join(folder, 'agents'))
  await mkdir(join(folder, 'twin'))
  await writeFile(
    join(folder, 'agents', 'shop.yaml'),
    'instructions: You answer.\nturn: { detection: server_vad, silenceDurationMs: 300 }\naudio: { wire: g711 }\n',
  )
  await writeFile(join(folder, 'twin', 'shop.yaml'), 'rules: [{ when: { hears: (.+) }, say: "You said {{1}}." }]\n')
  const config = readConfig({ PORT: '0', CONFIG_DIR: folder, DATA_DIR: join(folder, 'data') })
  const earshot = await startEarshot({ ...config, logLevel: 'silent' })
  const waiters = new Waiters()
  const events = new Map<string, EventBody[]>()
  earshot.journal.subscribe(({ callId, body }) => {
    events.set(callId, [...(events.get(callId) ?? []), body])
    waiters.changed()
  })
  const desk = await startConsole({ handlers: earshot.liveHandlers })
  const dial = async () => {
    const { socket, offline } = await post(desk, '/phone/calls', { agent: 'shop' })
    expect(offline).toBe(true)
    const phone = new TestPhone(earshot.url, socket ?? '')
    const { callId } = await phone.answered
    return { phone, callId }
  }
  const calls = [await dial(), await dial()]
  const until = (callId: string, type: EventBody['type']) =>
    waiters.wait(() => events.get(callId)?.find((body) => body.type === type), type, 20_000)
  // The second call is told first: whoever took what is next in line would take the wrong words.
  for (const { callId } of calls) await until(callId, 'session-ready')
  const words = ['one two three', 'four five six']
  await post(desk, `/phone/calls/${calls[1]!.callId}/hears`, { text: words[1] })
  await post(desk, `/phone/calls/${calls[0]!.callId}/hears`, { text: words[0] })
  for (const [at, { phone, callId }] of calls.entries()) {
    expect(await until(callId, 'caller-said')).toMatchObject({ text: words[at] })
    expect(await until(callId, 'agent-said')).toMatchObject({ heardText: `You said ${words[at]}.` })
    phone.hangUp()
    await until(callId, 'call-ended')
    await phone.closed
  }
  waiters.close()
  await desk[Symbol.asyncDispose]()
  await earshot.close()
  await rm(folder, { recursive: true, force: true })
})
