import { expect, it } from 'vitest'
import { ABUSE_KINDS, abuse } from '../../src/twin/carrier/abuse.ts'
import { THOROUGH } from '../effort.ts'
import { AUTH_TOKEN, Place } from '../process/place.ts'

const CONNECTIONS = THOROUGH ? 10_000 : 2_100
/** Below the number of strangers that the server lets in at once: more are refused at the door, callers' streams too. */
const AT_ONCE = 170
/** What a garbage collector may leave or take: 5,000 leaks of 400 bytes would be more. */
const HEAP_SLACK_MB = 2

it(`${CONNECTIONS} abusive connections are refused, cost nobody a frame, open no model session and leave nothing behind`, {
  timeout: 90_000,
}, async () => {
  await using place = await Place.open({ serve: 'counting' })
  const { model, server } = place
  const target = { url: place.mediaUrl, authToken: AUTH_TOKEN, patienceMs: 30_000 }
  // What a server has only once it has worked is there before anything is counted.
  await (await place.steady()).finish()
  await abuse({ ...target, connections: 2 * ABUSE_KINDS.length, concurrency: 70 })
  const idle = await place.idle()

  const calls = [await place.steady(), await place.steady()]
  const startedMs = performance.now()
  const half = { ...target, connections: CONNECTIONS / 2, concurrency: AT_ONCE }
  const abused = abuse(half)
  // One more caller dials in the middle of it.
  calls.push(await place.steady())
  const results = await abused
  const { heapMb: heapHalfwayMb } = await server.counters(true)
  results.push(...(await abuse(half)))
  const tookS = (performance.now() - startedMs) / 1000
  for (const call of calls) await call.finish()

  expect(results).toHaveLength(CONNECTIONS)
  expect(results.filter(({ tolerated }) => tolerated)).toEqual([])
  expect(model.handshakes).toBe(1 + calls.length)
  const after = await place.idle()
  expect(after.resources).toEqual(idle.resources)
  // A server that is warm is smaller than one that has just started: what leaks is seen from half-way on.
  expect(after.heapMb - Math.min(idle.heapMb, heapHalfwayMb)).toBeLessThan(HEAP_SLACK_MB)
  expect(server.log.filter(({ level }) => level >= 50)).toEqual([])
  const slowest = results.reduce((a, b) => (a.tookMs > b.tookMs ? a : b))
  console.log(
    `${CONNECTIONS} abusive connections in ${tookS.toFixed(1)} s; the slowest, ${slowest.kind}, took ${slowest.tookMs.toFixed(0)} ms; heap ${idle.heapMb.toFixed(1)}, ${heapHalfwayMb.toFixed(1)}, ${after.heapMb.toFixed(1)} MB`,
  )
})
