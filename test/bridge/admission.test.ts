import { expect, it } from 'vitest'
import { openBoard } from './board.ts'

const CLOSED = Date.parse('2026-11-20T20:00:00Z')

it('answers within the hours, and dials the agent’s destination outside them without a model', async () => {
  const { clock, opened, ring, hangUp } = await openBoard({
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
  const { board, ring, hangUp } = await openBoard({
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
  const { board, hangUp } = await openBoard({ shop: 'numbers: ["*"]\nlimits: { maxCalls: 1 }' })
  const call = { carrier: 'twilio', carrierCallId: 'CA1', from: '+15550123', to: '+15550100' }
  const first = board.answer(call)
  expect(board.answer(call)).toEqual(first)
  hangUp()
})

it('greets in the language of the called number', async () => {
  const { opened, recorded, ring, hangUp } = await openBoard({
    shop: 'numbers: ["*"]\ngreeting: { en: Hello., de: Guten Tag. }\nlanguage: { "+4930550100": de, "*": en }',
  })
  ring({ to: '+4930550100' })
  ring()
  expect(opened.map(({ instructions }) => /"(.*)"/.exec(instructions)?.[1])).toEqual(['Guten Tag.', 'Hello.'])
  expect(recorded.filter(({ type }) => type === 'call-started')).toHaveLength(2)
  hangUp()
})
