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
  /** All frames, those that are held back too. */
  const all = () => {
    tap.ended()
    return frames
  }
  return { tap, frames, all, over: () => over }
}

/** µ-law of so many ms, of which every byte tells its place. */
const sound = (ms: number, from = 0) => Buffer.from(Array.from({ length: ms * 8 }, (_, at) => (from + at) % 251))
const SILENCE = Buffer.alloc(160, 0xff)

it('puts the caller and what of the agent sounds meanwhile side by side, in call time', () => {
  const { tap, frames, all } = listen()
  const agent = sound(100)
  tap.sent(agent.subarray(0, 400), 1010)
  tap.sent(agent.subarray(400), 1060)
  const caller = sound(160, 7)
  for (let at = 0; at < 8; at++) tap.caller(caller.subarray(at * 160, at * 160 + 160), 1000 + at * 20)
  all()
  expect(frames.map(({ atMs }) => atMs)).toEqual([1000, 1020, 1040, 1060, 1080, 1100, 1120, 1140])
  expect(Buffer.concat(frames.map((frame) => frame.caller))).toEqual(caller)
  // Ten ms of silence, a hundred of the agent, silence.
  const heard = Buffer.concat([Buffer.alloc(80, 0xff), agent, Buffer.alloc(400, 0xff)])
  expect(Buffer.concat(frames.map((frame) => frame.agent))).toEqual(heard)
})

it('never lets be heard what was cut before it sounded', () => {
  const { tap, frames, all } = listen()
  const agent = sound(400)
  tap.sent(agent, 1000)
  tap.caller(SILENCE, 1000)
  tap.cleared(1030)
  tap.sent(sound(20, 99), 1050)
  for (const atMs of [1020, 1040, 1060, 1080]) tap.caller(SILENCE, atMs)
  const heard = Buffer.concat([agent.subarray(0, 240), Buffer.alloc(160, 0xff), sound(20, 99), Buffer.alloc(240, 0xff)])
  all()
  expect(Buffer.concat(frames.map((frame) => frame.agent))).toEqual(heard)
})

it('goes on evenly when frames come early, late or in a bunch', () => {
  const { tap, frames, all } = listen()
  for (const atMs of [1000, 1033, 1019, 1400, 1400, 1401, 1402, 1403]) tap.caller(SILENCE, atMs)
  all()
  expect(frames.map(({ atMs }) => atMs)).toEqual([1000, 1020, 1040, 1060, 1080, 1100, 1120, 1140])
})

it('catches up within a second when frames never came, and at once after a long gap', () => {
  const { tap, all } = listen()
  tap.caller(SILENCE, 1000)
  for (let frame = 0; frame < 60; frame++) tap.caller(SILENCE, 1320 + frame * 20)
  tap.caller(SILENCE, 9000)
  const times = all().map(({ atMs }) => atMs)
  expect(times.slice(48, 53)).toEqual([1960, 1980, 2300, 2320, 2340])
  expect(times.slice(-2)).toEqual([1320 + 59 * 20, 9000])
})

it('does not run ahead of the clock with a caller whose clock is faster', () => {
  const { tap, all } = listen()
  for (let at = 0; at < 100; at++) tap.caller(SILENCE, 1000 + at * 10)
  const times = all().map(({ atMs }) => atMs)
  expect(times).toEqual(times.map((_, at) => 1000 + at * 20))
  expect(times.at(-1)).toBeLessThanOrEqual(1990 + 40)
})

it('cuts frames anew from whatever the leg gives', () => {
  const { tap, frames, all } = listen()
  const caller = sound(60)
  tap.caller(caller.subarray(0, 240), 1000)
  tap.caller(caller.subarray(240, 480), 1030)
  all()
  expect(Buffer.concat(frames.map((frame) => frame.caller))).toEqual(caller)
})

it('holds three frames back, so that the agent’s audio is there when its time has come, and tells them at the end', () => {
  const { tap, frames, over } = listen()
  for (const atMs of [1000, 1020, 1040]) tap.caller(SILENCE, atMs)
  expect(frames).toEqual([])
  // Written and sounding at this moment: it belongs to a frame that has come already.
  tap.sent(sound(20), 1040)
  tap.caller(SILENCE, 1060)
  expect(frames.map(({ atMs }) => atMs)).toEqual([1000])
  tap.ended()
  expect(frames.map(({ atMs }) => atMs)).toEqual([1000, 1020, 1040, 1060])
  expect(frames[2]!.agent).toEqual(sound(20))
  expect(over()).toBe(1)
})
