import { beforeEach, expect, it } from 'vitest'
import { MULAW_8K } from '../../src/audio/format.ts'
import { type Tap, Taps } from '../../src/bridge/taps.ts'

interface Told {
  readonly side: 'caller' | 'agent' | 'ended'
  readonly bytes: readonly number[]
  readonly atMs: number
}

let told: Told[]
let faults: unknown[]
let taps: Taps
const listener: Tap = {
  caller: (audio, atMs) => told.push({ side: 'caller', bytes: [...audio], atMs }),
  agent: (audio, atMs) => told.push({ side: 'agent', bytes: [...audio], atMs }),
  ended: (atMs) => told.push({ side: 'ended', bytes: [], atMs }),
}

beforeEach(() => {
  told = []
  faults = []
  taps = new Taps(MULAW_8K, (error) => faults.push(error))
})

/** `ms` of audio whose every byte says where in it it is. */
function audio(ms: number, first = 0): Uint8Array {
  return Uint8Array.from({ length: ms * 8 }, (_, at) => (first + at) % 251)
}

/** All agent audio told, as one row of bytes, and when each part began. */
function agent(): { bytes: number[]; atMs: number[] } {
  const parts = told.filter(({ side }) => side === 'agent')
  return { bytes: parts.flatMap(({ bytes }) => bytes), atMs: parts.map(({ atMs }) => atMs) }
}

it('dates caller audio by its arrival, to its first sample', () => {
  taps.add(listener)
  taps.caller(audio(20), 1020)
  expect(told).toEqual([{ side: 'caller', bytes: [...audio(20)], atMs: 1000 }])
})

it('passes on of the agent what has sounded, from when it sounded', () => {
  taps.add(listener)
  taps.sent('a', audio(200), 0)
  taps.sent('a', audio(100, 1600), 0)
  taps.sent('b', audio(40, 77), 0)
  expect(told).toEqual([])
  taps.heard('a', 0, 200, 1000)
  taps.heard('a', 200, 60, 1200)
  taps.heard('b', 0, 40, 1300)
  expect(agent()).toEqual({ bytes: [...audio(260), ...audio(40, 77)], atMs: [1000, 1200, 1300] })
})

it('forgets what was cut, but not what the same cut told to have sounded', () => {
  taps.add(listener)
  taps.sent('a', audio(400), 0)
  taps.cleared(0)
  taps.heard('a', 0, 150, 1000)
  taps.sent('b', audio(20, 9), 0)
  taps.heard('a', 150, 250, 1150)
  taps.heard('b', 0, 20, 1500)
  expect(agent()).toEqual({ bytes: [...audio(150), ...audio(20, 9)], atMs: [1000, 1500] })
})

it('gives whoever comes in mid-item what is written from then on, in its place', () => {
  taps.sent('a', audio(100), 0)
  taps.add(listener)
  taps.sent('a', audio(100, 800), 0)
  taps.heard('a', 0, 200, 1000)
  expect(agent()).toEqual({ bytes: [...audio(100, 800)], atMs: [1100] })
})

it('keeps nothing for anybody when nobody listens any more', () => {
  const stop = taps.add(listener)
  taps.sent('a', audio(100), 0)
  stop()
  taps.add(listener)
  taps.heard('a', 0, 100, 1000)
  expect(told).toEqual([])
})

it('holds half a minute and more of what waits, grown as it comes, and tells all of it in order', () => {
  taps.add(listener)
  const all = audio(40_000)
  for (let at = 0; at < all.length; at += 1600) taps.sent('a', all.subarray(at, at + 1600), 0)
  for (let ms = 0; ms < 40_000; ms += 1000) taps.heard('a', ms, 1000, 500 + ms)
  expect(Buffer.from(agent().bytes).equals(Buffer.from(all))).toBe(true)
  expect(agent().atMs[0]).toBe(500)
})

it('goes round its ring without a seam for as long as a call lasts', () => {
  taps.add(listener)
  let expected = 0
  for (let second = 0; second < 300; second++) {
    taps.sent('a', audio(1000, second * 8000), 0)
    if (second === 0) continue
    told = []
    taps.heard('a', (second - 1) * 1000, 1000, second * 1000)
    expected = ((second - 1) * 8000) % 251
    expect(Buffer.from(agent().bytes).equals(Buffer.from(audio(1000, expected)))).toBe(true)
  }
})

it('loses the oldest when more waits than any carrier holds, and keeps the rest in its place', () => {
  taps.add(listener)
  const all = audio(70_000)
  for (let at = 0; at < all.length; at += 1600) taps.sent('a', all.subarray(at, at + 1600), 0)
  taps.heard('a', 0, 70_000, 0)
  const lostBytes = all.length - 512 * 1024
  expect(agent().atMs[0]).toBe(lostBytes / 8)
  expect(Buffer.from(agent().bytes).equals(Buffer.from(all.subarray(lostBytes)))).toBe(true)
})

it('lets go of a listener that throws, and of no other', () => {
  taps.add({ ...listener, caller: () => fail() })
  taps.add(listener)
  taps.caller(audio(20), 20)
  taps.caller(audio(20), 40)
  expect(faults).toEqual([new Error('of the listener')])
  expect(told.map(({ atMs }) => atMs)).toEqual([0, 20])
})

it('says when the call is over, and nothing after that', () => {
  taps.add(listener)
  taps.sent('a', audio(20), 0)
  taps.ended(5000)
  taps.caller(audio(20), 5020)
  taps.heard('a', 0, 20, 100)
  expect(told).toEqual([{ side: 'ended', bytes: [], atMs: 5000 }])
})

function fail(): never {
  throw new Error('of the listener')
}
