/** A real MCP server of npm, a backend that speaks HTTP and a handler, in one call; what is looked up before the greeting. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { closeSpeech } from '../../src/twin/speech.ts'
import { type Backend, json, startBackend } from '../tools/backend.ts'
import { type EverythingServer, startEverything } from '../tools/mcp/everything.ts'
import { GREETING, openWorld, type World } from './world.ts'

const CUSTOMER = { name: 'Ann', since: 2019 }
const ASK = 'What do two repairs cost in all'

let everything: EverythingServer
let desk: Backend
let world: World
let letLate = (): void => {}
const late = new Promise<void>((resolve) => {
  letLate = resolve
})

beforeAll(async () => {
  everything = await startEverything()
  desk = await startBackend(({ url }, response) => {
    if (url.startsWith('/slow')) return void late.then(() => json(response, CUSTOMER))
    if (url.startsWith('/customers')) return json(response, CUSTOMER)
    json(response, { id: 7 }, 201)
  })
  const look = (path: string) =>
    `{ http: { name: lookup_caller, description: Looks up., url: "${desk.origin}${path}?phone={{args.phone}}", parameters: { phone: { type: string, description: Whose., pii: true } }, response: { pii: true } } }`
  const every = `{ mcp: { name: every, url: "${everything.url}", allow: [get-sum, echo], pii: [message], readOnly: [get-sum] } }`
  const ticket = `{ http: { name: open_ticket, description: Opens., method: POST, url: "${desk.origin}/tickets", parameters: { sum: { type: string, description: How much. } }, body: { sum: "{{args.sum}}" } } }`
  const before = (withinMs: number) =>
    `beforeGreeting: { tool: lookup_caller, arguments: { phone: "{{call.from}}" }, withinMs: ${withinMs} }`
  const script = `
rules:
  - { when: { toolResult: open_ticket, result: '"id":7' }, say: 'I have written it down.' }
  - { when: { toolResult: every_get-sum, result: 'is (\\d+)' }, call: [{ name: open_ticket, arguments: { sum: '{{1}}' } }] }
  - { when: { toolResult: price }, call: [{ name: every_get-sum, arguments: { a: 40, b: 40 } }, { name: every_echo, arguments: { message: a secret of the caller } }] }
  - { when: { hears: cost }, call: [{ name: price, arguments: { what: repair } }] }
`
  world = await openWorld({
    allowHosts: ['127.0.0.1'],
    tools: { price: { readOnly: true, parameters: 'z.object({ what: z.string() })', handler: () => ({ usd: 40 }) } },
    model: { timing: { speed: 100 } },
    agents: {
      all: { tools: [look('/customers'), ticket, every, 'price'], yaml: before(5000), script },
      late: { tools: [look('/slow'), 'price'], yaml: before(50), script },
    },
  })
}, 60_000)
afterAll(async () => {
  await world.expectClean()
  await world[Symbol.asyncDispose]()
  await desk[Symbol.asyncDispose]()
  await everything[Symbol.asyncDispose]()
  await closeSpeech()
})

it('the caller is known before the greeting, and each kind of tool does its part once', async () => {
  const caller = await world.place({ agent: 'all' })
  await caller.agentSaid(1)
  const { settings } = caller.session
  const { from } = caller.bodies('call-started')[0] ?? { from: '' }
  expect(settings.instructions).toContain(' {"tool":"lookup_caller","data":{"name":"Ann","since":2019}}')
  await caller.says(ASK)
  await caller.agentSaid(2)
  await caller.hangsUp()

  expect(caller.agentWords).toEqual([GREETING, 'I have written it down.'])
  const finished = caller.bodies('tool-finished').map(({ name, status, output }) => `${name} ${status} ${output}`)
  expect(finished.toSorted()).toEqual([
    'every_echo done {"tool":"every_echo","data":"Echo: [redacted]"}',
    'every_get-sum done {"tool":"every_get-sum","data":"The sum of 40 and 40 is 80."}',
    'lookup_caller done {"tool":"lookup_caller","data":"[redacted]"}',
    'open_ticket done {"tool":"open_ticket","data":{"id":7}}',
    'price done {"usd":40}',
  ])
  const steps = caller.events.flatMap(({ body }) => ('toolCallId' in body ? [`${body.toolCallId} ${body.type}`] : []))
  expect(steps.slice(0, 4)).toEqual(
    ['reserved', 'sent', 'finished', 'answered'].map((step) => `before-greeting tool-${step}`),
  )
  expect(desk.asked.filter(({ url }) => url === '/tickets').map(({ body }) => JSON.parse(body))).toEqual([
    { sum: '80' },
  ])
  expect(desk.asked[0]?.url).toBe(`/customers?phone=${encodeURIComponent(from)}`)
  // What the log keeps has the caller's number where the call began, and nowhere else.
  const kept = caller.events.filter(({ body }) => body.type !== 'call-started')
  expect(JSON.stringify(kept)).not.toContain(from)
  expect(JSON.stringify(kept)).not.toContain('a secret of the caller')
})

it('a greeting waits no longer than it may, and what comes late is told to the model', async () => {
  const caller = await world.place({ agent: 'late' })
  await caller.agentSaid(1)
  expect(caller.bodies('tool-finished')).toEqual([])
  letLate()
  await caller.event('tool-answered')
  await caller.hangsUp()
  expect(caller.session.settings.instructions).not.toContain('Ann')
  const notes = caller.session.items.filter(({ role }) => role === 'system')
  expect(JSON.stringify(notes)).toContain('lookup_caller was asked about this caller')
})

it('an MCP server that goes away in mid-call costs its tools, and no call', async () => {
  await everything.stop()
  const caller = await world.place({ agent: 'all' })
  await caller.agentSaid(1)
  await caller.says(ASK)
  const failed = await caller.event('tool-finished', { fits: ({ name }) => name === 'every_get-sum' })
  expect(failed.status).toBe('failed')
  await caller.hangsUp()
})
