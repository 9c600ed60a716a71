/** Live calls over the API, on real sockets: the calls are the switchboard's own, without a carrier and with a silent model. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { afterEach, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { MULAW_8K } from '../../../src/audio/format.ts'
import type { Leg, LegSink } from '../../../src/carriers/carrier.ts'
import { type LiveParts, liveHandlers } from '../../../src/console/live/handlers.ts'
import { openBoard } from '../../bridge/board.ts'
import { type ConsoleServer, startConsole } from '../console-server.ts'
import { readEvents } from './read-events.ts'

const SHOP = `numbers: ["+15550100"]
destinations: { desk: { phone: "+15550190", description: people } }`
const FROM = '+15550123'
const nothing = () => {}

afterEach(() => void vi.useRealTimers())

async function serve(changes: Partial<LiveParts> = {}) {
  const rig = await openBoard({ shop: SHOP })
  const { handlers, stop } = liveHandlers({
    calls: rig.board,
    subscribe: rig.subscribe,
    isOurs: (number) => number === '+15550100',
    isAgent: (name) => name === 'shop',
    phones: { place: ({ agent, from }) => `/phone/media?token=of-${agent}-for-${from}` },
    hears: null,
    ...changes,
  })
  const server = await startConsole({ handlers })
  const call = (): { callId: string; sink: LegSink; played: Buffer[] } => {
    const answer = rig.ring({ from: FROM })
    if (answer.type !== 'stream') throw new Error('not answered')
    const played: Buffer[] = []
    const leg: Leg = {
      streamId: 'MZ1',
      format: MULAW_8K,
      maxLeadMs: 20_000,
      play: (audio) => void played.push(Buffer.from(audio)),
      mark: nothing,
      clear: nothing,
      release: nothing,
      backlogBytes: 0,
    }
    const sink = rig.board.attach(answer.callId, leg)
    if (sink === null) throw new Error('not attached')
    return { callId: answer.callId, sink, played }
  }
  const close = async () => {
    rig.hangUp()
    stop()
    await server[Symbol.asyncDispose]()
  }
  return { ...rig, ...server, server, call, close, [Symbol.asyncDispose]: close }
}

const listen = ({ url }: Pick<ConsoleServer, 'url'>, callId: string, who = 'manager') =>
  new WebSocket(`${url.replace('http', 'ws')}/api/v1/live/${callId}/listen`, {
    headers: { authorization: `Bearer ${who}` },
  })

it('shows all calls, then what changes, then what ended', async () => {
  await using rig = await serve()
  const first = rig.call()
  const messages = await readEvents(rig.server, 'manager', '/live')
  expect(await messages.next()).toMatchObject({ type: 'all', calls: [{ callId: first.callId, from: FROM, turns: 0 }] })
  const second = rig.call()
  expect(await messages.next()).toMatchObject({ type: 'call', call: { callId: second.callId, floor: 'nobody' } })
  expect((await rig.ask('manager', `/live/${first.callId}/hang-up`, { method: 'POST' })).status).toBe(200)
  expect(await messages.next()).toEqual({ type: 'ended', callId: first.callId, reason: 'operator-hung-up' })
  messages.leave()
})

it('shows a viewer no numbers, and lets them do nothing', async () => {
  await using rig = await serve()
  const { callId } = rig.call()
  const messages = await readEvents(rig.server, 'viewer', '/live')
  expect(await messages.next()).toMatchObject({ calls: [{ from: '+1•••23', to: '+15550100' }] })
  messages.leave()
  const body = (fields: object) => ({ method: 'POST', body: JSON.stringify(fields) })
  const asked = [
    rig.ask('viewer', `/live/${callId}/whisper`, body({ text: 'x' })),
    rig.ask('viewer', `/live/${callId}/take-over`, body({ destination: 'desk' })),
    rig.ask('viewer', `/live/${callId}/hang-up`, { method: 'POST' }),
    rig.ask('viewer', '/phone/calls', body({ agent: 'shop' })),
  ]
  expect((await Promise.all(asked)).map(({ status }) => status)).toEqual([403, 403, 403, 403])
  const refused = listen(rig, callId, 'viewer')
  refused.on('error', nothing)
  const [, response] = await once(refused, 'unexpected-response')
  expect(response.statusCode).toBe(403)
  expect(rig.recorded.filter(({ type }) => type === 'operator-acted')).toEqual([])
})

it('writes down who did what, in the journal with the words and in the account without', async () => {
  await using rig = await serve()
  const { callId } = rig.call()
  const post = (path: string, fields: object) =>
    rig.ask('manager', path, { method: 'POST', body: JSON.stringify(fields) })
  expect((await post(`/live/${callId}/whisper`, { text: 'Offer a refund.' })).status).toBe(200)
  const wrong = await post(`/live/${callId}/take-over`, { destination: '+15550666' })
  expect([wrong.status, await wrong.json()]).toMatchObject([
    400,
    { error: { code: 'BAD_REQUEST', fields: [{ path: 'body.destination' }] } },
  ])
  expect((await post(`/live/${callId}/take-over`, { destination: 'desk', say: 'One moment.' })).status).toBe(200)
  expect((await post(`/live/${callId}/whisper`, { text: 'Too late.' })).status).toBe(404)
  expect((await rig.ask('manager', `/live/${callId}`)).status).toBe(404)
  expect(rig.recorded.filter(({ type }) => type === 'operator-acted')).toEqual([
    { type: 'operator-acted', who: 'Mona', action: 'whispered', detail: 'Offer a refund.' },
    { type: 'operator-acted', who: 'Mona', action: 'took-over', detail: 'desk' },
  ])
  expect(rig.gate.notes.map(({ action, ok }) => [action, ok])).toEqual([
    ['whispered', true],
    ['took-over', false],
    ['took-over', true],
    ['whispered', false],
  ])
  expect(JSON.stringify(rig.gate.notes)).not.toContain('refund')
})

it('tells a call’s captions from its beginning, to whoever comes when, and ends with it', async () => {
  await using rig = await serve()
  const { callId, sink } = rig.call()
  sink.event({ type: 'dtmf', digit: '4' })
  const first = await readEvents(rig.server, 'manager', `/live/${callId}`)
  expect(await first.next()).toMatchObject({ type: 'note', text: 'pressed 4' })
  sink.event({ type: 'dtmf', digit: '2' })
  const second = await readEvents(rig.server, 'viewer', `/live/${callId}`)
  expect([await second.next(), await second.next()]).toMatchObject([{ text: 'pressed •' }, { text: 'pressed •' }])
  sink.event({ type: 'closed', why: 'ended', detail: 'stop' })
  expect(await first.next()).toMatchObject({ type: 'note', text: 'pressed 2' })
  for (const messages of [first, second]) {
    expect(await messages.next()).toMatchObject({ type: 'ended', reason: 'caller-hung-up' })
    expect(await messages.next()).toBe(null)
  }
})

it('lets a manager listen in, counts who does, and hangs up with the call', async () => {
  await using rig = await serve()
  const { callId, sink } = rig.call()
  const socket = listen(rig, callId)
  const frames: Buffer[] = []
  socket.on('message', (data: Buffer) => frames.push(data))
  await once(socket, 'open')
  expect(rig.recorded.at(-1)).toEqual({ type: 'operator-acted', who: 'Mona', action: 'listened', detail: '' })
  const wall = await readEvents(rig.server, 'manager', '/live')
  expect(await wall.next()).toMatchObject({ calls: [{ callId, listeners: 1 }] })
  rig.clock.at += 1000
  for (let frame = 0; frame < 4; frame++) {
    rig.clock.at += 20
    sink.audio(Buffer.alloc(160, 7), null)
  }
  await expect.poll(() => frames.length).toBe(1)
  expect([frames[0]!.readDoubleLE(0), frames[0]![8], frames[0]![168]]).toEqual([1000, 7, 0xff])
  sink.event({ type: 'closed', why: 'ended', detail: 'stop' })
  expect((await once(socket, 'close'))[0]).toBe(1000)
  wall.leave()
  const late = listen(rig, callId)
  late.on('error', nothing)
  expect((await once(late, 'unexpected-response'))[1].statusCode).toBe(404)
})

it('lets go of a listener who does not keep up', async () => {
  await using rig = await serve()
  const { callId, sink } = rig.call()
  const socket = listen(rig, callId)
  await once(socket, 'open')
  socket.pause()
  const listeners = async () => {
    const wall = await readEvents(rig.server, 'manager', '/live')
    const all = await wall.next()
    wall.leave()
    return all
  }
  const nobody = { calls: [{ callId, listeners: 0 }] }
  // What the kernel takes of a reader who does not read is a few megabytes at most.
  for (let sent = 0; sent < 100_000; sent++) {
    rig.clock.at += 20
    sink.audio(Buffer.alloc(160, 0xff), null)
    if (sent % 1000 === 0) await setImmediate()
  }
  expect(await listeners()).toMatchObject(nobody)
  socket.terminate()
})

it('cuts a reader of events who does not read, and keeps nothing for them', async () => {
  const gone = Promise.withResolvers<void>()
  await using rig = await startConsole({
    handlers: {
      watchCalls: async () => (stream) => {
        const timer = setInterval(() => {
          for (let many = 0; many < 50; many++) stream.send({ type: 'ended', callId: 'c'.repeat(20_000), reason: '' })
        }, 1)
        return () => {
          clearInterval(timer)
          gone.resolve()
        }
      },
    },
  })
  const { port, hostname } = new URL(rig.url)
  const socket = connect(Number(port), hostname)
  socket.on('error', nothing)
  socket.write('GET /api/v1/live HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer viewer\r\n\r\n')
  socket.pause()
  await gone.promise
  socket.destroy()
})

it('ends what somebody follows or hears when they may no longer', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  await using rig = await serve()
  const { callId } = rig.call()
  const wall = await readEvents(rig.server, 'manager', '/live')
  await wall.next()
  const captions = await readEvents(rig.server, 'manager', `/live/${callId}`)
  const socket = listen(rig, callId)
  await once(socket, 'open')
  const closed = once(socket, 'close')
  const stays = await readEvents(rig.server, 'viewer', '/live')
  await stays.next()
  rig.gate.revoked.add('manager')
  vi.advanceTimersByTime(30_000)
  expect((await closed)[0]).toBe(1008)
  while ((await wall.next()) !== null);
  while ((await captions.next()) !== null);
  stays.leave()
})

it('places calls of the test phone for agents that there are, and types only for the stand-in', async () => {
  const heard: string[] = []
  await using rig = await serve({
    hears: async (call, words) => void heard.push(`${call.state.setup.callId} ${words}`),
  })
  const post = (path: string, fields: object) =>
    rig.ask('manager', path, { method: 'POST', body: JSON.stringify(fields) })
  const placed = await post('/phone/calls', { agent: 'shop' })
  expect(await placed.json()).toEqual({ socket: '/phone/media?token=of-shop-for-Mona', offline: true })
  expect((await post('/phone/calls', { agent: 'nobody' })).status).toBe(404)
  const { callId } = rig.call()
  expect((await post(`/phone/calls/${callId}/hears`, { text: 'hello' })).status).toBe(200)
  expect((await post('/phone/calls/c-none/hears', { text: 'hello' })).status).toBe(404)
  expect(heard).toEqual([`${callId} hello`])
  // The account tells of the agent, and of no token.
  expect(rig.gate.notes.map(({ action, target, ok }) => [action, target, ok])).toEqual([
    ['placed-test-call', 'shop', true],
    ['placed-test-call', 'nobody', false],
  ])

  await using real = await serve({ phones: { place: () => null } })
  const body = (fields: object) => ({ method: 'POST', body: JSON.stringify(fields) })
  expect((await real.ask('manager', '/phone/calls', body({ agent: 'shop' }))).status).toBe(503)
  const other = real.call()
  expect((await real.ask('manager', `/phone/calls/${other.callId}/hears`, body({ text: 'x' }))).status).toBe(409)
})
