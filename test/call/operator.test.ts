import { describe, expect, it } from 'vitest'
import type { CallCommand } from '../../src/call/commands.ts'
import type { CallFact } from '../../src/call/facts.ts'
import {
  asked,
  asks,
  callerWords,
  commandsOf,
  ended,
  endOf,
  eventsOf,
  lost,
  playCall,
  playGreeted,
  ready,
  speech,
  started,
  toolCalled,
  toolDone,
  toolSent,
  turn,
  words,
} from './play.ts'

const WHO = 'Ann'
const TEXT = 'Offer a free inner tube.'
const TOLD = `Instruction from the operator of this line, who follows the call and whom the caller cannot hear: ${TEXT}`
const whisper: CallFact = { type: 'operator-whispered', who: WHO, text: TEXT }
const takeOver = (say: string | null = null): CallFact => ({
  type: 'operator-took-over',
  who: WHO,
  destination: 'workshop',
  say,
})
const hangUp: CallFact = { type: 'operator-hung-up', who: WHO }
const acted = (action: string, detail: string): CallCommand =>
  ({ type: 'record', event: { type: 'operator-acted', who: WHO, action, detail } }) as CallCommand

/** At 4 s the agent has been speaking for half a second, with a second and a half to come. */
function playSpeaking() {
  const play = playGreeted()
  play.at(3000, ...turn('c1', 2500, 2900), callerWords('c1', 'Is it ready?'))
  play.at(3400, started('r1'), words('a1', 'It will be ready on Thursday.'))
  play.at(3500, ...speech('a1', 'r1', 2000, 3500))
  play.at(4000)
  return play
}

describe('a whisper', () => {
  it('[OP1] [OP2] is recorded, then told to the model alone, and nothing is asked for', () => {
    const play = playGreeted()
    expect(play.at(3000, whisper)).toEqual([acted('whispered', TEXT), { type: 'tell-model', text: TOLD }])
    expect(asked(play.commands)).toEqual(['greeting'])
  })

  it('[OP2] while the agent speaks cuts nothing off, and while the caller speaks takes nothing from them', () => {
    const play = playSpeaking()
    const before = play.call
    expect(asks(play.at(4000, whisper))).toEqual([{ type: 'tell-model', text: TOLD }])
    const { lines: _, ...rest } = play.call
    const { lines: __, ...restBefore } = before
    expect(rest).toEqual(restBefore)
    play.at(4100, ...turn('c2', 4050, 4090).slice(0, 1))
    expect(asks(play.at(4120, whisper))).toEqual([{ type: 'tell-model', text: TOLD }])
    expect(play.call.turn).toEqual({ holder: 'caller', itemId: 'c2' })
  })

  it('[OP3] said while the session opens is told when it is ready, once', () => {
    const play = playCall()
    expect(asks(play.at(100, whisper))).toEqual([])
    expect(commandsOf(play.at(300, ready(1)), 'tell-model')).toEqual([{ type: 'tell-model', text: TOLD }])
    expect(commandsOf(play.until(2000), 'tell-model')).toEqual([])
  })

  it('[OP3] is known to the session that comes after', () => {
    const play = playGreeted()
    play.at(3000, whisper)
    const [opened] = commandsOf(play.at(5000, lost(1)), 'open-session')
    expect(opened?.seed.at(-1)).toEqual({ type: 'note', text: TOLD })
    expect(commandsOf(play.at(5300, ready(2)), 'tell-model')).toEqual([])
  })

  it('[OP3] said between two sessions is told to the second, and known to the third', () => {
    const play = playGreeted()
    play.at(5000, lost(1), whisper)
    expect(commandsOf(play.at(5300, ready(2)), 'tell-model')).toEqual([{ type: 'tell-model', text: TOLD }])
    const [opened] = commandsOf(play.at(70_000, lost(2)), 'open-session')
    expect(opened?.seed.filter(({ text }) => text === TOLD)).toHaveLength(1)
  })
})

describe('taking over', () => {
  it('[OP1] [OP4] is recorded, cuts off what is queued, and sends the caller to the destination', () => {
    const play = playSpeaking()
    const commands = play.at(4000, takeOver('One moment.'))
    expect(commands).toEqual([
      acted('took-over', 'workshop'),
      { type: 'clear-leg' },
      { type: 'truncate-item', itemId: 'a1', heardMs: 500 },
      { type: 'record', event: expect.objectContaining({ type: 'agent-said', heardMs: 500, interrupted: true }) },
      { type: 'close-session', session: 1 },
      { type: 'release-leg', next: { type: 'transfer', destination: 'workshop', say: 'One moment.' } },
      {
        type: 'record',
        event: expect.objectContaining({ type: 'call-ended', reason: 'transferred', destination: 'workshop' }),
      },
      { type: 'forget-call' },
    ])
  })

  it('[OP4] without a word to the caller, when none is asked for', () => {
    const play = playGreeted()
    play.at(3000, takeOver())
    expect(endOf(play)).toEqual({ reason: 'transferred', next: { type: 'transfer', destination: 'workshop' } })
  })

  it('[OP4] aborts tools that work: what may have acted is recorded as unknown', () => {
    const play = playGreeted()
    play.at(3000, ...turn('c1', 2500, 2900), started('r1'))
    play.at(
      3100,
      toolCalled('r1', 't1', 'lookup_order'),
      toolCalled('r1', 't2', 'find', 1),
      toolSent('t1'),
      toolSent('t2'),
    )
    const commands = play.at(3200, takeOver())
    expect(commandsOf(commands, 'abort-tool').map(({ toolCallId }) => toolCallId)).toEqual(['t1', 't2'])
    const told = eventsOf(commands, 'tool-finished').map(({ toolCallId, status }) => [toolCallId, status])
    expect(told).toEqual([
      ['t1', 'unknown'],
      ['t2', 'aborted'],
    ])
  })

  it('[OP4] replaces an end that was under way', () => {
    const play = playGreeted({ maxMs: 4000 })
    play.at(3000, ...turn('c1', 2500, 2900), started('r1'))
    play.at(3100, toolCalled('r1', 't1', 'end_call'), ended('r1'))
    play.at(3200, toolDone('t1', 'ok', { type: 'end-call' }))
    play.at(3300, takeOver())
    expect(endOf(play)).toEqual({ reason: 'transferred', next: { type: 'transfer', destination: 'workshop' } })
  })

  it('[OP4] before the stream has come: the carrier learns where to when it asks', () => {
    const play = playCall()
    play.at(100, takeOver())
    expect(endOf(play)).toEqual({ reason: 'transferred', next: { type: 'transfer', destination: 'workshop' } })
  })
})

describe('others', () => {
  it('[OP1] [OP5] who hangs up is recorded, and the call ends at once', () => {
    const play = playSpeaking()
    const [first, ...rest] = play.at(4000, hangUp)
    expect(first).toEqual(acted('hung-up', ''))
    expect(rest.at(-1)).toEqual({ type: 'forget-call' })
    expect(endOf(play)).toEqual({ reason: 'operator-hung-up', next: { type: 'hang-up', say: null } })
  })

  it('[OP1] [OP6] who listens is recorded, and nothing else comes of it', () => {
    const play = playSpeaking()
    const before = play.call
    expect(play.at(4000, { type: 'operator-listened', who: WHO })).toEqual([acted('listened', '')])
    expect(play.call).toEqual(before)
  })

  it('[EN1] [OP1] nobody does anything to a call that has ended', () => {
    const play = playGreeted()
    play.at(3000, hangUp)
    expect(play.at(3001, whisper, takeOver(), hangUp, { type: 'operator-listened', who: WHO })).toEqual([])
  })
})
