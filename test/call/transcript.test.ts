import { describe, expect, it } from 'vitest'
import {
  agentBegan,
  agentHeard,
  agentLine,
  agentWords,
  callerBegan,
  callerLine,
  changeCaller,
  NO_LINES,
  noted,
  seedOf,
  splitHeard,
} from '../../src/call/transcript.ts'

it('[TS1] lines stand in the order in which they began, however late their words come', () => {
  let lines = callerBegan(NO_LINES, 'c1', 1000)
  lines = agentBegan(lines, 'a1', 'r1')
  lines = callerBegan(lines, 'c2', 4000)
  lines = agentWords(agentWords(lines, 'a1', 'Your order '), 'a1', 'is on its way.')
  lines = changeCaller(lines, 'c1', { text: 'Where is my order?', endMs: 2000, recorded: true })
  expect(lines).toEqual([
    { by: 'caller', itemId: 'c1', text: 'Where is my order?', startMs: 1000, endMs: 2000, recorded: true },
    { by: 'agent', itemId: 'a1', responseId: 'r1', text: 'Your order is on its way.', heardText: null },
    { by: 'caller', itemId: 'c2', text: '', startMs: 4000, endMs: null, recorded: false },
  ])
  expect(callerBegan(lines, 'c1', 9000)).toBe(lines)
  expect(agentBegan(lines, 'a1', 'r9')).toBe(lines)
  expect(callerLine(lines, 'c2')?.startMs).toBe(4000)
  expect(agentLine(lines, 'c2')).toBe(undefined)
})

describe('what was heard of an item', () => {
  const text = 'The bike is ready on Monday.' // 28 characters

  it('[TS2] all of it when all of a complete item was heard', () => {
    expect(splitHeard(` ${text} `, 2000, 2000, true)).toEqual({ heard: text, unheard: '' })
  })

  it('[TS2] a word counts only when all of it was heard', () => {
    // 'The bike' ends at character 8 of 28, which sounds at 8/28 of the audio.
    expect(splitHeard(text, 800, 2800, true)).toEqual({ heard: 'The bike', unheard: 'is ready on Monday.' })
    expect(splitHeard(text, 799, 2800, true)).toEqual({ heard: 'The', unheard: 'bike is ready on Monday.' })
    expect(splitHeard(text, 0, 2800, true)).toEqual({ heard: '', unheard: text })
    expect(splitHeard(text, 0, 0, false)).toEqual({ heard: '', unheard: text })
    expect(splitHeard('', 100, 200, true)).toEqual({ heard: '', unheard: '' })
  })

  it('[TS2] words that run ahead of an unfinished item’s audio are not credited to it', () => {
    const long = 'word '.repeat(200).trim()
    // All of the 500 ms sent so far were heard, and 200 words have come already: nobody says more than 9 characters of them in that time.
    const { heard, unheard } = splitHeard(long, 500, 500, false)
    expect(heard).toBe('word word')
    expect(`${heard} ${unheard}`).toBe(long)
  })

  it('[TS2] no word is lost or doubled, wherever the line is cut', () => {
    for (let heardMs = 0; heardMs <= 2800; heardMs += 7) {
      const { heard, unheard } = splitHeard(text, heardMs, 2800, heardMs % 2 === 0)
      expect(`${heard} ${unheard}`.trim()).toBe(text)
    }
  })
})

it('[TS3] a new session is told the agent’s lines as far as they were heard, and nothing of what was not', () => {
  let lines = agentBegan(NO_LINES, 'a1', 'r1')
  lines = agentHeard(agentWords(lines, 'a1', 'Harbour Bikes, hello there.'), 'a1', 'Harbour Bikes,')
  lines = changeCaller(callerBegan(lines, 'c1', 0), 'c1', { text: ' Where is my order? ' })
  lines = noted(lines, 'The caller pressed these keys on the telephone: 42#')
  lines = agentHeard(agentWords(agentBegan(lines, 'a2', 'r2'), 'a2', 'Never sounded.'), 'a2', '')
  lines = callerBegan(lines, 'c2', 0)
  lines = agentWords(agentBegan(lines, 'a3', 'r3'), 'a3', 'Still sounding')
  expect(seedOf(lines)).toEqual([
    { type: 'agent', text: 'Harbour Bikes,' },
    { type: 'caller', text: 'Where is my order?' },
    { type: 'note', text: 'The caller pressed these keys on the telephone: 42#' },
    { type: 'agent', text: 'Still sounding' },
  ])
})
