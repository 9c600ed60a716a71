import { expect, it } from 'vitest'
import { printCalls } from '../../src/cli/calls.ts'
import { callEvents, callerSaid, END, START, STARTED_AT } from '../call-log/sample-call.ts'
import { PLAIN, printed } from './printed.ts'

const tool = {
  type: 'tool-reserved',
  toolCallId: 't1',
  responseId: 'resp_1',
  name: 'lookup_order',
  arguments: '{}',
} as const
const calls = [
  callEvents('ca1', [START, callerSaid('Hello?', 0, 900), tool, [83_456, END]]),
  callEvents('ca2', [{ ...START, from: 'anonymous', agent: 'night' } as typeof START], {
    startedAt: STARTED_AT + 3_600_000,
  }),
]

it('lists calls newest first in columns, with numbers but for their last digits', async () => {
  const lines = await printed(calls, (log, out) => printCalls(log, out, { limit: 10, numbers: false, paint: PLAIN }))
  expect(lines).toEqual([
    'CALL  STARTED (UTC)        FROM       TO     AGENT          LENGTH  TURNS  TOOLS  CUT IN     COST  END',
    'ca2   2026-11-21 11:00:00  anonymous  …0100  night          0:00.0      0      0       0           still live',
    'ca1   2026-11-21 10:00:00  …0123      …0100  harbour-bikes  1:23.4      1      1       0  $0.0123  the caller hung up',
  ])
})

it('shows whole numbers only when asked, and as many calls as asked', async () => {
  const lines = await printed(calls, (log, out) => printCalls(log, out, { limit: 1, numbers: true, paint: PLAIN }))
  expect(lines).toHaveLength(2)
  expect(lines[1]).toContain('anonymous  +15550100')
})

it('says so when there are none', async () => {
  const lines = await printed([], (log, out) => printCalls(log, out, { limit: 5, numbers: false, paint: PLAIN }))
  expect(lines).toEqual(['No calls yet.'])
})
