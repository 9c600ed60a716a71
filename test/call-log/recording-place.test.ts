import { describe, expect, it } from 'vitest'
import { AgentPlace, CallerPlace } from '../../src/call-log/recording-place.ts'

const LOUD = new Uint8Array(160).fill(0x10)
const QUIET = new Uint8Array(160).fill(0xff)

/** Frames as they arrive, and where each was put, in ms; null: left out. */
function place(arrivals: readonly number[], audio = LOUD): (number | null)[] {
  const caller = new CallerPlace()
  return arrivals.map((atMs) => {
    const start = caller.place(audio, atMs)
    return start < 0 ? null : start / 8
  })
}

/** 20 ms apart, from a time on. */
function even(fromMs: number, frames: number, everyMs = 20): number[] {
  return Array.from({ length: frames }, (_, at) => fromMs + at * everyMs)
}

describe('the caller’s channel', () => {
  it('begins where the clock says, and goes on without a seam', () => {
    expect(place(even(500, 5))).toEqual([500, 520, 540, 560, 580])
  })

  it('is not torn apart by frames that come early, late or in bursts', () => {
    const wobbling = even(500, 200).map((ms, at) => ms + (at % 7) * 5)
    expect(place(wobbling)).toEqual(even(500, 200))
    const stalled = [...even(500, 50), ...even(1500, 150).map((ms) => Math.max(ms, 4480)), ...even(4500, 150)]
    expect(place(stalled)).toEqual(even(500, 350))
  })

  it('follows the clock by whole frames when audio is late for good, and says nothing before that is sure', () => {
    // Three seconds of audio were never sent, and nothing said so.
    const placed = place([...even(0, 50), ...even(4000, 300)])
    expect(placed.slice(0, 50)).toEqual(even(0, 50))
    const off = even(4000, 300).map((ms, at) => ms - (placed[50 + at] ?? 0))
    expect(off.slice(0, 100)).toEqual(Array(100).fill(3000))
    expect(off.slice(-150)).toEqual(Array(150).fill(0))
  })

  it('does not drift in an hour, whichever clock is faster', () => {
    for (const everyMs of [20 * (1 + 100e-6), 20 * (1 - 100e-6)]) {
      const caller = new CallerPlace()
      let worstMs = 0
      let left = 0
      for (let frame = 0; frame < 180_000; frame++) {
        const atMs = frame * everyMs
        // Somebody who never pauses: every other frame is quiet.
        const start = caller.place(frame % 2 === 0 ? LOUD : QUIET, atMs)
        if (start < 0) left++
        else worstMs = Math.max(worstMs, Math.abs(start / 8 - atMs))
      }
      expect(worstMs).toBeLessThanOrEqual(60)
      // 100 millionths of an hour are 360 ms: 18 frames.
      expect(left).toBeLessThanOrEqual(18)
    }
  })

  it('leaves out quiet frames when audio is ahead, and spoken ones only when it is a second ahead', () => {
    // Half a second arrives at once: it was spoken before.
    expect(place([...Array(25).fill(500), ...even(520, 3)]).slice(-4)).toEqual([980, 1000, 1020, 1040])
    const caller = new CallerPlace()
    for (let at = 0; at < 25; at++) caller.place(LOUD, 500)
    const quiet = even(520, 30).map((ms) => caller.place(QUIET, ms))
    expect(quiet.filter((start) => start < 0).length).toBe(22)
    expect(quiet.at(-1)).toBe((1100 + 40) * 8)
    expect(place(Array(60).fill(500)).filter((ms) => ms === null).length).toBe(9)
  })

  it('begins anew with another stream, and never before what is there', () => {
    const caller = new CallerPlace()
    caller.place(LOUD, 500)
    caller.begin()
    expect(caller.place(LOUD, 2500) / 8).toBe(2500)
    caller.begin()
    expect(caller.place(LOUD, 2510) / 8).toBe(2520)
  })
})

describe('the agent’s channel', () => {
  it('is where the ledger says, and one piece where that wavers', () => {
    const agent = new AgentPlace()
    const at = [1000, 1020, 1045, 1080, 1300, 1290, 1400]
    expect(at.map((ms) => agent.place(LOUD, ms) / 8)).toEqual([1000, 1020, 1040, 1060, 1300, 1320, 1400])
  })
})
