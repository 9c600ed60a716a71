import { expect, it } from 'vitest'
import { OperatorAction } from '../../../src/call/events.ts'
import type { LiveRow } from '../../../src/console/contract/live.ts'
import { takeMessage } from '../../../src/console/web/api/live-calls.ts'
import {
  operatorWords,
  place,
  pretty,
  silentBecause,
  troubleWords,
  turnEndWords,
} from '../../../src/console/web/call/call-words.ts'
import { nextSpeed, SPEEDS } from '../../../src/console/web/call/speeds.ts'

it('says how much of a sentence was heard, how much was not, and what is worth a look', () => {
  expect(turnEndWords({ why: 'interrupted', afterMs: 6900, unheardMs: 4321 })).toEqual({
    text: 'Interrupted by the caller after 6.9 s; 4.3 s more had been sent and was never heard',
    tone: 'warn',
  })
  expect(turnEndWords({ why: 'cut', afterMs: 900, unheardMs: 49 })).toEqual({
    text: 'Cut off after 0.9 s',
    tone: 'warn',
  })
  expect(turnEndWords({ why: 'answered', waitMs: 3000 }).tone).toBe('plain')
  expect(turnEndWords({ why: 'answered', waitMs: 3001 })).toEqual({ text: 'Answered after 3.00 s', tone: 'warn' })
})

it('says why there is nothing to hear, to each reader what they can do about it', () => {
  const manager = { listen: true, has: false, over: true }
  expect(silentBecause('kept', { ...manager, has: true })).toBe(null)
  expect(silentBecause('kept', { ...manager, listen: false })).toMatch(/role/)
  expect(silentBecause('kept', manager)).toMatch(/not where it should be/)
  expect(silentBecause('none', manager)).toMatch(/not recorded/)
  expect(silentBecause('erased', manager)).toMatch(/erased/)
  expect(silentBecause('live', manager)).toMatch(/being finished/)
  expect(silentBecause('live', { ...manager, over: false })).toMatch(/still being written/)
})

it('sets out JSON in lines and leaves everything else as it came', () => {
  expect(pretty('{"a":[1]}')).toBe('{\n  "a": [\n    1\n  ]\n}')
  for (const text of ['<img src=x onerror=alert(1)>', '=HYPERLINK("x")', '12', '"words"', ''])
    expect(pretty(text)).toBe(text)
})

it('names who can mend each kind of trouble, and what each operator did', () => {
  expect(troubleWords(null)).toBe(null)
  expect(troubleWords('TOOL_TIMEOUT')).toEqual({
    what: 'the backend did not answer in time',
    who: 'whoever runs the backend of the tool',
  })
  const said = OperatorAction.options.map((action) =>
    operatorWords({ by: 'operator', atMs: 0, who: 'Mona', action, text: '' }),
  )
  expect(said).toEqual(['Mona listened in', 'Mona whispered to the agent', 'Mona took over', 'Mona hung up'])
})

it('steps through the speeds and stops at both ends', () => {
  expect(SPEEDS.map((speed) => nextSpeed(speed, 1))).toEqual([1, 1.25, 1.5, 1.75, 2, 2])
  expect(SPEEDS.map((speed) => nextSpeed(speed, -1))).toEqual([0.75, 0.75, 1, 1.25, 1.5, 1.75])
})

it('names the second that a moment is in, never the next', () => {
  expect([0, 999, 59_999, 60_000, 3_661_000].map(place)).toEqual(['0:00', '0:00', '0:59', '1:00', '1:01:01'])
})

it('remembers of a call that ended what it was and why, newest first, and nothing of a call that it never saw', () => {
  const row = (callId: string): LiveRow => ({
    callId,
    agent: 'harbour-bikes',
    from: '+15550100123',
    to: '+15550100',
    startedAt: 0,
    floor: 'nobody',
    lastLine: null,
    turns: 0,
    replyMs: null,
    costUsd: null,
    forecastUsd: null,
    strain: 0,
    toolRunning: null,
    listeners: 0,
  })
  const before = { calls: [row('a'), row('b')], ended: [], state: 'open', changes: 0 } as const
  const first = takeMessage(before, { type: 'ended', callId: 'a', reason: 'caller-hung-up' })
  const second = takeMessage(first, { type: 'ended', callId: 'b', reason: 'agent-ended' })
  expect(second).toEqual({
    calls: [],
    ended: [
      { call: row('b'), reason: 'agent-ended' },
      { call: row('a'), reason: 'caller-hung-up' },
    ],
    state: 'open',
    changes: 2,
  })
  expect(takeMessage(second, { type: 'ended', callId: 'c', reason: 'agent-ended' })).toBe(second)
})
