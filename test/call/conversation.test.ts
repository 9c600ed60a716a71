import { describe, expect, it } from 'vitest'
import { startCall, step } from '../../src/call/call.ts'
import { NO_USAGE } from '../../src/call/usage.ts'
import {
  allSent,
  arrived,
  asked,
  asks,
  attached,
  callerWords,
  committed,
  ended,
  events,
  eventsOf,
  lost,
  playCall,
  playGreeted,
  REPLY,
  ready,
  SETUP,
  sent,
  speaks,
  speech,
  started,
  stops,
  toolCalled,
  turn,
  words,
} from './play.ts'

describe('the greeting', () => {
  it('[SE1] the session is opened when the call is answered', () => {
    const [call, commands] = startCall(SETUP)
    expect(commands).toEqual([
      {
        type: 'record',
        event: {
          type: 'call-started',
          carrier: 'twilio',
          carrierCallId: 'CA1',
          from: '+15550111',
          to: '+15550100',
          agent: 'harbour',
          agentVersion: 'v1',
          provider: 'openai',
          model: 'gpt-realtime-2.1',
        },
      },
      { type: 'record', event: { type: 'session-opening', session: 1, why: 'start' } },
      { type: 'open-session', session: 1, why: 'start', seed: [] },
    ])
    expect([...call.deadlines].sort()).toEqual([
      ['session', 12_000],
      ['stream', 15_000],
    ])
  })

  it('[GR1] is asked for as soon as the session is ready, and may be there before the stream is', () => {
    const play = playCall()
    const commands = asks(play.at(300, ready(1)))
    expect(commands).toEqual([
      { type: 'use-session', session: 1 },
      { type: 'create-response', kind: 'greeting', instructions: expect.any(String), allowTools: false },
    ])
    expect(JSON.stringify(commands[1])).toContain('Harbour Bikes, hello.')
    expect(asks(play.at(320, started('r1')))).toEqual([])
    expect(asks(play.at(500, words('a1', 'Harbour Bikes, '), arrived('a1', 'r1'), words('a1', 'hello.')))).toEqual([])
    expect(asks(play.at(600, ended('r1')))).toEqual([])
    expect(play.call.turn).toEqual({ holder: 'nobody' })

    expect(asks(play.at(900, attached('MZ1')))).toEqual([{ type: 'mark-leg', name: 'probe-1' }])
    play.at(910, sent('a1', 400, 'm1', 910), sent('a1', 200, 'm2', 910, 20), allSent('a1'))
    expect(play.call.turn).toEqual({ holder: 'agent', itemId: 'a1' })
    expect(events(play.until(5000))).toEqual([
      {
        type: 'reply-timed',
        responseId: 'r1',
        callerStoppedMs: null,
        decidedMs: null,
        firstModelAudioMs: 500,
        firstSentMs: 910,
        firstHeardMs: 910,
      },
      {
        type: 'agent-said',
        itemId: 'a1',
        responseId: 'r1',
        heardText: 'Harbour Bikes, hello.',
        unheardText: '',
        sentMs: 600,
        heardMs: 600,
        startMs: 910,
        endMs: 1510,
        interrupted: false,
      },
    ])
    expect(play.call.turn).toEqual({ holder: 'nobody' })
    expect(asked(play.commands)).toEqual(['greeting'])
  })

  it('[GR1] a call without one waits for the caller', () => {
    const play = playCall({ greeting: null })
    expect(asks(play.at(300, ready(1), attached('MZ1')))).toEqual([
      { type: 'use-session', session: 1 },
      { type: 'mark-leg', name: 'probe-1' },
    ])
    play.until(120_000)
    expect(asked(play.commands)).toEqual([])
  })

  it('[GR1] is asked for again only when its session was lost before any of it came', () => {
    const early = playCall()
    early.at(300, ready(1), attached('MZ1'), started('r1'))
    early.at(700, lost(1))
    expect(asked(early.at(1000, ready(2)))).toEqual(['greeting'])

    const late = playCall()
    late.at(300, ready(1), attached('MZ1'), started('r1'), ...speech('a1', 'r1', 2000, 300), ended('r1'))
    late.at(700, lost(1))
    expect(asked(late.at(1000, ready(2)))).toEqual([])
    late.until(30_000)
    expect(asked(late.commands)).toEqual(['greeting'])
  })

  it('[GR2] a caller who is answered before it began gets none afterwards', () => {
    const play = playCall()
    play.at(300, ready(1), attached('MZ1'))
    // What the caller said while the session was opening is heard by it now, and the greeting comes too late.
    play.at(350, speaks('c1', 100))
    expect(asks(play.at(380, started('r1')))).toEqual([
      { type: 'mute-response', responseId: 'r1' },
      { type: 'cancel-response', responseId: 'r1' },
    ])
    play.at(400, ended('r1', 'cancelled'))
    play.at(1200, stops('c1', 1000), committed('c1'), started('r2'), ...speech('a2', 'r2', 500, 1200), ended('r2'))
    play.until(60_000)
    expect(asked(play.commands)).toEqual(['greeting'])
  })

  it('[GR2] nor does one whose answer was in the way of it', () => {
    const play = playCall()
    play.at(300, ready(1), attached('MZ1'))
    play.at(310, started('r_own'), { type: 'response-refused', detail: 'one is being made' })
    play.at(400, ...speech('a1', 'r_own', 500, 400), ended('r_own'))
    play.until(60_000)
    expect(asked(play.commands)).toEqual(['greeting'])
  })

  it('[GR3] its turn calls no tool: a call made in it is answered and not run', () => {
    const play = playCall()
    play.at(300, ready(1), attached('MZ1'), started('r1'))
    expect(asks(play.at(400, toolCalled('r1', 't1', 'lookup_order')))).toEqual([
      { type: 'send-tool-result', toolCallId: 't1', output: expect.stringContaining('Not done') },
    ])
    play.at(500, ...speech('a1', 'r1', 500, 500), ended('r1'))
    play.until(5000)
    expect(asked(play.commands)).toEqual(['greeting'])
    expect(eventsOf(play.commands, 'tool-finished')).toMatchObject([{ toolCallId: 't1', status: 'failed' }])
    expect(eventsOf(play.commands, 'tool-answered')).toHaveLength(1)
  })
})

describe('question and reply', () => {
  it('[RQ4] nothing is asked for: the provider answers the caller by itself', () => {
    const play = playGreeted()
    expect(events(play.at(3100, speaks('c1', 3000)))).toEqual([{ type: 'caller-speech-started', itemId: 'c1' }])
    expect(play.call.turn).toEqual({ holder: 'caller', itemId: 'c1' })
    play.at(4600, stops('c1', 4000))
    expect(play.call.turn).toEqual({ holder: 'nobody' })
    play.at(4610, committed('c1'))
    play.at(4650, started('r1'))
    play.at(4800, words('a1', 'It is '), arrived('a1', 'r1'), words('a1', 'ready.'))
    play.at(4810, sent('a1', 800, 'm1', 4810), allSent('a1'))
    play.at(4900, callerWords('c1', 'Is my bike ready?'), ended('r1'))
    play.until(6000)
    expect(asks(play.commands).slice(-2)).toEqual([
      expect.objectContaining({ type: 'create-response', kind: 'greeting' }),
      { type: 'mark-leg', name: 'probe-1' },
    ])
    expect(events(play.commands).slice(-6)).toEqual([
      { type: 'caller-speech-started', itemId: 'c1' },
      { type: 'caller-speech-stopped', itemId: 'c1' },
      { type: 'caller-said', itemId: 'c1', text: 'Is my bike ready?', startMs: 3000, endMs: 4000 },
      { type: 'response-ended', responseId: 'r1', status: 'completed', detail: '', usage: NO_USAGE, costUsd: null },
      {
        type: 'reply-timed',
        responseId: 'r1',
        callerStoppedMs: 4000,
        decidedMs: 4600,
        firstModelAudioMs: 4800,
        firstSentMs: 4810,
        firstHeardMs: 4810,
      },
      {
        type: 'agent-said',
        itemId: 'a1',
        responseId: 'r1',
        heardText: 'It is ready.',
        unheardText: '',
        sentMs: 800,
        heardMs: 800,
        startMs: 4810,
        endMs: 5610,
        interrupted: false,
      },
    ])
  })

  it('[TS1] the caller’s line stands before the reply, though its words come after', () => {
    const play = playGreeted()
    play.at(3000, ...turn('c1', 2500, 2900), started('r1'), words('a1', 'Yes.'), ...speech('a1', 'r1', 400, 3000))
    play.at(3200, callerWords('c1', 'Ready'))
    expect(play.call.lines.map((line) => line.text)).toEqual(['', 'Ready', 'Yes.'])
  })

  it('[TS4] a caller’s line is recorded once, with its final words', () => {
    const play = playGreeted()
    play.at(3000, ...turn('c1', 2500, 2900))
    play.at(3100, callerWords('c1', 'Is', false), callerWords('c1', 'Is it', false))
    expect(eventsOf(play.commands, 'caller-said')).toEqual([])
    play.at(3200, callerWords('c1', 'Is it ready?'), callerWords('c1', 'Is it red?'))
    play.at(4000, { type: 'hang-up-asked', reason: 'operator-hung-up', detail: '' })
    expect(eventsOf(play.commands, 'caller-said')).toEqual([
      { type: 'caller-said', itemId: 'c1', text: 'Is it ready?', startMs: 2500, endMs: 2900 },
    ])
  })

  it('[TS4] where no words come at all, it is recorded when the turn is taken', () => {
    const play = playGreeted({ transcribed: false })
    play.at(3000, ...turn('c1', 2500, 2900))
    expect(eventsOf(play.commands, 'caller-said')).toEqual([
      { type: 'caller-said', itemId: 'c1', text: '', startMs: 2500, endMs: 2900 },
    ])
  })
})

describe('our own response beside the provider’s', () => {
  it('[RQ3] one refused is asked for again when the one in its way has ended', () => {
    const play = playGreeted()
    expect(asks(play.at(3000, { type: 'dtmf', digit: '#' }))).toEqual([
      { type: 'tell-model', text: expect.stringContaining('#') },
      REPLY,
    ])
    // The provider had begun one by itself: it is taken for ours until the refusal says that it is not. [RQ2]
    play.at(3010, started('r_own'))
    expect(asks(play.at(3020, { type: 'response-refused', detail: 'r_own is being made' }))).toEqual([])
    expect(asks(play.at(3100, ...speech('a1', 'r_own', 200, 3100)))).toEqual([])
    expect(asks(play.at(3200, ended('r_own')))).toEqual([REPLY])
    play.at(3300, started('r2'), ...speech('a2', 'r2', 200, 3300), ended('r2'))
    play.until(60_000)
    expect(asked(play.commands)).toEqual(['greeting', 'reply', 'reply'])
  })

  it('[RQ3] also when the refusal comes before the one in its way is announced', () => {
    const play = playGreeted()
    play.at(3000, { type: 'dtmf', digit: '#' })
    expect(asks(play.at(3010, { type: 'response-refused', detail: 'one is being made' }))).toEqual([])
    expect(asks(play.at(3020, started('r_own'), ...speech('a1', 'r_own', 200, 3020)))).toEqual([])
    expect(asks(play.at(3100, ended('r_own')))).toEqual([REPLY])
  })

  it('[RQ1] nothing is asked for while the caller holds the floor', () => {
    const play = playGreeted()
    play.at(3000, speaks('c1', 2900), { type: 'dtmf', digit: '#' })
    expect(asked(play.until(9000))).toEqual([])
    play.at(9000, stops('c1', 8900), committed('c1'))
    expect(asked(play.at(9100, started('r1'), ...speech('a1', 'r1', 200, 9100)))).toEqual([])
    expect(asked(play.at(9200, ended('r1')))).toEqual(['reply'])
  })

  it('[RQ5] one of ours that starts while the caller speaks is muted and cancelled, and the promise stands', () => {
    const play = playGreeted()
    play.at(3000, { type: 'dtmf', digit: '#' }, speaks('c1', 2900))
    expect(asks(play.at(3050, started('r1')))).toEqual([
      { type: 'mute-response', responseId: 'r1' },
      { type: 'cancel-response', responseId: 'r1' },
    ])
    play.at(3100, ended('r1', 'cancelled'), stops('c1', 3080))
    // The turn is just over and the provider is about to answer it.
    expect(play.call.responses).toMatchObject({ active: null, asked: null, promised: true })
    play.at(3200, committed('c1'), started('r2'), ...speech('a2', 'r2', 200, 3200), ended('r2'))
    expect(asked(play.until(20_000))).toEqual([])
  })

  it('[RQ5] so is the provider’s answer to the turn before: the caller is never talked over', () => {
    const play = playGreeted()
    play.at(3000, ...turn('c1', 2500, 2900), speaks('c2', 2950))
    expect(asks(play.at(3010, started('r1')))).toEqual([
      { type: 'mute-response', responseId: 'r1' },
      { type: 'cancel-response', responseId: 'r1' },
    ])
    play.at(3100, ended('r1', 'cancelled'), { type: 'dtmf', digit: '#' })
    // Nothing of ours may come between the end of the turn and the answer it is promised. [RQ4]
    expect(asked(play.at(4000, stops('c2', 3900)))).toEqual([])
    expect(asked(play.at(4010, committed('c2'), started('r2'), ended('r2')))).toEqual(['reply'])
  })
})

it('[EN1] a call that has ended stays as it is and asks for nothing', () => {
  const play = playGreeted()
  play.at(3000, { type: 'hang-up-asked', reason: 'drained', detail: '' })
  const { call } = play
  for (const fact of [ready(1), attached('MZ2'), ...turn('c1', 0, 1), { type: 'time-passed' } as const]) {
    expect(step(call, fact, 1e9)).toEqual([call, []])
  }
})
