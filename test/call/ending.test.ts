import { describe, expect, it } from 'vitest'
import type { Draft } from '../../src/call/draft.ts'
import { beginEnding, finish, HANG_UP, isOver, takeBackEnding } from '../../src/call/ending.ts'
import { changeTool, toolCalled } from '../../src/call/pending-tools.ts'
import { audioSent, itemArrived } from '../../src/call/playout.ts'
import { type Wish, wish } from '../../src/call/responses.ts'
import { type Call, type Ending, newCall } from '../../src/call/state.ts'
import { agentBegan, agentWords, callerBegan } from '../../src/call/transcript.ts'
import { NO_USAGE } from '../../src/call/usage.ts'
import { SETUP } from './play.ts'

const AGENT_ENDS: Omit<Ending, 'extended'> = {
  reason: 'agent-ended',
  detail: 'the agent ended the call',
  next: HANG_UP,
  cancellable: true,
}
const OVER_LENGTH: Omit<Ending, 'extended'> = { ...AGENT_ENDS, reason: 'max-length', cancellable: false }
const GOODBYE: Wish = { kind: 'goodbye', instructions: 'Say goodbye.', allowTools: false }
const WRAP_UP: Wish = { kind: 'wrap-up', instructions: 'Time is up.', allowTools: false }

function draftOf(change: Partial<Call> = {}, nowMs = 60_000): Draft {
  return { call: { ...newCall(SETUP), phase: 'live', legAttached: true, ...change }, commands: [], nowMs }
}

describe('the decision to end', () => {
  it('[EN7] is carried out 20 s later at the latest, and asks for the last words', () => {
    const draft = draftOf()
    beginEnding(draft, AGENT_ENDS, GOODBYE)
    expect(draft.call.ending).toEqual({ ...AGENT_ENDS, extended: false })
    expect(draft.call.responses.wishes).toEqual([GOODBYE])
    expect([...draft.call.deadlines]).toEqual([['goodbye', 80_000]])
  })

  it('[EN1] the first one stands', () => {
    const draft = draftOf()
    beginEnding(draft, { ...AGENT_ENDS, reason: 'transferred' }, GOODBYE)
    beginEnding({ ...draft, nowMs: 65_000 }, AGENT_ENDS, null)
    expect(draft.call.ending?.reason).toBe('transferred')
    expect([...draft.call.deadlines]).toEqual([['goodbye', 80_000]])
  })

  it('[EN6] but gives way to one that the caller cannot talk away, whose words are then the last', () => {
    const draft = draftOf()
    beginEnding(draft, AGENT_ENDS, GOODBYE)
    beginEnding(draft, OVER_LENGTH, WRAP_UP)
    expect(draft.call.ending?.reason).toBe('max-length')
    expect(draft.call.responses.wishes).toEqual([WRAP_UP])
    takeBackEnding(draft)
    expect(draft.call.ending?.reason).toBe('max-length')
    beginEnding(draft, { ...OVER_LENGTH, reason: 'over-budget' }, WRAP_UP)
    expect(draft.call.ending?.reason).toBe('max-length')
  })

  it('[EN4] a caller who speaks takes it back, goodbye and deadline included', () => {
    const draft = draftOf()
    const before = draft.call
    beginEnding(draft, AGENT_ENDS, GOODBYE)
    takeBackEnding(draft)
    expect(draft.call).toEqual(before)
    takeBackEnding(draft)
    expect(draft.call).toEqual(before)
  })
})

it('[EN3] an ending call is over when nothing more is to be said, heard, run or answered', () => {
  const ending = { ...AGENT_ENDS, extended: false }
  const { call } = draftOf({ ending })
  expect(isOver(call)).toBe(true)
  expect(isOver({ ...call, ending: null })).toBe(false)
  expect(isOver({ ...call, responses: wish(call.responses, GOODBYE) })).toBe(false)
  expect(isOver({ ...call, responses: { ...call.responses, asked: GOODBYE } })).toBe(false)
  expect(isOver({ ...call, playout: itemArrived(call.playout, 'a', 'r', 0) })).toBe(false)
  expect(isOver({ ...call, turn: { holder: 'caller', itemId: 'c' } })).toBe(false)
  const tool = {
    toolCallId: 't',
    session: 1,
    responseId: 'r',
    outputIndex: 0,
    name: 'lookup',
    key: 'k',
    turn: 0,
    calledMs: 0,
  }
  const tools = toolCalled(call.tools, tool)
  expect(isOver({ ...call, tools })).toBe(false)
  expect(isOver({ ...call, tools: tools.map((each) => ({ ...each, output: 'x', answered: true })) })).toBe(false)
})

it('[EN2] at the end everything is let go, in order, and forget-call is the last command', () => {
  let playout = itemArrived(newCall(SETUP).playout, 'a1', 'r1', 59_000)
  playout = audioSent(playout, 'a1', 2000, null, 59_000)
  const lines = agentWords(agentBegan(callerBegan([], 'c1', 58_000), 'a1', 'r1'), 'a1', 'Let me look that up for you')
  const tool = {
    toolCallId: 't1',
    session: 2,
    responseId: 'r1',
    outputIndex: 0,
    name: 'lookup',
    key: 'k',
    turn: 0,
    calledMs: 59_500,
  }
  const draft = draftOf({
    playout,
    lines,
    tools: changeTool(toolCalled([], tool), 't1', { sent: true }),
    session: {
      ...newCall(SETUP).session,
      number: 2,
      opened: 3,
      state: 'ready',
      next: { number: 3, openedMs: 0, linesSeeded: 0 },
    },
    deadlines: new Map([
      ['tool:t1', 70_000],
      ['media', 61_000],
    ]),
  })
  finish(draft, 'operator-hung-up', 'asked for', { type: 'transfer', destination: 'desk' })
  expect(draft.commands).toEqual([
    {
      type: 'record',
      event: {
        type: 'agent-said',
        itemId: 'a1',
        responseId: 'r1',
        heardText: 'Let me look',
        unheardText: 'that up for you',
        sentMs: 2000,
        heardMs: 1000,
        startMs: 59_000,
        endMs: 60_000,
        interrupted: true,
      },
    },
    { type: 'pass-on-heard', itemId: 'a1', fromMs: 0, ms: 1000, atMs: 59_000 },
    // [TS4] Without words when the call ends before they came.
    { type: 'record', event: { type: 'caller-said', itemId: 'c1', text: '', startMs: 58_000, endMs: 60_000 } },
    { type: 'abort-tool', toolCallId: 't1' },
    {
      type: 'record',
      event: { type: 'tool-finished', toolCallId: 't1', name: 'lookup', status: 'unknown', output: '', tookMs: 500 },
    },
    { type: 'close-session', session: 3 },
    { type: 'close-session', session: 2 },
    { type: 'release-leg', next: { type: 'transfer', destination: 'desk' } },
    {
      type: 'record',
      event: {
        type: 'call-ended',
        reason: 'operator-hung-up',
        detail: 'asked for',
        destination: 'desk',
        callerHeardMs: 1000,
        usage: NO_USAGE,
        costUsd: null,
      },
    },
    { type: 'forget-call' },
  ])
  expect(draft.call).toMatchObject({ phase: 'ended', ending: null, legAttached: false })
  expect([...draft.call.deadlines]).toEqual([])
})
