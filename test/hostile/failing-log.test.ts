import { existsSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import type { CallEvent } from '../../src/call/events.ts'
import { openSqliteCallLog } from '../../src/call-log/sqlite.ts'
import type { CallLog } from '../../src/call-log/store.ts'
import { readConfig } from '../../src/config/config.ts'
import { startEarshot } from '../../src/earshot.ts'
import { createCarrierTwin } from '../../src/twin/carrier/carrier-twin.ts'
import { AUTH_TOKEN, steadyAgent } from '../process/place.ts'
import { Folder, get } from '../process/server-child.ts'
import { PlainModel } from './plain-model.ts'
import { SteadyCall } from './steady-call.ts'

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
class FailingLog implements CallLog {
  full = false
  readonly #log: CallLog

  constructor(log: CallLog) {
    this.#log = log
  }

  append(events: readonly CallEvent[]): Promise<void> {
    return this.full ? Promise.reject(new Error(FULL)) : this.#log.append(events)
  }
  events = (callId: string) => this.#log.events(callId)
  calls = (query: { limit: number }) => this.#log.calls(query)
  unfinished = () => this.#log.unfinished()
  agentsRun: CallLog['agentsRun'] = (agents, at) => this.#log.agentsRun(agents, at)
  runningAgents = () => this.#log.runningAgents()
  agentVersion = (name: string, version: string) => this.#log.agentVersion(name, version)
  close = () => this.#log.close()
}

it('while the log fails calls go on, tools are refused and not run, and nothing is lost when it works again', async () => {
  using folder = new Folder({
    'config/agents/steady.yaml': steadyAgent(['touch', 'end_call']),
    'config/tools/touch.ts': TOUCH,
  }).withPricing()
  const ran = () => {
    const file = folder.join('config/tools/ran.txt')
    return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []
  }
  await using model = await PlainModel.listen()
  const logged: string[] = []
  const opened: FailingLog[] = []
  const earshot = await startEarshot(
    {
      ...readConfig({ ...folder.env, PORT: '0', OPENAI_BASE_URL: model.url }),
      twilio: { publicUrl: null, accountSid: null, authToken: AUTH_TOKEN },
    },
    {
      logTo: { write: (line: string) => void logged.push(line) },
      openCallLog: async (path) => {
        const log = new FailingLog(await openSqliteCallLog({ path }))
        opened.push(log)
        return log
      },
    },
  )
  await using carrier = createCarrierTwin({ authToken: AUTH_TOKEN })
  try {
    const [log] = opened
    if (log === undefined) throw new Error('the log was not opened')
    const webhookUrl = `${earshot.url}/twilio/voice`
    const troubles = () => logged.filter((line) => line.includes('the call log is in trouble'))
    /** The model calls a tool and is told what came of it. */
    const answerTo = async (call: { readonly callId: string; readonly name: string; readonly args: object }) => {
      acting.session.callTools(call)
      const answer = await model.until(
        () => acting.session.received.find(({ item }) => Object(item).call_id === call.callId),
        `the answer to ${call.callId}`,
      )
      return String(Object(answer.item).output)
    }

    const steady = await SteadyCall.place(carrier, model, webhookUrl)
    const acting = {
      call: await carrier.placeCall({ webhookUrl, from: '+15550123', to: '+15550100' }),
      session: await model.until(() => model.sessions[1], 'the second session'),
    }
    await acting.call.streaming
    await model.until(() => acting.session.configured, 'a configured session')
    expect(await answerTo({ callId: 'call_1', name: 'touch', args: { line: 'one' } })).toBe('touched')
    expect(ran()).toEqual(['one'])
    expect(await get(`${earshot.url}/readyz`)).toMatchObject({ status: 200 })

    log.full = true
    const refusal = await answerTo({ callId: 'call_2', name: 'touch', args: { line: 'two' } })
    expect(refusal).toMatch(/^Not done: it could not be written down first\./)
    expect(ran()).toEqual(['one'])
    const ready = await get(`${earshot.url}/readyz`)
    expect(ready.status).toBe(503)
    expect(JSON.parse(ready.text)).toEqual({ ready: false, why: 'the call log cannot be written', liveCalls: 2 })
    expect(troubles()).toEqual([expect.stringContaining(`"code":"JOURNAL_BEHIND","detail":"${FULL}"`)])
    expect(JSON.parse(troubles()[0] ?? '')).toMatchObject({ level: 50 })

    // A caller who dials now is answered all the same, and the agent can still hang up.
    const late = await SteadyCall.place(carrier, model, webhookUrl)
    expect(await answerTo({ callId: 'call_3', name: 'end_call', args: {} })).toMatch(/^The call ends/)
    acting.session.speak().done()
    expect((await acting.call.ended).why).toBe('hangup-verb')
    expect(acting.call.errors).toEqual([])

    log.full = false
    await expect.poll(async () => (await get(`${earshot.url}/readyz`)).status, { timeout: 20_000 }).toBe(200)
    expect(troubles().slice(1)).toEqual([expect.stringContaining('works again; 0 events were lost')])
    await late.finish()
    await steady.finish()
    await earshot.switchboard.drain(0)
    await expect.poll(() => earshot.journal.openCalls).toBe(0)

    const calls = await log.calls({ limit: 10 })
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
  } finally {
    await earshot.close()
  }
})
