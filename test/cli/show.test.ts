import { expect, it } from 'vitest'
import { printCall } from '../../src/cli/show.ts'
import { agentSaid, callEvents, callerSaid, END, START, STARTED_AT } from '../call-log/sample-call.ts'
import { PLAIN, printed } from './printed.ts'

const options = { numbers: false, paint: PLAIN }
const call = callEvents('cm8abc', [
  [0, START],
  [2600, agentSaid('Harbour Bikes, how can I help?', '', 400)],
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
  [
    5130,
    {
      type: 'tool-finished',
      toolCallId: 't1',
      name: 'lookup_order',
      status: 'done',
      output: '{"found":true}',
      tookMs: 30.4,
    },
  ],
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
  [6700, { type: 'trouble', code: 'TOOL_FAILED', detail: 'look-up of stock' }],
  [6800, { type: 'dtmf', digit: '#' }],
  [7400, callerSaid('', 6300, 7000)],
  [65_000, END],
])

it('prints a call as it was heard', async () => {
  expect(await printed([call], (log, out) => printCall(log, 'cm8abc', out, options))).toEqual([
    'Call cm8abc',
    'From     …0123 to …0100, by twilio CA0123',
    'Agent    harbour-bikes (version a1b2c3d4e5f6)',
    'Model    openai gpt-realtime-2.1',
    'Started  2026-11-21 10:00:00 UTC',
    'Length   1:05.0',
    'End      the caller hung up',
    '',
    ' 0:00.4  agent   Harbour Bikes, how can I help?',
    ' 0:03.0  caller  Where is order 1042?',
    ' 0:05.1  tool    lookup_order {"order":"HB-1042"}',
    '                 done in 30 ms: {"found":true}',
    ' 0:05.4  agent   It is [not heard: in the workshop.]',
    '                 interrupted: 1.00 s heard of 2.00 s sent',
    '                 heard 800 ms after the caller stopped: turn end 300 ms, model 350 ms, sending 10 ms, line 140 ms',
    ' 0:06.3  caller  (no words)',
    ' 0:06.7  fault   TOOL_FAILED: look-up of stock',
    ' 0:06.8  keypad  #',
    '',
    "Heard    4.20 s of the agent's voice",
    'Tokens   in: 900 audio; out: 420 audio',
    'Cost     $0.0123',
    'End      caller-hung-up: the stream ended',
  ])
})

it('says of a reply that answers no turn of the caller how long its audio waited', async () => {
  const times = { callerStoppedMs: null, decidedMs: null, firstModelAudioMs: 100, firstSentMs: 110, firstHeardMs: 350 }
  const events = callEvents('c1', [
    START,
    { type: 'reply-timed', responseId: 'resp_1', ...times },
    agentSaid('Hello.', '', 350, { responseId: 'resp_1' }),
  ])
  const lines = await printed([events], (log, out) => printCall(log, 'c1', out, options))
  expect(lines).toContain('                 heard 250 ms after its first audio came from the model')
})

it('strikes through the words that nobody heard where the terminal can', async () => {
  const paint = { ...PLAIN, unheard: (text: string) => `<s>${text}</s>` }
  const lines = await printed([call], (log, out) => printCall(log, 'cm8abc', out, { numbers: false, paint }))
  expect(lines).toContain(' 0:05.4  agent   It is <s>in the workshop.</s>')
})

it('shows whole numbers only when asked', async () => {
  const lines = await printed([call], (log, out) => printCall(log, 'cm8abc', out, { numbers: true, paint: PLAIN }))
  expect(lines).toContain('From     +15550123 to +15550100, by twilio CA0123')
})

it('takes the beginning of a call’s id when it is that call’s alone, however long ago the call was', async () => {
  const later = (callId: string, minutes: number) =>
    callEvents(callId, [START], { startedAt: STARTED_AT + minutes * 60_000 })
  const calls = [call, later('cm8abd', 1), ...Array.from({ length: 600 }, (_, i) => later(`cn${i}`, i + 2))]
  const results: (boolean | string)[] = []
  await printed(calls, async (log, out) => {
    for (const id of ['cm8abc', 'cm8abd', 'cm8ab', 'zzz', '']) {
      results.push(await printCall(log, id, (line) => void (line.startsWith('Call c') && results.push(line)), options))
    }
    await printCall(log, 'cm8ab', out, options)
    await printCall(log, 'zzz', out, options)
  }).then((lines) => results.push(...lines))
  expect(results).toEqual([
    'Call cm8abc',
    true,
    'Call cm8abd',
    true,
    false,
    false,
    false,
    '2 calls begin with cm8ab: cm8abd, cm8abc',
    'There is no call zzz.',
  ])
})

it('prints what a caller or a backend says, never lets it act on the terminal', async () => {
  const evil = '\x1b]0;owned\x07 \x1b[2J\r\nnext\tline \u202eright to left \x9b31m'
  const events = callEvents('c1', [
    { ...START, from: `\x1b[31m${evil}` } as typeof START,
    callerSaid(evil, 0, 1),
    agentSaid(evil, evil, 10),
    { type: 'tool-reserved', toolCallId: 't', responseId: 'resp_1', name: 'x', arguments: evil },
    { type: 'tool-finished', toolCallId: 't', name: 'x', status: 'failed', output: evil, tookMs: 1 },
    { type: 'trouble', code: 'INTERNAL', detail: evil },
    { type: 'dtmf', digit: evil },
    { ...END, detail: evil } as typeof END,
  ])
  const lines = await printed([events], (log, out) => printCall(log, 'c1', out, { numbers: true, paint: PLAIN }))
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  expect(lines.filter((line) => /[\x00-\x1f\x7f-\x9f\u202a-\u202e]/.test(line))).toEqual([])
  expect(lines).toContain(' 0:00.0  caller  \\x1b]0;owned\\x07 \\x1b[2J ⏎ next line \\u{202e}right to left \\x9b31m')
})

it('cuts long answers of backends', async () => {
  const output = 'x'.repeat(5000)
  const events = callEvents('c1', [
    START,
    { type: 'tool-reserved', toolCallId: 't', responseId: 'resp_1', name: 'x', arguments: '{}' },
    { type: 'tool-finished', toolCallId: 't', name: 'x', status: 'done', output, tookMs: 1 },
  ])
  const lines = await printed([events], (log, out) => printCall(log, 'c1', out, options))
  expect(lines).toContain(`                 done in 1 ms: ${'x'.repeat(600)}… (5000 characters)`)
  expect(lines).toContain('End      still live, or the log was cut off')
})
