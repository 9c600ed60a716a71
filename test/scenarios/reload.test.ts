import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import type { Reload } from '../../src/config-dir/live.ts'
import { closeSpeech } from '../../src/twin/speech.ts'
import { openWorld, type World } from './world.ts'

afterAll(closeSpeech)

/** Saves the agent's file, and waits until the server has looked at it. */
async function save(world: World, change: (yaml: string) => string): Promise<Reload> {
  const { config } = world.earshot
  const looked = new Promise<Reload>((resolve) => {
    const stop = config.subscribe((reload) => {
      if (reload.type === 'same') return
      stop()
      resolve(reload)
    })
  })
  const file = join(config.configDir, 'agents', 'one.yaml')
  writeFileSync(file, change(readFileSync(file, 'utf8')))
  return looked
}

it('a changed agent answers the next call, a call keeps the one it began with, and a mistake changes nothing', async () => {
  await using world = await openWorld({
    agents: { one: { script: 'otherwise: The rear wheel is being built again by hand.', greeting: null } },
    model: { faults: [{ fault: 'lost', code: 1006, at: 'response.output_audio.delta', after: 4 }] },
  })
  const first = await world.place()
  const began = await first.event('call-started')

  expect(
    await save(world, (yaml) => `${yaml}\n`.replace('in scenario one.', 'in scenario one. Be kind.')),
  ).toMatchObject({
    type: 'taken',
    agents: ['one'],
  })
  const second = await world.place()
  const beganLater = await second.event('call-started')
  expect(beganLater.agentVersion).not.toBe(began.agentVersion)
  await second.event('session-ready')
  expect(second.session.settings.instructions).toContain('Be kind.')

  // The first call's session breaks, and the one in its place is the same agent's.
  await first.says('Where is my bicycle')
  await first.event('session-ready', { nth: 2 })
  expect(first.session.closed).not.toBeNull()
  const inItsPlace = world.model.sessions.at(-1)
  expect(inItsPlace).not.toBe(second.session)
  expect(inItsPlace?.settings.instructions).not.toContain('Be kind.')

  expect(await save(world, (yaml) => `${yaml}greetin: Hello.\n`)).toMatchObject({ type: 'refused' })
  const refusal = world.logged.map((line) => JSON.parse(line)).find(({ level }) => level === 50)
  expect(refusal?.problems).toEqual([
    expect.stringMatching(/agents\/one\.yaml:\d+:1 {2}greetin: unknown key `greetin`: did you mean `greeting`\?$/),
  ])
  const third = await world.place()
  expect((await third.event('call-started')).agentVersion).toBe(beganLater.agentVersion)
  await third.event('leg-attached')

  for (const caller of [first, second, third]) caller.call.hangUp()
  await Promise.all([first, second, third].map((caller) => caller.ended('caller-hung-up')))
  const { callLog } = world.earshot
  expect((await callLog.agentVersion('one', began.agentVersion))?.text).not.toContain('Be kind.')
  expect((await callLog.agentVersion('one', beganLater.agentVersion))?.text).toContain('Be kind.')
  expect((await callLog.runningAgents())?.agents.map(({ version }) => version)).toEqual([beganLater.agentVersion])
})

it('a call beyond the agent’s number of calls hears a sentence, and one outside its hours is connected elsewhere', async () => {
  await using world = await openWorld({
    agents: {
      one: { greeting: null, yaml: 'limits: { maxCalls: 1, whenFull: All of us are talking. }\n' },
      two: {
        yaml: 'hours: { zone: UTC, open: [], otherwise: { destination: desk } }\ndestinations: { desk: { phone: "+15550111" } }\n',
      },
    },
  })
  const first = await world.place({ agent: 'one' })
  const second = await world.place({ agent: 'one', session: false })
  await second.call.ended
  expect(second.call.saidByCarrier).toEqual(['All of us are talking.'])
  const third = await world.place({ agent: 'two', session: false })
  await third.call.ended
  expect(third.call.dialled).toMatchObject([{ to: [{ number: '+15550111' }] }])
  expect(world.model.sessions).toHaveLength(1)
  expect(world.events.filter(({ body }) => body.type === 'call-started')).toHaveLength(1)
  first.call.hangUp()
  await first.ended('caller-hung-up')
})
