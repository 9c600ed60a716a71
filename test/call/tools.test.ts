import { describe, expect, it } from 'vitest'
import {
  asked,
  asks,
  commandsOf,
  committed,
  ended,
  eventsOf,
  type Play,
  playGreeted,
  REPLY,
  speaks,
  speech,
  started,
  stops,
  toolCalled,
  toolDone,
  toolSent,
  turn,
} from './play.ts'

/** At 3 s the model answers the caller and calls tools t0, t1 … in one response that has ended at 3.2 s. */
function playCalling(...names: readonly string[]): Play {
  const play = playGreeted()
  play.at(3000, ...turn('c1', 2500, 2900), started('r1'))
  play.at(3100, ...names.map((name, index) => toolCalled('r1', `t${index}`, name, index)))
  play.at(3200, ended('r1'))
  return play
}

describe('parallel calls', () => {
  it('[TC3] answers go out in the order of the calls, and one response is asked for after the last', () => {
    const play = playGreeted()
    play.at(3000, ...turn('c1', 2500, 2900), started('r1'))
    expect(play.at(3050, toolCalled('r1', 't0', 'lookup_order', 0))).toEqual([
      {
        type: 'record',
        event: { type: 'tool-reserved', toolCallId: 't0', responseId: 'r1', name: 'lookup_order', arguments: '{}' },
      },
      { type: 'run-tool', toolCallId: 't0', name: 'lookup_order', arguments: '{}' },
    ])
    play.at(3060, toolCalled('r1', 't1', 'slow', 1), toolCalled('r1', 't2', 'slow', 2, { arguments: '{"n":2}' }))
    expect(asks(play.at(3100, toolDone('t2', 'two')))).toEqual([])
    expect(asks(play.at(3200, toolDone('t0', 'zero')))).toEqual([
      { type: 'send-tool-result', toolCallId: 't0', output: 'zero' },
    ])
    // [TC4] All are answered, but the response that made the calls has not ended.
    expect(asks(play.at(3300, toolDone('t1', 'one')))).toEqual([
      { type: 'send-tool-result', toolCallId: 't1', output: 'one' },
      { type: 'send-tool-result', toolCallId: 't2', output: 'two' },
    ])
    expect(asks(play.at(3400, ended('r1')))).toEqual([REPLY])
    play.at(3500, started('r2'), ...speech('a2', 'r2', 500, 3500), ended('r2'))
    play.until(30_000)
    expect(asked(play.commands)).toEqual(['greeting', 'reply'])
    expect(eventsOf(play.commands, 'tool-answered').map((event) => event.toolCallId)).toEqual(['t0', 't1', 't2'])
    expect(eventsOf(play.commands, 'tool-finished')).toMatchObject([
      { toolCallId: 't2', name: 'slow', status: 'done', output: 'two', tookMs: 40 },
      { toolCallId: 't0', tookMs: 150 },
      { toolCallId: 't1', tookMs: 240 },
    ])
  })

  it('[TC4] a spoken preamble sounds while the tools work; the reply waits for the answers, not for the preamble', () => {
    const play = playGreeted()
    play.at(3000, ...turn('c1', 2500, 2900), started('r1'), ...speech('a1', 'r1', 2000, 3000))
    play.at(3100, toolCalled('r1', 't0', 'lookup_order', 1), ended('r1'))
    expect(asked(play.at(3500, toolDone('t0')))).toEqual(['reply'])
    expect(play.call.turn).toEqual({ holder: 'agent', itemId: 'a1' })
  })

  it('[TC1] a call told twice is run once', () => {
    const play = playCalling('lookup_order')
    play.at(3300, toolCalled('r1', 't0', 'lookup_order', 0))
    play.at(3400, toolDone('t0'), toolCalled('r1', 't0', 'lookup_order', 0))
    expect(commandsOf(play.commands, 'run-tool')).toHaveLength(1)
    expect(eventsOf(play.commands, 'tool-reserved')).toHaveLength(1)
    expect(commandsOf(play.commands, 'send-tool-result')).toHaveLength(1)
  })

  it('[TC2] a second outcome changes nothing', () => {
    const play = playCalling('lookup_order')
    play.at(3400, toolDone('t0', 'first'))
    expect(play.at(3500, toolDone('t0', 'second', { type: 'end-call' }), toolDone('unknown', 'x'))).toEqual([])
    expect(play.call.ending).toBe(null)
  })
})

describe('the reply', () => {
  it('[TC5] is not asked for when the provider’s own response has begun with the answer taken in', () => {
    const play = playCalling('lookup_order')
    play.at(3300, speaks('c2', 3250))
    play.at(3400, toolDone('t0'), { type: 'tool-result-accepted', toolCallId: 't0' })
    play.at(3500, stops('c2', 3450), committed('c2'), started('r2'), ...speech('a2', 'r2', 300, 3500), ended('r2'))
    play.until(30_000)
    expect(asked(play.commands)).toEqual(['greeting'])
  })

  it('[TC5] is asked for when that began without it', () => {
    const play = playCalling('lookup_order')
    play.at(3300, ...turn('c2', 3250, 3290))
    play.at(3400, toolDone('t0'), started('r2'), { type: 'tool-result-accepted', toolCallId: 't0' })
    expect(asked(play.at(3500, ...speech('a2', 'r2', 300, 3500), ended('r2')))).toEqual(['reply'])
  })

  it('[TC5] is asked for when ours was on its way before the answer was sent', () => {
    const play = playCalling('lookup_order')
    expect(asks(play.at(3300, { type: 'dtmf', digit: '#' })).at(-1)).toEqual(REPLY)
    // The answer follows the request on the wire; the response to it starts without the answer.
    expect(asks(play.at(3310, toolDone('t0')))).toEqual([
      { type: 'send-tool-result', toolCallId: 't0', output: 'done' },
    ])
    play.at(3350, started('r2'), { type: 'tool-result-accepted', toolCallId: 't0' })
    expect(asks(play.at(3400, ...speech('a2', 'r2', 300, 3400), ended('r2')))).toEqual([REPLY])
    play.at(3500, started('r3'), ...speech('a3', 'r3', 300, 3500), ended('r3'))
    play.until(30_000)
    expect(asked(play.commands)).toEqual(['greeting', 'reply', 'reply'])
  })

  it('[TC4] is one with what was going to be asked for anyway', () => {
    const play = playCalling('lookup_order')
    play.at(3300, ...turn('c2', 3250, 3290), started('r2'))
    play.at(3400, toolDone('t0'), { type: 'dtmf', digit: '#' })
    expect(asked(play.at(3500, ended('r2')))).toEqual(['reply'])
    play.at(3600, started('r3'), ...speech('a3', 'r3', 300, 3600), ended('r3'))
    play.until(30_000)
    expect(asked(play.commands)).toEqual(['greeting', 'reply'])
  })

  it('[TC4] beside a call that ends the call, is the goodbye', () => {
    const play = playCalling('lookup_order', 'end_call')
    play.at(3300, toolDone('t0', 'ready'))
    const commands = asks(play.at(3400, toolDone('t1', 'ok', { type: 'end-call' })))
    expect(commands).toEqual([
      { type: 'send-tool-result', toolCallId: 't1', output: 'ok' },
      { type: 'create-response', kind: 'goodbye', instructions: expect.any(String), allowTools: false },
    ])
    play.at(3500, started('r2'), ...speech('a2', 'r2', 500, 3500), ended('r2'))
    play.until(4100)
    expect(asked(play.commands)).toEqual(['greeting', 'goodbye'])
    expect(eventsOf(play.commands, 'call-ended')).toMatchObject([{ reason: 'agent-ended' }])
  })
})

describe('a tool that takes too long', () => {
  it('[TC8] is aborted and answered with a sentence that says so', () => {
    const play = playCalling('lookup_order', 'unlisted')
    play.at(3300, toolSent('t0'))
    expect(play.until(7099)).toEqual([])
    expect(play.until(7100)).toEqual([
      { type: 'record', event: { type: 'deadline-passed', deadline: 'tool:t0' } },
      { type: 'abort-tool', toolCallId: 't0' },
      {
        type: 'record',
        event: {
          type: 'tool-finished',
          toolCallId: 't0',
          name: 'lookup_order',
          status: 'unknown',
          output: expect.stringContaining('it is not known whether it acted'),
          tookMs: 4000,
        },
      },
      {
        type: 'send-tool-result',
        toolCallId: 't0',
        output: expect.stringContaining('it is not known whether it acted'),
      },
      { type: 'record', event: { type: 'tool-answered', toolCallId: 't0' } },
    ])
    // [TC2] What it says afterwards is not told to the model.
    expect(play.at(8000, toolDone('t0', 'late'))).toEqual([])
    expect(asks(play.until(13_100))).toEqual([
      { type: 'abort-tool', toolCallId: 't1' },
      { type: 'send-tool-result', toolCallId: 't1', output: expect.any(String) },
      REPLY,
    ])
  })

  it('[TC8] and one that was done in time is left alone', () => {
    const play = playCalling('lookup_order')
    play.at(7000, toolDone('t0'))
    play.at(7100, started('r2'), ...speech('a2', 'r2', 300, 7100), ended('r2'))
    play.until(30_000)
    expect(commandsOf(play.commands, 'abort-tool')).toEqual([])
    expect(eventsOf(play.commands, 'deadline-passed')).toEqual([])
  })

  it('[DL2] the model is not blamed for it', () => {
    const play = playCalling('slow')
    play.until(30_000)
    expect(eventsOf(play.commands, 'deadline-passed')).toEqual([])
  })

  it('[TC8] one that only reads, or was never begun, has not acted', () => {
    const play = playCalling('find', 'lookup_order')
    play.at(3300, toolSent('t0'))
    expect(eventsOf(play.until(7100), 'tool-finished')).toMatchObject([
      {
        toolCallId: 't0',
        status: 'timed-out',
        output: expect.stringMatching(/did not answer in time\. Tell the caller\.$/),
      },
      { toolCallId: 't1', status: 'failed', output: expect.stringMatching(/^Not done/) },
    ])
  })

  it('[TC7] one still working when the call ends is aborted and recorded as unknown', () => {
    const play = playCalling('slow', 'lookup_order')
    play.at(4000, toolSent('t0'), toolDone('t1'))
    const commands = play.at(5000, { type: 'leg-closed', why: 'ended', detail: 'stop' })
    expect(commandsOf(commands, 'abort-tool')).toEqual([{ type: 'abort-tool', toolCallId: 't0' }])
    expect(eventsOf(commands, 'tool-finished')).toEqual([
      { type: 'tool-finished', toolCallId: 't0', name: 'slow', status: 'unknown', output: '', tookMs: 1900 },
    ])
    expect(commandsOf(commands, 'send-tool-result')).toEqual([])
  })

  it('[TC7] one that only reads, or was not begun, is recorded as aborted', () => {
    const play = playCalling('find', 'lookup_order')
    play.at(3300, toolSent('t0'))
    const commands = play.at(5000, { type: 'leg-closed', why: 'ended', detail: 'stop' })
    expect(eventsOf(commands, 'tool-finished').map(({ status }) => status)).toEqual(['aborted', 'aborted'])
  })
})
