import { afterAll, afterEach, expect, it } from 'vitest'
import { type ModelTwin, startModelTwin } from '../../../src/twin/model/server.ts'
import type { ModelTwinOptions } from '../../../src/twin/model/twin-options.ts'
import { closeSpeech } from '../../../src/twin/speech.ts'
import { AT_ONCE, type Event, PHONE, phoneSilence, phoneSpeech, RawClient, sessionUpdate } from './raw-client.ts'

let twin: ModelTwin
afterEach(() => twin.close())
afterAll(closeSpeech)

/** Slow enough to be interrupted in mid-sentence, since every test interrupts as soon as it has heard a word. */
const TALKING = { ...AT_ONCE, speed: 4 }

const look = (name: string): Event => ({
  type: 'function',
  name,
  parameters: { type: 'object', properties: { order: { type: 'string' } }, required: ['order'] },
})

async function connect(options: ModelTwinOptions = {}, session: Event = {}): Promise<RawClient> {
  twin = await startModelTwin({ timing: AT_ONCE, ...options })
  const client = await RawClient.connect(twin.url)
  await client.ask(sessionUpdate({ audio: PHONE, ...session }), 'session.updated')
  return client
}

const respond = (response: Event = {}) => ({ type: 'response.create', response })
const ofType = (events: Event[], type: string) => events.filter((event) => event.type === type)

it('says a preamble, then calls two tools in parallel, and tells what they answered', async () => {
  const script = `
match: harbour bikes
rules:
  - when: { hears: 'orders? (\\w+) and (\\w+)' }
    say: Let me look.
    call:
      - { name: look_up, arguments: { order: '{{1}}', deep: { list: ['{{2}}', 3] } } }
      - { name: price, arguments: { order: '{{2}}' } }
      - { name: not_a_tool_of_this_agent }
  - when: { toolResult: look_up }
    say: 'Order one is {{results.look_up.status}} since {{results.look_up.when.day}} and two costs {{result.euros}} euros, {{result.tax}} tax.'
`
  const client = await connect(
    { scripts: [script] },
    { instructions: 'You answer for Harbour Bikes.', tools: [look('look_up'), look('price')] },
  )
  twin.hears('How about orders A1 and B2?')
  client.append(Buffer.concat([phoneSilence(300), await phoneSpeech('How about orders A1 and B2?'), phoneSilence(700)]))
  const events = await client.through('response.done')
  const { response } = events.at(-1)!
  expect(response.output.map((item: Event) => [item.type, item.status, item.name])).toEqual([
    ['message', 'completed', undefined],
    ['function_call', 'completed', 'look_up'],
    ['function_call', 'completed', 'price'],
  ])
  const [, first, second] = response.output
  expect(JSON.parse(first.arguments)).toEqual({ order: 'A1', deep: { list: ['B2', 3] } })
  expect(JSON.parse(second.arguments)).toEqual({ order: 'B2' })
  expect(new Set([first.call_id, second.call_id]).size).toBe(2)

  const ofFirst = events.filter((event) => event.item_id === first.id || event.item?.id === first.id)
  const deltas = ofType(ofFirst, 'response.function_call_arguments.delta')
  expect(deltas.map((event) => event.delta).join('')).toBe(first.arguments)
  expect(new Set(deltas.map((event) => `${event.output_index} ${event.call_id}`))).toEqual(
    new Set([`1 ${first.call_id}`]),
  )
  expect(ofFirst.filter((event) => !deltas.includes(event)).map((event) => event.type)).toEqual([
    'response.output_item.added',
    'conversation.item.added',
    'response.function_call_arguments.done',
    'response.output_item.done',
    'conversation.item.done',
  ])
  expect(ofType(ofFirst, 'response.function_call_arguments.done')[0]).toMatchObject({
    name: 'look_up',
    call_id: first.call_id,
    arguments: first.arguments,
  })

  const answer = (call: Event, output: unknown) => ({
    type: 'conversation.item.create',
    item: { type: 'function_call_output', call_id: call.call_id, output: JSON.stringify(output) },
  })
  await client.ask(answer(first, { status: 'sent', when: { day: 'Monday' } }), 'conversation.item.done')
  await client.ask(answer(second, { euros: 40 }), 'conversation.item.done')
  client.send(respond())
  const said = await client.next('response.output_audio_transcript.done')
  expect(said.transcript).toBe('Order one is sent since Monday and two costs 40 euros, unknown tax.')
})

it('calls no tool when told not to, the tool it is told to, and one at a time when it must', async () => {
  const script = `
rules:
  - when: { hears: . }
    call: [{ name: look_up, arguments: { order: a } }, { name: price }]
`
  const client = await connect({ scripts: [script] }, { tools: [look('look_up'), look('price')] })
  const outputOf = async (options: Event) => {
    const item = { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Go on' }] }
    await client.ask({ type: 'conversation.item.create', item }, 'conversation.item.done')
    const { response } = await client.ask(respond(options), 'response.done')
    return response.output.map((each: Event) => `${each.name}(${each.arguments})`)
  }
  expect(await outputOf({})).toEqual(['look_up({"order":"a"})', 'price({"order":"unknown"})'])
  expect(await outputOf({ tool_choice: 'none' })).toEqual([])
  expect(await outputOf({ parallel_tool_calls: false })).toEqual(['look_up({"order":"a"})'])
  expect(await outputOf({ tool_choice: { type: 'function', name: 'price' } })).toEqual(['price({"order":"unknown"})'])
  expect(await outputOf({ tools: [look('price')] })).toEqual(['price({"order":"unknown"})'])
  expect(await outputOf({ tools: [look('other')], tool_choice: 'required' })).toEqual(['other({"order":"unknown"})'])
})

it('is interrupted between a preamble and a call, and the call never comes', async () => {
  const script = `
rules:
  - when: { turn: 1 }
    say: Let me look that up for you right now, it will not take long.
    call: [{ name: look_up, arguments: { order: a } }]
`
  const client = await connect({ scripts: [script], timing: TALKING }, { tools: [look('look_up')] })
  const speech = Buffer.concat([phoneSilence(300), await phoneSpeech('Hello there.'), phoneSilence(700)])
  client.append(speech)
  await client.next('response.output_audio.delta')
  client.append(speech)
  const { response } = await client.next('response.done')
  expect(response.output.map((item: Event) => item.type)).toEqual(['message'])
  await client.next('response.done')
  expect(twin.sessions[0]?.items.filter((item) => item.type === 'function_call')).toEqual([])
})

it('is interrupted while it writes arguments: the call is incomplete', async () => {
  const script =
    "rules: [{ when: { turn: 1 }, call: [{ name: look_up, arguments: { order: 'a long order number' } }] }]"
  const timing = { ...AT_ONCE, argumentsMs: 60_000 }
  const client = await connect({ scripts: [script], timing }, { tools: [look('look_up')] })
  client.append(Buffer.concat([phoneSilence(300), await phoneSpeech('Hello there.'), phoneSilence(700)]))
  await client.next('response.output_item.added')
  client.send({ type: 'response.cancel' })
  const closing = await client.through('response.done')
  expect(closing.map((event) => event.type).filter((type) => !type.endsWith('delta'))).toEqual([
    'conversation.item.added',
    'response.function_call_arguments.done',
    'response.output_item.done',
    'conversation.item.done',
    'response.done',
  ])
  expect(closing.at(-1)?.response).toMatchObject({ status: 'cancelled', output: [{ status: 'incomplete' }] })
})
