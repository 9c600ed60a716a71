import { describe, expect, it } from 'vitest'
import {
  allSent,
  arrived,
  asks,
  attached,
  callerWords,
  commandsOf,
  committed,
  ended,
  eventsOf,
  type Play,
  playCall,
  playGreeted,
  ready,
  sent,
  speaks,
  started,
  stops,
  toolCalled,
  toolDone,
  toolSent,
  words,
} from './play.ts'

const ASK = 'May we record this call, please?'
const AFTER_CONSENT = { recording: { mode: 'after_consent', ask: ASK } } as const

function yes(play: Play, atMs: number, responseId: string, toolCallId: string): void {
  play.at(
    atMs,
    started(responseId),
    toolCalled(responseId, toolCallId, 'allow_recording', 0, { arguments: '{"allowed": true}' }),
  )
  play.at(atMs + 10, ended(responseId))
}

function runs(play: Play): readonly string[] {
  return commandsOf(play.commands, 'run-tool').map(({ toolCallId }) => toolCallId)
}

function says(play: Play, atMs: number, itemId: string, responseId: string, text: string, ms = 2000): void {
  play.at(atMs, started(responseId))
  play.at(atMs + 10, arrived(itemId, responseId), words(itemId, text))
  play.at(atMs + 20, sent(itemId, ms, `m-${itemId}`, atMs + 20), allSent(itemId), ended(responseId))
}

function turn(play: Play, atMs: number, itemId: string): void {
  play.at(atMs, speaks(itemId, atMs))
  play.at(atMs + 500, stops(itemId, atMs + 400), committed(itemId), callerWords(itemId, 'Yes.'))
}

/** The question was asked and heard, and the caller has answered. */
function answered(): Play {
  const play = playGreeted(AFTER_CONSENT)
  says(play, 2500, 'ask', 'r_ask', ASK)
  play.until(5000)
  turn(play, 5000, 'c1')
  return play
}

function recordings(play: Play) {
  return {
    commands: asks(play.commands).filter(({ type }) => type === 'start-recording' || type === 'stop-recording'),
    started: eventsOf(play.commands, 'recording-started'),
    stopped: eventsOf(play.commands, 'recording-stopped'),
  }
}

describe('an agent that records', () => {
  it('[RE1] does so from its first stream on, and once', () => {
    const play = playCall({ recording: { mode: 'on', ask: ASK } })
    play.at(300, ready(1))
    expect(recordings(play).started).toEqual([])
    play.at(400, attached('MZ1'))
    expect(recordings(play).started).toEqual([{ type: 'recording-started', consent: 'not-asked' }])
    play.at(900, { type: 'leg-closed', why: 'lost', detail: '' })
    play.at(1400, attached('MZ2'))
    expect(recordings(play)).toMatchObject({ commands: [{ type: 'start-recording' }], stopped: [] })
  })

  it('[RE1] is not asked for a consent that it does not need, nor does a tool call change anything', () => {
    const play = playGreeted({ recording: { mode: 'off', ask: ASK } })
    play.at(2500, started('r1'), toolCalled('r1', 't1', 'allow_recording', 0, { arguments: '{"allowed":false}' }))
    play.at(2510, toolSent('t1'), toolDone('t1', 'ok', { type: 'recording', allowed: true }))
    expect(recordings(play)).toEqual({ commands: [], started: [], stopped: [] })
  })

  it('[RE4] a recording that is under way is stopped before the call ends, and what is kept is told', () => {
    const play = playCall({ recording: { mode: 'on', ask: ASK } })
    play.at(300, ready(1))
    play.at(400, attached('MZ1'))
    play.at(5400, { type: 'leg-closed', why: 'ended', detail: 'stop' })
    const told = play.commands.flatMap((each) => (each.type === 'record' ? [each.event.type] : [each.type]))
    expect(told.slice(-6)).toEqual([
      'stop-recording',
      'recording-stopped',
      'close-session',
      'release-leg',
      'call-ended',
      'forget-call',
    ])
    expect(recordings(play).stopped).toEqual([
      { type: 'recording-stopped', why: 'call-ended', detail: '', keptMs: 5000 },
    ])
    expect(recordings(play).commands.at(-1)).toEqual({ type: 'stop-recording', erase: false })
  })

  it('[RE5] one that fails stops alone, and no other is begun', () => {
    const play = answered()
    yes(play, 6000, 'r_yes', 't1')
    play.at(6020, toolSent('t1'), toolDone('t1', 'ok', { type: 'recording', allowed: true }))
    play.at(9000, { type: 'recording-failed', detail: 'the disk is full (ENOSPC)', keptMs: 2500 })
    expect(recordings(play).stopped).toEqual([
      { type: 'recording-stopped', why: 'failed', detail: 'the disk is full (ENOSPC)', keptMs: 2500 },
    ])
    expect(play.call.phase).toBe('live')
    play.at(9100, toolDone('t1', 'ok', { type: 'recording', allowed: true }))
    play.at(9200, { type: 'recording-failed', detail: 'again', keptMs: 0 })
    expect(recordings(play)).toMatchObject({ started: [{}], stopped: [{}] })
    expect(play.call.recording).toEqual({ state: 'failed' })
  })
})

describe('consent', () => {
  it('[RE2] is taken when the caller had a turn after the question was heard', () => {
    const play = answered()
    expect(recordings(play).started).toEqual([])
    yes(play, 6000, 'r_yes', 't1')
    expect(runs(play)).toEqual(['t1'])
    play.at(6020, toolSent('t1'), toolDone('t1', 'ok', { type: 'recording', allowed: true }))
    expect(recordings(play).started).toEqual([{ type: 'recording-started', consent: 'given' }])
    play.at(6500, { type: 'hang-up-asked', reason: 'operator-hung-up', detail: '' })
    expect(recordings(play).stopped).toEqual([
      { type: 'recording-stopped', why: 'call-ended', detail: '', keptMs: 480 },
    ])
  })

  it('[RE2] is not taken from a caller who was not asked, whatever the model says', () => {
    const play = playGreeted(AFTER_CONSENT)
    turn(play, 2500, 'c0')
    yes(play, 3200, 'r1', 't1')
    expect(runs(play)).toEqual([])
    const [held] = eventsOf(play.commands, 'tool-finished')
    expect(held).toMatchObject({ status: 'held' })
    expect(held?.output).toContain(ASK)
    // In other arguments it is no other question.
    play.at(3300, started('r2'), toolCalled('r2', 't2', 'allow_recording', 0, { arguments: '{"allowed":true,"x":1}' }))
    expect(runs(play)).toEqual([])
  })

  it('[RE2] is not taken before the answer, nor when the question was cut off in its middle', () => {
    const play = playGreeted(AFTER_CONSENT)
    says(play, 2500, 'ask', 'r_ask', ASK, 4000)
    play.until(4000)
    turn(play, 4000, 'c1')
    yes(play, 4600, 'r_yes', 't1')
    expect(runs(play)).toEqual([])

    const early = playGreeted(AFTER_CONSENT)
    says(early, 2500, 'ask', 'r_ask', ASK)
    early.until(5000)
    yes(early, 5000, 'r_yes', 't1')
    expect(runs(early)).toEqual([])
  })

  it('[RE2] may be given over the last words of the question, or with a key', () => {
    const over = playGreeted(AFTER_CONSENT)
    says(over, 2500, 'ask', 'r_ask', ASK)
    over.until(4200)
    turn(over, 4200, 'c1')
    yes(over, 5000, 'r_yes', 't1')
    expect(runs(over)).toEqual(['t1'])

    const key = playGreeted(AFTER_CONSENT)
    says(key, 2500, 'ask', 'r_ask', ASK)
    key.at(4480, { type: 'dtmf', digit: '1' }, { type: 'dtmf', digit: '#' })
    key.until(5500)
    yes(key, 5500, 'r_yes', 't1')
    expect(runs(key)).toEqual(['t1'])
  })

  it('[RE2] in other words than those of the file is taken after the read-back: [TC10]', () => {
    const play = playGreeted(AFTER_CONSENT)
    yes(play, 2500, 'r1', 't1')
    says(play, 3000, 'ask', 'r_ask', 'Dürfen wir das Gespräch aufzeichnen?')
    play.until(5500)
    turn(play, 5500, 'c1')
    yes(play, 6200, 'r_yes', 't2')
    expect(runs(play)).toEqual(['t2'])
  })

  it('[RE3] a no needs no asking, erases what was kept, and a yes after it is asked for anew', () => {
    const play = answered()
    yes(play, 6000, 'r_yes', 't1')
    play.at(6020, toolSent('t1'), toolDone('t1', 'ok', { type: 'recording', allowed: true }))
    play.at(6100, started('r_ok'), ended('r_ok'))
    turn(play, 7000, 'c2')
    play.at(7600, started('r_no'), toolCalled('r_no', 't2', 'allow_recording', 0, { arguments: '{"allowed":false}' }))
    play.at(7610, ended('r_no'))
    expect(runs(play)).toEqual(['t1', 't2'])
    play.at(7620, toolSent('t2'), toolDone('t2', 'ok', { type: 'recording', allowed: false }))
    expect(recordings(play)).toMatchObject({
      commands: [{ type: 'start-recording' }, { type: 'stop-recording', erase: true }],
      stopped: [{ why: 'consent-withdrawn', keptMs: 0 }],
    })
    turn(play, 8500, 'c3')
    yes(play, 9200, 'r_again', 't3')
    expect(runs(play)).toEqual(['t1', 't2'])
  })
})
