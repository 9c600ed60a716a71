import { expect, it } from 'vitest'
import type { StoryLine } from '../../../src/call-log/transcript.ts'
import { type LineOf, tellStory, turnAt } from '../../../src/console/web/call/story.ts'

const caller = (atMs: number, endMs: number, text = 'Hello?'): LineOf<'caller'> => ({
  by: 'caller',
  itemId: `c${atMs}`,
  atMs,
  endMs,
  text,
})
const agent = (atMs: number, heardMs: number, more: Partial<LineOf<'agent'>> = {}): LineOf<'agent'> => ({
  by: 'agent',
  itemId: `a${atMs}`,
  responseId: `r${atMs}`,
  atMs,
  endMs: atMs + heardMs,
  heardText: 'Harbour Bikes.',
  unheardText: '',
  heardMs,
  sentMs: heardMs,
  interrupted: false,
  latency: null,
  ...more,
})
const tool = (atMs: number, responseId: string): LineOf<'tool'> => ({
  by: 'tool',
  toolCallId: `t${atMs}`,
  responseId,
  atMs,
  name: 'lookup_order',
  arguments: '{}',
  result: null,
})
const ends = (lines: readonly StoryLine[], endedAtMs: number | null = null) =>
  tellStory(lines, endedAtMs).map((entry) => (entry.kind === 'turn' ? entry.ended : entry.kind))

it('says that an agent was heard to the end, or after how much the caller cut it off', () => {
  const cut = { interrupted: true, sentMs: 5000, unheardText: 'Shall I go on?' }
  expect(ends([agent(0, 2000), caller(4000, 5000), agent(6000, 3000, cut), caller(8900, 9800)])).toEqual([
    { why: 'heard' },
    { why: 'answered', waitMs: 1000 },
    { why: 'interrupted', afterMs: 3000, unheardMs: 2000 },
    { why: 'not-answered' },
  ])
})

it('does not blame the caller for what the end of the call, or nobody known, cut off', () => {
  const cut = { interrupted: true, sentMs: 5000, unheardText: 'Shall I go on?' }
  const afterwards = { why: 'call-ended', afterMs: 3000, unheardMs: 2000 }
  expect(ends([agent(0, 3000, cut)], 3100)).toEqual([afterwards])
  expect(ends([agent(0, 3000, cut)], 60_000)).toEqual([{ ...afterwards, why: 'cut' }])
  expect(ends([agent(0, 0, cut)], 60_000)).toEqual([{ why: 'unheard' }])
})

it('takes the wait for an answer from the ledger when it was timed', () => {
  const latency = { totalMs: 820, turnEndMs: 300, modelMs: 400, sendMs: 20, lineMs: 100 }
  expect(ends([caller(0, 1000), agent(1900, 500, { latency })])[0]).toEqual({ why: 'answered', waitMs: 820 })
})

it('puts a tool under the turn that called it, before or after its words, and else under the caller who caused it', () => {
  const spoken = agent(2000, 1000)
  const before = tool(1900, spoken.responseId)
  const silent = tool(5000, 'r-silent')
  const entries = tellStory([caller(0, 1000), before, spoken, caller(4000, 4800), silent], null)
  expect(entries.map((entry) => (entry.kind === 'turn' ? [entry.line.by, entry.tools] : entry.kind))).toEqual([
    ['caller', []],
    ['agent', [before]],
    ['caller', [silent]],
  ])
})

it('shows tools that no turn caused, such as those before the greeting, where they were made, together', () => {
  const first = tool(0, 'r0')
  const second = tool(5, 'r0')
  const entries = tellStory([first, second, agent(900, 1000)], null)
  expect(entries.map((entry) => ('tools' in entry ? entry.tools : []))).toEqual([[first, second], []])
})

it('writes keys pressed one after the other as one', () => {
  const key = (atMs: number, digit: string): StoryLine => ({ by: 'keypad', atMs, digit })
  const entries = tellStory([key(1, '4'), key(2, '2'), caller(5, 9), key(10, '#')], null)
  expect(entries.flatMap((entry) => (entry.kind === 'keys' ? [entry.digits] : []))).toEqual(['42', '#'])
})

it('knows which turn a moment belongs to', () => {
  const turns = tellStory([agent(500, 1000), caller(3000, 4000)], null).filter((entry) => entry.kind === 'turn')
  expect([0, 500, 2000, 3000, 99_000].map((at) => turnAt(turns, at))).toEqual([-1, 0, 0, 1, 1])
})
