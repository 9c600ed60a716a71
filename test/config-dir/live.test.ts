import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import type { Agent } from '../../src/agents/agent.ts'
import { LiveConfig, type Reload } from '../../src/config-dir/live.ts'
import { configWith, put } from '../agents/config-folder.ts'
import { HandTimers } from './hand-timers.ts'

const PRICES =
  'checked: 2026-11-21\nmodels:\n  gpt-realtime-2.1: { textIn: 4, textCached: 0.4, textOut: 24, audioIn: 32, audioCached: 0.4, audioOut: 64, imageIn: 5, imageCached: 0.5 }\n'
const TOOL = (answer: string) => `import { defineTool } from 'earshot'
import { z } from 'zod'
export default defineTool({ name: 'look_up', description: 'Looks up.', parameters: z.object({}), handler: () => '${answer}' })
`

interface Watched {
  readonly live: LiveConfig
  readonly logged: { readonly level: string; readonly message: string; readonly fields: object }[]
  readonly kept: string[][]
  readonly timers: HandTimers
  /** Something on disk has changed: what comes of the look at it that is not without a difference. */
  readonly noticed: () => Promise<Reload>
}

/** @param keep what writing down the agents does */
async function watched(
  config: string,
  keep: (agents: readonly Agent[]) => Promise<void> = async () => {},
): Promise<Watched> {
  const timers = new HandTimers()
  const logged: Watched['logged'] = []
  const kept: string[][] = []
  const log = (level: string) => (fields: object, message: string) => void logged.push({ level, message, fields })
  const live = new LiveConfig({
    configDir: config,
    env: {},
    keep: async (agents) => {
      await keep(agents)
      kept.push(agents.map(({ name, version }) => `${name} ${version}`))
    },
    log: { info: log('info'), warn: log('warn'), error: log('error') },
    setTimer: timers.set,
  })
  onTestFinished(() => live.close())
  expect(await live.reload()).toMatchObject({ type: 'taken' })
  const noticed = async () => {
    // A save is several events, and one of them may come after the look at it.
    for (;;) {
      const told = new Promise<Reload>((resolve) => {
        const stop = live.subscribe((reload) => {
          stop()
          resolve(reload)
        })
      })
      await timers.fire()
      const reload = await told
      if (reload.type !== 'same') return reload
    }
  }
  return { live, logged, kept, timers, noticed }
}

const greetings = ({ current }: LiveConfig) => Object.fromEntries(current.agents.map((a) => [a.name, a.greeting]))
const agent = (greeting: string) => `instructions: hi\ngreeting: ${greeting}\n`

it('takes a file that is written in place, for whoever asks from then on', async () => {
  const config = configWith({ 'pricing.yaml': PRICES, 'agents/a.yaml': agent('Old.'), 'agents/b.yaml': agent('B.') })
  const { live, noticed, logged, kept } = await watched(config)
  const before = live.current
  writeFileSync(join(config, 'agents/a.yaml'), agent('New.'))
  expect(await noticed()).toEqual({ type: 'taken', agents: ['a'], tools: [] })
  expect(greetings(live)).toEqual({ a: 'New.', b: 'B.' })
  // What a call began with is not what is current.
  expect(before.agents.map(({ greeting }) => greeting)).toEqual(['Old.', 'B.'])
  expect(before.agents[1]?.version).toBe(live.current.agents[1]?.version)
  expect(kept).toEqual(
    [before, live.current].map(({ agents }) => agents.map(({ name, version }) => `${name} ${version}`)),
  )
  expect(logged).toEqual([
    {
      level: 'info',
      message: 'a change of the configuration is taken: it holds for calls from now on',
      fields: { agents: ['a'], tools: [] },
    },
  ])
})

it('sees the saves of editors: a file renamed over the old one, and an old one moved away first', async () => {
  const config = configWith({ 'agents/a.yaml': agent('Old.') })
  const { live, noticed } = await watched(config)
  const file = join(config, 'agents/a.yaml')
  writeFileSync(join(config, 'agents/.a.yaml.swp'), agent('Renamed.'))
  renameSync(join(config, 'agents/.a.yaml.swp'), file)
  expect(await noticed()).toMatchObject({ type: 'taken' })
  expect(greetings(live)).toEqual({ a: 'Renamed.' })

  renameSync(file, `${file}~`)
  writeFileSync(file, agent('Moved.'))
  unlinkSync(`${file}~`)
  expect(await noticed()).toMatchObject({ type: 'taken' })
  expect(greetings(live)).toEqual({ a: 'Moved.' })
})

it.each([
  [
    'each file a link into ..data',
    (mount: string) => symlinkSync('..data/a.yaml', join(mount, 'agents/a.yaml')),
    'agents',
  ],
  ['the folder a link into ..data', (mount: string) => symlinkSync('..data/agents', join(mount, 'agents')), '.'],
])('sees a ConfigMap being swapped, with %s', async (_what, link, mounted) => {
  const mount = realpathSync(mkdtempSync(join(tmpdir(), 'earshot-mount-')))
  onTestFinished(() => rmSync(mount, { recursive: true }))
  const volume = join(mount, mounted)
  const inside = mounted === '.' ? 'agents/a.yaml' : 'a.yaml'
  mkdirSync(volume, { recursive: true })
  const publish = (name: string, greeting: string) => {
    put(join(volume, name), inside, agent(greeting))
    symlinkSync(name, join(volume, '..data_tmp'))
    renameSync(join(volume, '..data_tmp'), join(volume, '..data'))
  }
  publish('..2026_1', 'Old.')
  link(mount)
  const { live, noticed } = await watched(mount)
  expect(greetings(live)).toEqual({ a: 'Old.' })
  for (const [name, before] of [
    ['..2026_2', '..2026_1'],
    ['..2026_3', '..2026_2'],
  ] as const) {
    publish(name, `From ${name}.`)
    rmSync(join(volume, before), { recursive: true })
    expect(await noticed()).toMatchObject({ type: 'taken', agents: ['a'] })
    expect(greetings(live)).toEqual({ a: `From ${name}.` })
  }
})

it('sees CONFIG_DIR itself become another folder', async () => {
  const folder = configWith({ 'v1/agents/a.yaml': agent('One.'), 'v2/agents/a.yaml': agent('Two.') })
  symlinkSync('v1', join(folder, 'config'))
  const { live, noticed } = await watched(join(folder, 'config'))
  symlinkSync('v2', join(folder, 'config_tmp'))
  renameSync(join(folder, 'config_tmp'), join(folder, 'config'))
  expect(await noticed()).toMatchObject({ type: 'taken' })
  expect(greetings(live)).toEqual({ a: 'Two.' })
})

it('sees a base, an included text, a tool and the prices change', async () => {
  const config = configWith({
    'agents/a.yaml': 'extends: ../shared/base.yaml\ntools: [look_up]\n',
    'shared/base.yaml': 'instructions: { file: texts/a.md }\ngreeting: Old.\n',
    'shared/texts/a.md': 'Be brief.\n',
    'tools/look-up.ts': TOOL('old'),
    'pricing.yaml': PRICES,
  })
  const { live, noticed } = await watched(config)
  put(config, 'shared/base.yaml', 'instructions: { file: texts/a.md }\ngreeting: New.\n')
  expect(await noticed()).toEqual({ type: 'taken', agents: ['a'], tools: [] })
  put(config, 'shared/texts/a.md', 'Be kind.\n')
  expect(await noticed()).toEqual({ type: 'taken', agents: ['a'], tools: [] })
  expect(live.current.agents[0]).toMatchObject({ greeting: 'New.', instructions: 'Be kind.' })
  const tool = live.current.tools.get('look_up')
  put(config, 'tools/look-up.ts', TOOL('new'))
  expect(await noticed()).toEqual({ type: 'taken', agents: [], tools: ['look_up'] })
  expect(live.current.tools.get('look_up')).not.toBe(tool)
  put(config, 'pricing.yaml', PRICES.replace('audioIn: 32', 'audioIn: 16'))
  expect(await noticed()).toEqual({ type: 'taken', agents: [], tools: [] })
  expect(live.current.pricing.get('gpt-realtime-2.1')?.audioIn).toBe(16)
})

it('sees an agent come and go, and a folder that was not there', async () => {
  const config = configWith({ 'agents/a.yaml': agent('A.') })
  const { live, noticed } = await watched(config)
  put(config, 'agents/b.yaml', agent('B.'))
  expect(await noticed()).toEqual({ type: 'taken', agents: ['b'], tools: [] })
  unlinkSync(join(config, 'agents/a.yaml'))
  expect(await noticed()).toEqual({ type: 'taken', agents: ['a'], tools: [] })
  mkdirSync(join(config, 'tools'))
  put(config, 'tools/look-up.ts', TOOL('new'))
  expect(await noticed()).toEqual({ type: 'taken', agents: [], tools: ['look_up'] })
  expect(greetings(live)).toEqual({ b: 'B.' })
})

it('refuses a change with a mistake whole, says where it is, and goes on with what was there', async () => {
  const config = configWith({ 'agents/a.yaml': agent('A.'), 'agents/b.yaml': agent('B.'), 'pricing.yaml': PRICES })
  const { live, noticed, logged, kept } = await watched(config)
  put(config, 'agents/b.yaml', `${agent('New.')}model: { voise: marin }\n`)
  put(config, 'agents/a.yaml', agent('New.'))
  expect(await noticed()).toMatchObject({ type: 'refused' })
  expect(greetings(live)).toEqual({ a: 'A.', b: 'B.' })
  expect(live.refused.map(({ message }) => message)).toEqual(['unknown key `voise`: did you mean `voice`?'])
  expect(kept).toHaveLength(1)
  const refusal = {
    level: 'error',
    message: 'a change of the configuration is refused: what was there before answers',
    fields: { problems: [`${config}/agents/b.yaml:3:10  model.voise: unknown key \`voise\`: did you mean \`voice\`?`] },
  }
  expect(logged).toEqual([refusal])

  // The same mistake is told once, another one again.
  put(config, 'agents/a.yaml', agent('Newer.'))
  expect(await noticed()).toMatchObject({ type: 'refused' })
  expect(logged).toEqual([refusal])
  put(config, 'pricing.yaml', 'checked: 2026-11-21\nmodels: { m: cheap }\n')
  expect(await noticed()).toMatchObject({ type: 'refused' })
  expect(logged).toHaveLength(2)

  put(config, 'pricing.yaml', PRICES)
  put(config, 'agents/b.yaml', agent('Mended.'))
  expect(await noticed()).toMatchObject({ type: 'taken', agents: ['a', 'b'] })
  expect(greetings(live)).toEqual({ a: 'Newer.', b: 'Mended.' })
  expect(live.refused).toEqual([])
})

it('says so when a mistake is taken back, and nothing when nothing has changed', async () => {
  const config = configWith({ 'agents/a.yaml': agent('A.'), 'pricing.yaml': PRICES })
  const { live, noticed, logged } = await watched(config)
  const before = live.current
  appendFileSync(join(config, 'agents/a.yaml'), '# a comment\n')
  expect(await live.reload()).toEqual({ type: 'same' })
  expect(logged).toEqual([])
  put(config, 'agents/a.yaml', 'greeting: A.\n')
  expect(await noticed()).toMatchObject({ type: 'refused' })
  put(config, 'agents/a.yaml', agent('A.'))
  expect(await live.reload()).toEqual({ type: 'same' })
  expect(logged.map(({ level, message }) => `${level} ${message}`)).toEqual([
    'error a change of the configuration is refused: what was there before answers',
    'info the configuration is again what answers',
  ])
  expect(live.current).toBe(before)
})

it('moves a number from one agent to another only when both files say so', async () => {
  const numbers = (...list: string[]) => `instructions: hi\nnumbers: ${JSON.stringify(list)}\n`
  const config = configWith({ 'agents/a.yaml': numbers('+15550100', '+15550101'), 'agents/b.yaml': numbers() })
  const { live, noticed } = await watched(config)
  put(config, 'agents/b.yaml', numbers('+15550101'))
  expect(await noticed()).toMatchObject({ type: 'refused' })
  expect(live.current.agents.map((each) => each.numbers)).toEqual([['+15550100', '+15550101'], []])
  put(config, 'agents/a.yaml', numbers('+15550100'))
  expect(await noticed()).toEqual({ type: 'taken', agents: ['a', 'b'], tools: [] })
})

it('warns of what is worth knowing once', async () => {
  const config = configWith({ 'agents/a.yaml': agent('A.') })
  const { noticed, logged } = await watched(config)
  put(config, 'agents/a.yaml', agent('B.'))
  await noticed()
  expect(logged.filter(({ level }) => level === 'warn')).toEqual([
    {
      level: 'warn',
      message: 'worth knowing of the configuration',
      fields: {
        at: expect.stringMatching(/agents\/a\.yaml:1:1 {2}model\.name: the price of gpt-realtime-2\.1 is not known/),
      },
    },
  ])
})

it('takes a change although the log cannot keep it, and tries again later', async () => {
  const config = configWith({ 'agents/a.yaml': agent('A.'), 'pricing.yaml': PRICES })
  let full = false
  const { live, noticed, logged, kept, timers } = await watched(config, async () => {
    if (full) throw new Error('the disk is full')
  })
  full = true
  put(config, 'agents/a.yaml', agent('B.'))
  expect(await noticed()).toMatchObject({ type: 'taken' })
  expect(greetings(live)).toEqual({ a: 'B.' })
  expect(kept).toHaveLength(1)
  expect(logged[0]).toMatchObject({ level: 'error', fields: { detail: 'the disk is full' } })
  expect(timers.armed).toContain(10_000)
  full = false
  while (kept.length === 1) await timers.fire()
  expect(kept[1]).toEqual(live.current.agents.map(({ name, version }) => `${name} ${version}`))
})

it('starts with nothing when the files have mistakes, and leaves it to its starter to say so', async () => {
  const config = configWith({ 'agents/a.yaml': 'greeting: A.\n' })
  const logged: string[] = []
  const say = (_: object, message: string) => void logged.push(message)
  const log = { info: say, warn: say, error: say }
  await using live = new LiveConfig({ configDir: config, env: {}, keep: async () => {}, log })
  expect(await live.reload()).toMatchObject({ type: 'refused' })
  expect(live.current.agents).toEqual([])
  expect(logged).toEqual([])
})

it('looks no more once it is closed', async () => {
  const config = configWith({ 'agents/a.yaml': agent('A.') })
  const { live, timers } = await watched(config)
  await live.close()
  put(config, 'agents/a.yaml', agent('B.'))
  expect(await live.reload()).toEqual({ type: 'same' })
  expect(greetings(live)).toEqual({ a: 'A.' })
  expect(timers.armed).toEqual([])
})
