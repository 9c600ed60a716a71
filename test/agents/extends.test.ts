import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { loadAgents } from '../../src/agents/load.ts'
import { configWith, KNOWN, put, told } from './config-folder.ts'

const BASE = `instructions: You answer for Harbour Bikes.
model: { voice: cedar, reasoning: high }
turn: { detection: server_vad, threshold: 0.6 }
tools: [lookup_order, end_call]
destinations:
  desk: { phone: "+15550111", description: the desk }
  bench: { phone: "+15550112" }
limits: { maxMinutes: 10 }
`

it('takes from its base what it does not say: maps key by key, lists, values and choices of shapes whole', async () => {
  const { agents, problems } = await told({
    'agents/base/shop.yaml': BASE,
    'agents/night.yaml': `extends: ./base/shop.yaml
greeting: Good evening.
model: { voice: marin }
turn: { eagerness: low }
tools: [end_call]
destinations:
  desk: { sip: "sip:desk@example.com" }
`,
  })
  expect(problems).toEqual([])
  expect(agents).toMatchObject([
    {
      name: 'night',
      instructions: 'You answer for Harbour Bikes.',
      greeting: 'Good evening.',
      model: { voice: 'marin', reasoning: 'high' },
      turn: { detection: 'semantic_vad', eagerness: 'low' },
      tools: ['end_call'],
      limits: { maxMinutes: 10, maxCostUsd: 2 },
    },
  ])
  expect(agents[0]?.destinations).toEqual({ desk: { sip: 'sip:desk@example.com' }, bench: { phone: '+15550112' } })
  expect(agents[0]).not.toHaveProperty('extends')
})

it('extends a file that extends another, each relative to itself, and null takes a value away', async () => {
  const { agents, problems } = await told({
    'shared/root.yaml': 'instructions: from the root\ngreeting: Hello.\nlimits: { maxMinutes: 5, maxCalls: 3 }\n',
    'agents/base/shop.yaml': 'extends: ../../shared/root.yaml\nlimits: { maxMinutes: 6 }\n',
    'agents/a.yaml': 'extends: base/shop.yaml\ngreeting: null\n',
  })
  expect(problems).toEqual([])
  expect(agents).toMatchObject([
    { instructions: 'from the root', greeting: null, limits: { maxMinutes: 6, maxCalls: 3 } },
  ])
})

it('changes its version with its base', async () => {
  const version = async (base: string) => {
    const { agents } = await told({ 'agents/base/b.yaml': base, 'agents/a.yaml': 'extends: base/b.yaml\n' })
    return agents[0]?.version
  }
  const first = await version('instructions: hi\n')
  expect(await version('instructions: hi # as before\n')).toBe(first)
  expect(await version('instructions: ho\n')).not.toBe(first)
})

it('points into the file that says it, also when another takes it over', async () => {
  const { agents, problems } = await told({
    'agents/base/shop.yaml': 'model:\n  voice: marin\n  sped: 1\ntools:\n  - end_call\n  - lookup_ordr\n',
    'agents/a.yaml': 'extends: base/shop.yaml\ninstructions: hi\nmodel: { reasoning: hgih }\n',
    'agents/b.yaml': 'extends: base/shop.yaml\nlimits: { maxMinutes: 0 }\n',
  })
  expect(agents).toEqual([])
  expect(problems).toEqual([
    'agents/a.yaml:3:21  model.reasoning: "hgih" is not one of minimal, low, medium, high, xhigh, did you mean `high`?',
    'agents/base/shop.yaml:3:3  model.sped: unknown key `sped`: did you mean `speed`?',
    'agents/base/shop.yaml:6:5  tools.1: there is no tool `lookup_ordr`: did you mean `lookup_order`?',
    'agents/b.yaml:1:1  instructions: is missing',
    'agents/b.yaml:2:23  limits.maxMinutes: 0 does not fit: at least 0.1',
  ])
})

it('says which agent takes a number from its base that another answers already', async () => {
  const { problems } = await told({
    'agents/base/shop.yaml': 'instructions: hi\nnumbers: ["+15550100"]\n',
    'agents/a.yaml': 'extends: base/shop.yaml\n',
    'agents/b.yaml': 'extends: base/shop.yaml\n',
  })
  expect(problems).toEqual([
    'agents/base/shop.yaml:2:11  numbers.0: agent `b` takes this from its base, but +15550100 is answered by agent `a` already',
  ])
})

it.each([
  ['a base that is not there', 'extends: base/b.yaml\n', {}, '1:10  extends: agents/base/b.yaml does not exist'],
  ['a folder', 'extends: base\n', { 'agents/base/b.yaml': '' }, '1:10  extends: agents/base is a folder'],
  [
    'a base outside',
    'extends: ../../b.yaml\n',
    {},
    '1:10  extends: ../b.yaml lies outside CONFIG_DIR: only files inside it are read',
  ],
  ['two bases', 'extends: [a, b]\n', {}, '1:10  extends: the name of one file is needed, like ./base/shop.yaml'],
  [
    'itself',
    'instructions: hi\nextends: a.yaml\n',
    {},
    '2:10  extends: goes in a circle: agents/a.yaml → agents/a.yaml',
  ],
])('refuses %s', async (_what, text, others, expected) => {
  const { agents, problems } = await told({ 'agents/a.yaml': text, ...others })
  expect(agents).toEqual([])
  expect(problems).toEqual([`agents/a.yaml:${expected}`])
})

it('refuses a longer circle where it closes, and a base that cannot be read where it stands', async () => {
  const circle = await told({
    'agents/a.yaml': 'extends: base/b.yaml\n',
    'agents/base/b.yaml': 'greeting: Hello.\nextends: ./c.yaml\n',
    'agents/base/c.yaml': 'extends: b.yaml\n',
  })
  expect(circle.problems).toEqual([
    'agents/base/c.yaml:1:10  extends: goes in a circle: agents/base/b.yaml → agents/base/c.yaml → agents/base/b.yaml',
  ])
  const broken = await told({ 'agents/a.yaml': 'extends: base/b.yaml\n', 'agents/base/b.yaml': 'greeting: "Hello\n' })
  expect(broken.problems).toEqual(['agents/base/b.yaml:2:1  Missing closing "quote'])
  const empty = await told({ 'agents/a.yaml': 'extends: base/b.yaml\n', 'agents/base/b.yaml': '# later\n' })
  expect(empty.problems).toEqual(['agents/base/b.yaml:1:1  the file is empty: there is nothing to extend'])
})

it('includes instructions from Markdown, relative to the file that names it, as part of the version', async () => {
  const load = async (markdown: string) =>
    told({
      'agents/base/shop.yaml': 'instructions: { file: ../texts/shop.md }\n',
      'agents/texts/shop.md': markdown,
      'agents/a.yaml': 'extends: base/shop.yaml\n',
    })
  const { agents, problems } = await load('# Harbour Bikes\n\nBe brief.\n')
  expect(problems).toEqual([])
  expect(agents[0]?.instructions).toBe('# Harbour Bikes\n\nBe brief.')
  expect((await load('# Harbour Bikes\n\nBe kind.\n')).agents[0]?.version).not.toBe(agents[0]?.version)
})

it('takes the same text from a block of its own file and from Markdown', async () => {
  const inline = await told({ 'agents/a.yaml': 'instructions: |\n  Be brief.\n  Be kind.\n\n' })
  const included = await told({
    'agents/a.yaml': 'instructions: { file: a.md }\n',
    'agents/a.md': 'Be brief.\nBe kind.\n',
  })
  expect(inline.agents[0]).toEqual(included.agents[0])
})

it.each([
  ['is not there', '{ file: a.md }', '1:23  instructions.file: agents/a.md does not exist'],
  ['is empty', '{ file: empty.md }', '1:23  instructions.file: agents/empty.md is empty'],
  ['is large', '{ file: large.md }', '1:23  instructions.file: agents/large.md is larger than 1048576 bytes'],
  [
    'lies outside',
    '{ file: ../../../etc/hostname }',
    '1:23  instructions.file: ../../etc/hostname lies outside CONFIG_DIR: only files inside it are read',
  ],
])('refuses instructions of which the file %s', async (_what, said, expected) => {
  const { agents, problems } = await told({
    'agents/a.yaml': `instructions: ${said}\n`,
    'agents/empty.md': ' \n',
    'agents/large.md': 'x'.repeat(1024 * 1024 + 1),
  })
  expect(agents).toEqual([])
  expect(problems).toEqual([`agents/a.yaml:${expected}`])
})

it('tells a misspelt key of the file’s name', async () => {
  expect((await told({ 'agents/a.yaml': 'instructions: { fil: a.md }\n' })).problems).toEqual([
    'agents/a.yaml:1:15  instructions.file: is missing',
    'agents/a.yaml:1:17  instructions.fil: unknown key `fil`: did you mean `file`?',
  ])
})

it('follows no link out of CONFIG_DIR', async () => {
  const outside = configWith({ 'agents/secret.md': 'the keys to everything' })
  const config = configWith({ 'agents/a.yaml': 'instructions: { file: a.md }\n' })
  symlinkSync(join(outside, 'agents/secret.md'), join(config, 'agents/a.md'))
  const { problems } = await loadAgents(config, KNOWN)
  expect(problems.map(({ message }) => message)).toEqual([
    'agents/a.md lies outside CONFIG_DIR: only files inside it are read',
  ])
})

it('knows every folder that it looked into, also for files that are not there', async () => {
  const config = configWith({
    'agents/a.yaml': 'extends: base/b.yaml\ninstructions: { file: ../texts/a.md }\n',
    'agents/base/b.yaml': 'extends: ../../shared/c.yaml\n',
  })
  put(config, 'texts/a.md', 'hi')
  const { folders } = await loadAgents(config, KNOWN)
  expect(new Set(folders.map((folder) => folder.slice(config.length)))).toEqual(
    new Set(['/agents', '/agents/base', '/shared', '/texts']),
  )
})
