/** A call, from the telephone to those who look at it afterwards: over the API of a running server, and by a webhook. */
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { HookMessage } from '../../src/hooks/message.ts'
import { closeSpeech, speak } from '../../src/twin/speech.ts'
import { startReceiver } from '../hooks/receiver.ts'
import { agentFrames } from './sound.ts'
import { GREETING, openWorld } from './world.ts'

const ANSWER = 'It is ready on Thursday.'
/** Markup, a formula and a number, as words of a caller. */
const QUESTION = '=HYPERLINK <img src=x onerror=alert(1)> my number is 0151 1234567'
const script = `otherwise: ${ANSWER}`

beforeAll(async () => {
  await Promise.all([...[GREETING, ANSWER].map(agentFrames), speak(QUESTION, { voice: 'rms' })])
  vi.stubEnv('CRM_HOOK_SECRET', `whsec_${Buffer.alloc(32, 1).toString('base64')}`)
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await closeSpeech()
})

it('shows a call to those who may see it, and tells of it once, with the words as they were said', async () => {
  await using receiver = await startReceiver()
  const yaml = `webhooks: [{ url: "${receiver.url}", signingSecret: "\${CRM_HOOK_SECRET}" }]`
  await using world = await openWorld({ agents: { shop: { script, yaml } }, allowHosts: ['127.0.0.1'] })
  const { earshot } = world
  const keyOf = async (role: 'viewer' | 'manager') => (await earshot.desk.keys.add({ name: role, role }, 'test')).secret
  const [viewer, manager] = [await keyOf('viewer'), await keyOf('manager')]
  const ask = async (key: string, path: string) => {
    const response = await fetch(`${earshot.url}/api/v1${path}`, { headers: { authorization: `Bearer ${key}` } })
    return { status: response.status, body: JSON.parse(await response.text()) }
  }
  const caller = await world.place()
  await caller.agentSaid(1)
  await caller.says(QUESTION)
  await caller.agentSaid(2)
  await caller.hangsUp()

  await vi.waitFor(() => expect(receiver.received).toHaveLength(1), { timeout: 20_000 })
  const message = HookMessage.parse(JSON.parse(receiver.received[0]?.body ?? ''))
  expect(message.data.call).toMatchObject({ callId: caller.callId, agent: 'shop', endReason: 'caller-hung-up' })
  expect(message.data.lines?.map((line) => (line.by === 'caller' ? line.text : line.by))).toContain(QUESTION)

  const listed = await ask(manager, '/calls?text=onerror')
  expect(listed.body.calls.map(({ callId }: { callId: string }) => callId)).toEqual([caller.callId])
  const opened = await ask(manager, `/calls/${caller.callId}`)
  expect(opened.body.call).toEqual(message.data.call)
  expect(opened.body.lines).toEqual(message.data.lines)
  const masked = await ask(viewer, `/calls/${caller.callId}`)
  expect(masked.status).toBe(200)
  expect(JSON.stringify(masked.body)).not.toMatch(/0151 1234567|\+1555777/)
  expect((await ask(viewer, `/calls/${caller.callId}/events`)).status).toBe(403)
  expect((await ask('nobody', '/calls')).status).toBe(401)
  expect((await ask(viewer, '/agents/shop')).body.figures.calls).toBe(1)
  expect((await ask(viewer, '/health')).body).toMatchObject({ ready: true, liveCalls: 0 })
  expect((await fetch(`${earshot.url}/docs`)).status).toBe(200)
  expect((await fetch(`${earshot.url}/healthz`)).headers.get('content-security-policy')).toBeNull()
  await world.expectNothingLeft()
})
