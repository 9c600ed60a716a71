import { appendFile, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { CallEvent } from '../../src/call/events.ts'
import { Spool } from '../../src/call-log/spool.ts'
import { callEvents, callerSaid, END, START } from './sample-call.ts'

let folder = ''
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'earshot-spool-')), 'spool')
})
afterEach(() => rm(join(folder, '..'), { recursive: true, force: true }))

const BATCHES = ['c1', 'c2', 'c3'].map((callId) => callEvents(callId, [START, callerSaid('Hello?\n"é"', 0, 900), END]))

async function drained(spool: Spool): Promise<(readonly CallEvent[])[]> {
  const taken: (readonly CallEvent[])[] = []
  await spool.drain(async (events) => void taken.push(events))
  return taken
}

it('hands batches on in the order in which they came, and is empty then', async () => {
  const spool = await Spool.open({ folder })
  for (const batch of BATCHES) await spool.put(batch)
  expect(spool.isEmpty).toBe(false)
  expect(await drained(spool)).toEqual(BATCHES)
  expect([spool.isEmpty, spool.bytes, await readdir(folder)]).toEqual([true, 0, []])
  expect(await drained(spool)).toEqual([])
})

it('keeps what was answered when the process is gone, over many files, for nobody else to read', async () => {
  const spool = await Spool.open({ folder, fileBytes: 700 })
  for (const batch of BATCHES) await spool.put(batch)
  const [first = '', ...more] = (await readdir(folder)).toSorted()
  expect(more.length).toBeGreaterThan(0)
  expect((await stat(join(folder, first))).mode & 0o777).toBe(0o600)
  const again = await Spool.open({ folder, fileBytes: 700 })
  await again.put(BATCHES[0]!)
  expect(await drained(again)).toEqual([...BATCHES, BATCHES[0]])
})

it('goes on where it was when a batch cannot be taken', async () => {
  const spool = await Spool.open({ folder, fileBytes: 700 })
  for (const batch of BATCHES) await spool.put(batch)
  const taken: string[] = []
  const failing = spool.drain(async ([event]) => {
    if (event?.callId === 'c2') throw new Error('away')
    taken.push(event?.callId ?? '')
  })
  await expect(failing).rejects.toThrow('away')
  await spool.put(BATCHES[0]!)
  const rest = (await drained(spool)).map(([event]) => event?.callId)
  // Nothing is left out; what was taken before the failure may come once more, and changes nothing then.
  expect([...new Set([...taken, ...rest])]).toEqual(['c1', 'c2', 'c3'])
  expect(rest.slice(-3)).toEqual(['c2', 'c3', 'c1'])
})

it('takes what comes while it is being emptied', async () => {
  const spool = await Spool.open({ folder })
  await spool.put(BATCHES[0]!)
  const taken: (readonly CallEvent[])[] = []
  await spool.drain(async (events) => {
    taken.push(events)
    if (taken.length === 1) await spool.put(BATCHES[1]!)
  })
  expect(taken).toEqual(BATCHES.slice(0, 2))
  expect(spool.isEmpty).toBe(true)
})

it('loses nothing of what is being written while it begins to be emptied', async () => {
  const spool = await Spool.open({ folder })
  const taken: string[] = []
  const events = Array.from({ length: 60 }, (_, i) => callEvents(`call_${i}`, [START, END]))
  const written = events.map((batch) => spool.put(batch))
  for (let look = 0; look < 20; look++) await spool.drain(async ([event]) => void taken.push(event?.callId ?? ''))
  await Promise.all(written)
  await spool.drain(async ([event]) => void taken.push(event?.callId ?? ''))
  expect(taken).toEqual(events.map(([event]) => event?.callId))
})

it('leaves out a line that was cut off or damaged, and no other', async () => {
  const spool = await Spool.open({ folder })
  for (const batch of BATCHES) await spool.put(batch)
  await spool.close()
  const path = join(folder, (await readdir(folder))[0] ?? '')
  const text = await readFile(path, 'utf8')
  await writeFile(path, text.replace('"c2"', '"cX"'))
  await appendFile(path, '12345678 [{"v":1,"callId":"c4"')
  expect(await drained(await Spool.open({ folder }))).toEqual([BATCHES[0], BATCHES[2]])
})

it('says so when it is full, and keeps what it has', async () => {
  const spool = await Spool.open({ folder, mostBytes: 1500 })
  await spool.put(BATCHES[0]!)
  await expect(spool.put([...BATCHES[1]!, ...BATCHES[2]!])).rejects.toThrow(/as many events as may wait/)
  expect(await drained(spool)).toEqual([BATCHES[0]])
  await spool.put(BATCHES[1]!)
})
