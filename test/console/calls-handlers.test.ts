/** Calls over HTTP: listed, opened, heard, judged and taken away, by whom it is allowed. */
import { afterEach, beforeEach, expect, it } from 'vitest'
import { callsHandlers } from '../../src/console/http/calls-handlers.ts'
import { agentSaid, callEvents, callerSaid, END, START } from '../call-log/sample-call.ts'
import { type ConsoleServer, startConsole } from './console-server.ts'
import { callRow, FakeCalls, FakeRecordings } from './fake-calls.ts'

const WORDS = 'My number is 0151 1234 5678 <img src=x onerror=alert(1)>'
const PRICE = {
  textIn: 4,
  textCached: 0.4,
  textOut: 16,
  audioIn: 32,
  audioCached: 0.4,
  audioOut: 64,
  imageIn: 0,
  imageCached: 0,
}
const AUDIO = Buffer.from(Array.from({ length: 1000 }, (_, i) => i % 251))

let calls: FakeCalls
let recordings: FakeRecordings
let server: ConsoleServer
let nowMs: number

beforeEach(async () => {
  calls = new FakeCalls()
  recordings = new FakeRecordings()
  nowMs = 5000
  calls.add(
    callRow('c1', { recording: 'kept' }),
    callEvents('c1', [
      START,
      callerSaid(WORDS, 0, 900),
      {
        type: 'tool-reserved',
        toolCallId: 't1',
        responseId: 'r1',
        name: 'find',
        arguments: '{"phone":"+4915112345678","order":4915112345678,"id":17}',
      },
      {
        type: 'tool-finished',
        toolCallId: 't1',
        name: 'find',
        status: 'done',
        output: '{"phone":"+4915112345678"}',
        tookMs: 5,
      },
      { type: 'dtmf', digit: '7' },
      agentSaid('Thank you, 0151 1234 5678.', ' Bye', 1200),
      END,
    ]),
  )
  recordings.kept.set('c1', AUDIO)
  const parts = {
    archive: calls,
    log: calls,
    recordings,
    priceOf: () => PRICE,
    isUser: async (userId: string) => userId === 'u-mona',
    isOurs: (number: string) => number === '+15550100',
    now: () => nowMs,
  }
  server = await startConsole({ handlers: callsHandlers(parts) })
})
afterEach(() => server[Symbol.asyncDispose]())

const ask = async (who: string, path: string, method = 'GET', body?: unknown) => {
  const response = await server.ask(who, path, body === undefined ? { method } : { method, body: JSON.stringify(body) })
  return { status: response.status, headers: response.headers, body: JSON.parse(await response.text()) }
}
const codeOf = async (...asked: Parameters<typeof ask>) => {
  const { status, body } = await ask(...asked)
  return [status, body.error?.code]
}

it('gives a manager a call with all that is known of it, words as they were said', async () => {
  const { status, body } = await ask('manager', '/calls/c1')
  expect(status).toBe(200)
  expect(body.call.from).toBe('+4915112345678')
  expect(body.lines[0]).toEqual({ by: 'caller', itemId: 'caller_0', atMs: 0, endMs: 900, text: WORDS })
  expect(body.recording).toEqual({ bytes: 1000, durationMs: 62.5 })
  expect(body.costParts).toEqual([
    { part: 'audioIn', tokens: 600, usd: 0.0192 },
    { part: 'audioCached', tokens: 400, usd: 0.00016 },
    { part: 'audioOut', tokens: 500, usd: 0.032 },
  ])
})

it('shows a viewer no number of a caller, wherever it stands, and no audio', async () => {
  calls.hit = { by: 'caller', atMs: 0, before: 'My number is 0151 ', match: '1234', after: ' 5678, you know' }
  calls.numbers = [
    { value: '+15550100', calls: 3 },
    { value: '+4915112345678', calls: 1 },
    { value: '+4915199999978', calls: 2 },
  ]
  await ask('manager', '/calls/c1/notes', 'POST', { atMs: null, text: 'call back on 0151-12345678' })
  const opened = await ask('viewer', '/calls/c1')
  const listed = await ask('viewer', '/calls?text=1234')
  const counted = await ask('viewer', '/calls/facets')
  for (const { status, body } of [opened, listed, counted]) {
    expect(status).toBe(200)
    expect(JSON.stringify(body)).not.toMatch(/0151[\s-]*1234|15112345|1234 5678/)
  }
  expect(opened.body.call).toMatchObject({ from: '+49•••78', to: '+15550100', recording: 'kept' })
  expect(opened.body.recording).toBeNull()
  expect(opened.body.lines.map((line: object) => ({ ...line, atMs: 0, endMs: 0 }))).toMatchObject([
    { by: 'caller', text: 'My number is •••78 <img src=x onerror=alert(1)>' },
    {
      by: 'tool',
      arguments: '{"phone":"+49•••78","order":"•••78","id":17}',
      result: { output: '{"phone":"+49•••78"}' },
    },
    { by: 'keypad', digit: '•' },
    { by: 'agent', heardText: 'Thank you, •••78.', unheardText: ' Bye' },
  ])
  expect(opened.body.notes[0].text).toBe('call back on •••78')
  expect(listed.body.calls[0].hit).toEqual({
    by: 'caller',
    atMs: 0,
    before: 'My number is •••78, you know',
    match: '',
    after: '',
  })
  expect(counted.body.numbers).toEqual([
    { value: '+15550100', calls: 3 },
    { value: '+49•••78', calls: 3 },
  ])
})

it('does not let a viewer find a number out by asking for it piece by piece', async () => {
  expect(await codeOf('viewer', '/calls?caller=78')).toEqual([403, 'NOT_ALLOWED'])
  expect(await codeOf('viewer', '/calls?text=0151%201234')).toEqual([403, 'NOT_ALLOWED'])
  expect(await codeOf('viewer', '/calls/facets?caller=78')).toEqual([403, 'NOT_ALLOWED'])
  expect(await codeOf('manager', '/calls?caller=78')).toEqual([200, undefined])
})

it('goes from page to page, and says when a place is of another list', async () => {
  calls.add(callRow('c2'))
  const first = await ask('viewer', '/calls?limit=1')
  expect(first.body.calls.map(({ callId }: { callId: string }) => callId)).toEqual(['c1'])
  const second = await ask('viewer', `/calls?limit=1&after=${encodeURIComponent(first.body.next)}`)
  expect([second.body.calls[0].callId, second.body.next]).toEqual(['c2', null])
  expect((await ask('viewer', '/calls?after=elsewhere')).body).toEqual({
    error: {
      code: 'BAD_REQUEST',
      message: 'query.after: is no place in this list: begin with its first page',
      fields: [{ path: 'query.after', message: 'is no place in this list: begin with its first page' }],
    },
  })
})

it('gives managers the events as they were kept', async () => {
  const { body } = await ask('manager', '/calls/c1/events')
  expect(body.events).toEqual(calls.kept.get('c1'))
  expect(await codeOf('viewer', '/calls/c1/events')).toEqual([403, 'NOT_ALLOWED'])
  expect(await codeOf('manager', '/calls/none/events')).toEqual([404, 'NOT_FOUND'])
})

it('serves a recording whole and in ranges', async () => {
  const hear = async (headers: Record<string, string> = {}, method = 'GET') => {
    const response = await server.ask('manager', '/calls/c1/recording', { headers, method })
    return { response, bytes: Buffer.from(await response.arrayBuffer()) }
  }
  const whole = await hear()
  expect([whole.response.status, whole.bytes.equals(AUDIO)]).toEqual([200, true])
  expect(Object.fromEntries(whole.response.headers)).toMatchObject({
    'accept-ranges': 'bytes',
    'content-type': 'audio/wav',
    'content-length': '1000',
    'content-disposition': 'inline; filename="call-2026-11-21-c1.wav"',
    etag: '"c1.1000"',
    'cache-control': 'no-store',
  })
  const part = await hear({ range: 'bytes=10-19' })
  expect([part.response.status, part.response.headers.get('content-range'), part.bytes]).toEqual([
    206,
    'bytes 10-19/1000',
    AUDIO.subarray(10, 20),
  ])
  const end = await hear({ range: 'bytes=-5' })
  expect([end.response.headers.get('content-range'), end.bytes]).toEqual(['bytes 995-999/1000', AUDIO.subarray(995)])
  const open = await hear({ range: 'bytes=990-', 'if-range': '"c1.1000"' })
  expect([open.response.status, open.bytes]).toEqual([206, AUDIO.subarray(990)])
  const changed = await hear({ range: 'bytes=990-', 'if-range': '"c1.500"' })
  expect([changed.response.status, changed.bytes.length]).toEqual([200, 1000])
  const beyond = await hear({ range: 'bytes=1000-' })
  expect([
    beyond.response.status,
    beyond.response.headers.get('content-range'),
    JSON.parse(String(beyond.bytes)),
  ]).toEqual([416, 'bytes */1000', { error: { code: 'BAD_RANGE', message: 'the recording has 1000 bytes' } }])
  const same = await hear({ 'if-none-match': '"c1.1000"' })
  expect([same.response.status, same.bytes.length]).toEqual([304, 0])
  const head = await hear({}, 'HEAD')
  expect([head.response.status, head.response.headers.get('content-length'), head.bytes.length]).toEqual([
    200,
    '1000',
    0,
  ])
})

it('tells of a listening once, however many pieces a player asks for', async () => {
  for (const range of ['bytes=0-', 'bytes=500-', 'bytes=-1'])
    await (await server.ask('manager', '/calls/c1/recording', { headers: { range } })).arrayBuffer()
  await server.ask('viewer', '/calls/c1/recording')
  nowMs += 60 * 60_000
  await (await server.ask('manager', '/calls/c1/recording')).arrayBuffer()
  expect(server.gate.notes.map(({ who, action, target, ok }) => [who, action, target, ok])).toEqual([
    ['Mona', 'listened', 'c1', true],
    ['Vera', 'listened', 'c1', false],
    ['Mona', 'listened', 'c1', true],
  ])
})

it('says why there is nothing to hear', async () => {
  calls.add(callRow('none'))
  calls.add(callRow('live', { recording: 'live', endedAt: null }))
  calls.add(callRow('erased', { recording: 'erased' }))
  expect(await codeOf('manager', '/calls/none/recording')).toEqual([404, 'NOT_FOUND'])
  expect(await codeOf('manager', '/calls/live/recording')).toEqual([409, 'CONFLICT'])
  expect(await codeOf('manager', '/calls/erased/peaks')).toEqual([410, 'GONE'])
  expect((await ask('manager', '/calls/c1/peaks')).body).toEqual({
    perSecond: 50,
    durationMs: 40,
    caller: 'AP8=',
    agent: 'CQg=',
  })
})

it('keeps what people made of a call', async () => {
  const judged = await ask('manager', '/calls/c1/review', 'PATCH', {
    rating: 2,
    tags: ['angry', 'angry'],
    reviewed: true,
  })
  expect(judged.body).toEqual({ rating: 2, tags: ['angry'], assignee: null, reviewedAt: 5000, reviewedBy: 'u-mona' })
  const again = await ask('key', '/calls/c1/review', 'PATCH', { assignee: 'u-mona', reviewed: false })
  expect(again.body).toEqual({ rating: 2, tags: ['angry'], assignee: 'u-mona', reviewedAt: null, reviewedBy: null })
  expect(await codeOf('manager', '/calls/c1/review', 'PATCH', { assignee: 'u-nobody' })).toEqual([400, 'BAD_REQUEST'])
  expect(await codeOf('manager', '/calls/none/review', 'PATCH', { rating: 1 })).toEqual([404, 'NOT_FOUND'])
  expect(server.gate.notes.map(({ detail, ok }) => [detail, ok]).slice(0, 2)).toEqual([
    ['rating, reviewed, tags', true],
    ['assignee, reviewed', true],
  ])
})

it('lets a note be taken away by who wrote it, or by an admin', async () => {
  const { body: note } = await ask('manager', '/calls/c1/notes', 'POST', {
    atMs: 900,
    text: ' =HYPERLINK("http://x") ',
  })
  expect(note).toMatchObject({
    callId: 'c1',
    atMs: 900,
    text: '=HYPERLINK("http://x")',
    author: 'Mona',
    createdAt: 5000,
  })
  expect(await codeOf('key', `/calls/c1/notes/${note.noteId}`, 'DELETE')).toEqual([403, 'NOT_ALLOWED'])
  expect(await codeOf('admin', `/calls/c1/notes/${note.noteId}`, 'DELETE')).toEqual([200, undefined])
  expect(await codeOf('admin', `/calls/c1/notes/${note.noteId}`, 'DELETE')).toEqual([404, 'NOT_FOUND'])
  expect(await codeOf('manager', '/calls/none/notes', 'POST', { atMs: null, text: 'x' })).toEqual([404, 'NOT_FOUND'])
})

it('takes a call away with its audio, and no live one', async () => {
  calls.add(callRow('live', { endedAt: null }))
  expect(await codeOf('admin', '/calls/live', 'DELETE')).toEqual([409, 'CONFLICT'])
  expect((await ask('admin', '/calls/c1', 'DELETE')).body).toEqual({ calls: 1, events: 7, recordings: 1 })
  expect(recordings.kept.size).toBe(0)
  expect(await codeOf('admin', '/calls/c1', 'DELETE')).toEqual([404, 'NOT_FOUND'])
})

it('takes all calls of a caller away, or none while one of them is live; the account holds no number', async () => {
  calls.add(callRow('c2'))
  calls.add(callRow('other', { from: '+15550199' }))
  calls.add(callRow('live', { endedAt: null }))
  const erase = { caller: '+49 151 / 123-456 78' }
  expect(await codeOf('admin', '/calls/erase', 'POST', erase)).toEqual([409, 'CONFLICT'])
  expect(calls.rows.size).toBe(4)
  await calls.erase(['live'])
  expect((await ask('admin', '/calls/erase', 'POST', erase)).body).toEqual({ calls: 2, events: 7, recordings: 1 })
  expect([...calls.rows.keys()]).toEqual(['other'])
  expect(server.gate.notes.at(-1)).toEqual({
    who: 'Ada',
    action: 'erased-caller',
    target: '',
    detail: '2 calls',
    ok: true,
  })
})

it('exports what a filter finds, as a file; formulas and markup are text', async () => {
  const formula = '=HYPERLINK("http://evil.example","x")'
  calls.add(
    callRow('c2', { endDetail: formula, startedAt: 0 }),
    callEvents('c2', [START, callerSaid(formula, 0, 900), END]),
  )
  const csv = await server.ask('manager', '/calls/export?agents=harbour-bikes')
  expect(Object.fromEntries(csv.headers)).toMatchObject({
    'content-type': 'text/csv; charset=utf-8',
    'content-disposition': 'attachment; filename="calls-1970-01-01.csv"',
  })
  const [head = '', ...rows] = (await csv.text()).split('\r\n')
  expect([head.split(',')[0], rows.length]).toEqual(['call_id', 3])
  expect(rows[1]).toContain(`"'=HYPERLINK(""http://evil.example"",""x"")"`)
  const jsonl = await server.ask('manager', '/calls/export?format=jsonl')
  const lines = (await jsonl.text()).trim().split('\n')
  expect(lines.map((line) => JSON.parse(line).lines[0].text)).toEqual([WORDS, formula])
  expect(calls.asked).toContainEqual(expect.objectContaining({ agents: ['harbour-bikes'] }))
  expect((await server.ask('viewer', '/calls/export')).status).toBe(403)
  expect(server.gate.notes.map(({ who, action, detail, ok }) => [who, action, detail, ok])).toEqual([
    ['Mona', 'exported-calls', 'csv', true],
    ['Mona', 'exported-calls', 'jsonl', true],
    ['Vera', 'exported-calls', 'this takes the role manager', false],
  ])
})
