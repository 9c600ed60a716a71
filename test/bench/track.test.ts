import { expect, it } from 'vitest'
import { NOT_OURS } from '../../bench/marked-audio.ts'
import { Samples } from '../../bench/samples.ts'
import { noFrames, Track } from '../../bench/track.ts'

function begin() {
  const latency = new Samples()
  const counts = noFrames()
  return { latency, counts, track: new Track(latency, counts) }
}

it('counts what is lost, doubled, out of order and made up, and times the rest', () => {
  const { latency, counts, track } = begin()
  track.send(8, 100, true)
  for (const number of [0, 1, 1, 4, 3, 5, NOT_OURS, 6]) track.receive(number, 103)
  track.finish()
  expect(counts).toEqual({ sent: 8, received: 7, lost: 2, doubled: 1, reordered: 1, foreign: 1 })
  expect(latency.summary()).toEqual({ count: 6, p50: 3, p95: 3, p99: 3, max: 3 })
})

it.each([
  ['before', true],
  ['after', false],
])('expects nothing of what an interruption cut off, the clear coming %s the next item', (_, clearFirst) => {
  const { counts, track } = begin()
  track.send(3, 0, true)
  for (const number of [0, 1, 2]) track.receive(number, 1)
  track.cut()
  track.send(10, 2, true)
  expect(track.waiting).toBe(false)
  if (clearFirst) track.cleared()
  track.resume()
  track.send(2, 3, true)
  if (!clearFirst) track.cleared()
  expect(track.next).toBe(13)
  for (const number of [13, 14]) track.receive(number, 4)
  track.finish()
  expect(counts).toEqual({ sent: 15, received: 5, lost: 0, doubled: 0, reordered: 0, foreign: 0 })
})

it('misses what was sent before an interruption and never came', () => {
  const { counts, track } = begin()
  track.send(5, 0, true)
  for (const number of [0, 1, 2]) track.receive(number, 1)
  track.cut()
  track.cleared()
  track.resume()
  track.finish()
  expect(counts.lost).toBe(2)
})
