import { expect, it } from 'vitest'
import { ListenIn } from '../../../src/console/live/listen-in.ts'

interface Frame {
  readonly atMs: number
  readonly caller: Buffer
  readonly agent: Buffer
}

function listen() {
  const frames: Frame[] = []
  let over = 0
  const tap = new ListenIn(
    (bytes) => {
      expect(bytes.length).toBe(328)
      frames.push({ atMs: bytes.readDoubleLE(0), caller: bytes.subarray(8, 168), agent: bytes.subarray(168) })
    },
    () => {
      over++
    },
  )
  return { tap, frames, over: () => over }
}

/** µ-law of so many ms, of which every byte tells its place. */
const sound = (ms: number, from = 0) => Buffer.from(Array.from({ length: ms * 8 }, (_, at) => (from + at) % 251))
const SILENCE = Buffer.alloc(160, 0xff)

it('puts the caller and what of the agent sounds meanwhile side by side, in call time', () => {
  const { tap, frames } = listen()
  const agent = sound(100)
  tap.sent(agent.subarray(0, 400), 1010)
  tap.sent(agent.subarray(400), 1060)
  const caller = sound(160, 7)
  for (let at = 0; at < 8; at++) tap.caller(caller.subarray(at * 160, at * 160 + 160), 1000 + at * 20)
  expect(frames.map(({ atMs }) => atMs)).toEqual([1000, 1020, 1040, 1060, 1080, 1100, 1120, 1140])
  expect(Buffer.concat(frames.map((frame) => frame.caller))).toEqual(caller)
  // Ten ms of silence, a hundred of the agent, silence.
  const heard = Buffer.concat([Buffer.alloc(80, 0xff), agent, Buffer.alloc(400, 0xff)])
  expect(Buffer.concat(frames.map((frame) => frame.agent))).toEqual(heard)
})

it('never lets be heard what was cut before it sounded', () => {
  const { tap, frames } = listen()
  const agent = sound(400)
  tap.sent(agent, 1000)
  tap.caller(SILENCE, 1000)
  tap.cleared(1030)
  tap.sent(sound(20, 99), 1050)
  for (const atMs of [1020, 1040, 1060, 1080]) tap.caller(SILENCE, atMs)
  const heard = Buffer.concat([agent.subarray(0, 240), Buffer.alloc(160, 0xff), sound(20, 99), Buffer.alloc(240, 0xff)])
  expect(Buffer.concat(frames.map((frame) => frame.agent))).toEqual(heard)
})

it('goes on evenly when frames come early or late, and anew on the clock after a gap', () => {
  const { tap, frames } = listen()
  for (const atMs of [1000, 1033, 1090, 1061, 1080, 1500, 1520]) tap.caller(SILENCE, atMs)
  expect(frames.map(({ atMs }) => atMs)).toEqual([1000, 1020, 1040, 1060, 1080, 1500, 1520])
})

it('does not run ahead of the clock with a caller whose clock is faster', () => {
  const { tap, frames } = listen()
  for (let at = 0; at < 100; at++) tap.caller(SILENCE, 1000 + at * 10)
  const aheadMs = Math.max(...frames.map(({ atMs }, at) => atMs - (1000 + at * 10)))
  expect(frames.at(-1)!.atMs).toBeLessThanOrEqual(1000 + 99 * 10 + 120)
  expect(aheadMs).toBeGreaterThan(0)
})

it('cuts frames anew from whatever the leg gives', () => {
  const { tap, frames } = listen()
  const caller = sound(60)
  tap.caller(caller.subarray(0, 240), 1000)
  tap.caller(caller.subarray(240, 480), 1030)
  expect(Buffer.concat(frames.map((frame) => frame.caller))).toEqual(caller)
})

it('tells the end', () => {
  const { tap, over } = listen()
  tap.ended()
  expect(over()).toBe(1)
})
