import { expect, it } from 'vitest'
import type { EventType } from '../../src/call/events.ts'
import { createCarrierTwin } from '../../src/twin/carrier/carrier-twin.ts'
import { onDisk } from '../call-log/on-disk.ts'
import type { PlainSession } from '../hostile/plain-model.ts'
import { FrontDoor } from './front-door.ts'
import { AUTH_TOKEN, Place, steadyAgent } from './place.ts'
import { run } from './server-child.ts'

const TOOL = `
import { defineTool } from 'earshot'
import { z } from 'zod'
export default defineTool({
  name: 'book',
  description: 'Books a time.',
  parameters: z.object({ hour: z.number() }),
  handler: ({ hour }) => hour === 9 ? new Promise(() => {}) : 'booked for ' + hour,
})
`

/** Half a second of sound with words to it. */
function say(session: PlainSession, words: string): void {
  const speech = session.speak()
  speech.words(words)
  speech.audio(Buffer.alloc(4000, 0x20).toString('base64'))
  speech.done()
}

/** The caller's turn, as the model tells of it; no response of the model's own follows. */
function hear(session: PlainSession, itemId: string, words: string): void {
  session.send(
    { type: 'input_audio_buffer.speech_started', item_id: itemId, audio_start_ms: 100 },
    { type: 'input_audio_buffer.speech_stopped', item_id: itemId, audio_end_ms: 900 },
    { type: 'input_audio_buffer.committed', item_id: itemId },
    { type: 'conversation.item.input_audio_transcription.completed', item_id: itemId, transcript: words },
  )
}

/** What a session was told of the conversation before it began to serve. */
function seedOf(session: PlainSession): string[] {
  return session.received.flatMap(({ type, item }) => {
    if (type !== 'conversation.item.create') return []
    const { role, content } = Object(item)
    return [`${role}: ${content?.[0]?.text}`]
  })
}

it('a caller who is still on the line after a crash is taken up again, where the conversation was', async () => {
  await using place = await Place.open({
    files: { 'config/agents/steady.yaml': steadyAgent(['book']), 'config/tools/book.ts': TOOL },
  })
  const { model, folder, webhookUrl } = place
  await using door = await FrontDoor.before(Number(new URL(webhookUrl).port))
  await using carrier = createCarrierTwin({ authToken: AUTH_TOKEN, connectTo: door.url })
  const types = (): EventType[] => {
    const { calls, events } = onDisk(folder.join('data/earshot.db'))
    return calls
      .slice(0, 1)
      .flatMap(({ callId }) => events.get(callId) ?? [])
      .map(({ body }) => body.type)
  }
  const count = (type: EventType) => types().filter((each) => each === type).length

  const call = await carrier.placeCall({ webhookUrl, from: '+15550123', to: '+15550100' })
  const first = await model.until(() => model.sessions[0]?.configured === true && model.sessions[0], 'the session')
  await call.streaming
  say(first, 'Your bicycle is ready.')
  await call.waitUntilHeardMs(500)
  await expect.poll(() => count('agent-said'), { timeout: 60_000 }).toBe(1)
  hear(first, 'item_caller', 'Book me in for ten, and for nine.')
  first.callTools(
    { callId: 'call_10', name: 'book', args: { hour: 10 } },
    { callId: 'call_9', name: 'book', args: { hour: 9 } },
  )
  await call.sendDtmf('5')
  await expect
    .poll(() => [count('tool-finished'), count('dtmf'), count('tool-sent')], { timeout: 60_000 })
    .toEqual([1, 1, 2])

  door.hold()
  await place.server.kill()
  await expect.poll(() => door.queue, { timeout: 60_000 }).toBe(1)
  await place.restart()
  door.release()

  const second = await model.until(
    () => model.sessions[1]?.configured === true && model.sessions[1],
    'the next session',
  )
  const asked = await model.until(() => second.received.find(({ type }) => type === 'response.create'), 'what is asked')
  expect(seedOf(second)).toEqual([
    'assistant: Your bicycle is ready.',
    'user: Book me in for ten, and for nine.',
    'system: The result of book: booked for 10',
    'system: The caller pressed these keys on the telephone: 5',
    'system: book was asked for when the call was interrupted, and it is not known whether it acted. Tell the caller, and do not try again unasked.',
  ])
  expect(String(Object(asked.response).instructions)).toMatch(
    /^Talk on\.[\s\S]*interrupted for a moment by a restart on our side/,
  )
  const heardBefore = call.playedMs
  say(second, 'Sorry about that. Ten it is.')
  await call.waitUntilHeardMs(500)
  expect(call.playedMs - heardBefore).toBeGreaterThanOrEqual(500)
  expect(call.streams).toHaveLength(2)
  // The carrier saw one stream break, and nothing else.
  expect(call.errors.map(({ code }) => code)).toEqual([31921])
  expect(call.warnings).toEqual([])
  await call.hangUp()
  await model.until(() => second.closed !== null, 'the end of the session')
  await expect.poll(() => count('call-ended'), { timeout: 60_000 }).toBe(1)

  const { stdout } = await run(['calls'], folder.env)
  const ends = stdout.split('\n').filter((line) => /^c\w+ /.test(line))
  expect(ends).toEqual([
    expect.stringMatching(/ the caller hung up$/),
    expect.stringMatching(/ the server stopped without ending the call$/),
  ])
})
