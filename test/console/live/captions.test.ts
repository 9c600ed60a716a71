import { expect, it } from 'vitest'
import type { CallEvent } from '../../../src/call/events.ts'
import { NO_USAGE } from '../../../src/call/usage.ts'
import { Caption, LiveRow } from '../../../src/console/contract/live.ts'
import { captionsNow } from '../../../src/console/live/captions.ts'
import { maskCaption, maskLiveRow } from '../../../src/console/live/masked.ts'
import { newNotebook, noteEvent } from '../../../src/console/live/notebook.ts'
import { liveRow } from '../../../src/console/live/row.ts'
import {
  callerWords,
  ended,
  events,
  type Play,
  playGreeted,
  speaks,
  speech,
  started,
  toolCalled,
  toolDone,
  toolSent,
  turn,
  words,
} from '../../call/play.ts'

const ANSWER = 'It will be ready on Thursday afternoon.'
const PRICE = { textIn: 4, textCached: 0.4, textOut: 24, audioIn: 32, audioCached: 0.4, audioOut: 64 }
const price = { ...PRICE, imageIn: 0, imageCached: 0 }

/** The agent speaks from 3.5 s on, for two seconds. */
function playAnswering(changes: Parameters<typeof playGreeted>[0] = {}): Play {
  const play = playGreeted(changes)
  play.at(3000, ...turn('c1', 2500, 2900), callerWords('c1', 'Is it', false), started('r1'))
  play.at(3500, words('a1', ANSWER), ...speech('a1', 'r1', 2000, 3500))
  return play
}

function notebookOf(play: Play) {
  const notebook = newNotebook('call_1', 1_000_000)
  for (const [at, body] of events(play.commands).entries()) {
    noteEvent(notebook, { v: 1, callId: 'call_1', seq: at + 1, at: 0, atMs: play.nowMs, body } satisfies CallEvent)
  }
  return notebook
}

const said = (play: Play) =>
  captionsNow(play.call, play.nowMs).map((each) => (each.type === 'said' ? [each.by, each.text, each.final] : []))

it('shows the caller’s words as they come, and the agent’s as far as they have been heard', () => {
  const play = playAnswering()
  expect(said(play)).toEqual([['caller', 'Is it', false]])
  play.until(4500)
  expect(said(play)).toEqual([
    ['caller', 'Is it', false],
    ['agent', 'It will be ready on', false],
  ])
  for (const caption of captionsNow(play.call, play.nowMs)) expect(Caption.parse(caption)).toEqual(caption)
  play.at(4600, callerWords('c1', 'Is it ready?'))
  expect(said(play)).toEqual([['agent', 'It will be ready on', false]])
  play.until(5500)
  expect(said(play)).toEqual([])
})

it('keeps what is final: of a sentence that was cut, what was heard and what was not', () => {
  const play = playAnswering()
  play.at(4500, callerWords('c1', 'Is it ready?'), speaks('c2', 4450))
  const finals = [...notebookOf(play).captions.values()].filter(({ type }) => type === 'said')
  expect(finals).toMatchObject([
    { lineId: 'i_hello', by: 'agent', final: true },
    { lineId: 'c1', by: 'caller', text: 'Is it ready?', unheard: '', atMs: 2500, final: true },
    { lineId: 'a1', by: 'agent', text: 'It will be ready on', unheard: 'Thursday afternoon.', atMs: 3500, final: true },
  ])
  for (const caption of finals) expect(Caption.parse(caption)).toEqual(caption)
})

it('shows a tool while it runs and what came of it, under the same id', () => {
  const play = playGreeted()
  play.at(3000, ...turn('c1', 2500, 2900), started('r1'))
  play.at(3100, toolCalled('r1', 't1', 'find', 0, { arguments: '{"q":1}' }), toolSent('t1'))
  const tools = () => [...notebookOf(play).captions.values()].filter(({ type }) => type === 'tool')
  const running = {
    type: 'tool',
    lineId: 'tool-t1',
    name: 'find',
    arguments: '{"q":1}',
    status: null,
    output: '',
    tookMs: null,
  }
  expect(tools()).toMatchObject([running])
  expect(liveRow(play.call, notebookOf(play), play.nowMs, 0).toolRunning).toBe('find')
  play.at(3400, toolDone('t1', 'found'))
  expect(tools()).toMatchObject([{ ...running, status: 'done', output: 'found', tookMs: 300 }])
})

it('notes what people and the telephone do, and the end', () => {
  const play = playGreeted()
  play.at(3000, { type: 'dtmf', digit: '7' }, { type: 'operator-whispered', who: 'Ann', text: 'Be kind.' })
  play.at(3100, { type: 'operator-hung-up', who: 'Ann' })
  const texts = [...notebookOf(play).captions.values()].map((each) => ('text' in each ? each.text : each.type))
  expect(texts.slice(1)).toEqual(['pressed 7', 'Ann whispered: Be kind.', 'Ann hung up', 'ended'])
  expect(notebookOf(play).ended).toBe('operator-hung-up')
})

it('says of each call who speaks, what was said last, what it costs and will cost', () => {
  const play = playAnswering({ price, maxMs: 600_000 })
  play.at(4500, ended('r1', 'completed', { ...NO_USAGE, outputAudio: 1000 }))
  const row = () => liveRow(play.call, notebookOf(play), play.nowMs, 2)
  expect(row()).toEqual({
    callId: 'call_1',
    agent: 'harbour',
    from: '+15550111',
    to: '+15550100',
    startedAt: 1_000_000,
    floor: 'agent',
    lastLine: { by: 'agent', text: 'It will be ready on' },
    turns: 1,
    replyMs: 600,
    costUsd: 0.064,
    forecastUsd: null,
    strain: 0,
    toolRunning: null,
    listeners: 2,
  })
  play.until(12_000)
  expect(row()).toMatchObject({ floor: 'nobody', forecastUsd: 3.2 })
  expect(LiveRow.parse(row())).toEqual(row())
  const unpriced = playAnswering()
  expect(liveRow(unpriced.call, notebookOf(unpriced), 60_000, 0)).toMatchObject({ costUsd: null, forecastUsd: null })
})

it('counts what tired the caller', () => {
  const play = playAnswering()
  play.at(4500, speaks('c2', 4450))
  expect(liveRow(play.call, notebookOf(play), play.nowMs, 0).strain).toBe(4)
})

it('forgets the oldest of very many lines', () => {
  const notebook = newNotebook('call_1', 0)
  for (let seq = 1; seq <= 2001; seq++) {
    noteEvent(notebook, { v: 1, callId: 'call_1', seq, at: 0, atMs: seq, body: { type: 'dtmf', digit: '1' } })
  }
  expect(notebook.captions.size).toBe(2000)
  expect([...notebook.captions.keys()][0]).toBe('event-2')
})

it('hides numbers from who may only look', () => {
  const play = playAnswering()
  play.at(3600, callerWords('c1', 'I am +49 151 1234 5678.'))
  const row = liveRow(play.call, notebookOf(play), 3600, 0)
  expect(maskLiveRow(row, (number) => number === row.to)).toEqual({
    ...row,
    from: '+1•••11',
    lastLine: { by: 'caller', text: 'I am +49•••78.' },
  })
  const masked = [...notebookOf(play).captions.values()].map(maskCaption)
  expect(JSON.stringify(masked)).not.toContain('1234')
  expect(maskCaption({ type: 'note', lineId: 'e', atMs: 0, text: 'pressed 7' })).toMatchObject({ text: 'pressed •' })
  const tool = {
    type: 'tool',
    lineId: 't',
    atMs: 0,
    name: 'find',
    arguments: '{"n":"+4915112345678"}',
    status: 'done',
    output: '"+4915112345678"',
    tookMs: 1,
  } as const
  expect(maskCaption(tool)).toEqual({ ...tool, arguments: '{"n":"+49•••78"}', output: '"+49•••78"' })
})
