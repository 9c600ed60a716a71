import { expect, it } from 'vitest'
import { PCM16_24K } from '../../src/audio/format.ts'
import { Switchboard } from '../../src/bridge/switchboard.ts'
import type { EventBody } from '../../src/call/events.ts'
import type { Provider, SessionSettings } from '../../src/providers/provider.ts'
import { told } from '../agents/config-folder.ts'

/** A Friday in Berlin at eleven in the morning. */
const OPEN = Date.parse('2026-11-20T10:00:00Z')
const CLOSED = Date.parse('2026-11-20T20:00:00Z')

/** A switchboard whose model never says a word, and what it opened and recorded. */
async function switchboard(files: Readonly<Record<string, string>>) {
  const named = Object.entries(files).map(([name, yaml]) => [`agents/${name}.yaml`, `instructions: hi\n${yaml}\n`])
  const { agents, problems } = await told(Object.fromEntries(named))
  expect(problems).toEqual([])
  const opened: SessionSettings[] = []
  const recorded: EventBody[] = []
  const nothing = () => {}
  const silent: Provider = {
    name: 'openai',
    format: () => PCM16_24K,
    open: (settings) => {
      opened.push(settings)
      const session = { sendAudio: nothing, createResponse: nothing, cancelResponse: nothing, truncateItem: nothing }
      return { ...session, sendToolResult: nothing, tell: nothing, close: nothing, backlogBytes: 0 }
    },
  }
  const log = { debug: nothing, info: nothing, warn: nothing, error: nothing, child: () => log }
  const clock = { at: OPEN }
  const board = new Switchboard({
    agents: () => agents,
    toolsOf: () => new Map(),
    providerOf: () => silent,
    priceOf: () => null,
    journal: {
      record: (callId, body, at, atMs) => {
        recorded.push(body)
        return { v: 1, callId, seq: recorded.length, at, atMs, body }
      },
      durable: async () => {},
      resume: nothing,
      subscribe: () => nothing,
      end: nothing,
      close: async () => {},
      behind: null,
      openCalls: 0,
      waitingEvents: 0,
    },
    log,
    now: () => clock.at,
    wallClock: () => clock.at,
    maxCalls: 1000,
  })
  let rung = 0
  const ring = ({ from = '+15550123', to = '+15550100' } = {}) =>
    board.answer({ carrier: 'twilio', carrierCallId: `CA${++rung}`, from, to })
  return { board, clock, opened, recorded, ring, hangUp: () => board.hangUpAll('operator-hung-up', 'test') }
}

it('answers within the hours, and dials the agent’s destination outside them without a model', async () => {
  const { clock, opened, ring, hangUp } = await switchboard({
    shop: `numbers: ["*"]
hours: { zone: Europe/Berlin, open: [{ days: [mon-fri], from: "09:00", to: "18:00" }], otherwise: { destination: desk } }
destinations: { desk: { sip: "sip:desk@example.com", description: the desk } }`,
  })
  expect(ring()).toMatchObject({ type: 'stream' })
  expect(opened).toHaveLength(1)
  clock.at = CLOSED
  expect(ring()).toEqual({
    type: 'dial',
    destination: { sip: 'sip:desk@example.com' },
    reason: 'shop: outside its hours',
  })
  expect(opened).toHaveLength(1)
  hangUp()
})

it('holds the agent’s number of calls, and has room again when one has ended', async () => {
  const { board, ring, hangUp } = await switchboard({
    shop: 'numbers: ["+15550100"]\nlimits: { maxCalls: 2, whenFull: Alle sprechen. }\nlanguage: de',
    desk: 'numbers: ["+15550101"]',
  })
  expect(ring()).toMatchObject({ type: 'stream' })
  expect(ring({ to: '+15550101' })).toMatchObject({ type: 'stream' })
  const second = ring()
  expect(second).toMatchObject({ type: 'stream' })
  expect(ring()).toEqual({
    type: 'refuse',
    say: 'Alle sprechen.',
    language: 'de',
    reason: 'shop: it has as many calls as it may',
  })
  const callId = second.type === 'stream' ? second.callId : ''
  board.find(callId)?.tell({ type: 'hang-up-asked', reason: 'operator-hung-up', detail: 'test' })
  expect(board.find(callId)).toBeUndefined()
  expect(ring()).toMatchObject({ type: 'stream' })
  hangUp()
})

it('gives the same call to the same question, also when the agent has no room any more', async () => {
  const { board, hangUp } = await switchboard({ shop: 'numbers: ["*"]\nlimits: { maxCalls: 1 }' })
  const call = { carrier: 'twilio', carrierCallId: 'CA1', from: '+15550123', to: '+15550100' }
  const first = board.answer(call)
  expect(board.answer(call)).toEqual(first)
  hangUp()
})

it('greets in the language of the called number', async () => {
  const { opened, recorded, ring, hangUp } = await switchboard({
    shop: 'numbers: ["*"]\ngreeting: { en: Hello., de: Guten Tag. }\nlanguage: { "+4930550100": de, "*": en }',
  })
  ring({ to: '+4930550100' })
  ring()
  expect(opened.map(({ instructions }) => /"(.*)"/.exec(instructions)?.[1])).toEqual(['Guten Tag.', 'Hello.'])
  expect(recorded.filter(({ type }) => type === 'call-started')).toHaveLength(2)
  hangUp()
})
