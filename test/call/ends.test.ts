import { describe, expect, it } from 'vitest'
import { EventBody } from '../../src/call/events.ts'
import { NO_USAGE } from '../../src/call/usage.ts'
import {
  arrived,
  asked,
  asks,
  attached,
  callerWords,
  commandsOf,
  committed,
  ended,
  endOf,
  events,
  eventsOf,
  legClosed,
  lost,
  type Play,
  playCall,
  playGreeted,
  ready,
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

const HANG_UP = { type: 'hang-up', say: null }
const PRICE = { textIn: 4, textCached: 0.4, textOut: 24, audioIn: 32, audioCached: 0.4, audioOut: 64 }
const price = { ...PRICE, imageIn: 0, imageCached: 0 }

/** At 3 s the model ends the call without a word; at 3.2 s a goodbye is asked for. */
function playEnding(effect: Parameters<typeof toolDone>[2] = { type: 'end-call' }): Play {
  const play = playGreeted()
  play.at(3000, ...turn('c1', 2500, 2900), callerWords('c1', 'That is all.'), started('r1'))
  play.at(3100, toolCalled('r1', 't1', 'end_call'), ended('r1'))
  play.at(3200, toolDone('t1', 'ok', effect))
  return play
}

describe('the agent ends the call', () => {
  it('[EN3] when the goodbye has been heard to its end', () => {
    const play = playEnding()
    expect(asked(play.commands)).toEqual(['greeting', 'goodbye'])
    expect(commandsOf(play.commands, 'create-response').at(-1)).toMatchObject({ allowTools: false })
    play.at(3400, started('r2'), words('a2', 'Goodbye!'), ...speech('a2', 'r2', 900, 3400), ended('r2'))
    expect(asks(play.until(4299))).toEqual([])
    expect(play.until(4300)).toEqual([
      { type: 'record', event: expect.objectContaining({ type: 'agent-said', heardText: 'Goodbye!', heardMs: 900 }) },
      { type: 'close-session', session: 1 },
      { type: 'release-leg', next: HANG_UP },
      {
        type: 'record',
        event: {
          type: 'call-ended',
          reason: 'agent-ended',
          detail: 'the agent ended the call',
          destination: null,
          callerHeardMs: 1900,
          usage: NO_USAGE,
          costUsd: null,
        },
      },
      { type: 'forget-call' },
    ])
  })

  it('[EN3] a goodbye said in the response that made the call is not said again', () => {
    const play = playGreeted()
    play.at(3000, ...turn('c1', 2500, 2900), started('r1'), ...speech('a1', 'r1', 1200, 3000))
    play.at(3100, toolCalled('r1', 't1', 'end_call', 1), ended('r1'))
    expect(asks(play.at(3200, toolDone('t1', 'ok', { type: 'end-call' })))).toEqual([
      { type: 'send-tool-result', toolCallId: 't1', output: 'ok' },
    ])
    play.until(4199)
    expect(endOf(play)).toBe(null)
    play.until(4200)
    expect(endOf(play)).toEqual({ reason: 'agent-ended', next: HANG_UP })
    expect(asked(play.commands)).toEqual(['greeting'])
  })

  it('[EN3] nor is the call cut off while the response that ends it is still being made', () => {
    const play = playGreeted()
    play.at(3000, ...turn('c1', 2500, 2900), started('r1'), ...speech('a1', 'r1', 200, 3000))
    play.at(3100, toolCalled('r1', 't1', 'end_call', 1))
    play.at(3150, toolDone('t1', 'ok', { type: 'end-call' }))
    play.until(4000)
    expect(endOf(play)).toBe(null)
    play.at(4000, ...speech('a2', 'r1', 300, 4000), ended('r1'))
    play.until(4299)
    expect(endOf(play)).toBe(null)
    play.until(4300)
    expect(endOf(play)?.reason).toBe('agent-ended')
  })

  it('[EN3] a transfer takes effect the same way, and names its destination', () => {
    const play = playEnding({ type: 'transfer', destination: 'workshop' })
    expect(commandsOf(play.commands, 'create-response').at(-1)).toMatchObject({
      kind: 'goodbye',
      instructions: expect.stringContaining('connect the caller'),
    })
    play.at(3400, started('r2'), ...speech('a2', 'r2', 900, 3400), ended('r2'))
    play.until(4300)
    expect(endOf(play)).toEqual({ reason: 'transferred', next: { type: 'transfer', destination: 'workshop' } })
    expect(eventsOf(play.commands, 'call-ended')).toMatchObject([{ destination: 'workshop' }])
  })

  it('[EN1] of a transfer and an end in one breath, the first decided stands', () => {
    const play = playGreeted()
    play.at(3000, ...turn('c1', 2500, 2900), started('r1'), ...speech('a1', 'r1', 300, 3000))
    play.at(3100, toolCalled('r1', 't1', 'transfer_call', 1), toolCalled('r1', 't2', 'end_call', 2), ended('r1'))
    play.at(3200, toolDone('t1', 'ok', { type: 'transfer', destination: 'desk' }))
    play.at(3250, toolDone('t2', 'ok', { type: 'end-call' }))
    play.until(3300)
    expect(endOf(play)).toEqual({ reason: 'transferred', next: { type: 'transfer', destination: 'desk' } })
  })
})

describe('a caller who has more to say', () => {
  it('[EN4] keeps the line by speaking before the goodbye was asked for', () => {
    const play = playGreeted()
    play.at(3000, ...turn('c1', 2500, 2900), started('r1'), toolCalled('r1', 't1', 'end_call'))
    play.at(3200, toolDone('t1', 'ok', { type: 'end-call' }))
    play.at(3300, speaks('c2', 3250), ended('r1', 'cancelled'), stops('c2', 3300), committed('c2'))
    play.at(3500, started('r2'), ...speech('a2', 'r2', 400, 3500), ended('r2'))
    play.until(60_000)
    expect(endOf(play)).toBe(null)
    expect(asked(play.commands)).toEqual(['greeting'])
  })

  it('[EN4] or over the goodbye', () => {
    const play = playEnding()
    play.at(3400, started('r2'), words('a2', 'Goodbye!'), ...speech('a2', 'r2', 900, 3400), ended('r2'))
    expect(asks(play.at(3900, speaks('c2', 3800)))).toEqual([
      { type: 'clear-leg' },
      { type: 'truncate-item', itemId: 'a2', heardMs: 500 },
    ])
    expect(play.call.ending).toBe(null)
    expect(play.call.deadlines.has('goodbye')).toBe(false)
    play.at(4500, stops('c2', 4400), committed('c2'), started('r3'), ...speech('a3', 'r3', 400, 4500), ended('r3'))
    play.until(60_000)
    expect(endOf(play)).toBe(null)
  })

  it('[EN4] a goodbye that was on its way is cut off with it', () => {
    const play = playEnding()
    play.at(3250, speaks('c2', 3240))
    expect(asks(play.at(3300, started('r2')))).toEqual([
      { type: 'mute-response', responseId: 'r2' },
      { type: 'cancel-response', responseId: 'r2' },
    ])
  })

  it('[EN4] and loses it only when the goodbye has been heard', () => {
    const play = playEnding()
    play.at(3400, started('r2'), ...speech('a2', 'r2', 900, 3400), ended('r2'))
    play.until(4300)
    expect(play.at(4310, speaks('c2', 4290))).toEqual([])
    expect(endOf(play)?.reason).toBe('agent-ended')
  })
})

describe('limits', () => {
  it('[EN6] at its maximum length the call is wrapped up with a spoken sentence', () => {
    const play = playGreeted({ maxMs: 60_000 })
    expect(asks(play.until(60_399))).toEqual([])
    expect(play.until(60_400)).toEqual([
      { type: 'record', event: { type: 'deadline-passed', deadline: 'length' } },
      {
        type: 'create-response',
        kind: 'wrap-up',
        instructions: expect.stringContaining('our time on this call is up'),
        allowTools: false,
      },
    ])
    play.at(60_800, started('r1'), ...speech('a1', 'r1', 3000, 60_800), ended('r1'))
    play.until(63_799)
    expect(endOf(play)).toBe(null)
    play.until(63_800)
    expect(endOf(play)).toEqual({ reason: 'max-length', next: HANG_UP })
  })

  it.each([
    ['agent', 'all calls of this agent have cost as much as they may in one day'],
    ['caller', 'the calls of one caller have cost as much as they may in one day'],
  ] as const)('[EN8] when the budget of the day is spent for the %s', (budget, detail) => {
    const play = playGreeted()
    expect(asked(play.at(3000, { type: 'budget-spent', budget }))).toEqual(['wrap-up'])
    play.at(3100, { type: 'budget-spent', budget })
    play.at(3400, started('r1'), ...speech('a1', 'r1', 3000, 3400), ended('r1'))
    play.until(7000)
    expect(eventsOf(play.commands, 'call-ended')).toMatchObject([{ reason: 'over-budget', detail }])
    expect(asked(play.commands)).toEqual(['greeting', 'wrap-up'])
  })

  it('[EN8] a call that is being wrapped up is not wrapped up again', () => {
    const play = playGreeted({ maxMs: 60_000 })
    play.until(60_400)
    expect(play.at(60_500, { type: 'budget-spent', budget: 'agent' })).toEqual([])
  })

  it('[EN6] which the caller cannot talk away: cut off, it is said once more', () => {
    const play = playGreeted({ maxMs: 60_000 })
    play.until(60_400)
    play.at(60_800, started('r1'), ...speech('a1', 'r1', 3000, 60_800), ended('r1'))
    play.at(61_800, speaks('c1', 61_700))
    play.at(63_000, stops('c1', 62_900), committed('c1'), started('r2'), ...speech('a2', 'r2', 400, 63_000))
    expect(asked(play.at(63_100, ended('r2')))).toEqual(['wrap-up'])
    play.at(63_300, started('r3'), ...speech('a3', 'r3', 3000, 63_400), ended('r3'))
    play.until(66_399)
    expect(endOf(play)).toBe(null)
    play.until(66_400)
    expect(endOf(play)).toEqual({ reason: 'max-length', next: HANG_UP })
    expect(asked(play.commands)).toEqual(['greeting', 'wrap-up', 'wrap-up'])
  })

  it('[EN6] it waits for the caller to finish, [EN7] for 20 s', () => {
    const play = playGreeted({ maxMs: 60_000 })
    play.at(60_000, speaks('c1', 59_900))
    expect(asked(play.until(80_399))).toEqual([])
    expect(endOf(play)).toBe(null)
    play.until(80_400)
    expect(endOf(play)).toEqual({ reason: 'max-length', next: HANG_UP })
  })

  it('[EN6] at its maximum cost too', () => {
    const play = playGreeted({ price, maxCostUsd: 0.5 })
    const usage = { ...NO_USAGE, outputAudio: 5000 } // $0.32
    play.at(3000, ...turn('c1', 2500, 2900), started('r1'), ...speech('a1', 'r1', 400, 3000))
    play.at(3100, ended('r1', 'completed', usage))
    expect(eventsOf(play.commands, 'response-ended').at(-1)).toMatchObject({ costUsd: 0.32, usage })
    expect(asked(play.until(5000))).toEqual([])
    play.at(6000, ...turn('c2', 5500, 5900), started('r2'), ...speech('a2', 'r2', 400, 6000))
    // Whatever came of the response, it is paid for.
    expect(asked(play.at(6100, ended('r2', 'cancelled', usage)))).toEqual(['wrap-up'])
    play.at(6500, started('r3'), ...speech('a3', 'r3', 400, 6500), ended('r3', 'completed', usage))
    play.until(7000)
    expect(eventsOf(play.commands, 'call-ended')).toMatchObject([
      { reason: 'over-budget', usage: { ...NO_USAGE, outputAudio: 15_000 }, costUsd: expect.closeTo(0.96) },
    ])
    expect(asked(play.commands)).toEqual(['greeting', 'wrap-up'])
  })

  it('[EN6] a call whose price is not known has no limit of cost', () => {
    const play = playGreeted({ maxCostUsd: 0.01 })
    play.at(3000, ...turn('c1', 2500, 2900), started('r1'))
    play.at(3100, ended('r1', 'completed', { ...NO_USAGE, outputAudio: 1e9 }))
    expect(play.call.ending).toBe(null)
    expect(eventsOf(play.commands, 'response-ended').at(-1)?.costUsd).toBe(null)
  })

  it('[EN6] takes the place of a goodbye the caller could have talked away', () => {
    const play = playGreeted({ maxMs: 4000 })
    play.at(3000, ...turn('c1', 2500, 2900), started('r1'), toolCalled('r1', 't1', 'end_call'))
    play.at(3200, toolDone('t1', 'ok', { type: 'end-call' }))
    play.until(4400)
    expect(asked(play.at(4500, ended('r1')))).toEqual(['wrap-up'])
    play.at(4600, started('r2'), ...speech('a2', 'r2', 400, 4600), ended('r2'))
    play.until(5000)
    expect(endOf(play)?.reason).toBe('max-length')
    expect(asked(play.commands)).toEqual(['greeting', 'wrap-up'])
  })

  it('[EN6] without a session to say it, the carrier’s voice ends the call', () => {
    const play = playGreeted({ maxMs: 4000 })
    play.at(4000, lost(1))
    play.until(4400)
    expect(endOf(play)).toEqual({ reason: 'max-length', next: { type: 'hang-up', say: expect.any(String) } })
  })
})

describe('an end that drags on', () => {
  it('[EN7] is over 20 s after it was decided, whatever the model does', () => {
    const play = playEnding()
    play.at(12_000, started('r2'))
    play.until(23_199)
    expect(endOf(play)).toBe(null)
    expect(eventsOf(play.until(23_200), 'deadline-passed')).toEqual([{ type: 'deadline-passed', deadline: 'goodbye' }])
    expect(endOf(play)).toEqual({ reason: 'agent-ended', next: HANG_UP })
  })

  it('[EN7] and 10 s later when the goodbye is still sounding', () => {
    const play = playEnding()
    play.at(12_000, started('r2'), ...speech('a2', 'r2', 40_000, 12_000), ended('r2'))
    play.until(33_199)
    expect(endOf(play)).toBe(null)
    play.until(33_200)
    expect(endOf(play)).toEqual({ reason: 'agent-ended', next: HANG_UP })
    expect(eventsOf(play.commands, 'agent-said').at(-1)).toMatchObject({ heardMs: 21_200, interrupted: true })
  })

  it('[EN7] one that has fallen silent in its middle gets no more time', () => {
    const play = playEnding()
    play.at(15_000, started('r2'), arrived('a2', 'r2'), sent('a2', 2000, 'm2', 15_000))
    play.until(23_200)
    expect(endOf(play)).toEqual({ reason: 'agent-ended', next: HANG_UP })
  })

  it('[EN7] a goodbye that ends in the extra time ends the call at once', () => {
    const play = playEnding()
    play.at(12_000, started('r2'), ...speech('a2', 'r2', 14_000, 12_000), ended('r2'))
    play.until(25_999)
    expect(endOf(play)).toBe(null)
    play.until(26_000)
    expect(endOf(play)?.reason).toBe('agent-ended')
  })
})

describe('however it ends', () => {
  it('[EN5] a caller who hangs up during the goodbye leaves the reason as it was', () => {
    const play = playEnding({ type: 'transfer', destination: 'desk' })
    play.at(3400, started('r2'), ...speech('a2', 'r2', 900, 3400), legClosed('ended'))
    expect(endOf(play)).toEqual({ reason: 'transferred', next: { type: 'transfer', destination: 'desk' } })
  })

  it('[EN5] an operator, the server and a bug end it at once', () => {
    for (const reason of ['operator-hung-up', 'drained'] as const) {
      const play = playGreeted()
      play.at(3000, { type: 'hang-up-asked', reason, detail: 'why' })
      expect(endOf(play)).toEqual({ reason, next: HANG_UP })
    }
    const play = playGreeted()
    play.at(3000, { type: 'broken' })
    expect(endOf(play)).toEqual({ reason: 'internal-error', next: { type: 'hang-up', say: expect.any(String) } })
  })

  it('[EN2] a second failure that is over budget too ends the call once, and leaves no deadline', () => {
    const play = playGreeted({ price, maxCostUsd: 0.5 })
    play.at(3000, ...turn('c1', 2500, 2900), started('r1'), ended('r1', 'failed'))
    play.at(3100, started('r2'))
    const commands = play.at(3200, ended('r2', 'failed', { ...NO_USAGE, outputAudio: 1e6 }))
    expect(eventsOf(commands, 'call-ended')).toMatchObject([{ reason: 'model-lost' }])
    expect(commands.at(-1)).toEqual({ type: 'forget-call' })
    expect(play.call.deadlines.size).toBe(0)
    expect(play.call.ending).toBe(null)
  })

  it('[EN2] before the stream came: sessions are closed and nothing remains', () => {
    const play = playCall()
    play.at(300, ready(1), started('r1'), arrived('a1', 'r1'), words('a1', 'Hello.'))
    const commands = play.at(900, { type: 'carrier-status', status: 'canceled', final: true })
    expect(commands).toEqual([
      { type: 'record', event: { type: 'carrier-status', status: 'canceled', final: true } },
      {
        type: 'record',
        event: {
          type: 'agent-said',
          itemId: 'a1',
          responseId: 'r1',
          heardText: '',
          unheardText: 'Hello.',
          sentMs: 0,
          heardMs: 0,
          startMs: 900,
          endMs: 900,
          interrupted: true,
        },
      },
      { type: 'close-session', session: 1 },
      { type: 'release-leg', next: HANG_UP },
      { type: 'record', event: expect.objectContaining({ type: 'call-ended', callerHeardMs: 0 }) },
      { type: 'forget-call' },
    ])
    expect(play.call.deadlines.size).toBe(0)
  })

  it('[EN1] every event is one that the log takes', () => {
    const play = playEnding()
    play.at(3400, started('r2'), ...speech('a2', 'r2', 900.5, 3400), ended('r2'))
    play.at(3900.25, speaks('c2', 3800), attached('MZ2'), { type: 'dtmf', digit: '1' }, legClosed('lost'))
    play.until(30_000)
    expect(endOf(play)?.reason).toBe('stream-lost')
    for (const event of events(play.commands)) expect(EventBody.parse(event)).toEqual(event)
  })
})
