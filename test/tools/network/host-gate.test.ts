import { expect, it } from 'vitest'
import { HostGate } from '../../../src/tools/network/host-gate.ts'

const never = new AbortController().signal

/** What has come of each by now: in, waiting, or given up. */
async function states(...entries: readonly Promise<(() => void) | null>[]): Promise<string[]> {
  await new Promise((resolve) => setImmediate(resolve))
  const waiting = Symbol('waiting')
  const now = await Promise.all(entries.map((each) => Promise.race([each, Promise.resolve(waiting)])))
  return now.map((each) => (each === waiting ? 'waiting' : each === null ? 'gave up' : 'in'))
}

it('lets so many in at once, for each host, and the others in the order in which they came', async () => {
  const gate = new HostGate()
  const [a, b, c, d] = [1, 2, 3, 4].map(() => gate.enter('desk', 2, never)) as [
    Promise<() => void>,
    Promise<() => void>,
    Promise<() => void>,
    Promise<() => void>,
  ]
  const other = gate.enter('other', 2, never)
  expect(await states(a, b, c, d, other)).toEqual(['in', 'in', 'waiting', 'waiting', 'in'])
  ;(await b)()
  expect(await states(c, d)).toEqual(['in', 'waiting'])
  ;(await a)()
  ;(await c)()
  expect(await states(d)).toEqual(['in'])
  ;(await d)()
  expect(await states(gate.enter('desk', 1, never))).toEqual(['in'])
})

it('whoever gives up leaves the queue, and holds nobody up', async () => {
  const gate = new HostGate()
  const inside = await gate.enter('desk', 1, never)
  const abort = new AbortController()
  const gaveUp = gate.enter('desk', 1, abort.signal)
  // This one would be content beside one other, and waits only for its turn.
  const behind = gate.enter('desk', 2, never)
  expect(await states(gaveUp, behind)).toEqual(['waiting', 'waiting'])
  abort.abort()
  expect(await states(gaveUp, behind)).toEqual(['gave up', 'in'])
  expect(await states(gate.enter('desk', 5, AbortSignal.abort()))).toEqual(['gave up'])
  inside?.()
})

it('after everybody has left nothing is held', async () => {
  const gate = new HostGate()
  for (let round = 0; round < 3; round++) {
    const leaves = await Promise.all([gate.enter('desk', 2, never), gate.enter('desk', 2, never)])
    const third = gate.enter('desk', 2, never)
    for (const leave of leaves) leave?.()
    ;(await third)?.()
  }
  expect(await states(gate.enter('desk', 1, never))).toEqual(['in'])
})
