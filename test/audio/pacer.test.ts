import fc from 'fast-check'
import { expect, it } from 'vitest'
import { framesDue, nextDueMs, type Pace } from '../../src/audio/pacer.ts'

const PACE: Pace = { nowMs: 1000, queueEndMs: 1000, maxLeadMs: 300, heldFrames: 100 }

it('sends what fits into the lead, and not more than it holds', () => {
  expect(framesDue(PACE)).toBe(15)
  expect(framesDue({ ...PACE, heldFrames: 4 })).toBe(4)
  expect(framesDue({ ...PACE, heldFrames: 0 })).toBe(0)
  expect(framesDue({ ...PACE, queueEndMs: 1280 })).toBe(1)
  expect(framesDue({ ...PACE, queueEndMs: 1280.5 })).toBe(0)
  expect(framesDue({ ...PACE, queueEndMs: 5000 })).toBe(0)
})

it('time the carrier spent playing nothing is not made up for', () => {
  expect(framesDue({ ...PACE, queueEndMs: 200 })).toBe(15)
})

it('sends frame by frame when the lead is less than a frame, rather than never', () => {
  expect(framesDue({ ...PACE, maxLeadMs: 0 })).toBe(1)
  expect(nextDueMs({ ...PACE, queueEndMs: 1020, maxLeadMs: 0 }, 5)).toBe(1020)
})

it('looks again when a batch fits, or the last frames, and not at all when nothing is held', () => {
  const full = { ...PACE, queueEndMs: 1300 }
  expect(nextDueMs(full, 5)).toBe(1100)
  expect(nextDueMs({ ...full, heldFrames: 2 }, 5)).toBe(1040)
  expect(nextDueMs({ ...full, heldFrames: 0 }, 5)).toBeUndefined()
  expect(nextDueMs({ ...full, queueEndMs: 900 }, 5)).toBe(1000)
})

it('a batch larger than the lead is due when the carrier has played all', () => {
  expect(nextDueMs({ ...PACE, queueEndMs: 1300 }, 50)).toBe(1300)
})

it('whenever the timer fires: never too far ahead, never idle with room for a batch, and all is sent', () => {
  const script = fc.record({
    startMs: fc.double({ min: 0, max: 1e7, noNaN: true }),
    maxLeadMs: fc.double({ min: 20, max: 1000, noNaN: true }),
    batchFrames: fc.integer({ min: 1, max: 20 }),
    frames: fc.integer({ min: 1, max: 300 }),
    latenessMs: fc.array(fc.double({ min: 0, max: 80, noNaN: true }), { minLength: 1, maxLength: 10 }),
  })
  fc.assert(
    fc.property(script, ({ startMs, maxLeadMs, batchFrames, frames, latenessMs }) => {
      const leadFrames = Math.floor(maxLeadMs / 20)
      let [nowMs, queueEndMs, heldFrames] = [startMs, startMs, frames]
      for (let look = 0; heldFrames > 0; look++) {
        const due = framesDue({ nowMs, queueEndMs, maxLeadMs, heldFrames })
        if (look > 0) expect(due).toBeGreaterThanOrEqual(Math.min(heldFrames, batchFrames, leadFrames))
        expect(due).toBeGreaterThan(0)
        heldFrames -= due
        queueEndMs = Math.max(queueEndMs, nowMs) + due * 20
        expect(queueEndMs - nowMs).toBeLessThanOrEqual(maxLeadMs + 1e-4)
        const nextMs = nextDueMs({ nowMs, queueEndMs, maxLeadMs, heldFrames }, batchFrames)
        if (heldFrames === 0) expect(nextMs).toBeUndefined()
        else nowMs = nextMs! + latenessMs[look % latenessMs.length]!
      }
    }),
  )
})
