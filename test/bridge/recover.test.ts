import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { recoverCalls } from '../../src/bridge/recover.ts'
import type { EventBody } from '../../src/call/events.ts'
import { openSqliteCallLog } from '../../src/call-log/sqlite.ts'
import { callEvents, START, STARTED_AT } from '../call-log/sample-call.ts'

const reserved = (toolCallId: string, name: string): EventBody => ({
  type: 'tool-reserved',
  toolCallId,
  responseId: 'r1',
  name,
  arguments: '{}',
})
const finished = (
  toolCallId: string,
  name: string,
  status: Extract<EventBody, { type: 'tool-finished' }>['status'],
  output: string,
): EventBody => ({ type: 'tool-finished', toolCallId, name, status, output, tookMs: 10 })

it('of tools that were at work in a crash the log says that nobody knows whether they acted', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-recover-'))
  const log = await openSqliteCallLog({ path: join(folder, 'earshot.db') })
  onTestFinished(async () => {
    await log.close()
    rmSync(folder, { recursive: true })
  })
  const events = callEvents('c1', [
    START,
    reserved('t1', 'find'),
    finished('t1', 'find', 'done', 'found'),
    reserved('t2', 'find'),
    finished('t2', 'find', 'repeated', ''),
    reserved('t3', 'pay'),
    { type: 'tool-sent', toolCallId: 't3' },
    reserved('t4', 'book'),
  ])
  await log.append(events)
  const [call] = await recoverCalls(log, STARTED_AT + 1000)
  expect((await log.events('c1')).slice(events.length)).toMatchObject([
    {
      seq: 9,
      at: STARTED_AT + 700,
      atMs: 700,
      body: { type: 'tool-finished', toolCallId: 't3', name: 'pay', status: 'unknown', tookMs: 200 },
    },
    { seq: 10, body: { type: 'tool-finished', toolCallId: 't4', name: 'book', status: 'unknown', tookMs: 0 } },
    { seq: 11, body: { type: 'call-ended', reason: 'interrupted' } },
  ])
  expect(call?.lines.map((line) => line.text)).toEqual([
    'The result of find: found',
    expect.stringMatching(/^pay was asked for .* not known whether it acted/),
    expect.stringMatching(/^book was asked for/),
  ])
  // Once: the next start finds nothing more to be said.
  expect(await recoverCalls(log, STARTED_AT + 2000)).toEqual([])
})
