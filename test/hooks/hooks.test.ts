/** Messages about ended calls: from the log to receivers on real sockets, through a real outbox. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import OpenAI from 'openai'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { CallEvent } from '../../src/call/events.ts'
import type { CallRow } from '../../src/call-log/rows.ts'
import { openSqliteDatabase, type SqliteDatabase } from '../../src/database/sqlite.ts'
import { TRIED_MS } from '../../src/hooks/attempts.ts'
import { type HookParts, Hooks } from '../../src/hooks/hooks.ts'
import { HookMessage, messageId } from '../../src/hooks/message.ts'
import { Outbox } from '../../src/hooks/outbox.ts'
import { Outgoing } from '../../src/tools/network/outgoing.ts'
import { agentSaid, callEvents, callerSaid, END, START } from '../call-log/sample-call.ts'
import { HandTimers } from '../config-dir/hand-timers.ts'
import { callRow } from '../console/fake-calls.ts'
import { callTableRow } from './call-table-row.ts'
import { type Receiver, startReceiver } from './receiver.ts'

// biome-ignore lint/suspicious/noTemplateCurlyInString: names of secrets are written like this
const SECRET_NAME = '${CRM_HOOK_SECRET}'
const SECRET = `whsec_${Buffer.from('a secret of more than 24 bytes').toString('base64')}`
const WORDS = 'My order is <img src=x onerror=alert(1)> 0151 1234567'

let folder: string
let database: SqliteDatabase
let outbox: Outbox
let outgoing: Outgoing
let receiver: Receiver
let timers: HandTimers
let rows: Map<string, CallRow>
let logged: [level: string, fields: object, message: string][]
let nowMs: number
let words: boolean
let targetsNow: HookParts['targetsNow']
let running: Hooks[]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'earshot-hooks-'))
  database = await openSqliteDatabase({ path: join(folder, 'earshot.db') })
  outbox = new Outbox(database)
  outgoing = new Outgoing(() => ({ allowHosts: ['127.0.0.1'] }))
  receiver = await startReceiver()
  timers = new HandTimers()
  rows = new Map()
  logged = []
  nowMs = Date.now()
  words = true
  targetsNow = () => [target()]
  running = []
})
afterEach(async () => {
  for (const hooks of running) await hooks.close()
  await outgoing[Symbol.asyncDispose]()
  await receiver[Symbol.asyncDispose]()
  await database.close()
  await rm(folder, { recursive: true })
})

const target = () => ({ url: receiver.url, signingSecret: SECRET_NAME, words })
const eventsOf = (callId: string): CallEvent[] =>
  callEvents(callId, [START, callerSaid(WORDS, 0, 900), agentSaid('One moment.', '', 1200), END])

async function ended(callId: string, agentVersion = 'a1b2c3d4e5f6'): Promise<void> {
  rows.set(callId, callRow(callId, { endedAt: nowMs, agentVersion }))
  await database.kysely.insertInto('calls').values(callTableRow(callId, nowMs)).execute()
}

function hooks(more: Partial<HookParts> = {}): Hooks {
  const say = (level: string) => (fields: object, message: string) => void logged.push([level, fields, message])
  const made = new Hooks({
    outbox,
    calls: {
      call: async (callId) => rows.get(callId) ?? null,
      events: async (callId) => eventsOf(callId),
      agentVersion: async (name, version) => {
        const text = version === 'before' ? 'instructions: x\n' : `webhooks: ${JSON.stringify([target()])}\n`
        return { name, version, text }
      },
    },
    outgoing,
    targetsNow: (agent) => targetsNow(agent),
    env: { CRM_HOOK_SECRET: SECRET },
    log: { info: say('info'), warn: say('warn'), error: say('error') },
    now: () => nowMs,
    setTimer: timers.set,
    random: () => 0.5,
    ...more,
  })
  running.push(made)
  return made
}

const state = async (callId = 'c1') =>
  database.kysely
    .selectFrom('outbox')
    .select(['state', 'attempts', 'last_error', 'next_at', 'body'])
    .where('call_id', '=', callId)
    .executeTakeFirst()
const becomes = (expected: string, callId = 'c1') =>
  vi.waitFor(async () => expect((await state(callId))?.state).toBe(expected), { timeout: 10_000 })
const failed = (error: string, attempts: number) =>
  vi.waitFor(async () => expect(await state()).toMatchObject({ state: 'waiting', last_error: error, attempts }), {
    timeout: 10_000,
  })

it('tells of a call that ended, signed so that any Standard Webhooks library takes it', async () => {
  await ended('c1')
  hooks().ended('c1')
  await becomes('done')
  expect(receiver.received).toHaveLength(1)
  const { body, headers } = receiver.received[0]!
  expect(headers).toMatchObject({ 'content-type': 'application/json', 'webhook-id': messageId('c1', receiver.url) })
  const openai = new OpenAI({ apiKey: 'none' })
  const signed = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]))
  await openai.webhooks.verifySignature(body, signed, SECRET)
  await expect(openai.webhooks.verifySignature(`${body} `, signed, SECRET)).rejects.toThrow()
  const message = HookMessage.parse(JSON.parse(body))
  expect(message).toMatchObject({ type: 'call.ended', version: 1, timestamp: new Date(nowMs).toISOString() })
  expect(message.data.call).toEqual(rows.get('c1'))
  expect(message.data.lines?.[0]).toMatchObject({ by: 'caller', text: WORDS })
  // What has been delivered is kept no longer than it must.
  expect((await state())?.body).toBe('')
})

it('tells figures alone where words are not wanted', async () => {
  words = false
  await ended('c1')
  hooks().ended('c1')
  await becomes('done')
  const { data } = HookMessage.parse(JSON.parse(receiver.received[0]?.body ?? ''))
  expect([data.call.callId, data.lines]).toEqual(['c1', undefined])
  expect(receiver.received[0]?.body).not.toContain('onerror')
})

it('tries again what failed, with the same id and a new signature, and says why without words or numbers', async () => {
  receiver.answer = (response) => response.writeHead(500).end('secret of theirs')
  await ended('c1')
  hooks().ended('c1')
  await failed('answered 500', 1)
  expect(await state()).toMatchObject({ next_at: nowMs + 5000 })
  receiver.answer = (response) => response.writeHead(302, { location: receiver.url }).end()
  nowMs += 5000
  await timers.fire()
  await failed('302: redirects are not followed', 2)
  receiver.answer = (response) => response.writeHead(200).end()
  nowMs += 15_000
  await timers.fire()
  await becomes('done')
  expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size).toBe(1)
  expect(new Set(receiver.received.map(({ headers }) => headers['webhook-signature'])).size).toBe(3)
  expect(new Set(receiver.received.map(({ body }) => body)).size).toBe(1)
  expect(JSON.stringify(logged)).not.toMatch(/1234567|15112345678|onerror|secret of|hooks"/)
  expect(logged.map(([level, , message]) => [level, message])).toEqual([
    ['warn', 'a webhook was not delivered, and is tried again'],
    ['warn', 'a webhook was not delivered, and is tried again'],
  ])
})

it('gives up after 24 hours, with an error in the log', async () => {
  receiver.answer = (response) => response.writeHead(404).end()
  await ended('c1')
  hooks().ended('c1')
  await failed('answered 404', 1)
  nowMs += TRIED_MS
  await timers.fire()
  await becomes('dead')
  expect(await state()).toMatchObject({ last_error: 'answered 404', body: '' })
  expect(logged.at(-1)).toEqual([
    'error',
    { agent: 'harbour-bikes', callId: 'c1', host: new URL(receiver.url).host, attempts: 2, error: 'answered 404' },
    'a webhook is given up: it was tried for 24 hours',
  ])
  expect(await outbox.counts()).toEqual({ waiting: 0, dead: 1 })
})

it('gives a receiver that hangs its time, and no more', async () => {
  receiver.answer = () => {}
  await ended('c1')
  hooks({ timeoutMs: 50 }).ended('c1')
  await failed('no answer in time', 1)
})

it('stops at 410 Gone, and for a receiver that the agent names no more', async () => {
  receiver.answer = (response) => response.writeHead(410).end()
  await ended('c1')
  const both = hooks()
  both.ended('c1')
  await becomes('gone')
  targetsNow = () => []
  await ended('c2')
  both.ended('c2')
  await becomes('gone', 'c2')
  expect(receiver.received).toHaveLength(1)
})

it('goes only where config/network.yaml lets it, and only with a secret that is one', async () => {
  await using locked = new Outgoing(() => ({ allowHosts: [] }))
  await ended('c1')
  hooks({ outgoing: locked }).ended('c1')
  await failed('config/network.yaml does not let requests go there', 1)
  nowMs += 5000
  await running.pop()?.close()
  hooks({ env: { CRM_HOOK_SECRET: 'hunter2' } }).start()
  await failed(`${SECRET_NAME} is not set to whsec_ and base64 of 24 to 64 bytes`, 2)
  expect(JSON.stringify(logged)).not.toContain('hunter2')
  expect(receiver.received).toEqual([])
})

it('finds, at the start, calls that ended while nobody could write a message, each once', async () => {
  await ended('c1')
  await ended('c2')
  // Its version named nobody: whoever was named later has not asked for it.
  await ended('c3', 'before')
  hooks().start()
  await becomes('done', 'c1')
  await becomes('done', 'c2')
  await running.pop()?.close()
  const again = hooks()
  again.start()
  again.ended('c1')
  await again.close()
  expect(receiver.received.map(({ headers }) => headers['webhook-id']).toSorted()).toEqual(
    ['c1', 'c2'].map((callId) => messageId(callId, receiver.url)).toSorted(),
  )
  expect(await state('c3')).toBeUndefined()
})

it('sends a message that another server took and lost, but not one that another has just taken', async () => {
  await ended('c1')
  const body = '{}'
  await outbox.add([
    { messageId: 'm1', callId: 'c1', agent: 'harbour-bikes', url: receiver.url, body, createdAt: nowMs },
  ])
  expect(await outbox.take(nowMs, 10, [])).toMatchObject([{ messageId: 'm1', attempts: 1 }])
  expect(await outbox.take(nowMs, 10, [])).toEqual([])
  expect(await outbox.nextAt([])).toBe(nowMs + 60_000)
  nowMs += 60_000
  hooks().start()
  await becomes('done')
  expect(receiver.received).toHaveLength(1)
})

it('does not let a receiver that hangs keep others waiting, and has few requests under way to one', async () => {
  await using other = await startReceiver()
  targetsNow = () => [target(), { ...target(), url: other.url }]
  let open = 0
  let most = 0
  receiver.answer = (response) => {
    open++
    most = Math.max(most, open)
    response.on('close', () => open--)
  }
  const add = (url: string, count: number) =>
    outbox.add(
      Array.from({ length: count }, (_, i) => ({
        messageId: `${url} ${i}`,
        callId: `${url} ${i}`,
        agent: 'harbour-bikes',
        url,
        body: '{}',
        createdAt: nowMs - (url === other.url ? 0 : 1000),
      })),
    )
  await add(receiver.url, 50)
  await add(other.url, 50)
  hooks({ graceMs: 0 }).start()
  await vi.waitFor(() => expect(other.received).toHaveLength(50), { timeout: 10_000 })
  expect(most).toBeLessThanOrEqual(7)
})

it('closes without waiting for a receiver that hangs, and takes the message up again at the next start', async () => {
  receiver.answer = () => {}
  await ended('c1')
  const first = hooks({ graceMs: 0 })
  first.ended('c1')
  await vi.waitFor(() => expect(receiver.received).toHaveLength(1), { timeout: 10_000 })
  await first.close()
  expect((await state())?.state).toBe('waiting')
  receiver.answer = (response) => response.writeHead(204).end()
  nowMs += 60_000
  hooks().start()
  await becomes('done')
})
