import { expect, it } from 'vitest'
import type { EventBody } from '../../src/call/events.ts'
import { NO_USAGE } from '../../src/call/usage.ts'
import { foldStory } from '../../src/call-log/transcript.ts'
import { agentSaid, callEvents, callerSaid, END, START, STARTED_AT } from './sample-call.ts'

const { type: _, ...WHO } = START as Extract<EventBody, { type: 'call-started' }>

it('is empty for a call that has only begun', () => {
  expect(foldStory(callEvents('c', [START]))).toEqual({
    started: { at: STARTED_AT, ...WHO },
    ended: null,
    durationMs: 0,
    lines: [],
    callerHeardMs: 0,
    usage: NO_USAGE,
    costUsd: null,
  })
})

it('puts lines in the order in which they were heard, however late their words came', () => {
  const story = foldStory(
    callEvents('c', [
      [0, START],
      [3000, agentSaid('Hello.', '', 400)],
      // The reply is over before the transcript of what it answers arrives.
      [9000, agentSaid('On Thursday.', '', 6200)],
      [9500, callerSaid('When is it ready?', 3500, 5000)],
    ]),
  )
  expect(story.lines.map((line) => (line.by === 'caller' ? line.text : line.by === 'agent' && line.heardText))).toEqual(
    ['Hello.', 'When is it ready?', 'On Thursday.'],
  )
})

it('tells a whole call: words heard and unheard, tools with their results, waits, faults, the end', () => {
  const usage = { ...NO_USAGE, inputAudio: 500, outputAudio: 90 }
  const events = callEvents('c', [
    [0, START],
    [0, { type: 'leg-attached', streamId: 'MZ1', attempt: 1 }],
    [2600, agentSaid('Harbour Bikes.', '', 400, { responseId: 'resp_1' })],
    [5000, callerSaid('Where is order 1042?', 3000, 4700)],
    [
      5100,
      {
        type: 'tool-reserved',
        toolCallId: 't1',
        responseId: 'resp_1',
        name: 'lookup_order',
        arguments: '{"order":"HB-1042"}',
      },
    ],
    [5100, { type: 'tool-sent', toolCallId: 't1' }],
    [5130, { type: 'tool-finished', toolCallId: 't1', name: 'lookup_order', status: 'done', output: '{}', tookMs: 30 }],
    [5130, { type: 'tool-answered', toolCallId: 't1' }],
    [
      5600,
      {
        type: 'reply-timed',
        responseId: 'resp_2',
        callerStoppedMs: 4600,
        decidedMs: 4900,
        firstModelAudioMs: 5250,
        firstSentMs: 5260,
        firstHeardMs: 5400,
      },
    ],
    [6500, agentSaid('It is', 'in the workshop.', 5400, { responseId: 'resp_2' })],
    [6500, agentSaid('', 'Anything else?', 6500, { responseId: 'resp_2', heardMs: 0, sentMs: 0 })],
    [
      6600,
      {
        type: 'response-ended',
        responseId: 'resp_2',
        status: 'cancelled',
        detail: 'turn_detected',
        usage,
        costUsd: 0.01,
      },
    ],
    [6700, { type: 'trouble', code: 'MARKS_OVERDUE', detail: 'late' }],
    [6800, { type: 'dtmf', digit: '5' }],
    [7000, { type: 'tool-reserved', toolCallId: 't2', responseId: 'resp_1', name: 'end_call', arguments: '' }],
    [7400, callerSaid('', 6300, 7000)],
    [8000, END],
  ])
  expect(foldStory(events)).toEqual({
    started: { at: STARTED_AT, ...WHO },
    ended: { atMs: 8000, reason: 'caller-hung-up', detail: 'the stream ended', destination: null },
    durationMs: 8000,
    lines: [
      {
        by: 'agent',
        itemId: 'agent_400',
        responseId: 'resp_1',
        atMs: 400,
        endMs: 2400,
        heardText: 'Harbour Bikes.',
        unheardText: '',
        heardMs: 2000,
        sentMs: 2000,
        interrupted: false,
        latency: null,
      },
      { by: 'caller', itemId: 'caller_3000', atMs: 3000, endMs: 4700, text: 'Where is order 1042?' },
      {
        by: 'tool',
        toolCallId: 't1',
        responseId: 'resp_1',
        atMs: 5100,
        name: 'lookup_order',
        arguments: '{"order":"HB-1042"}',
        result: { status: 'done', output: '{}', tookMs: 30 },
      },
      {
        by: 'agent',
        itemId: 'agent_5400',
        responseId: 'resp_2',
        atMs: 5400,
        endMs: 6400,
        heardText: 'It is',
        unheardText: 'in the workshop.',
        heardMs: 1000,
        sentMs: 2000,
        interrupted: true,
        latency: { totalMs: 800, turnEndMs: 300, modelMs: 350, sendMs: 10, lineMs: 140 },
      },
      { by: 'caller', itemId: 'caller_6300', atMs: 6300, endMs: 7000, text: '' },
      {
        by: 'agent',
        itemId: 'agent_6500',
        responseId: 'resp_2',
        atMs: 6500,
        endMs: 7500,
        heardText: '',
        unheardText: 'Anything else?',
        heardMs: 0,
        sentMs: 0,
        interrupted: true,
        latency: null,
      },
      { by: 'trouble', atMs: 6700, code: 'MARKS_OVERDUE', text: 'late' },
      { by: 'keypad', atMs: 6800, digit: '5' },
      { by: 'tool', toolCallId: 't2', responseId: 'resp_1', atMs: 7000, name: 'end_call', arguments: '', result: null },
    ],
    callerHeardMs: 4200,
    usage: { ...NO_USAGE, inputAudio: 900, outputAudio: 420 },
    costUsd: 0.0123,
  })
})

it('adds up what a live call has used so far, and what of its lines was heard', () => {
  const usage = { ...NO_USAGE, inputAudio: 500, outputAudio: 90 }
  const reply = { type: 'response-ended', status: 'completed', detail: '', usage } as const
  const story = foldStory(
    callEvents('c', [
      START,
      agentSaid('Hello.', '', 100),
      { ...reply, responseId: 'r1', costUsd: 0.25 },
      agentSaid('I am', 'listening', 3000),
      { ...reply, responseId: 'r2', costUsd: null },
      { ...reply, responseId: 'r3', costUsd: 0.5 },
    ]),
  )
  expect(story).toMatchObject({
    callerHeardMs: 3000,
    usage: { ...NO_USAGE, inputAudio: 1500, outputAudio: 270 },
    costUsd: 0.75,
    durationMs: 500,
  })
})

it('tells what went wrong with streams, sessions and replies where it happened', () => {
  const story = foldStory(
    callEvents('c', [
      START,
      { type: 'leg-lost', detail: 'socket closed with 1006' },
      { type: 'leg-attached', streamId: 'MZ2', attempt: 2 },
      { type: 'session-lost', session: 1, code: 'PROVIDER_CLOSED', detail: '1011' },
      { type: 'session-swapped', from: 1, to: 2 },
      {
        type: 'response-ended',
        responseId: 'r',
        status: 'failed',
        detail: 'server_error',
        usage: NO_USAGE,
        costUsd: null,
      },
      { type: 'deadline-passed', deadline: 'reply' },
    ]),
  )
  expect(story.lines).toEqual([
    { by: 'trouble', atMs: 100, code: null, text: 'the media stream was lost: socket closed with 1006' },
    { by: 'note', atMs: 200, text: 'the media stream is back (stream 2 of this call)' },
    { by: 'trouble', atMs: 300, code: 'PROVIDER_CLOSED', text: 'the model session was lost: 1011' },
    { by: 'note', atMs: 400, text: 'model session 2 took over from session 1' },
    { by: 'trouble', atMs: 500, code: null, text: 'reply failed: server_error' },
    { by: 'note', atMs: 600, text: 'the time for reply was up' },
  ])
})

it('tells what is left of a call whose beginning was lost', () => {
  expect(foldStory(callEvents('c', [callerSaid('Hello?', 0, 900), END]))).toMatchObject({
    started: null,
    ended: { reason: 'caller-hung-up' },
    lines: [{ by: 'caller', text: 'Hello?' }],
  })
  expect(foldStory([])).toMatchObject({ started: null, ended: null, durationMs: 0, lines: [] })
})

it('tells what people did to a live call, and when audio was kept', () => {
  const story = foldStory(
    callEvents('c', [
      START,
      { type: 'recording-started', consent: 'given' },
      { type: 'operator-acted', who: 'Ada', action: 'whispered', detail: 'Offer a refund.' },
      { type: 'recording-stopped', why: 'failed', detail: 'the disk is full', keptMs: 900 },
      { type: 'recording-stopped', why: 'call-ended', detail: '', keptMs: 900 },
    ]),
  )
  expect(story.lines).toEqual([
    { by: 'note', atMs: 100, text: 'recording began, with consent' },
    { by: 'operator', atMs: 200, who: 'Ada', action: 'whispered', text: 'Offer a refund.' },
    { by: 'note', atMs: 300, text: 'recording stopped: the disk is full' },
  ])
})
