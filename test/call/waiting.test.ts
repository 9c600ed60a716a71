import { describe, expect, it } from 'vitest'
import { step } from '../../src/call/call.ts'
import {
  allSent,
  arrived,
  asked,
  asks,
  attached,
  commandsOf,
  committed,
  ended,
  endOf,
  eventsOf,
  legClosed,
  type Play,
  playCall,
  playGreeted,
  REPLY,
  ready,
  sent,
  speaks,
  speech,
  started,
  stops,
  toolCalled,
  toolDone,
  toolSent,
  turn,
} from './play.ts'

const APOLOGY = { type: 'hang-up', say: expect.stringContaining('sorry') }

describe('the carrier', () => {
  it('[DL3] an answered call whose stream does not come within 15 s ends', () => {
    const play = playCall()
    play.at(300, ready(1), started('r1'), arrived('a1', 'r1'), ended('r1'))
    play.until(14_999)
    expect(endOf(play)).toBe(null)
    play.until(15_000)
    expect(endOf(play)).toEqual({ reason: 'stream-not-opened', next: { type: 'hang-up', say: null } })
    expect(commandsOf(play.commands, 'close-session')).toEqual([{ type: 'close-session', session: 1 }])
  })

  it('[DL1] no caller audio for 10 s ends the call', () => {
    const play = playGreeted()
    play.until(3400)
    play.line.callerAudio = false
    play.until(13_399)
    expect(endOf(play)).toBe(null)
    play.until(13_400)
    expect(endOf(play)).toEqual({ reason: 'no-media', next: APOLOGY })
  })

  it('[DL1] an hour on hold passes at once', () => {
    const play = playGreeted({ maxMs: 4 * 3_600_000 })
    play.until(3_600_000)
    expect(endOf(play)).toBe(null)
    expect(asked(play.commands)).toEqual(['greeting'])
    play.at(3_600_000, ...turn('c1', 3_599_000, 3_599_900), started('r1'))
    play.at(3_600_100, ...speech('a1', 'r1', 500, 3_600_100), ended('r1'))
    play.until(3_601_000)
    expect(eventsOf(play.commands, 'agent-said').at(-1)).toMatchObject({ itemId: 'a1', heardMs: 500 })
  })

  it('[DL1] a clock that was not looked at for an hour finds what is due, the earliest first', () => {
    const play = playGreeted()
    play.at(3000, ...turn('c1', 2500, 2900), started('r1'), toolCalled('r1', 't1', 'slow'), ended('r1'))
    play.at(3100, toolSent('t1'))
    const [call, commands] = step(play.call, { type: 'time-passed' }, 3_600_000)
    expect(eventsOf(commands, 'deadline-passed')).toEqual([{ type: 'deadline-passed', deadline: 'media' }])
    expect(eventsOf(commands, 'call-ended')).toMatchObject([{ reason: 'no-media' }])
    expect(eventsOf(commands, 'tool-finished')).toMatchObject([{ toolCallId: 't1', status: 'unknown' }])
    expect(call.deadlines.size).toBe(0)
  })
})

describe('the model', () => {
  it('[DL2] has 10 s to answer the caller; then it is asked once more, and the second time the call ends', () => {
    const play = playGreeted()
    play.at(3000, ...turn('c1', 2500, 2900))
    expect(play.until(12_999)).toEqual([])
    expect(play.until(13_000)).toEqual([
      { type: 'record', event: { type: 'deadline-passed', deadline: 'reply' } },
      REPLY,
    ])
    play.until(22_999)
    expect(endOf(play)).toBe(null)
    play.until(23_000)
    expect(endOf(play)).toEqual({ reason: 'model-silent', next: APOLOGY })
  })

  it('[DL2] also when the caller’s turn is never taken', () => {
    const play = playGreeted()
    play.at(3000, speaks('c1', 2500), stops('c1', 2900))
    expect(asked(play.until(13_000))).toEqual(['reply'])
  })

  it('[DL2] one that answers after it was asked again is given the same patience the next time', () => {
    const play = playGreeted()
    play.at(3000, ...turn('c1', 2500, 2900))
    play.until(13_000)
    play.at(13_500, started('r1'), ...speech('a1', 'r1', 500, 13_500), ended('r1'))
    play.at(20_000, ...turn('c2', 19_000, 19_900))
    expect(asked(play.until(30_000))).toEqual(['reply'])
    play.at(30_100, started('r2'), toolCalled('r2', 't1', 'lookup_order'), ended('r2'))
    play.at(30_200, toolDone('t1', 'x'))
    // A tool call is a sign of life too.
    expect(asked(play.until(40_200))).toEqual(['reply'])
    expect(endOf(play)).toBe(null)
  })

  it('[DL2] a response that does nothing is cut off, and the next is asked for when it has ended', () => {
    const play = playGreeted()
    play.at(3000, ...turn('c1', 2500, 2900), started('r1'))
    expect(asks(play.until(13_000))).toEqual([
      { type: 'mute-response', responseId: 'r1' },
      { type: 'cancel-response', responseId: 'r1' },
    ])
    // [TC6] What it still calls is not run: nobody waits for it any more.
    expect(asks(play.at(13_020, toolCalled('r1', 't1', 'lookup_order')))).toMatchObject([{ type: 'send-tool-result' }])
    expect(asks(play.at(13_050, ended('r1', 'cancelled')))).toEqual([REPLY])
    play.at(13_500, started('r2'), ...speech('a2', 'r2', 500, 13_500), ended('r2'))
    play.until(60_000)
    expect(endOf(play)).toBe(null)
    expect(asked(play.commands)).toEqual(['greeting', 'reply'])
  })

  it('[DL2] nothing is asked for beside one that does not even end', () => {
    const play = playGreeted()
    play.at(3000, ...turn('c1', 2500, 2900), started('r1'))
    expect(asked(play.until(22_999))).toEqual([])
    play.until(23_000)
    expect(endOf(play)).toEqual({ reason: 'model-silent', next: APOLOGY })
  })

  it('[DL2] one that stops in mid-sentence is missed when the caller hears nothing more', () => {
    const play = playGreeted()
    play.at(3000, ...turn('c1', 2500, 2900), started('r1'), arrived('a1', 'r1'))
    play.at(3000, sent('a1', 2000, 'm1', 3000))
    expect(asks(play.until(14_999))).toEqual([])
    expect(asks(play.until(15_000))).toEqual([
      { type: 'clear-leg' },
      { type: 'truncate-item', itemId: 'a1', heardMs: 2000 },
      { type: 'mute-response', responseId: 'r1' },
      { type: 'cancel-response', responseId: 'r1' },
    ])
    expect(asked(play.at(15_050, ended('r1', 'cancelled')))).toEqual(['reply'])
  })

  it('[DL2] and not while the caller still hears something', () => {
    const play = playGreeted()
    play.at(3000, ...turn('c1', 2500, 2900), started('r1'), ...speech('a1', 'r1', 30_000, 3000), ended('r1'))
    play.at(4000, { type: 'dtmf', digit: '#' }, started('r2'))
    expect(asks(play.until(42_999))).toEqual([])
    expect(asks(play.until(43_000))).toMatchObject([{ type: 'mute-response', responseId: 'r2' }, {}])
  })

  it('[DL2] nor while the caller speaks or a broken stream is away', () => {
    const speaking = playGreeted()
    speaking.at(3000, ...turn('c1', 2500, 2900))
    speaking.at(12_000, speaks('c2', 11_900))
    speaking.until(60_000)
    expect(eventsOf(speaking.commands, 'deadline-passed')).toEqual([])
    const away = playGreeted()
    away.at(3000, ...turn('c1', 2500, 2900))
    away.at(12_000, legClosed('lost'))
    expect(asks(away.at(20_000, attached('MZ2')))).toEqual([{ type: 'mark-leg', name: 'probe-2' }])
    expect(asks(away.until(29_999))).toEqual([])
    expect(asked(away.until(30_000))).toEqual(['resume'])
  })

  it('[DL2] a greeting that waits for the stream waits for the carrier, not for the model', () => {
    const play = playCall()
    play.at(300, ready(1), started('r1'), arrived('a1', 'r1'))
    play.until(14_000)
    expect(eventsOf(play.commands, 'deadline-passed')).toEqual([])
    play.at(14_000, attached('MZ1'), sent('a1', 500, 'm1', 14_000), allSent('a1'), ended('r1'))
    play.until(14_500)
    expect(eventsOf(play.commands, 'agent-said')).toMatchObject([{ heardMs: 500 }])
  })

  it('[DL2] a greeting that does not come is asked for again', () => {
    const play = playCall()
    play.at(300, ready(1), attached('MZ1'))
    expect(asked(play.until(10_300))).toEqual(['greeting'])
    play.at(10_400, started('r1'), ...speech('a1', 'r1', 500, 10_400), ended('r1'))
    play.until(60_000)
    expect(asked(play.commands)).toEqual(['greeting', 'greeting'])
    expect(endOf(play)).toBe(null)
  })

  it('[RQ3] a response refused because of the silent one is asked for when that has ended', () => {
    const play = playGreeted()
    play.at(3000, { type: 'dtmf', digit: '#' })
    // The request was lost in a response of the provider's own that nobody saw begin.
    expect(asked(play.until(13_000))).toEqual(['reply'])
    expect(asked(play.at(13_050, { type: 'response-refused', detail: 'r_x is being made' }))).toEqual([])
    expect(asked(play.at(13_100, ended('r_x', 'cancelled')))).toEqual(['reply'])
  })
})

describe('a response that fails', () => {
  it('[RQ7] is asked for once more, with a word of apology', () => {
    const play = playGreeted()
    play.at(3000, ...turn('c1', 2500, 2900), started('r1'))
    expect(play.at(3100, ended('r1', 'failed'))).toMatchObject([
      { type: 'record', event: { type: 'response-ended', responseId: 'r1', status: 'failed' } },
      { type: 'record', event: { type: 'trouble', code: 'PROVIDER_RESPONSE_FAILED' } },
      { type: 'create-response', kind: 'resume', instructions: expect.stringContaining('Sorry') },
    ])
    play.at(3200, started('r2'), ...speech('a2', 'r2', 500, 3200), ended('r2'))
    play.at(6000, ...turn('c2', 5000, 5900), started('r3'))
    // Another failure later is a first one again.
    expect(asked(play.at(6100, ended('r3', 'failed')))).toEqual(['resume'])
    expect(endOf(play)).toBe(null)
  })

  it('[RQ7] a second failure in a row ends the call', () => {
    const play = playGreeted()
    play.at(3000, ...turn('c1', 2500, 2900), started('r1'), ended('r1', 'failed'))
    play.at(3200, started('r2'), ended('r2', 'failed'))
    expect(endOf(play)).toEqual({ reason: 'model-lost', next: APOLOGY })
  })

  it('[RQ7] also when both had begun to speak', () => {
    const play = playGreeted()
    play.at(3000, ...turn('c1', 2500, 2900), started('r1'), ...speech('a1', 'r1', 200, 3000), ended('r1', 'failed'))
    play.at(3200, started('r2'), ...speech('a2', 'r2', 200, 3200), ended('r2', 'failed'))
    expect(endOf(play)).toEqual({ reason: 'model-lost', next: APOLOGY })
  })

  it('[RQ7] one that the caller had cut off already is not missed', () => {
    const play = playGreeted()
    play.at(3000, ...turn('c1', 2500, 2900), started('r1'), ...speech('a1', 'r1', 900, 3000))
    play.at(3300, speaks('c2', 3200), ended('r1', 'failed'), stops('c2', 3290), committed('c2'))
    play.at(3400, started('r2'), ...speech('a2', 'r2', 400, 3400), ended('r2'))
    play.until(30_000)
    expect(asked(play.commands)).toEqual(['greeting'])
  })
})

describe('marks that do not come back', () => {
  function playWithoutMarks(): Play {
    const play = playCall({}, false)
    play.at(300, ready(1), started('r1'), attached('MZ1'))
    play.at(500, ...speech('a1', 'r1', 1000, 500), ended('r1'))
    return play
  }

  it('[PO7] 3 s after the first should have come the clock alone tells, and the item has been heard', () => {
    const play = playWithoutMarks()
    expect(eventsOf(play.until(3699), 'trouble')).toEqual([])
    expect(eventsOf(play.until(3700), 'trouble')).toMatchObject([{ code: 'MARKS_OVERDUE' }])
    expect(eventsOf(play.commands, 'agent-said')).toMatchObject([{ itemId: 'a1', heardMs: 1000, interrupted: false }])
    expect(play.call.turn).toEqual({ holder: 'nobody' })
  })

  it('[PO7] from then on each item leaves when its time is up, without another complaint', () => {
    const play = playWithoutMarks()
    play.until(10_000)
    play.at(10_000, ...turn('c1', 9000, 9900), started('r2'), ...speech('a2', 'r2', 800, 10_000), ended('r2'))
    expect(eventsOf(play.until(10_799), 'agent-said')).toEqual([])
    expect(eventsOf(play.until(10_800), 'agent-said')).toMatchObject([{ itemId: 'a2', heardMs: 800 }])
    expect(eventsOf(play.commands, 'trouble')).toHaveLength(1)
  })

  it('[PO7] an item that waits for more audio does not make the call look at the clock without end', () => {
    const play = playWithoutMarks()
    play.at(10_000, ...turn('c1', 9000, 9900), started('r2'), arrived('a2', 'r2'), sent('a2', 300, 'm2', 10_000))
    play.until(12_000)
    expect(play.call.deadlines.has('marks')).toBe(false)
    // [DL2] And the model is still missed when it does not go on.
    expect(asks(play.until(20_300))).toMatchObject([
      { type: 'clear-leg' },
      { type: 'truncate-item', itemId: 'a2', heardMs: 300 },
      { type: 'mute-response' },
      { type: 'cancel-response' },
    ])
  })

  it('[PO7] until one comes back: then marks tell again', () => {
    const play = playWithoutMarks()
    play.until(10_000)
    play.at(10_000, ...turn('c1', 9000, 9900), started('r2'), ...speech('a2', 'r2', 800, 10_000), ended('r2'))
    play.at(10_250, { type: 'mark-heard', name: 'a2@0' })
    play.at(10_400, { type: 'mark-heard', name: 'a2@200' })
    expect(play.call.playout.marksTrusted).toBe(true)
    play.until(11_000)
    // The third is not back, so that the clock stops there until it is overdue again.
    expect(asks(play.at(11_000, speaks('c2', 10_900)))).toEqual([
      { type: 'clear-leg' },
      { type: 'truncate-item', itemId: 'a2', heardMs: 600 },
    ])
  })

  it('[PO3] marks that come late lower no figure that was told', () => {
    const play = playWithoutMarks()
    play.until(3700)
    for (const name of ['a1@0', 'a1@200', 'a1@400', 'a1@600', 'a1@800']) {
      expect(play.at(3800, { type: 'mark-heard', name })).toEqual([])
    }
    play.at(4000, { type: 'hang-up-asked', reason: 'operator-hung-up', detail: '' })
    expect(eventsOf(play.commands, 'call-ended')).toMatchObject([{ callerHeardMs: 1000 }])
  })

  it('[EN3] a goodbye is heard to its end by the clock', () => {
    const play = playWithoutMarks()
    play.until(5000)
    play.at(5000, ...turn('c1', 4000, 4900), started('r2'), ...speech('a2', 'r2', 1000, 5000))
    play.at(5100, toolCalled('r2', 't1', 'end_call', 1), ended('r2'))
    play.at(5200, toolDone('t1', '', { type: 'end-call' }))
    play.until(5999)
    expect(endOf(play)).toBe(null)
    play.until(6000)
    expect(endOf(play)?.reason).toBe('agent-ended')
  })
})
