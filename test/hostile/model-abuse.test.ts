import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Here } from './here.ts'
import { heardMore, type PlainCall } from './plain-call.ts'
import type { PlainSession, ServerEvent } from './plain-model.ts'
import type { SteadyCall } from './steady-call.ts'

/** One call goes on through all of it, and must notice nothing. */
let here: Here
let steady: SteadyCall

beforeAll(async () => {
  here = await Here.open()
  steady = await here.steady()
})
afterAll(async () => {
  await steady.finish()
  expect(here.earshot.liveCalls).toBe(0)
  expect(here.log.filter(({ msg }) => /\bbug\b/.test(msg))).toEqual([])
  await here[Symbol.asyncDispose]()
})

function soundOf(ms: number): string {
  return Buffer.alloc(ms * 8, 0x20).toString('base64')
}

/** The model speaks as it should, and the caller hears it. */
async function expectHeard({ call }: PlainCall, session: PlainSession): Promise<void> {
  const heard = heardMore(call, 200)
  const speech = session.speak()
  speech.audio(soundOf(200))
  speech.done()
  await heard
}

/** The call ends for this reason, with an apology in the carrier's own voice. */
async function expectApology({ call }: PlainCall, reason: string): Promise<void> {
  expect((await call.ended).why).toBe('hangup-verb')
  expect(call.saidByCarrier).toEqual([expect.stringMatching(/^We are sorry, there is a problem on our side/)])
  expect(here.endOf(call.callSid)).toBe(reason)
  expect(call.errors).toEqual([])
}

/** The next session of a call that has lost its own. */
async function nextSession(before: number): Promise<PlainSession> {
  const { model } = here
  return model.until(() => model.sessions[before]?.configured === true && model.sessions[before], 'another session')
}

const GARBAGE = [
  '',
  'not JSON',
  '{"type":',
  'null',
  '[]',
  '{}',
  '{"type":5}',
  '{"type":"response.created"}',
  '{"type":"response.created","response":{"id":{}}}',
  '{"type":"response.output_audio.delta","response_id":1,"item_id":null,"delta":{}}',
  '{"type":"input_audio_buffer.speech_started","item_id":"i","audio_start_ms":"soon"}',
  '{"type":"conversation.item.done","item":[]}',
  '{"type":"response.done","response":{"usage":{"input_token_details":"many"}}}',
  '{"__proto__":{"type":"error"}}',
  `${'['.repeat(20_000)}`,
  '\u0000\uffff',
]

it('some garbage costs nothing, a run of it the session, and a second run the call', async () => {
  const victim = await here.plain()
  for (const text of GARBAGE) victim.session.sendText(text)
  await expectHeard(victim, victim.session)
  const sessions = here.model.sessions.length
  for (const text of [...GARBAGE, ...GARBAGE]) victim.session.sendText(text)
  const second = await nextSession(sessions)
  await here.model.until(() => victim.session.closed !== null, 'the end of the first session')
  await expectHeard(victim, second)
  for (const text of [...GARBAGE, ...GARBAGE]) second.sendText(text)
  await expectApology(victim, 'model-lost')
})

it('a message as large as it may be is ignored, a larger one ends the call', async () => {
  const victim = await here.plain()
  const { session } = victim
  session.send({ type: 'response.output_text.done', text: 'x'.repeat(15 * 2 ** 20) })
  session.send({ type: 'something.new', text: 'x'.repeat(15 * 2 ** 20) })
  await expectHeard(victim, session)
  session.sendText('x'.repeat(17 * 2 ** 20))
  await expectApology(victim, 'model-refused')
})

it('audio of items and responses nobody has heard of, or that have ended, breaks nothing', async () => {
  const victim = await here.plain()
  const { session } = victim
  const heardFirst = heardMore(victim.call, 200)
  const speech = session.speak()
  speech.audio(soundOf(200))
  speech.done()
  await heardFirst
  // After the end of its response, and of its item.
  for (let i = 0; i < 20; i++) speech.audio(soundOf(100))
  const stray = (response_id: string, item_id: string, delta: string): ServerEvent => {
    return { type: 'response.output_audio.delta', response_id, item_id, delta }
  }
  session.send(
    stray('', '', soundOf(20)),
    stray('resp_of_nobody', '', soundOf(20)),
    stray('resp_of_nobody', 'item_of_nobody', soundOf(20)),
    stray('resp_of_nobody', 'item_of_nobody', '***'),
    stray('resp_of_nobody', 'item_of_nobody', ''),
    stray(speech.responseId, 'item_of_nobody_2', soundOf(20)),
    { type: 'response.output_audio.done', response_id: 'resp_of_nobody', item_id: 'item_never_begun' },
    { type: 'response.done', response: { id: 'resp_of_nobody', status: 'completed' } },
    { type: 'response.done', response: {} },
    { type: 'conversation.item.input_audio_transcription.completed', item_id: 'never_spoken', transcript: 'Hello?' },
    { type: 'input_audio_buffer.speech_stopped', item_id: 'never_began', audio_end_ms: -1e12 },
  )
  await expectHeard(victim, session)
  // Everything is over and heard: nothing of it keeps the call from ending when its caller does.
  await victim.call.hangUp()
  expect(here.endOf(victim.call.callSid)).toBe('caller-hung-up')
  const itemsSaid = here
    .eventsOf(victim.call.callSid)
    .flatMap(({ body }) => (body.type === 'agent-said' ? [body.itemId] : []))
  expect(itemsSaid.filter((itemId) => itemId === speech.itemId)).toHaveLength(1)
})

it('events in no order, and ids that are used again and again, break nothing', async () => {
  const victim = await here.plain()
  const { session } = victim
  const created = { type: 'response.created', response: { id: 'resp_a', status: 'in_progress', conversation_id: 'c' } }
  const call = {
    id: 'item_c',
    type: 'function_call',
    status: 'completed',
    call_id: 'call_c',
    name: 'no_such_tool',
    arguments: '{',
  }
  const called = { type: 'response.output_item.done', response_id: 'resp_a', output_index: 0, item: call }
  const ended = {
    type: 'response.done',
    response: { id: 'resp_a', status: 'completed', conversation_id: 'c', output: [call] },
  }
  session.send(ended, called, called, created, created, called, ended, ended, called)
  session.send(
    { ...called, item: { ...call, call_id: undefined } },
    { ...called, item: { ...call, call_id: '', name: '' } },
  )
  session.send(
    { type: 'error', error: {} },
    { type: 'error', error: { code: 'invalid_value', event_id: 'truncate:1' } },
  )
  session.send({ type: 'session.updated', session: {} }, { type: 'session.created', session: {} })
  const answers = () => session.received.filter(({ item }) => Object(item).call_id === 'call_c')
  await here.model.until(() => answers().length > 0, 'the answer')
  await expectHeard(victim, session)
  expect(answers()).toHaveLength(1)
  await victim.call.hangUp()
})

it('a flood of turns is the trouble of its own call', async () => {
  const victim = await here.plain()
  const { session } = victim
  for (let turn = 0; turn < 500; turn++) {
    const item_id = `item_${turn}`
    session.send(
      { type: 'input_audio_buffer.speech_started', item_id, audio_start_ms: turn },
      { type: 'input_audio_buffer.speech_stopped', item_id, audio_end_ms: turn },
      { type: 'input_audio_buffer.committed', item_id },
    )
  }
  await expectHeard(victim, session)
  await victim.call.hangUp()
  expect(here.endOf(victim.call.callSid)).toBe('caller-hung-up')
})

it('ten minutes of audio at once are held and sent as they are heard, and let go when the caller interrupts', async () => {
  setFlagsFromString('--expose-gc')
  const collect: () => void = runInNewContext('gc')
  const heldMb = () => {
    collect()
    const { heapUsed, external } = process.memoryUsage()
    return (heapUsed + external) / 2 ** 20
  }
  const victim = await here.plain()
  const { session, call } = victim
  const beforeMb = heldMb()
  const speech = session.speak()
  const second = soundOf(1000)
  for (let i = 0; i < 600; i++) speech.audio(second)
  speech.done()
  session.send({ type: 'conversation.item.done', item: { type: 'message', id: 'mark', status: 'completed' } })
  await heardMore(call, 1000)
  const stream = call.streams[0]!
  // Some twenty seconds lie at the carrier, and no more: the rest would have to be cleared.
  const sentMs = () => stream.playout.playedMs(call.nowMs) + stream.playout.queuedMs(call.nowMs)
  expect(sentMs() - call.playedMs).toBeLessThanOrEqual(20_100)
  // Ten minutes of the telephone's format are under five megabytes; the rest is what the collector has not looked at yet.
  expect(heldMb() - beforeMb).toBeLessThan(20)

  session.send({ type: 'input_audio_buffer.speech_started', item_id: 'item_caller', audio_start_ms: 0 })
  await here.model.until(() => call.clears.length > 0, 'a clear')
  const truncated = await here.model.until(
    () => session.received.find(({ type }) => type === 'conversation.item.truncate'),
    'a truncation',
  )
  expect(Math.abs(Number(truncated.audio_end_ms) - call.playedMs)).toBeLessThan(100)
  expect(heldMb() - beforeMb).toBeLessThan(6)
  await call.hangUp()
})

it('a model that is half an hour ahead of the ear ends its call, before it has filled the memory of all', async () => {
  const { session, call } = await here.plain()
  const speech = session.speak()
  const minute = soundOf(60_000)
  for (let i = 0; i < 35; i++) speech.audio(minute)
  expect((await call.ended).why).toBe('hangup-verb')
  expect(here.endOf(call.callSid)).toBe('model-lost')
  await here.model.until(() => session.closed !== null, 'the end of the session')
})
