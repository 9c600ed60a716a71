/** Tools of YAML and handlers in one call, against a backend that counts. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { closeSpeech } from '../../src/twin/speech.ts'
import { type Backend, json, startBackend } from '../tools/backend.ts'
import { openWorld, type World } from './world.ts'

const ASK = 'Please book a table for two'
const YES = 'Yes please'
const PHONE = '+15550142'

let desk: Backend
let world: World
const bookings = new Map<string, string>()

beforeAll(async () => {
  desk = await startBackend(({ method, url, headers, body }, response) => {
    if (method === 'GET') return json(response, { free: 3, secret: 'the day’s takings' })
    if (url === '/bookings/lost') return void response.destroy()
    bookings.set(String(headers['idempotency-key']), body)
    json(response, { id: 7, phone: PHONE }, 201)
  })
  const parameters = `people: { type: integer, description: How many. }, phone: { type: string, description: Where to reach them., pii: true }`
  const books = (name: string, path: string, more: string) =>
    `{ http: { name: ${name}, description: Books., method: POST, url: "${desk.origin}${path}", parameters: { ${parameters} }, body: { people: "{{args.people}}", phone: "{{args.phone}}", call: "{{call.id}}" }${more} } }`
  const tables = `{ http: { name: tables, description: Tells what is free., url: "${desk.origin}/tables?day={{args.day}}", parameters: { day: { type: string, description: When. } }, response: { pick: [free] } } }`
  const order = `{ people: 2, phone: '${PHONE}' }`
  world = await openWorld({
    allowHosts: ['127.0.0.1'],
    tools: { price: { handler: () => ({ price: 'free of charge' }) } },
    model: { timing: { speed: 100 } },
    agents: {
      books: {
        greeting: null,
        tools: [
          tables,
          books('book', '/bookings', ', confirm: true, response: { pick: [id, { path: phone, pii: true }] }'),
          'price',
          'note',
        ],
        script: `
rules:
  - { when: { toolResult: note }, say: A table for two under your number. Shall I }
  - { when: { toolResult: book, result: '"id":7' }, say: It is booked. }
  - { when: { toolResult: book }, call: [{ name: note, arguments: { text: Wants a table for two. } }] }
  - { when: { toolResult: tables }, call: [{ name: book, arguments: ${order} }] }
  - { when: { hears: table }, call: [{ name: tables, arguments: { day: 'mon & tue' } }, { name: price }] }
  - when: { hears: yes }
    call: [{ name: book, arguments: ${order} }, { name: book, arguments: { phone: '${PHONE}', people: 2 } }]
`,
      },
      loses: {
        greeting: null,
        tools: [books('book', '/bookings/lost', '')],
        script: `
rules:
  - { when: { toolResult: book }, say: I do not know whether it worked. }
  - { when: { hears: 'table|yes' }, call: [{ name: book, arguments: ${order} }] }
`,
      },
    },
  })
})
afterAll(async () => {
  await world.expectClean()
  await world[Symbol.asyncDispose]()
  await desk[Symbol.asyncDispose]()
  await closeSpeech()
})

it.concurrent('a table is looked up, read back, agreed to and booked once, and the log has no number', async () => {
  const caller = await world.place({ agent: 'books' })
  await caller.says(ASK)
  await caller.agentSaid(1)
  expect(bookings.size).toBe(0)
  await caller.says(YES)
  await caller.agentSaid(2)
  await caller.hangsUp()

  expect(caller.agentWords).toEqual(['A table for two under your number. Shall I', 'It is booked.'])
  const outputs = caller.session.items.flatMap(({ type, output }) =>
    type === 'function_call_output' ? [output ?? ''] : [],
  )
  const booked = `{"tool":"book","data":{"id":7,"phone":"${PHONE}"}}`
  expect(outputs).toEqual([
    '{"tool":"tables","data":{"free":3}}',
    '{"price":"free of charge"}',
    expect.stringMatching(/^Not done yet\. Read back/),
    'Noted.',
    booked,
    booked,
  ])
  // The backend was asked once, for what was agreed to, with everything it needs.
  expect([...bookings.values()].map((body) => JSON.parse(body))).toEqual([
    { people: 2, phone: PHONE, call: caller.callId },
  ])
  expect(desk.asked.filter(({ method }) => method === 'GET').map(({ url }) => url)).toEqual([
    '/tables?day=mon%20%26%20tue',
  ])

  expect(
    caller
      .bodies('tool-finished')
      .map(({ name, status }) => `${name} ${status}`)
      .toSorted(),
  ).toEqual(['book done', 'book held', 'book repeated', 'note done', 'price done', 'tables done'])
  expect(caller.bodies('note')).toEqual([{ type: 'note', text: 'Wants a table for two.' }])
  const { callId } = caller
  await world.earshot.journal.durable(callId)
  const kept = await world.earshot.callLog.events(callId)
  expect(kept.length).toBe(caller.events.length)
  expect(JSON.stringify(kept)).not.toContain(PHONE)
  expect(JSON.stringify(kept)).toContain('{\\"people\\":2,\\"phone\\":\\"[redacted]\\"}')
  expect(world.logged.join('')).not.toContain(PHONE)
})

it.concurrent('what got lost on the way is not known, and is not done again before the caller has heard so', async () => {
  const caller = await world.place({ agent: 'loses' })
  const lost = () => desk.asked.filter(({ url }) => url === '/bookings/lost').length
  await caller.says(ASK)
  await caller.agentSaid(1)
  expect(lost()).toBe(1)
  await caller.says(YES)
  await caller.agentSaid(2)
  await caller.hangsUp()
  // The caller had heard that it is not known, and has answered: then it may be tried again.
  expect(lost()).toBe(2)
  expect(caller.bodies('tool-finished').map(({ status }) => status)).toEqual(['unknown', 'unknown'])
})
