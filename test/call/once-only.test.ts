import { describe, expect, it } from 'vitest'
import {
  asked,
  asks,
  commandsOf,
  committed,
  ended,
  eventsOf,
  lost,
  type Play,
  playGreeted,
  REPLY,
  ready,
  speaks,
  speech,
  started,
  stops,
  toolCalled,
  toolDone,
  toolSent,
  turn,
} from './play.ts'

/** At 3 s the caller's first turn is over, and the model has begun response r1. */
function playTurn(): Play {
  const play = playGreeted()
  play.at(3000, ...turn('c1', 2500, 2900), started('r1'))
  return play
}

const BOOK_TWO = { arguments: '{"people":2,"day":"Monday"}' }
const BOOK_THREE = { arguments: '{"people":3,"day":"Monday"}' }

const runs = (play: Play): readonly string[] =>
  commandsOf(play.commands, 'run-tool').map(({ toolCallId }) => toolCallId)
const results = (play: Play): readonly string[] =>
  commandsOf(play.commands, 'send-tool-result').map(({ toolCallId, output }) => `${toolCallId} ${output}`)
const statuses = (play: Play): readonly string[] =>
  eventsOf(play.commands, 'tool-finished').map(({ toolCallId, status }) => `${toolCallId} ${status}`)

describe('a call that repeats another', () => {
  it('[TC9] within the caller’s turn gets the first one’s answer, and is not run', () => {
    const play = playTurn()
    play.at(3100, toolCalled('r1', 't1', 'pay', 0, { arguments: '{"euro":5,"to":{"a":1,"b":[2]}}' }))
    play.at(
      3150,
      toolCalled('r1', 't2', 'pay', 1, { arguments: ' {"to": {"b":[2], "a":1.0},\n"euro":5}' }),
      ended('r1'),
    )
    expect(runs(play)).toEqual(['t1'])
    play.at(3400, toolDone('t1', 'paid'))
    expect(results(play)).toEqual(['t1 paid', 't2 paid'])
    expect(asked(play.commands)).toEqual(['greeting', 'reply'])
    // In a later response of the same turn, too.
    play.at(3500, started('r2'), toolCalled('r2', 't3', 'pay', 0, { arguments: '{"to":{"b":[2],"a":1},"euro":5}' }))
    play.at(3600, ended('r2'))
    expect(runs(play)).toEqual(['t1'])
    expect(results(play).at(-1)).toBe('t3 paid')
    expect(eventsOf(play.commands, 'tool-finished')).toMatchObject([
      { toolCallId: 't1', status: 'done', output: 'paid', tookMs: 300 },
      { toolCallId: 't2', status: 'repeated', output: '', tookMs: 250 },
      { toolCallId: 't3', status: 'repeated', output: '', tookMs: 0 },
    ])
    expect(play.call.deadlines.has('tool:t2')).toBe(false)
  })

  it('[TC9] with other arguments, of another tool, or in another turn, is one of its own', () => {
    const play = playTurn()
    play.at(3100, toolCalled('r1', 't1', 'pay', 0, { arguments: '{"euro":5}' }))
    play.at(3110, toolCalled('r1', 't2', 'pay', 1, { arguments: '{"euro":"5"}' }))
    play.at(3120, toolCalled('r1', 't3', 'owe', 2, { arguments: '{"euro":5}' }), ended('r1'))
    play.at(3200, toolDone('t1'), toolDone('t2'), toolDone('t3'))
    play.at(3300, started('r2'), ...speech('a2', 'r2', 500, 3300), ended('r2'))
    play.at(5000, ...turn('c2', 4500, 4900), started('r3'))
    play.at(5100, toolCalled('r3', 't4', 'pay', 0, { arguments: '{"euro":5}' }), ended('r3'))
    expect(runs(play)).toEqual(['t1', 't2', 't3', 't4'])
  })

  it('[TC9] keys pressed are a turn of the caller', () => {
    const play = playTurn()
    play.at(3100, toolCalled('r1', 't1', 'pay'), ended('r1'))
    play.at(3200, toolDone('t1'))
    play.at(3300, started('r2'), ended('r2'))
    play.at(3400, { type: 'dtmf', digit: '1' }, { type: 'dtmf', digit: '#' })
    play.at(3500, started('r3'), toolCalled('r3', 't2', 'pay'), ended('r3'))
    expect(runs(play)).toEqual(['t1', 't2'])
  })

  it('[TC9] a turn that is told twice is one', () => {
    const play = playTurn()
    play.at(3100, toolCalled('r1', 't1', 'pay'), ended('r1'))
    play.at(3200, toolDone('t1'), committed('c1'))
    play.at(3300, started('r2'), toolCalled('r2', 't2', 'pay'), ended('r2'))
    expect(runs(play)).toEqual(['t1'])
  })

  it('[TC9] what was refused was not run: the same call again is the first', () => {
    const play = playTurn()
    play.at(3050, { type: 'dtmf', digit: '#' })
    play.at(3100, toolCalled('r1', 't1', 'pay', 0, { fault: 'euro is missing' }), toolCalled('r1', 't2', 'pay', 1))
    expect(runs(play)).toEqual(['t2'])
  })

  it('[TC9] the second of two calls that end the call asks for no reply', () => {
    const play = playTurn()
    play.at(3100, ...speech('a1', 'r1', 400, 3100), toolCalled('r1', 't1', 'end_call', 1))
    play.at(3110, toolCalled('r1', 't2', 'end_call', 2), ended('r1'))
    play.at(3120, toolDone('t1', 'ends', { type: 'end-call' }))
    play.until(10_000)
    expect(results(play)).toEqual(['t1 ends', 't2 ends'])
    expect(asked(play.commands)).toEqual(['greeting'])
    expect(eventsOf(play.commands, 'call-ended')).toMatchObject([{ reason: 'agent-ended' }])
  })

  it('[TC9] gets an answer when the first takes too long', () => {
    const play = playTurn()
    play.at(3100, toolCalled('r1', 't1', 'lookup_order'), toolSent('t1'))
    play.at(3500, toolCalled('r1', 't2', 'lookup_order', 1), ended('r1'))
    play.until(8000)
    expect(statuses(play)).toEqual(['t1 unknown', 't2 repeated'])
    expect(results(play).map((each) => each.slice(0, 14))).toEqual(['t1 The backend', 't2 The backend'])
  })
})

describe('a tool that needs the caller’s agreement', () => {
  /** The tool was called and held at 3.1 s; from 3.3 to 5.3 s the agent reads back. */
  function playHeld(name = 'book'): Play {
    const play = playTurn()
    play.at(3100, toolCalled('r1', 't1', name, 0, BOOK_TWO), ended('r1'))
    play.at(3300, started('r2'), ...speech('a2', 'r2', 2000, 3300), ended('r2'))
    return play
  }

  it('[TC10] is held: the model is told to read back and to ask', () => {
    const play = playTurn()
    const commands = play.at(3100, toolCalled('r1', 't1', 'book', 0, BOOK_TWO), ended('r1'))
    expect(asks(commands)).toEqual([
      {
        type: 'send-tool-result',
        toolCallId: 't1',
        output: expect.stringMatching(
          /^Not done yet\. Read back to the caller .* call book again with the same arguments/,
        ),
      },
      REPLY,
    ])
    expect(eventsOf(commands, 'tool-finished')).toMatchObject([{ toolCallId: 't1', status: 'held', tookMs: 0 }])
    expect(play.call.deadlines.has('tool:t1')).toBe(false)
  })

  it('[TC10] is run when it was read back, the caller has answered, and it is called again', () => {
    const play = playHeld()
    play.at(6000, ...turn('c2', 5500, 5900), started('r3'))
    play.at(6100, toolCalled('r3', 't2', 'book', 0, { arguments: '{ "day": "Monday", "people": 2 }' }), ended('r3'))
    expect(runs(play)).toEqual(['t2'])
    play.at(6200, toolDone('t2', 'booked'))
    expect(statuses(play)).toEqual(['t1 held', 't2 done'])
  })

  it('[TC10] is not run when the model calls again before the caller has answered', () => {
    const play = playTurn()
    play.at(3100, toolCalled('r1', 't1', 'book', 0, BOOK_TWO), ended('r1'))
    play.at(3300, started('r2'), ...speech('a2', 'r2', 2000, 3300), toolCalled('r2', 't2', 'book', 1, BOOK_TWO))
    play.at(3400, ended('r2'))
    play.until(6000)
    expect(runs(play)).toEqual([])
    expect(statuses(play)).toEqual(['t1 held', 't2 repeated'])
    // The read-back was heard to its end: now an answer counts.
    play.at(8000, ...turn('c2', 7500, 7900), started('r3'), toolCalled('r3', 't3', 'book', 0, BOOK_TWO))
    expect(runs(play)).toEqual(['t3'])
  })

  it('[TC10] a caller who goes on before anything was read back has agreed to nothing', () => {
    const play = playTurn()
    play.at(3100, toolCalled('r1', 't1', 'book', 0, BOOK_TWO), ended('r1'))
    play.at(3150, speaks('c2', 3120))
    play.at(4000, stops('c2', 3900), committed('c2'), started('r2'))
    play.at(4100, toolCalled('r2', 't2', 'book', 0, BOOK_TWO), ended('r2'))
    expect(runs(play)).toEqual([])
    expect(statuses(play)).toEqual(['t1 held', 't2 held'])
    // That one is read back, and answered.
    play.at(4300, started('r3'), ...speech('a3', 'r3', 2000, 4300), ended('r3'))
    play.at(7000, ...turn('c3', 6500, 6900), started('r4'), toolCalled('r4', 't3', 'book', 0, BOOK_TWO))
    expect(runs(play)).toEqual(['t3'])
  })

  it('[TC10] what the response said beside the call, before it was held, is no read-back', () => {
    const play = playTurn()
    play.at(3050, ...speech('a1', 'r1', 3000, 3050), toolCalled('r1', 't1', 'book', 1, BOOK_TWO), ended('r1'))
    play.at(6500, ...turn('c2', 6100, 6400), started('r2'), toolCalled('r2', 't2', 'book', 0, BOOK_TWO))
    expect(runs(play)).toEqual([])
  })

  it('[TC10] a read-back that was cut off at its beginning is none; after a second of it an answer counts', () => {
    for (const [heardMs, run] of [
      [700, []],
      [1300, ['t2']],
    ] as const) {
      const play = playHeld()
      play.at(3300 + heardMs, speaks('c2', 3300 + heardMs))
      play.at(6000, stops('c2', 5900), committed('c2'), started('r3'), toolCalled('r3', 't2', 'book', 0, BOOK_TWO))
      expect(runs(play)).toEqual(run)
    }
  })

  it('[TC10] a short read-back that was heard to its end is one', () => {
    const play = playTurn()
    play.at(3100, toolCalled('r1', 't1', 'book', 0, BOOK_TWO), ended('r1'))
    play.at(3300, started('r2'), ...speech('a2', 'r2', 800, 3300), ended('r2'))
    play.at(6000, ...turn('c2', 5500, 5900), started('r3'), toolCalled('r3', 't2', 'book', 0, BOOK_TWO))
    expect(runs(play)).toEqual(['t2'])
  })

  it('[TC10] keys answer, even while the read-back is still sounding', () => {
    const play = playHeld()
    play.at(4800, { type: 'dtmf', digit: '1' }, { type: 'dtmf', digit: '#' })
    play.at(5500, started('r3'), toolCalled('r3', 't2', 'book', 0, BOOK_TWO))
    expect(runs(play)).toEqual(['t2'])
  })

  it('[TC10] one agreement is good for one run', () => {
    const play = playHeld()
    play.at(6000, ...turn('c2', 5500, 5900), started('r3'), toolCalled('r3', 't2', 'book', 0, BOOK_TWO), ended('r3'))
    play.at(6100, toolDone('t2', 'booked'))
    play.at(6200, started('r4'), ...speech('a4', 'r4', 2000, 6200), ended('r4'))
    play.at(9000, ...turn('c3', 8500, 8900), started('r5'), toolCalled('r5', 't3', 'book', 0, BOOK_TWO), ended('r5'))
    expect(runs(play)).toEqual(['t2'])
    expect(statuses(play)).toEqual(['t1 held', 't2 done', 't3 held'])
  })

  it('[TC10] another order asks anew, and takes the place of the one before', () => {
    const play = playHeld()
    play.at(6000, ...turn('c2', 5500, 5900), started('r3'), toolCalled('r3', 't2', 'book', 0, BOOK_THREE), ended('r3'))
    play.at(6300, started('r4'), ...speech('a4', 'r4', 2000, 6300), ended('r4'))
    play.at(9000, ...turn('c3', 8500, 8900), started('r5'))
    play.at(
      9100,
      toolCalled('r5', 't3', 'book', 0, BOOK_TWO),
      toolCalled('r5', 't4', 'book', 1, BOOK_THREE),
      ended('r5'),
    )
    // Two was what the caller said no to; asking for it again has withdrawn three.
    expect(runs(play)).toEqual([])
    expect(statuses(play)).toEqual(['t1 held', 't2 held', 't3 held', 't4 held'])
  })

  it('[TC10] an agreement outlives the session in which it was asked for', () => {
    const play = playHeld()
    play.until(5400)
    play.at(5400, lost(1))
    play.at(5600, ready(2))
    play.at(6000, ...turn('c2', 5700, 5900), started('r3'), toolCalled('r3', 't2', 'book', 0, BOOK_TWO))
    expect(runs(play)).toEqual(['t2'])
  })

  it('[TC13] arguments that do not fit are answered at once, and nobody is asked to agree to them', () => {
    const play = playTurn()
    const commands = play.at(3100, toolCalled('r1', 't1', 'book', 0, { fault: 'day is missing' }), ended('r1'))
    expect(asks(commands)).toEqual([{ type: 'send-tool-result', toolCallId: 't1', output: 'day is missing' }, REPLY])
    expect(eventsOf(commands, 'tool-finished')).toMatchObject([{ status: 'failed', output: 'day is missing' }])
    expect(play.call.agreements).toEqual([])
  })
})

describe('a tool of which nobody knows whether it acted', () => {
  it('[TC12] is recorded as unknown, and the same call is not run again before the caller has heard so and answered', () => {
    const play = playTurn()
    play.at(3100, toolCalled('r1', 't1', 'lookup_order', 0, BOOK_TWO), toolSent('t1'), ended('r1'))
    play.until(7100)
    expect(results(play)[0]).toContain('it is not known whether it acted')
    play.at(7300, started('r2'), ...speech('a2', 'r2', 2000, 7300), ended('r2'))
    // Before the agent has said so the caller says something else.
    play.at(7500, speaks('c2', 7450))
    play.at(8000, stops('c2', 7900), committed('c2'), started('r3'))
    play.at(8100, toolCalled('r3', 't2', 'lookup_order', 0, BOOK_TWO), ended('r3'))
    expect(results(play)[1]).toMatch(/^t2 Not done again: it is not known whether/)
    play.at(8300, started('r4'), ...speech('a4', 'r4', 2000, 8300), ended('r4'))
    play.at(11_000, ...turn('c3', 10_500, 10_900), started('r5'))
    play.at(11_100, toolCalled('r5', 't3', 'lookup_order', 0, BOOK_TWO), ended('r5'))
    expect(runs(play)).toEqual(['t1', 't3'])
    expect(statuses(play)).toEqual(['t1 unknown', 't2 held'])
  })

  it('[TC12] as its backend says it, and whatever the model asks for in between', () => {
    const play = playTurn()
    play.at(3100, toolCalled('r1', 't1', 'pay', 0, BOOK_TWO), toolSent('t1'), ended('r1'))
    play.at(3200, {
      type: 'tool-finished',
      toolCallId: 't1',
      status: 'unknown',
      output: 'lost',
      logged: 'lost',
      effect: null,
    })
    play.at(3300, started('r2'), ended('r2'))
    play.at(5000, ...turn('c2', 4500, 4900), started('r3'))
    play.at(5100, toolCalled('r3', 't2', 'pay', 0, BOOK_THREE), toolCalled('r3', 't3', 'pay', 1, BOOK_TWO), ended('r3'))
    expect(runs(play)).toEqual(['t1', 't2'])
    play.at(5200, toolDone('t2'))
    expect(statuses(play)).toEqual(['t1 unknown', 't3 held', 't2 done'])
  })

  it('[TC12] one that failed without acting may be asked again in the next turn', () => {
    const play = playTurn()
    play.at(3100, toolCalled('r1', 't1', 'pay', 0, BOOK_TWO), toolSent('t1'), ended('r1'))
    play.at(3200, {
      type: 'tool-finished',
      toolCallId: 't1',
      status: 'failed',
      output: 'no',
      logged: 'no',
      effect: null,
    })
    play.at(3300, started('r2'), ended('r2'))
    play.at(5000, ...turn('c2', 4500, 4900), started('r3'), toolCalled('r3', 't2', 'pay', 0, BOOK_TWO))
    expect(runs(play)).toEqual(['t1', 't2'])
  })
})

describe('an interruption', () => {
  it('[TC11] ends the look-ups of the response that is cut off, and no writing', () => {
    const play = playTurn()
    play.at(3050, ...speech('a1', 'r1', 3000, 3050))
    play.at(3100, toolCalled('r1', 't1', 'find', 1), toolCalled('r1', 't2', 'pay', 2), toolSent('t1'), toolSent('t2'))
    play.at(3120, toolCalled('r1', 't3', 'find', 3), ended('r1'))
    const commands = play.at(3500, speaks('c2', 3450))
    expect(asks(commands).slice(0, 4)).toEqual([
      { type: 'clear-leg' },
      { type: 'truncate-item', itemId: 'a1', heardMs: 450 },
      { type: 'abort-tool', toolCallId: 't1' },
      { type: 'send-tool-result', toolCallId: 't1', output: expect.stringContaining('the caller interrupted') },
    ])
    expect(statuses(play)).toEqual(['t1 aborted', 't3 repeated'])
    play.at(4000, stops('c2', 3900), committed('c2'), toolDone('t1', 'late'), toolDone('t2', 'paid'))
    expect(results(play).map((each) => each.slice(0, 7))).toEqual(['t1 Not ', 't2 paid', 't3 Not '])
    expect(statuses(play)).toEqual(['t1 aborted', 't3 repeated', 't2 done'])
  })

  it('[TC11] of a response still being made ends its look-ups, too', () => {
    const play = playTurn()
    play.at(3100, toolCalled('r1', 't1', 'find'), toolSent('t1'))
    expect(commandsOf(play.at(3500, speaks('c2', 3450)), 'abort-tool')).toEqual([
      { type: 'abort-tool', toolCallId: 't1' },
    ])
  })

  it('[TC11] a caller who speaks while the agent is silent cuts nothing off: the look-up goes on, and its answer is volunteered', () => {
    const play = playTurn()
    play.at(3050, ...speech('a1', 'r1', 500, 3050), toolCalled('r1', 't1', 'find', 1), toolSent('t1'), ended('r1'))
    play.at(4000, ...turn('c2', 3800, 3950), started('r2'), ...speech('a2', 'r2', 500, 4000), ended('r2'))
    expect(commandsOf(play.commands, 'abort-tool')).toEqual([])
    expect(asked(play.at(6000, toolDone('t1', 'found')))).toEqual(['reply'])
    expect(results(play)).toEqual(['t1 found'])
  })

  it('[TC11] an interruption that the model asks for again in the next turn is run', () => {
    const play = playTurn()
    play.at(3100, toolCalled('r1', 't1', 'find'), toolSent('t1'))
    play.at(3500, speaks('c2', 3450), ended('r1', 'cancelled'))
    play.at(4000, stops('c2', 3900), committed('c2'), started('r2'), toolCalled('r2', 't2', 'find'))
    expect(runs(play)).toEqual(['t1', 't2'])
  })
})

describe('the log', () => {
  it('[TC14] gets what it may keep; the backend and the model get everything', () => {
    const play = playTurn()
    const secret = { arguments: '{"card":"4242"}', logged: '{"card":"[redacted]"}' }
    const asking = play.at(3100, toolCalled('r1', 't1', 'pay', 0, secret), ended('r1'))
    expect(commandsOf(asking, 'run-tool')).toMatchObject([{ arguments: '{"card":"4242"}' }])
    const output = { output: 'paid with 4242', logged: 'paid with [redacted]' }
    const answering = play.at(3200, {
      type: 'tool-finished',
      toolCallId: 't1',
      status: 'done',
      ...output,
      effect: null,
    })
    expect(commandsOf(answering, 'send-tool-result')).toMatchObject([{ output: 'paid with 4242' }])
    expect(eventsOf(play.commands, 'tool-reserved')).toMatchObject([{ arguments: '{"card":"[redacted]"}' }])
    expect(eventsOf(play.commands, 'tool-finished')).toMatchObject([{ output: 'paid with [redacted]' }])
    expect(JSON.stringify(play.commands.filter(({ type }) => type === 'record'))).not.toContain('4242')
  })

  it('[TC1] says when a tool began to run, and what the agent noted', () => {
    const play = playTurn()
    play.at(3100, toolCalled('r1', 't1', 'note'), ended('r1'))
    play.at(3110, toolSent('t1'), toolSent('t1'), toolSent('t9'))
    const commands = play.at(3200, toolDone('t1', 'Noted.', { type: 'note', text: 'wants a call back' }))
    expect(eventsOf(commands, 'note')).toEqual([{ type: 'note', text: 'wants a call back' }])
    expect(asks(commands)).toEqual([{ type: 'send-tool-result', toolCallId: 't1', output: 'Noted.' }, REPLY])
    expect(eventsOf(play.commands, 'tool-sent')).toEqual([{ type: 'tool-sent', toolCallId: 't1' }])
  })
})
