/** Agents and figures over HTTP. The configuration is a real folder. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { LiveConfig } from '../../src/config-dir/live.ts'
import { agentsHandlers } from '../../src/console/http/agents-handlers.ts'
import { type ConsoleServer, startConsole } from './console-server.ts'
import { callRow, FakeCalls } from './fake-calls.ts'

const NOW = Date.UTC(2026, 10, 25)
const AGENT = `instructions: Call +49 151 1234567 on 2026-12-24. <img src=x onerror=alert(1)>
numbers: ["+15550100"]
tools: [end_call, { http: { name: ask, description: Asks., url: "https://desk.example/ask" } }]
destinations: { workshop: { phone: "+15550111", description: people who repair } }
`

let folder: string
let config: LiveConfig
let calls: FakeCalls
let server: ConsoleServer

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'earshot-agents-'))
  await mkdir(join(folder, 'agents'))
  await write(AGENT)
  const silent = { info: () => {}, warn: () => {}, error: () => {} }
  config = new LiveConfig({ configDir: folder, env: {}, keep: async () => {}, log: silent, setTimer: () => () => {} })
  await config.reload()
  calls = new FakeCalls()
  calls.add(callRow('c1'))
  const parts = {
    config,
    archive: calls,
    log: {
      agentVersion: async (name: string, version: string) =>
        version === 'old' ? { name, version, text: 'x: 1' } : null,
    },
    isOurs: (number: string) => number === '+15550100',
    liveCallsOf: () => 2,
    health: {
      notReady: () => 'the call log cannot be written',
      liveCalls: () => 2,
      offline: true,
      version: '0.1.0',
      startedAt: 7,
    },
    now: () => NOW,
  }
  server = await startConsole({ handlers: agentsHandlers(parts) })
})
afterEach(async () => {
  await server[Symbol.asyncDispose]()
  await config.close()
  await rm(folder, { recursive: true })
})

const write = (text: string): Promise<void> => writeFile(join(folder, 'agents/shop.yaml'), text)
const ask = async (who: string, path: string, method = 'GET') => {
  const response = await server.ask(who, path, { method })
  return { status: response.status, body: JSON.parse(await response.text()) }
}

it('lists what answers calls, and what is wrong with the files beside it', async () => {
  await write(`${AGENT}voise: marin\n`)
  await config.reload()
  const { body } = await ask('viewer', '/agents')
  expect(body.agents).toEqual([
    {
      name: 'shop',
      version: config.current.agents[0]?.version,
      numbers: ['+15550100'],
      model: 'gpt-realtime-2.1',
      voice: 'marin',
      tools: ['end_call', 'ask'],
      destinations: [{ name: 'workshop', description: 'people who repair' }],
      maxMinutes: 30,
      maxCostUsd: 2,
      liveCalls: 2,
      since: null,
    },
  ])
  expect(body.problems).toEqual([
    { file: 'agents/shop.yaml', line: 5, column: 1, message: expect.stringContaining('voise') },
  ])
})

it('opens an agent with its versions and its last 7 days; a viewer sees no numbers in its text but those it answers', async () => {
  const { body } = await ask('admin', '/agents/shop')
  expect(body.text).toContain('Call +49 151 1234567 on 2026-12-24. <img src=x')
  expect(body.versions).toEqual(await calls.agentVersions())
  expect(body.figures.calls).toBe(1)
  expect(calls.asked).toEqual([{ from: NOW - 7 * 86_400_000, to: NOW, agents: ['shop'], by: 'day' }])
  const seen = (await ask('viewer', '/agents/shop')).body.text
  expect(seen).toContain('Call +49•••67 on 2026-12-24.')
  expect(seen).toContain('+15550100')
  expect(seen).not.toContain('+15550111')
  expect((await ask('viewer', '/agents/nobody')).status).toBe(404)
})

it('gives the text of a version that ran', async () => {
  expect((await ask('viewer', '/agents/shop/versions/old')).body).toEqual({
    name: 'shop',
    version: 'old',
    text: 'x: 1',
  })
  expect((await ask('viewer', '/agents/shop/versions/never')).status).toBe(404)
})

it('looks at the files when an admin asks: takes what is well, and says where the mistakes are', async () => {
  expect((await ask('manager', '/agents/check', 'POST')).status).toBe(403)
  await write(AGENT.replace('Asks.', 'Asks it.'))
  expect((await ask('admin', '/agents/check', 'POST')).body).toMatchObject({ problems: [], taken: ['shop'] })
  await write(`${AGENT}limits: { maxMinutes: -1 }\n`)
  const { body } = await ask('admin', '/agents/check', 'POST')
  expect(body.taken).toEqual([])
  expect(body.problems).toEqual([
    { file: 'agents/shop.yaml', line: 5, column: 23, message: expect.stringContaining('limits.maxMinutes') },
  ])
  expect(server.gate.notes.map(({ who, detail, ok }) => [who, detail, ok])).toEqual([
    ['Mona', 'this takes the role admin', false],
    ['Ada', 'taken: shop', true],
    ['Ada', 'refused: 1 problems', true],
  ])
})

it('counts figures over a time that can be drawn', async () => {
  const ok = await ask('viewer', '/figures?from=0&to=86400000&by=hour&zone=Europe/Berlin&agents=shop')
  expect([ok.status, calls.asked.at(-1)]).toEqual([
    200,
    { from: 0, to: 86_400_000, by: 'hour', zone: 'Europe/Berlin', agents: ['shop'] },
  ])
  const wrong = async (query: string) => (await ask('viewer', `/figures?${query}`)).body.error.message
  expect(await wrong('from=5&to=5')).toBe('query.to: must be later than `from`')
  expect(await wrong('from=0&to=9999999999&by=hour')).toBe('query.from: by hour, at most 92 days at once')
  expect(await wrong('from=0&to=5&zone=Nowhere/Land')).toBe('query.zone: must be a time zone, like Europe/Berlin')
  expect(await wrong('from=0')).toBe('query.to: must be a number')
})

it('says how the server is', async () => {
  expect((await ask('viewer', '/health')).body).toEqual({
    ready: false,
    why: 'the call log cannot be written',
    liveCalls: 2,
    offline: true,
    version: '0.1.0',
    startedAt: 7,
  })
})
