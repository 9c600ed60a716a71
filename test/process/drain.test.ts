import { expect, it } from 'vitest'
import { Place, steadyAgent } from './place.ts'
import { get, run } from './server-child.ts'

const files = { 'config/agents/steady.yaml': steadyAgent(['end_call']) }

/** The first signal, and that it was taken. */
async function stop({ server }: Place): Promise<void> {
  server.signal('SIGTERM')
  await server.until(() => /SIGTERM: no new calls; 1 live/.test(server.stdout), 'the answer to the signal')
}

/** The callback that tells of the end would find nobody any more. */
const UNWATCHED = { statusCallbacks: false }
const HALF_A_SECOND = Buffer.alloc(4000, 0x20).toString('base64')

it('SIGTERM refuses new calls, lets a live one go on to its goodbye and hang up in order, and ends with 0', async () => {
  await using place = await Place.open({ files })
  const { model, server, carrier, webhookUrl } = place
  const { call, session } = await place.plain(UNWATCHED)
  await stop(place)
  expect(await get(`${server.url}/readyz`)).toEqual({
    status: 503,
    text: '{"ready":false,"why":"the server is being stopped","liveCalls":1}',
  })
  const refused = await carrier.placeCall({ webhookUrl, from: '+15550124', to: '+15550100' })
  expect((await refused.ended).why).toBe('hangup-verb')
  expect(refused.saidByCarrier).toEqual([expect.stringMatching(/all lines are busy/)])
  expect(model.sessions).toHaveLength(1)

  const speech = session.speak()
  speech.audio(HALF_A_SECOND)
  speech.done()
  await call.waitUntilHeardMs(500)
  session.callTools({ callId: 'call_1', name: 'end_call', args: {} })
  await model.until(() => session.received.some(({ type }) => type === 'response.create'), 'the last question')
  const goodbye = session.speak()
  goodbye.audio(HALF_A_SECOND)
  goodbye.done()
  // The caller hears all of it, and the carrier is told to hang up by a server that is still there.
  expect((await call.ended).why).toBe('hangup-verb')
  expect(call.playedMs).toBeCloseTo(1000, 0)
  expect({ errors: call.errors, warnings: call.warnings }).toEqual({ errors: [], warnings: [] })
  expect(await server.exited).toEqual({ code: 0, signal: null })
  expect(server.stderr).toBe('')
})

it('a call that outlives its grace is hung up in order', async () => {
  await using place = await Place.open({ files, serve: ['--grace-seconds', '0.2'] })
  const { server } = place
  const { call } = await place.plain(UNWATCHED)
  await stop(place)
  expect((await call.ended).why).toBe('hangup-verb')
  expect(call.errors).toEqual([])
  expect(await server.exited).toEqual({ code: 0, signal: null })
  const { stdout } = await run(['calls'], place.folder.env)
  expect(stdout).toMatch(/the server was being stopped/)
})

it('a second signal, of either kind, ends the process at once', async () => {
  await using place = await Place.open({ files })
  const { server } = place
  const { call } = await place.plain(UNWATCHED)
  await stop(place)
  server.signal('SIGINT')
  expect(await server.exited).toEqual({ code: 1, signal: null })
  await call.hangUp()
})
