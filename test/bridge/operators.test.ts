import { expect, it } from 'vitest'
import { hangUp, listenedIn, takeOver, whisper } from '../../src/bridge/operators.ts'
import { openBoard } from './board.ts'

const SHOP = `numbers: ["+15550100"]
language: { "+15550100": de }
greeting: { de: Guten Tag., en: Hello. }
hours: { zone: Europe/Berlin, open: [], otherwise: { say: Closed. } }
limits: { maxCalls: 1 }
destinations: { desk: { phone: "+15550190", description: people } }`

const BY_NAME = { carrier: 'browser', carrierCallId: 'B1', from: 'Ann', to: 'browser', agent: 'shop' }

async function openCall() {
  const board = await openBoard({ shop: SHOP })
  const answer = board.board.answer(BY_NAME)
  if (answer.type !== 'stream') throw new Error(answer.reason)
  return { ...board, callId: answer.callId }
}

it('answers whoever asks for an agent by name, whatever its hours and numbers are, in its own language', async () => {
  const { board, recorded, opened } = await openCall()
  expect(recorded[0]).toMatchObject({ type: 'call-started', agent: 'shop', from: 'Ann', to: 'browser' })
  expect(opened[0]?.instructions).toContain('Guten Tag.')
  expect(board.answer({ ...BY_NAME, carrierCallId: 'B2' })).toMatchObject({ type: 'stream' })
  expect(board.answer({ ...BY_NAME, carrierCallId: 'B3', agent: 'toString' })).toMatchObject({ type: 'refuse' })
  expect(opened).toHaveLength(2)
  // Of the same person, but not the same telephone: what is told for one is not heard by the other.
  expect(opened[0]?.callerPseudonym).not.toBe(opened[1]?.callerPseudonym)
  board.hangUpAll('drained', '')
})

it('sends the caller where an operator says, and says so first', async () => {
  const { board, callId, recorded } = await openCall()
  expect(takeOver(board, callId, 'Ann', 'desk', 'One moment.')).toBe(null)
  expect(board.next('browser', 'B1')).toEqual({
    type: 'dial',
    destination: { phone: '+15550190' },
    say: 'One moment.',
    name: 'desk',
  })
  const acts = recorded.filter(({ type }) => type === 'operator-acted' || type === 'call-ended')
  expect(acts).toMatchObject([
    { who: 'Ann', action: 'took-over', detail: 'desk' },
    { reason: 'transferred', destination: 'desk' },
  ])
})

it('refuses a destination that the agent does not have, and a call that there is not; nothing is recorded then', async () => {
  const { board, callId, recorded } = await openCall()
  const before = recorded.length
  expect(takeOver(board, callId, 'Ann', 'toString')).toBe('no-such-destination')
  expect(takeOver(board, 'c-none', 'Ann', 'desk')).toBe('no-such-call')
  expect(whisper(board, 'c-none', 'Ann', 'hello')).toBe('no-such-call')
  expect(listenedIn(board, 'c-none', 'Ann')).toBe('no-such-call')
  expect(recorded).toHaveLength(before)
  expect(hangUp(board, callId, 'Ann')).toBe(null)
  expect(hangUp(board, callId, 'Ann')).toBe('no-such-call')
  expect(board.calls).toEqual([])
})
