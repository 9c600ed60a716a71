import { expect, it } from 'vitest'
import type { StoryLine } from '../../../src/call-log/transcript.ts'
import { layLanes, skipTo } from '../../../src/console/web/call/lanes.ts'
import { bytesOfBase64, columns } from '../../../src/console/web/call/loudness.ts'
import { follow, pan, placeOf, ticks, timeAt, wholeCall, zoom } from '../../../src/console/web/call/view-window.ts'

const caller = (atMs: number, endMs: number): StoryLine => ({ by: 'caller', itemId: 'c', atMs, endMs, text: 'Yes.' })
const agent = (atMs: number, heardMs: number, interrupted = false): StoryLine => ({
  by: 'agent',
  itemId: 'a',
  responseId: 'r',
  atMs,
  endMs: atMs + heardMs,
  heardText: 'Hello.',
  unheardText: '',
  heardMs,
  sentMs: heardMs,
  interrupted,
  latency: null,
})
const tool = (atMs: number, tookMs: number | null): StoryLine => ({
  by: 'tool',
  toolCallId: `t${atMs}`,
  responseId: 'r',
  atMs,
  name: 'find',
  arguments: '{}',
  result: tookMs === null ? null : { status: 'done', output: '', tookMs },
})

it('marks overlaps, cuts, and silences of more than 2 s, at the beginning and the end as well', () => {
  const lanes = layLanes([agent(2500, 3000, true), caller(5000, 7000), agent(9000, 1000), agent(12_100, 900)], 15_001)
  expect({ ...lanes, tools: [] }).toEqual({
    caller: [{ fromMs: 5000, toMs: 7000 }],
    agent: [
      { fromMs: 2500, toMs: 5500 },
      { fromMs: 9000, toMs: 10_000 },
      { fromMs: 12_100, toMs: 13_000 },
    ],
    overlaps: [{ fromMs: 5000, toMs: 5500 }],
    silences: [
      { fromMs: 0, toMs: 2500 },
      { fromMs: 10_000, toMs: 12_100 },
      { fromMs: 13_000, toMs: 15_001 },
    ],
    cuts: [5500],
    tools: [],
  })
})

it('draws tools that run at the same time one below the other, and one without an end to the end', () => {
  const { tools } = layLanes([tool(0, 1000), tool(500, 1000), tool(1000, 10), tool(1200, null)], 4000)
  expect(tools.map(({ row, fromMs, toMs, status }) => [row, fromMs, toMs, status])).toEqual([
    [0, 0, 1000, 'done'],
    [1, 500, 1500, 'done'],
    [0, 1000, 1010, 'done'],
    [0, 1200, 4000, null],
  ])
})

it('skips a silence but leaves a breath at both of its ends', () => {
  const silences = [{ fromMs: 1000, toMs: 5000 }]
  expect([1000, 1399, 1400, 4599, 4600, 6000].map((at) => skipTo(silences, at))).toEqual([
    null,
    null,
    4600,
    4600,
    null,
    null,
  ])
})

it('keeps what is under the pointer where it is when it zooms, and stays inside the call', () => {
  const whole = wholeCall(60_000)
  const half = zoom(whole, 0.5, 30_000, 60_000)
  expect(half).toEqual({ fromMs: 15_000, toMs: 45_000 })
  expect(placeOf(half, 30_000)).toBe(0.5)
  expect(timeAt(half, 0.5)).toBe(30_000)
  expect(zoom(half, 100, 30_000, 60_000)).toEqual(whole)
  expect(zoom(whole, 0.001, 0, 60_000)).toEqual({ fromMs: 0, toMs: 4000 })
  expect(pan(half, -90_000, 60_000)).toEqual({ fromMs: 0, toMs: 30_000 })
  expect(follow(half, 44_999, 60_000)).toBe(half)
  expect(follow(half, 45_000, 60_000)).toEqual({ fromMs: 30_000, toMs: 60_000 })
  expect(zoom(wholeCall(900), 0.5, 0, 900)).toEqual({ fromMs: 0, toMs: 900 })
})

it('writes round times on the ruler', () => {
  expect(ticks({ fromMs: 0, toMs: 60_000 }, 600, 60)).toEqual([0, 10_000, 20_000, 30_000, 40_000, 50_000, 60_000])
  expect(ticks({ fromMs: 1300, toMs: 5300 }, 400, 60)).toEqual([2000, 3000, 4000, 5000])
})

it('draws the loudest of what a column covers, and nothing behind the end', () => {
  const peaks = bytesOfBase64(Buffer.from([0, 51, 255, 0]).toString('base64'))
  expect([...columns(peaks, 2, { fromMs: 0, toMs: 3000 }, 3)].map((height) => Math.round(height * 10) / 10)).toEqual([
    0.2, 1, 0,
  ])
  expect([...columns(peaks, 2, { fromMs: 500, toMs: 1500 }, 4)].map((height) => Math.round(height * 10) / 10)).toEqual([
    0.2, 0.2, 1, 1,
  ])
})
