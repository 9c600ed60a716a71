import { expect, it } from 'vitest'
import { Here } from './here.ts'
import { dial, heardMore } from './plain-call.ts'
import type { PlainSession } from './plain-model.ts'

/** One server is many models, by their names. The called number says which agent answers, and with it which model. */
const MODELS = [
  'never-answers',
  'never-configures',
  'always-cuts',
  'cuts-twice',
  'closes-once',
  'wrong-format',
] as const
type Model = (typeof MODELS)[number]

const agents = MODELS.map((name, i) => [
  `config/agents/${name}.yaml`,
  `instructions: Talk.\nnumbers: ["+1555020${i}"]\naudio: { wire: g711 }\nmodel: { name: ${name} }\n`,
])

it('a model that does not answer, cuts or closes the handshake, or will not be configured, is its own call’s trouble', async () => {
  await using here = await Here.open({ files: Object.fromEntries(agents) })
  const { model, earshot, carrier, webhookUrl } = here
  const dialled = new Map<string, number>()
  model.handshake = (name) => {
    const times = (dialled.get(name) ?? 0) + 1
    dialled.set(name, times)
    if (name === 'never-answers') return 'hang'
    if (name === 'always-cuts' || (name === 'cuts-twice' && times <= 2)) return 'cut'
    return 'accept'
  }
  const steady = await here.steady()
  const configure = model.configure
  model.onSession = (session) => {
    if (session.name === 'closes-once' && dialled.get('closes-once') === 1) session.close(1011)
  }
  model.configure = (session, event) => {
    if (session.name === 'never-configures') return
    if (session.name !== 'wrong-format') return configure(session, event)
    session.send({ type: 'session.updated', session: { audio: { output: { format: { type: 'audio/pcm' } } } } })
  }
  const calls = Object.fromEntries(
    await Promise.all(
      MODELS.map(async (name, i) => [name, await dial(carrier, { webhookUrl, to: `+1555020${i}` })] as const),
    ),
  )
  const callOf = (name: Model) => calls[name]!

  /** A call whose model came round is as good as any. */
  const expectServed = async (name: Model) => {
    const ready = (session: PlainSession) => session.name === name && session.configured
    const session = await model.until(() => model.sessions.find(ready), `a session of ${name}`)
    await callOf(name).streaming
    const heard = heardMore(callOf(name), 200)
    const speech = session.speak()
    speech.audio(Buffer.alloc(1600, 0x20).toString('base64'))
    speech.done()
    await heard
    await callOf(name).hangUp()
    expect(here.endOf(callOf(name).callSid)).toBe('caller-hung-up')
  }
  const expectApology = async (name: Model, reason: string) => {
    const call = callOf(name)
    expect([name, (await call.ended).why]).toEqual([name, 'hangup-verb'])
    expect(call.saidByCarrier).toEqual([expect.stringMatching(/^We are sorry, there is a problem on our side/)])
    expect([name, here.endOf(call.callSid)]).toEqual([name, reason])
    expect(call.errors).toEqual([])
  }
  await Promise.all([
    expectApology('never-answers', 'model-lost'),
    expectApology('never-configures', 'model-lost'),
    expectApology('always-cuts', 'model-lost'),
    expectApology('wrong-format', 'model-refused'),
    expectServed('cuts-twice'),
    expectServed('closes-once'),
  ])
  expect(dialled.get('always-cuts')).toBe(4)
  expect(dialled.get('cuts-twice')).toBe(3)
  expect(dialled.get('closes-once')).toBe(2)
  await steady.finish()
  expect(earshot.liveCalls).toBe(0)
  // Not one connection, answered or not, is left behind.
  await expect.poll(() => model.open).toBe(0)
})
