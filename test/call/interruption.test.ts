import { describe, expect, it } from 'vitest'
import {
  allSent,
  arrived,
  asked,
  asks,
  commandsOf,
  committed,
  ended,
  eventsOf,
  type Play,
  playGreeted,
  sent,
  speaks,
  speech,
  started,
  stops,
  toolCalled,
  toolDone,
  turn,
  words,
} from './play.ts'

/** At 4 s the agent answers: an item of 1 s that begins to sound, one of 500 ms queued behind it and one that waits here. */
function playAnswering(done: boolean): Play {
  const play = playGreeted()
  play.at(3500, ...turn('c1', 2500, 3000))
  play.at(4000, started('r1'), words('a1', 'Your bike is ready and waiting.'), ...speech('a1', 'r1', 1000, 4000))
  play.at(4000, words('a2', 'Come by.'), ...speech('a2', 'r1', 500, 4000))
  play.at(4000, arrived('a3', 'r1'))
  if (done) play.at(4200, ended('r1'))
  return play
}

describe('barge-in', () => {
  it('[TT3] clears the carrier, then tells the model how much was heard, before anything else', () => {
    const play = playAnswering(false)
    play.until(4700)
    const commands = play.at(4740.6, speaks('c2', 4500))
    expect(commands).toEqual([
      { type: 'clear-leg' },
      // [TT4] The one that was sounding, rounded down; [TT5] those queued behind it.
      { type: 'truncate-item', itemId: 'a1', heardMs: 740 },
      { type: 'truncate-item', itemId: 'a2', heardMs: 0 },
      { type: 'truncate-item', itemId: 'a3', heardMs: 0 },
      ...(['a1', 'a2', 'a3'] as const).map((itemId) => ({
        type: 'record',
        event: expect.objectContaining({ type: 'agent-said', itemId, responseId: 'r1', interrupted: true }),
      })),
      { type: 'record', event: { type: 'caller-speech-started', itemId: 'c2' } },
      // [TT7] It is still being made: what comes of it is thrown away. The provider stops it by itself.
      { type: 'mute-response', responseId: 'r1' },
    ])
    expect(eventsOf(commands, 'agent-said')).toMatchObject([
      { heardText: 'Your bike is ready and', unheardText: 'waiting.', sentMs: 1000, endMs: 4740.6 },
      { heardText: '', unheardText: 'Come by.', sentMs: 500, heardMs: 0 },
      { heardText: '', unheardText: '', sentMs: 0, heardMs: 0 },
    ])
    expect(play.call.turn).toEqual({ holder: 'caller', itemId: 'c2' })
  })

  it('[TT4] works the same after the response was made: audio comes faster than it is heard', () => {
    const play = playAnswering(true)
    expect(asks(play.at(4740, speaks('c2', 4500)))).toEqual([
      { type: 'clear-leg' },
      { type: 'truncate-item', itemId: 'a1', heardMs: 740 },
      { type: 'truncate-item', itemId: 'a2', heardMs: 0 },
      { type: 'truncate-item', itemId: 'a3', heardMs: 0 },
    ])
  })

  it('[TT6] leaves alone what was heard to its end', () => {
    const play = playAnswering(true)
    expect(asks(play.at(5100, speaks('c2', 4900)))).toEqual([
      { type: 'clear-leg' },
      { type: 'truncate-item', itemId: 'a2', heardMs: 100 },
      { type: 'truncate-item', itemId: 'a3', heardMs: 0 },
    ])
    expect(eventsOf(play.commands, 'agent-said').find((event) => event.itemId === 'a1')).toMatchObject({
      heardText: 'Your bike is ready and waiting.',
      heardMs: 1000,
      interrupted: false,
    })
  })

  it('[TT3] clears nothing when nothing of the agent is in line', () => {
    const play = playGreeted()
    expect(asks(play.at(3000, speaks('c1', 2900)))).toEqual([])
  })

  it('[PO4] the marks that a clear sends back are not taken for things heard', () => {
    const play = playAnswering(true)
    play.at(4740, speaks('c2', 4500))
    play.at(9000, stops('c2', 8800), { type: 'hang-up-asked', reason: 'operator-hung-up', detail: '' })
    expect(eventsOf(play.commands, 'call-ended')).toMatchObject([{ callerHeardMs: 1740 }])
    expect(eventsOf(play.commands, 'agent-said')).toHaveLength(4)
  })

  it('[TT1] a caller who speaks again keeps the floor, and nothing is cut twice', () => {
    const play = playAnswering(false)
    play.at(4740, speaks('c2', 4500))
    expect(asks(play.at(4800, stops('c2', 4790), speaks('c3', 4795)))).toEqual([])
    expect(play.call.turn).toEqual({ holder: 'caller', itemId: 'c3' })
  })
})

describe('what still comes of an interrupted response', () => {
  it('[TT7] is thrown away: the response is muted when the caller begins to speak, once', () => {
    const play = playAnswering(false)
    expect(commandsOf(play.at(4740, speaks('c2', 4500)), 'mute-response')).toEqual([
      { type: 'mute-response', responseId: 'r1' },
    ])
    expect(asks(play.at(4800, stops('c2', 4790), speaks('c3', 4795)))).toEqual([])
    expect(play.call.responses.active).toMatchObject({ responseId: 'r1', interrupted: true })
    const made = playAnswering(true)
    expect(commandsOf(made.at(4740, speaks('c2', 4500)), 'mute-response')).toEqual([])
  })

  it('[TT5] an item whose first audio comes only now is truncated at 0, once', () => {
    const play = playAnswering(false)
    play.at(4740, speaks('c2', 4500))
    expect(asks(play.at(4760, { type: 'audio-muted', itemId: 'a4', responseId: 'r1' }))).toEqual([
      { type: 'truncate-item', itemId: 'a4', heardMs: 0 },
    ])
    expect(asks(play.at(4770, { type: 'audio-muted', itemId: 'a4', responseId: 'r1' }))).toEqual([])
    // More of an item that is truncated already: the provider refuses a second, longer truncation.
    expect(asks(play.at(4780, { type: 'audio-muted', itemId: 'a1', responseId: 'r1' }))).toEqual([])
    expect(asks(play.at(4790, arrived('a4', 'r1'), sent('a4', 200, 'x', 4790)))).toEqual([])
    expect(play.call.turn).toEqual({ holder: 'caller', itemId: 'c2' })
  })

  it('[TC6] a tool call is answered and not run', () => {
    const play = playAnswering(false)
    play.at(4740, speaks('c2', 4500))
    expect(asks(play.at(4760, toolCalled('r1', 't1', 'end_call')))).toEqual([
      { type: 'send-tool-result', toolCallId: 't1', output: expect.stringContaining('interrupted') },
    ])
    play.at(4800, ended('r1', 'cancelled'))
    play.at(6000, stops('c2', 5900), committed('c2'), started('r2'), ...speech('a9', 'r2', 200, 6000), ended('r2'))
    play.until(60_000)
    // Its answer asks for no reply of its own: the caller's turn has one.
    expect(asked(play.commands)).toEqual(['greeting'])
    expect(play.call.ending).toBe(null)
    expect(commandsOf(play.commands, 'run-tool')).toEqual([])
  })

  it('[RQ4] the caller’s turn is answered by the provider, and the agent takes the floor again', () => {
    const play = playAnswering(false)
    play.at(4740, speaks('c2', 4500))
    play.at(4800, ended('r1', 'cancelled'))
    play.at(6000, stops('c2', 5900), committed('c2'))
    play.at(6100, started('r2'), ...speech('a9', 'r2', 600, 6100))
    expect(play.call.turn).toEqual({ holder: 'agent', itemId: 'a9' })
    play.at(6200, ended('r2'))
    play.until(7000)
    expect(play.call.turn).toEqual({ holder: 'nobody' })
    expect(asked(play.commands)).toEqual(['greeting'])
  })
})

it('[TT2] an agent that begins while the caller holds the floor does not take it', () => {
  const play = playGreeted()
  play.at(3000, ...turn('c1', 2500, 2900), started('r1'), arrived('a1', 'r1'))
  play.at(3100, sent('a1', 200, 'm1', 3100))
  expect(play.call.turn).toEqual({ holder: 'agent', itemId: 'a1' })
  play.at(3150, speaks('c2', 3100), sent('a1', 200, 'm2', 3150), allSent('a1'))
  expect(play.call.turn).toEqual({ holder: 'caller', itemId: 'c2' })
})

it('[TT2] audio of an item that is not in line takes no floor', () => {
  const play = playGreeted()
  play.at(3000, sent('unknown', 200, 'm1', 3000))
  expect(play.call.turn).toEqual({ holder: 'nobody' })
  expect(play.call.playout.queue).toEqual([])
})

it('[TC6] a call that was running when the caller interrupted is finished and answered', () => {
  const play = playGreeted()
  play.at(3000, ...turn('c1', 2500, 2900), started('r1'), toolCalled('r1', 't1', 'lookup_order'))
  play.at(3100, speaks('c2', 3050), ended('r1', 'cancelled'))
  expect(asks(play.at(3200, toolDone('t1', 'ready')))).toEqual([
    { type: 'send-tool-result', toolCallId: 't1', output: 'ready' },
  ])
})
