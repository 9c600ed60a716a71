import { describe, expect, it } from 'vitest'
import {
  arrived,
  asked,
  asks,
  attached,
  commandsOf,
  committed,
  ended,
  endOf,
  events,
  eventsOf,
  legClosed,
  type Play,
  playCall,
  playGreeted,
  REPLY,
  ready,
  speaks,
  speech,
  started,
  stops,
  toolCalled,
  turn,
  words,
} from './play.ts'

/** From 4 s on the agent answers, 2 s long; the response is still being made. */
function playAnswering(): Play {
  const play = playGreeted()
  play.at(3500, ...turn('c1', 2500, 3000))
  play.at(4000, started('r1'), words('a1', 'Your bike is ready and waiting.'), ...speech('a1', 'r1', 2000, 4000))
  return play
}
const RESUME = {
  type: 'create-response',
  kind: 'resume',
  instructions: expect.stringContaining('Apologise'),
  allowTools: true,
}

describe('streams', () => {
  it('[LG1] the first one makes the call live', () => {
    const play = playCall()
    expect(play.call.phase).toBe('ringing')
    expect(play.at(500, attached('MZ1'))).toEqual([
      { type: 'record', event: { type: 'leg-attached', streamId: 'MZ1', attempt: 1 } },
      { type: 'mark-leg', name: 'probe-1' },
    ])
    expect(play.call.phase).toBe('live')
    expect([...play.call.deadlines].sort()).toEqual([
      ['length', 1_800_500],
      ['media', 10_500],
      ['session', 12_000],
    ])
  })

  it('[LG1] the newest one owns it: [LG2] what was queued on the one before is cut, as by an interruption', () => {
    const play = playAnswering()
    play.until(4900)
    expect(asks(play.at(5000, attached('MZ2')))).toEqual([
      { type: 'clear-leg' },
      { type: 'truncate-item', itemId: 'a1', heardMs: 1000 },
      // Or its audio would go on to the new stream, past the ledger.
      { type: 'mute-response', responseId: 'r1' },
      { type: 'cancel-response', responseId: 'r1' },
      { type: 'mark-leg', name: 'probe-2' },
    ])
    expect(asks(play.at(5050, toolCalled('r1', 't1', 'lookup_order')))).toMatchObject([{ type: 'send-tool-result' }])
    expect(asks(play.at(5100, legClosed('by-us'), ended('r1', 'cancelled')))).toEqual([RESUME])
    expect(eventsOf(play.commands, 'leg-attached').map((event) => event.attempt)).toEqual([1, 2])
  })

  it('[LG2] one that breaks cuts what was queued, and the response being made', () => {
    const play = playAnswering()
    play.until(4900)
    const commands = play.at(5000, legClosed('lost'))
    expect(commands[0]).toEqual({ type: 'record', event: { type: 'leg-lost', detail: 'lost' } })
    expect(asks(commands)).toEqual([
      { type: 'clear-leg' },
      { type: 'truncate-item', itemId: 'a1', heardMs: 1000 },
      { type: 'mute-response', responseId: 'r1' },
      { type: 'cancel-response', responseId: 'r1' },
    ])
    expect(eventsOf(commands, 'agent-said')).toMatchObject([{ heardText: 'Your bike is', interrupted: true }])
  })

  it('[LG3] it has 10 s to come back, and nothing is said until then; when it is back the agent resumes', () => {
    const play = playAnswering()
    play.at(5000, legClosed('lost'))
    expect(asks(play.at(5100, ended('r1', 'cancelled'), { type: 'dtmf', digit: '#' }))).toMatchObject([
      { type: 'tell-model' },
    ])
    expect(asks(play.until(14_999))).toEqual([])
    expect(asks(play.at(14_999, attached('MZ2')))).toEqual([{ type: 'mark-leg', name: 'probe-2' }, RESUME])
    play.at(15_200, started('r2'), ...speech('a2', 'r2', 400, 15_200))
    expect(asked(play.at(15_300, ended('r2')))).toEqual(['reply'])
    play.at(15_500, started('r3'), ...speech('a3', 'r3', 400, 15_500), ended('r3'))
    play.until(60_000)
    expect(endOf(play)).toBe(null)
    // [DL1] And caller audio is waited for on the new stream.
    expect(play.call.deadlines.get('media')).toBe(69_999)
  })

  it('[LG3] what was made while it was away is heard when it is back', () => {
    const play = playGreeted()
    play.at(3500, ...turn('c1', 2500, 3000))
    play.at(3600, legClosed('lost'))
    play.at(3700, started('r1'), arrived('a1', 'r1'), ended('r1'))
    expect(asked(play.at(9000, attached('MZ2')))).toEqual(['resume'])
    expect(commandsOf(play.commands, 'truncate-item')).toEqual([])
    expect(play.call.playout.items.map((item) => item.itemId)).toEqual(['a1'])
  })

  it('[LG3] one that does not come back ends the call', () => {
    const play = playAnswering()
    play.at(5000, legClosed('lost'), ended('r1', 'cancelled'))
    play.until(14_999)
    expect(endOf(play)).toBe(null)
    play.until(15_000)
    expect(endOf(play)).toEqual({ reason: 'stream-lost', next: { type: 'hang-up', say: expect.any(String) } })
  })

  it('[EN5] one that cannot be understood ends the call, with an apology', () => {
    const play = playAnswering()
    play.at(5000, legClosed('bad-media'))
    expect(endOf(play)).toEqual({
      reason: 'bad-media',
      next: { type: 'hang-up', say: expect.stringContaining('sorry') },
    })
    expect(eventsOf(play.commands, 'trouble')).toMatchObject([{ code: 'MEDIA_UNREADABLE' }])
  })

  it('[EN5] the carrier’s word that a stream or the call is over ends the call', () => {
    const stopped = playAnswering()
    stopped.at(5000, legClosed('ended'))
    expect(endOf(stopped)).toEqual({ reason: 'caller-hung-up', next: { type: 'hang-up', say: null } })

    const completed = playAnswering()
    completed.at(4500, { type: 'carrier-status', status: 'in-progress', final: false })
    expect(endOf(completed)).toBe(null)
    completed.at(5000, { type: 'carrier-status', status: 'completed', final: true })
    expect(endOf(completed)).toEqual({ reason: 'caller-hung-up', next: { type: 'hang-up', say: null } })
    expect(eventsOf(completed.commands, 'carrier-status')).toHaveLength(2)
  })

  it('[EN5] our own closing of one means nothing', () => {
    const play = playAnswering()
    expect(play.at(4100, legClosed('by-us'))).toEqual([])
  })
})

describe('keys', () => {
  const press = (digit: string) => ({ type: 'dtmf', digit }) as const

  it('[LG4] are gathered until #, told to the model and answered', () => {
    const play = playGreeted()
    expect(play.at(3000, press('4'))).toEqual([{ type: 'record', event: { type: 'dtmf', digit: '4' } }])
    play.at(4900, press('2'))
    expect(asks(play.at(6800, press('#')))).toEqual([
      { type: 'tell-model', text: 'The caller pressed these keys on the telephone: 42#' },
      REPLY,
    ])
    expect(play.call.deadlines.has('digits')).toBe(false)
    expect(asks(play.at(6900, started('r1'), ...speech('a1', 'r1', 400, 6900), ended('r1')))).toEqual([])
    expect(play.call.lines.at(-2)).toEqual({
      by: 'note',
      text: 'The caller pressed these keys on the telephone: 42#',
    })
  })

  it('[LG4] or until 2 s without one', () => {
    const play = playGreeted()
    play.at(3000, press('4'))
    play.at(4900, press('2'))
    expect(asks(play.until(6899))).toEqual([])
    expect(asks(play.until(6900))).toEqual([
      { type: 'tell-model', text: 'The caller pressed these keys on the telephone: 42' },
      REPLY,
    ])
    play.at(7000, started('r1'), ...speech('a1', 'r1', 400, 7000), ended('r1'))
    // The next row begins anew.
    expect(asks(play.at(9000, press('#')))).toEqual([
      { type: 'tell-model', text: 'The caller pressed these keys on the telephone: #' },
      REPLY,
    ])
  })
})

describe('caller audio that stops in mid-turn', () => {
  it('[LG5] is replaced by silence, until the turn has ended', () => {
    const play = playGreeted()
    play.at(3100, speaks('c1', 3000))
    play.line.callerAudio = false
    expect(asks(play.until(4849))).toEqual([])
    expect(asks(play.until(6850))).toEqual([
      { type: 'fill-silence', ms: 1000 },
      { type: 'fill-silence', ms: 1000 },
      { type: 'fill-silence', ms: 1000 },
    ])
    play.at(7000, stops('c1', 3200), committed('c1'), started('r1'), ...speech('a1', 'r1', 400, 7000), ended('r1'))
    expect(asks(play.until(12_000))).toEqual([])
  })

  it('[LG5] and not while it comes', () => {
    const play = playGreeted()
    play.at(3100, speaks('c1', 3000))
    expect(asks(play.until(20_000))).toEqual([])
    play.at(20_000, stops('c1', 19_900))
    play.line.callerAudio = false
    expect(asks(play.until(25_000))).toEqual([])
  })

  it('[LG5] a stream that breaks in mid-turn leaves the turn able to end', () => {
    const play = playGreeted()
    play.at(3100, speaks('c1', 3000))
    play.at(3200, legClosed('lost'))
    expect(asks(play.until(4850))).toEqual([{ type: 'fill-silence', ms: 1000 }])
  })
})

it('[LG3] a call that has not been greeted yet has nothing to resume', () => {
  const play = playCall()
  play.at(500, attached('MZ1'))
  expect(events(play.at(900, attached('MZ2')))).toEqual([{ type: 'leg-attached', streamId: 'MZ2', attempt: 2 }])
  play.at(1000, ready(1), started('r1'), ...speech('a1', 'r1', 400, 1000), ended('r1'))
  play.until(30_000)
  expect(asked(play.commands)).toEqual(['greeting'])
})
