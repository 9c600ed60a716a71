import { existsSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import type { CallStore } from '../../src/call-log/call-store.ts'
import { openSqliteCallLog } from '../../src/call-log/sqlite.ts'
import { steadyAgent } from '../process/place.ts'
import { get } from '../process/server-child.ts'
import { Here } from './here.ts'
import { toolAnswer } from './plain-call.ts'

const FULL = 'The disk that holds the call log is full'
/** Leaves a line behind each time it runs. */
const TOUCH = `
import { appendFileSync } from 'node:fs'
import { defineTool } from 'earshot'
import { z } from 'zod'
export default defineTool({
  name: 'touch',
  description: 'Leaves a line behind.',
  parameters: z.object({ line: z.string() }),
  handler: ({ line }) => {
    appendFileSync(new URL('./ran.txt', import.meta.url), line + '\\n')
    return 'touched'
  },
})
`

/** A log whose disk can be full. */
interface FailingLog extends CallStore {
  full: boolean
}

function failing(log: CallStore): FailingLog {
  const failed: FailingLog = {
    ...log,
    full: false,
    append: (events) => (failed.full ? Promise.reject(new Error(FULL)) : log.append(events)),
  }
  return failed
}

it('while the log fails calls go on, tools are refused and not run, and nothing is lost when it works again', async () => {
  const opened: FailingLog[] = []
  await using here = await Here.open({
    files: { 'config/agents/steady.yaml': steadyAgent(['touch', 'end_call']), 'config/tools/touch.ts': TOUCH },
    openCallLog: async (path) => {
      opened.push(failing(await openSqliteCallLog({ path })))
      return opened[0]!
    },
  })
  const { earshot, model } = here
  const log = opened[0]!
  const ran = () => {
    const file = here.folder.join('config/tools/ran.txt')
    return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []
  }
  const troubles = () => here.log.filter(({ msg }) => msg === 'the call log is in trouble')
  const readyz = () => get(`${earshot.url}/readyz`)

  const steady = await here.steady()
  const { call, session } = await here.plain()
  const answerTo = (callId: string, name: string, args: object) => toolAnswer(model, session, { callId, name, args })
  expect(await answerTo('call_1', 'touch', { line: 'one' })).toBe('touched')
  expect(ran()).toEqual(['one'])
  expect(await readyz()).toMatchObject({ status: 200 })

  log.full = true
  expect(await answerTo('call_2', 'touch', { line: 'two' })).toMatch(/^Not done: it could not be written down first\./)
  expect(ran()).toEqual(['one'])
  expect(await readyz()).toEqual({
    status: 503,
    text: '{"ready":false,"why":"the call log cannot be written","liveCalls":2}',
  })
  expect(troubles()).toEqual([expect.objectContaining({ level: 50, code: 'JOURNAL_BEHIND', detail: FULL })])

  // A caller who dials now is answered all the same, and the agent can still hang up.
  const late = await here.steady()
  expect(await answerTo('call_3', 'end_call', {})).toMatch(/^The call ends/)
  session.speak().done()
  expect((await call.ended).why).toBe('hangup-verb')
  expect(call.errors).toEqual([])

  log.full = false
  await expect.poll(async () => (await readyz()).status, { timeout: 20_000 }).toBe(200)
  expect(troubles().slice(1)).toEqual([
    expect.objectContaining({ detail: 'the call log works again; 0 events were lost' }),
  ])
  await late.finish()
  await steady.finish()
  await expect.poll(() => earshot.journal.openCalls).toBe(0)

  const { calls } = await log.list({ limit: 10 })
  expect(calls.map(({ endReason }) => endReason)).toEqual(['caller-hung-up', 'agent-ended', 'caller-hung-up'])
  for (const { callId } of calls) {
    const events = await log.events(callId)
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, i) => i + 1))
  }
  const bodies = (await log.events(calls[1]!.callId)).map(({ body }) => body)
  const of = (type: string) =>
    bodies.flatMap((body) => (body.type === type && 'toolCallId' in body ? [body.toolCallId] : []))
  expect(of('tool-reserved')).toEqual(['call_1', 'call_2', 'call_3'])
  expect(of('tool-sent')).toEqual(['call_1', 'call_3'])
  expect(of('tool-answered')).toEqual(['call_1', 'call_2', 'call_3'])
  expect(ran()).toEqual(['one'])
})
