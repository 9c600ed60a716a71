import { existsSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { type OnDisk, onDisk } from '../call-log/on-disk.ts'
import { THOROUGH } from '../effort.ts'
import type { PlainSession } from '../hostile/plain-model.ts'
import { seeded } from '../seeded.ts'
import { Place, steadyAgent } from './place.ts'
import { type Folder, run } from './server-child.ts'

const KILLS = THOROUGH ? 12 : 4
const CALLS_AT_ONCE = 3
/** To the kill, at most, in turn from the first dialling and from when all calls have their sessions. */
const KILL_WITHIN_MS = 500

/** Writes down that it runs, before anything else, and then takes its time: a side effect without which nothing is proven. */
const TOUCH = `
import { appendFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { defineTool } from 'earshot'
import { z } from 'zod'
export default defineTool({
  name: 'touch',
  description: 'Leaves a line behind.',
  parameters: z.object({ token: z.string(), takesMs: z.number() }),
  handler: async ({ token, takesMs }, { callId }) => {
    appendFileSync(new URL('./ran.txt', import.meta.url), callId + ' ' + token + '\\n')
    await sleep(takesMs)
    return 'touched'
  },
})
`

function logOf(folder: Folder): OnDisk {
  return onDisk(folder.join('data', 'earshot.db'))
}

/** Calls tools without a pause, two at a time, and says a word now and then. */
function keepBusy(session: PlainSession, tokenOf: () => string, takesMs: () => number): void {
  let turn = 0
  const act = () => {
    turn++
    const calls = [tokenOf(), tokenOf()].map((token) => {
      return { callId: `call_${token}`, name: 'touch', args: { token, takesMs: takesMs() } }
    })
    if (turn % 4 !== 0) return session.callTools(...calls)
    const speech = session.speak()
    speech.words('One moment, please.')
    speech.audio(Buffer.alloc(800, 0x20).toString('base64'))
    speech.done()
    session.callTools(...calls)
  }
  session.onEvent = ({ type }) => {
    if (type === 'response.create') act()
  }
  act()
}

it(`kill -9 at ${KILLS} moments loses no event that was kept and runs no tool that was not written down`, {
  timeout: 600_000,
}, async () => {
  const seed = Number(process.env.KILL_SEED ?? Math.floor(Math.random() * 2 ** 32))
  console.log(`kill moments from KILL_SEED=${seed}`)
  const random = seeded(seed)
  await using place = await Place.open({
    files: { 'config/agents/steady.yaml': steadyAgent(['touch']), 'config/tools/touch.ts': TOUCH },
  })
  const { folder, model } = place
  const ranFile = folder.join('config/tools/ran.txt')
  let tokens = 0
  model.onConfigured = (session) =>
    keepBusy(
      session,
      () => `t${++tokens}`,
      () => Math.floor(random() * 15),
    )

  let killedLive = 0
  for (let kill = 1; kill <= KILLS; kill++) {
    const sessionsBefore = model.sessions.length
    const calls = Array.from({ length: CALLS_AT_ONCE }, () =>
      place.carrier.placeCall({ webhookUrl: place.webhookUrl, from: '+15550123', to: '+15550100', record: false }),
    )
    if (kill % 2 === 0)
      await model.until(() => model.sessions.length === sessionsBefore + CALLS_AT_ONCE, 'the sessions of all calls')
    await new Promise((resolve) => setTimeout(resolve, random() * KILL_WITHIN_MS))
    // What is on disk now is there for good, whatever happens to the process in the next instant.
    const before = logOf(folder)
    place.server.signal('SIGKILL')
    expect(await place.server.exited).toEqual({ code: null, signal: 'SIGKILL' })
    await Promise.all((await Promise.all(calls)).map((call) => call.hangUp()))
    await place.restart()

    const after = logOf(folder)
    for (const [callId, events] of before.events)
      expect(after.events.get(callId)?.slice(0, events.length)).toEqual(events)
    for (const [callId, events] of after.events) {
      // Each once, in order, without a gap, and with an end.
      expect(events.map(({ seq }) => seq)).toEqual(events.map((_, i) => i + 1))
      expect(events[0]?.body.type).toBe('call-started')
      expect(events.filter(({ body }) => body.type === 'call-ended')).toEqual([events.at(-1)])
      expect(after.calls.find((call) => call.callId === callId)?.endReason).toBe('interrupted')
    }
    killedLive += after.calls.length - before.calls.filter(({ endReason }) => endReason !== null).length
  }

  const { calls, events } = logOf(folder)
  const ran = existsSync(ranFile) ? readFileSync(ranFile, 'utf8').trim().split('\n') : []
  const reserved = [...events].flatMap(([callId, ofCall]) =>
    ofCall.flatMap(({ body }) =>
      body.type === 'tool-reserved' ? [`${callId} ${JSON.parse(body.arguments).token}`] : [],
    ),
  )
  const known = [...events.values()].flat().flatMap(({ body }) => (body.type === 'tool-finished' ? [body.status] : []))
  // Of those that were at work in a crash the next start says that nobody knows.
  const finished = known.filter((status) => status !== 'unknown').length
  expect(known.length).toBe(reserved.length)
  console.log(
    `${KILLS} kills cut off ${killedLive} calls; ${ran.length} tools ran, ${reserved.length} were written down, ${finished} finished`,
  )
  // The moments were such that something could have been lost.
  expect(killedLive).toBeGreaterThan(KILLS)
  expect(ran.length).toBeGreaterThan(KILLS)
  expect(ran.length).toBeGreaterThan(finished)
  expect(new Set(ran).size).toBe(ran.length)
  expect(ran.filter((line) => !reserved.includes(line))).toEqual([])

  const listed = await run(['calls', '-n', '500'], folder.env)
  const lines = listed.stdout.split('\n').filter((line) => /^c\w+ /.test(line))
  expect(lines).toHaveLength(calls.length)
  expect(lines.filter((line) => !line.endsWith('the server stopped without ending the call'))).toEqual([])
  const busiest = calls.reduce((a, b) => (a.toolCalls >= b.toolCalls ? a : b))
  const shown = await run(['show', busiest.callId], folder.env)
  expect(shown).toMatchObject({ code: 0, stderr: '' })
  expect(shown.stdout).toMatch(/End +interrupted: the server stopped without ending this call/)
  expect(shown.stdout).toMatch(/tool +touch/)
})
