import { describe, expect, it } from 'vitest'
import {
  asked,
  asks,
  attached,
  callerWords,
  commandsOf,
  ended,
  endOf,
  eventsOf,
  lost,
  type Play,
  playCall,
  playGreeted,
  REPLY,
  ready,
  speaks,
  speech,
  started,
  toolCalled,
  toolDone,
  turn,
  words,
} from './play.ts'

/** At 3 s the caller has asked, and from 3.2 s on the agent answers: 2 s of audio, all of it sent. */
function playAnswering(): Play {
  const play = playGreeted()
  play.at(3000, ...turn('c1', 2500, 2900), callerWords('c1', 'Is my bike ready?'))
  play.at(3200, started('r1'), words('a1', 'It has been ready since Monday.'), ...speech('a1', 'r1', 2000, 3200))
  return play
}

describe('a session lost in mid-call', () => {
  it('[SE2] while the agent speaks: the caller hears on, and a session that knows the conversation goes on', () => {
    const play = playAnswering()
    const commands = play.at(3800, lost(1))
    expect(commands).toEqual([
      ...eventsOf(commands, 'reply-timed').map((event) => ({ type: 'record', event })),
      {
        type: 'record',
        event: { type: 'session-lost', session: 1, code: 'PROVIDER_CLOSED', detail: 'closed 1006' },
      },
      { type: 'record', event: { type: 'session-opening', session: 2, why: 'reconnect' } },
      {
        type: 'open-session',
        session: 2,
        why: 'reconnect',
        seed: [
          { type: 'caller', text: 'Is my bike ready?' },
          { type: 'agent', text: 'It has been ready since Monday.' },
        ],
      },
    ])
    expect(asks(play.at(4300, ready(2)))).toEqual([
      { type: 'use-session', session: 2 },
      {
        type: 'create-response',
        kind: 'resume',
        instructions: expect.stringContaining('You answer for Harbour Bikes.'),
        allowTools: true,
      },
    ])
    play.until(6000)
    expect(eventsOf(play.commands, 'agent-said').at(-1)).toMatchObject({ itemId: 'a1', heardMs: 2000 })
  })

  it('[SE2] while the caller speaks: the caller is answered all the same', () => {
    const play = playGreeted()
    play.at(3000, speaks('c1', 2900))
    play.at(3500, lost(1))
    expect(play.call.turn).toEqual({ holder: 'nobody' })
    expect(asked(play.at(4000, ready(2)))).toEqual(['resume'])
  })

  it('[SE2] while nobody waits for an answer: nothing is said', () => {
    const play = playGreeted()
    play.at(3000, lost(1))
    expect(asks(play.at(3500, ready(2)))).toEqual([{ type: 'use-session', session: 2 }])
    play.until(60_000)
    expect(asked(play.commands)).toEqual(['greeting'])
    expect(play.call.phase).toBe('live')
  })

  it('[SE4] its items are cleared and not truncated; the new session is told what was heard of them', () => {
    const play = playAnswering()
    play.at(3800, lost(1))
    play.at(4000, ready(2), started('r2'))
    const commands = asks(play.at(4200, speaks('c2', 4100)))
    expect(commands).toEqual([
      { type: 'clear-leg' },
      { type: 'tell-model', text: 'Of your last sentence the caller heard only: It has been' },
      { type: 'mute-response', responseId: 'r2' },
    ])
  })

  it('[SE4] told when it is ready, if they were cut before', () => {
    const play = playAnswering()
    play.at(3800, lost(1))
    expect(asks(play.at(4200, { type: 'leg-closed', why: 'lost', detail: 'reset' }))).toEqual([{ type: 'clear-leg' }])
    expect(asks(play.at(4400, ready(2)))).toEqual([
      { type: 'use-session', session: 2 },
      { type: 'tell-model', text: 'Of your last sentence the caller heard only: It has been' },
    ])
    expect(asked(play.at(5000, attached('MZ2')))).toEqual(['resume'])
  })

  it('[RQ6] what was asked for is gone, and what was wished for is asked of the new session', () => {
    const play = playGreeted()
    play.at(3000, ...turn('c1', 2500, 2900), started('r1'), ...speech('a1', 'r1', 400, 3000))
    play.at(3100, { type: 'dtmf', digit: '#' })
    play.at(3200, lost(1))
    expect(asked(play.at(3500, ready(2)))).toEqual(['resume'])
    play.at(3600, started('r2'))
    expect(asked(play.at(3700, ended('r2')))).toEqual(['reply'])
  })

  it('[TC5] the answer to a call of it is told to the present one, and answered', () => {
    const play = playGreeted()
    play.at(3000, ...turn('c1', 2500, 2900), started('r1'), toolCalled('r1', 't1', 'lookup_order'), ended('r1'))
    play.at(3100, lost(1))
    expect(asks(play.at(3200, toolDone('t1', 'ready')))).toEqual([])
    expect(asks(play.at(3500, ready(2)))).toEqual([
      { type: 'use-session', session: 2 },
      { type: 'tell-model', text: 'The result of lookup_order, asked for before the interruption: ready' },
      REPLY,
    ])
    play.at(3600, started('r2'), ...speech('a2', 'r2', 400, 3600), ended('r2'))
    play.until(30_000)
    expect(asked(play.commands)).toEqual(['greeting', 'reply'])
    expect(eventsOf(play.commands, 'tool-answered')).toHaveLength(1)
  })

  it('[TC5] so is one that it took in before it was lost', () => {
    const play = playGreeted()
    play.at(3000, ...turn('c1', 2500, 2900), callerWords('c1', 'Where is it?'), started('r1'))
    play.at(3100, toolCalled('r1', 't1', 'lookup_order'), ended('r1'), toolDone('t1', 'on its way'))
    const commands = play.at(3200, lost(1))
    expect(commandsOf(commands, 'open-session')[0]?.seed).toEqual([
      { type: 'caller', text: 'Where is it?' },
      { type: 'note', text: 'The result of lookup_order: on its way' },
    ])
    expect(asked(play.at(3500, ready(2)))).toEqual(['resume'])
    play.at(3600, started('r2'), ...speech('a2', 'r2', 400, 3600), ended('r2'))
    play.until(30_000)
    expect(asked(play.commands)).toEqual(['greeting', 'reply', 'resume'])
  })

  it('[TS3] keys pressed while it opens are told when it is ready', () => {
    const play = playGreeted()
    play.at(3000, lost(1))
    expect(asks(play.at(3100, { type: 'dtmf', digit: '7' }, { type: 'dtmf', digit: '#' }))).toEqual([])
    expect(asks(play.at(3500, ready(2)))).toEqual([
      { type: 'use-session', session: 2 },
      { type: 'tell-model', text: 'The caller pressed these keys on the telephone: 7#' },
      REPLY,
    ])
  })
})

describe('a session that cannot be had', () => {
  const apology = { type: 'hang-up', say: expect.stringContaining('sorry') }

  it('[SE3] never ready: the call ends with an apology in the carrier’s voice', () => {
    const play = playCall()
    play.at(200, attached('MZ1'))
    play.until(11_999)
    expect(endOf(play)).toBe(null)
    play.until(12_000)
    expect(endOf(play)).toEqual({ reason: 'model-lost', next: apology })
    expect(commandsOf(play.commands, 'close-session')).toEqual([{ type: 'close-session', session: 1 }])
  })

  it('[SE3] closed before it was ready', () => {
    const play = playCall()
    play.at(200, attached('MZ1'), lost(1))
    expect(endOf(play)).toEqual({ reason: 'model-lost', next: apology })
    expect(commandsOf(play.commands, 'close-session')).toEqual([])
  })

  it('[SE3] refused for good, at the start or in mid-call', () => {
    const start = playCall()
    start.at(200, attached('MZ1'), lost(1, false))
    expect(endOf(start)).toEqual({ reason: 'model-refused', next: apology })
    const midway = playGreeted()
    midway.at(3000, lost(1, false))
    expect(endOf(midway)).toEqual({ reason: 'model-refused', next: apology })
  })

  it('[SE3] lost again within 60 s of the last reconnect', () => {
    const play = playGreeted()
    play.at(3000, lost(1))
    play.at(3500, ready(2))
    play.at(62_999, lost(2))
    expect(endOf(play)).toEqual({ reason: 'model-lost', next: apology })
  })

  it('[SE3] and not when that is longer ago', () => {
    const play = playGreeted()
    play.at(3000, lost(1))
    play.at(3500, ready(2))
    expect(asks(play.at(63_000, lost(2)))).toMatchObject([{ type: 'open-session', session: 3, why: 'reconnect' }])
    play.at(63_500, ready(3))
    expect(endOf(play)).toBe(null)
  })
})

describe('renewal', () => {
  /** A session of an hour, ready at 300 ms: its replacement is due at 55 minutes and 300 ms. */
  function playLong(): Play {
    const play = playCall({ maxMs: 4 * 3_600_000 })
    play.at(300, ready(1, 3_600_000), attached('MZ1'), started('r1'), ...speech('a1', 'r1', 1000, 300), ended('r1'))
    return play
  }
  const DUE_MS = 55 * 60_000 + 300

  it('[SE5] happens 5 minutes before the session expires, at a quiet moment, unheard', () => {
    const play = playLong()
    play.at(5000, ...turn('c1', 4000, 4500), callerWords('c1', 'Hello?'))
    play.at(5100, started('r2'), words('a2', 'Hello.'), ...speech('a2', 'r2', 500, 5100), ended('r2'))
    play.until(DUE_MS - 1)
    expect(commandsOf(play.commands, 'open-session')).toHaveLength(1)
    expect(asks(play.until(DUE_MS))).toEqual([
      {
        type: 'open-session',
        session: 2,
        why: 'renewal',
        seed: [
          { type: 'caller', text: 'Hello?' },
          { type: 'agent', text: 'Hello.' },
        ],
      },
    ])
    expect(play.at(DUE_MS + 400, ready(2, 3_600_000))).toEqual([
      { type: 'record', event: { type: 'session-ready', session: 2, tookMs: 400 } },
      { type: 'record', event: { type: 'session-swapped', from: 1, to: 2 } },
      { type: 'use-session', session: 2 },
    ])
    // The one before it is closed by the bridge, and says so: that is no loss.
    expect(play.at(DUE_MS + 500, lost(1))).toEqual([])
    play.until(2 * DUE_MS + 400)
    expect(commandsOf(play.commands, 'open-session').map(({ session, why }) => [session, why])).toEqual([
      [1, 'start'],
      [2, 'renewal'],
      [3, 'renewal'],
    ])
    expect(asked(play.commands)).toEqual(['greeting'])
  })

  it('[SE5] a short life is renewed when nine tenths of it are over', () => {
    const play = playCall()
    play.at(1000, ready(1, 600_000), attached('MZ1'))
    expect(play.call.deadlines.get('renewal')).toBe(541_000)
  })

  it('[SE5] waits for a quiet moment', () => {
    const play = playLong()
    play.at(DUE_MS - 2000, ...turn('c1', DUE_MS - 3000, DUE_MS - 2500), started('r2'))
    play.at(DUE_MS - 1500, ...speech('a2', 'r2', 4000, DUE_MS - 1500), ended('r2'))
    expect(asks(play.until(DUE_MS + 2499))).toEqual([])
    expect(asks(play.until(DUE_MS + 2500))).toMatchObject([{ type: 'open-session', session: 2, why: 'renewal' }])
  })

  it('[SE5] one overtaken by the conversation is dropped and another tried', () => {
    const play = playLong()
    play.until(DUE_MS)
    play.at(DUE_MS + 100, speaks('c1', DUE_MS))
    expect(asks(play.at(DUE_MS + 400, ready(2)))).toEqual([{ type: 'close-session', session: 2 }])
    play.at(DUE_MS + 500, { type: 'caller-speech-stopped', itemId: 'c1', atMs: DUE_MS + 400 })
    play.at(DUE_MS + 510, { type: 'caller-turn-committed', itemId: 'c1' }, callerWords('c1', 'Still there?'))
    play.at(DUE_MS + 600, started('r2'), words('a2', 'Yes.'), ...speech('a2', 'r2', 200, DUE_MS + 600), ended('r2'))
    const commands = asks(play.until(DUE_MS + 800))
    // Another number: what the dropped one still says must not be taken for a word of this one.
    expect(commands).toEqual([
      {
        type: 'open-session',
        session: 3,
        why: 'renewal',
        seed: [
          { type: 'caller', text: 'Still there?' },
          { type: 'agent', text: 'Yes.' },
        ],
      },
    ])
    expect(play.at(DUE_MS + 900, lost(2))).toEqual([])
    expect(asks(play.at(DUE_MS + 1000, ready(3)))).toEqual([{ type: 'use-session', session: 3 }])
  })

  it('[SE5] also when the conversation has come to rest again by the time it is ready', () => {
    const play = playLong()
    play.until(DUE_MS)
    play.at(DUE_MS + 100, ...turn('c1', DUE_MS, DUE_MS + 50), started('r2'), ended('r2'))
    expect(asks(play.at(DUE_MS + 400, ready(2)))).toMatchObject([
      { type: 'close-session', session: 2 },
      { type: 'open-session', session: 3 },
    ])
  })

  it('[SE5] also when a response has begun of which nothing has been said yet', () => {
    const play = playLong()
    play.until(DUE_MS)
    play.at(DUE_MS + 100, started('r_idle'))
    expect(asks(play.at(DUE_MS + 400, ready(2)))).toEqual([{ type: 'close-session', session: 2 }])
  })

  it('[SE5] a session that was lost is not renewed when its time would have come', () => {
    const play = playLong()
    play.at(DUE_MS - 60_000, lost(1))
    play.at(DUE_MS - 59_000, ready(2))
    play.until(DUE_MS + 60_000)
    expect(commandsOf(play.commands, 'open-session').map((each) => each.why)).toEqual(['start', 'reconnect'])
  })

  it('[SE5] one that fails costs nothing, and is tried again only when that can help', () => {
    const again = playLong()
    again.until(DUE_MS)
    expect(asks(again.at(DUE_MS + 100, lost(2)))).toMatchObject([{ type: 'open-session', session: 3 }])
    const never = playLong()
    never.until(DUE_MS)
    expect(asks(never.at(DUE_MS + 100, lost(2, false)))).toEqual([])
    expect(never.call.session).toMatchObject({ number: 1, state: 'ready' })
  })

  it('[SE5] one on its way when the session is lost makes room for the reconnect, and cannot be mistaken for it', () => {
    const play = playLong()
    play.until(DUE_MS)
    expect(asks(play.at(DUE_MS + 100, lost(1)))).toMatchObject([
      { type: 'close-session', session: 2 },
      { type: 'open-session', session: 3, why: 'reconnect' },
    ])
    expect(asks(play.at(DUE_MS + 110, lost(2)))).toEqual([])
    expect(asks(play.at(DUE_MS + 120, ready(2)))).toEqual([])
    expect(asks(play.at(DUE_MS + 500, ready(3)))).toEqual([{ type: 'use-session', session: 3 }])
    expect(endOf(play)).toBe(null)
  })
})

it('[LG3] a call that goes on after a restart of the server resumes, and is not greeted again', () => {
  const play = playCall({
    earlier: [
      { by: 'agent', itemId: 'a0', responseId: 'r0', text: 'Harbour Bikes, hello.', heardText: 'Harbour Bikes,' },
    ],
  })
  expect(commandsOf(play.commands, 'open-session')[0]?.seed).toEqual([{ type: 'agent', text: 'Harbour Bikes,' }])
  play.at(300, ready(1))
  play.at(400, attached('MZ1'), started('r1'), ...speech('a1', 'r1', 300, 400), ended('r1'))
  play.until(30_000)
  expect(asked(play.commands)).toEqual(['resume'])
})
