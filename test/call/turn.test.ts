import { expect, it } from 'vitest'
import type { PlayedItem } from '../../src/call/playout.ts'
import { bargeIn, NOBODY, type Turn, takeTurn } from '../../src/call/turn.ts'

const CALLER: Turn = { holder: 'caller', itemId: 'c1' }
const AGENT: Turn = { holder: 'agent', itemId: 'a1' }

function item(itemId: string, sentMs: number, heardMs: number, complete = true): PlayedItem {
  return {
    itemId,
    responseId: 'r',
    sentMs,
    heardMs,
    startMs: 0,
    endMs: heardMs,
    complete,
    toTheEnd: complete && heardMs === sentMs,
  }
}

it('[TT1] the caller takes the floor by speaking, whoever holds it', () => {
  for (const turn of [NOBODY, AGENT, CALLER]) {
    expect(takeTurn(turn, { type: 'caller-speech-started', itemId: 'c2' })).toEqual({ holder: 'caller', itemId: 'c2' })
  }
  expect(takeTurn(CALLER, { type: 'caller-speech-stopped' })).toEqual(NOBODY)
  expect(takeTurn(AGENT, { type: 'caller-speech-stopped' })).toEqual(AGENT)
  expect(takeTurn(NOBODY, { type: 'caller-speech-stopped' })).toEqual(NOBODY)
})

it('[TT2] the agent takes the floor with its first audio, unless the caller holds it, and gives it up when all was heard or cut', () => {
  expect(takeTurn(NOBODY, { type: 'agent-audio-started', itemId: 'a1' })).toEqual(AGENT)
  expect(takeTurn(AGENT, { type: 'agent-audio-started', itemId: 'a2' })).toEqual({ holder: 'agent', itemId: 'a2' })
  expect(takeTurn(CALLER, { type: 'agent-audio-started', itemId: 'a1' })).toEqual(CALLER)
  expect(takeTurn(AGENT, { type: 'agent-quiet' })).toEqual(NOBODY)
  expect(takeTurn(CALLER, { type: 'agent-quiet' })).toEqual(CALLER)
})

it('[TT3] an interruption clears first, and only when agent audio is in line', () => {
  expect(bargeIn([], new Set())).toEqual([])
  expect(bargeIn([item('a1', 900, 740)], new Set())[0]).toEqual({ type: 'clear-leg' })
})

it('[TT4] the item that was sounding is truncated at what was heard, rounded down', () => {
  expect(bargeIn([item('a1', 900.5, 740.9)], new Set())).toEqual([
    { type: 'clear-leg' },
    { type: 'truncate-item', itemId: 'a1', heardMs: 740 },
  ])
  // All that was sent was heard, and more was to come: the model made more than the caller heard.
  expect(bargeIn([item('a1', 400.7, 400.7, false)], new Set())).toEqual([
    { type: 'clear-leg' },
    { type: 'truncate-item', itemId: 'a1', heardMs: 400 },
  ])
})

it('[TT5] items queued behind the one that sounds are truncated at 0', () => {
  expect(bargeIn([item('a1', 900, 740), item('a2', 300, 0), item('a3', 0, 0, false)], new Set())).toEqual([
    { type: 'clear-leg' },
    { type: 'truncate-item', itemId: 'a1', heardMs: 740 },
    { type: 'truncate-item', itemId: 'a2', heardMs: 0 },
    { type: 'truncate-item', itemId: 'a3', heardMs: 0 },
  ])
})

it('[TT6] an item heard to its end is not truncated', () => {
  expect(bargeIn([item('a1', 900, 900), item('a2', 300, 12.5)], new Set())).toEqual([
    { type: 'clear-leg' },
    { type: 'truncate-item', itemId: 'a2', heardMs: 12 },
  ])
})

it('[SE4] items of a session that is gone are cleared and not truncated', () => {
  expect(bargeIn([item('a1', 900, 740), item('a2', 300, 0)], new Set(['a1']))).toEqual([
    { type: 'clear-leg' },
    { type: 'truncate-item', itemId: 'a2', heardMs: 0 },
  ])
})
