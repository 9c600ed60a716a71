import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { agentFor } from '../../src/agents/agent.ts'
import { loadAgents, readAgent } from '../../src/agents/load.ts'
import { loadPricing } from '../../src/agents/pricing.ts'

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

function configWith(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-agents-'))
  folders.push(folder)
  mkdirSync(join(folder, 'agents'))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  return folder
}

it.each([
  [
    'a misspelt key',
    'instructions: hi\nmodel:\n  voise: marin\n',
    'x.yaml:3:3  model.voise: unknown key `voise`: did you mean `voice`?',
  ],
  [
    'a misspelt key of a choice',
    'instructions: hi\nturn: { detection: server_vad, treshold: 1 }\n',
    'x.yaml:2:32  turn.treshold: unknown key `treshold`: did you mean `threshold`?',
  ],
  [
    'a misspelt value',
    'instructions: hi\naudio: { wire: g71 }\n',
    'x.yaml:2:16  audio.wire: "g71" is not one of pcm16, g711, did you mean `g711`?',
  ],
  [
    'a wrong type',
    'instructions: hi\nlimits:\n  maxMinutes: soon\n',
    'x.yaml:3:15  limits.maxMinutes: "soon" does not fit: Invalid input: expected number, received string',
  ],
  [
    'a number out of range',
    'instructions: hi\nmodel: { speed: 9 }\n',
    'x.yaml:2:17  model.speed: 9 does not fit: Too big: expected number to be <=1.5',
  ],
  [
    'a number that is none',
    'instructions: hi\nnumbers: ["*"]\ndestinations: { desk: { phone: "12" } }\n',
    'x.yaml:3:32  destinations.desk.phone: "12" does not fit: a phone number in E.164 form, like +15550100',
  ],
  ['no instructions', 'greeting: hi\n', 'x.yaml:1:1  instructions: is missing'],
  ['a key twice', 'instructions: hi\ninstructions: ho\n', 'x.yaml:2:1  Map keys must be unique'],
  ['YAML that does not close', 'instructions: "hi\n', 'x.yaml:2:1  Missing closing "quote'],
  ['an empty file', '', 'x.yaml:1:1  the file is empty: an agent needs at least `instructions`'],
])('points at %s', (_what, text, expected) => {
  expect(readAgent('x.yaml', text).problems.map((problem) => problem.text)).toEqual([expected])
})

it('reports everything that is wrong, of all files, and keeps the agents that are well', async () => {
  const config = configWith({
    'agents/a.yaml': 'instructions: hi\ntools: [lookup_ordr, transfer_call]\nmodel: { provider: acme }\n',
    'agents/b.yaml': 'instructions: hi\nnumbers: ["+15550100"]\n',
    'agents/c.yaml': 'instructions: hi\nnumbers:\n  - "+15550101"\n  - "+15550100"\n',
    'agents/d.yaml': 'instruction: hi\ngreeting: 3\n',
  })
  const { agents, problems } = await loadAgents(config, {
    toolNames: ['lookup_order', 'transfer_call'],
    providerNames: ['openai'],
  })
  expect(agents.map((agent) => agent.name)).toEqual(['b', 'c'])
  expect(problems.map(({ text }) => text.slice(config.length + '/agents/'.length))).toEqual([
    'a.yaml:2:9  tools.0: there is no tool `lookup_ordr`: did you mean `lookup_order`?',
    'a.yaml:2:22  tools.1: transfer_call needs at least one name under `destinations`',
    'a.yaml:3:20  model.provider: there is no provider `acme`: the providers are openai',
    'd.yaml:1:1  instructions: is missing',
    'd.yaml:2:11  greeting: 3 does not fit: Invalid input: expected string, received number',
    'd.yaml:1:1  instruction: unknown key `instruction`: did you mean `instructions`?',
    'c.yaml:4:5  numbers.1: +15550100 is answered by agent `b` already',
  ])
})

it('fills every default, and names a version by content', async () => {
  const one = readAgent('x.yaml', 'instructions: hi\nturn: { eagerness: high }\n').loaded?.agent
  expect(one).toMatchObject({
    name: 'x',
    greeting: null,
    audio: { wire: 'pcm16' },
    turn: { detection: 'semantic_vad', eagerness: 'high' },
    model: { provider: 'openai', name: 'gpt-realtime-2.1', voice: 'marin', reasoning: 'low' },
    limits: { maxMinutes: 30, maxCostUsd: 2 },
  })
  expect(readAgent('x.yaml', 'instructions: hi\nturn: { eagerness: high }\n').loaded?.agent.version).toBe(one?.version)
  expect(readAgent('x.yaml', 'instructions: ho\nturn: { eagerness: high }\n').loaded?.agent.version).not.toBe(
    one?.version,
  )
})

it('answers a called number with the agent that names it, else with the one for any', async () => {
  const config = configWith({
    'agents/any.yaml': 'instructions: hi\nnumbers: ["*"]\n',
    'agents/shop.yaml': 'instructions: hi\nnumbers: ["+15550100"]\n',
  })
  const { agents } = await loadAgents(config, { toolNames: [] })
  expect(agentFor(agents, '+15550100')?.name).toBe('shop')
  expect(agentFor(agents, '+15550199')?.name).toBe('any')
  expect(
    agentFor(
      agents.filter(({ name }) => name === 'shop'),
      '+15550199',
    ),
  ).toBeNull()
})

it('reads the prices that are shipped, and names what is wrong with others', async () => {
  expect((await loadPricing(join(import.meta.dirname, '../../config'))).get('gpt-realtime-2.1')).toMatchObject({
    audioIn: 32,
    audioOut: 64,
  })
  expect(await loadPricing(configWith({}))).toEqual(new Map())
  const wrong = configWith({ 'pricing.yaml': 'checked: 2026-11-21\nmodels: { m: { textIn: free } }\n' })
  await expect(loadPricing(wrong)).rejects.toThrow(/pricing\.yaml: models\.m\.textIn/)
})
