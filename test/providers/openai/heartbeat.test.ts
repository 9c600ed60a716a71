import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Heartbeat } from '../../../src/providers/openai/heartbeat.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

it('beats everyone it watches with one timer, which goes with the last of them', () => {
  const heartbeat = new Heartbeat(20_000)
  expect(vi.getTimerCount()).toBe(0)
  const a = { beat: vi.fn() }
  const b = { beat: vi.fn() }
  heartbeat.watch(a)
  heartbeat.watch(b)
  expect(vi.getTimerCount()).toBe(1)
  vi.advanceTimersByTime(40_000)
  expect(a.beat).toHaveBeenCalledTimes(2)
  heartbeat.unwatch(a)
  vi.advanceTimersByTime(20_000)
  expect(a.beat).toHaveBeenCalledTimes(2)
  expect(b.beat).toHaveBeenCalledTimes(3)
  heartbeat.unwatch(b)
  heartbeat.unwatch(b)
  expect(vi.getTimerCount()).toBe(0)
  heartbeat.watch(b)
  vi.advanceTimersByTime(20_000)
  expect(b.beat).toHaveBeenCalledTimes(4)
})

it('lets one it watches leave while it beats', () => {
  const heartbeat = new Heartbeat(1000)
  const leaving = { beat: vi.fn(() => heartbeat.unwatch(leaving)) }
  const staying = { beat: vi.fn() }
  heartbeat.watch(leaving)
  heartbeat.watch(staying)
  vi.advanceTimersByTime(2000)
  expect(leaving.beat).toHaveBeenCalledTimes(1)
  expect(staying.beat).toHaveBeenCalledTimes(2)
})
