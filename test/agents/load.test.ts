import { join } from 'node:path'
import { expect, it } from 'vitest'
import { agentFor } from '../../src/agents/agent.ts'
import { loadAgents } from '../../src/agents/load.ts'
import { loadPricing } from '../../src/agents/pricing.ts'
import { agentOf, configWith, KNOWN, told } from './config-folder.ts'

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
    'x.yaml:3:15  limits.maxMinutes: "soon" does not fit: a number is needed',
  ],
  [
    'a number out of range',
    'instructions: hi\nmodel: { speed: 9 }\n',
    'x.yaml:2:17  model.speed: 9 does not fit: at most 1.5',
  ],
  [
    'a number that is none',
    'instructions: hi\nnumbers: ["*"]\ndestinations: { desk: { phone: "12" } }\n',
    'x.yaml:3:32  destinations.desk.phone: "12" does not fit: a phone number in E.164 form, like +15550100',
  ],
  ['no instructions', 'greeting: hi\n', 'x.yaml:1:1  instructions: is missing'],
  [
    'a key twice',
    'instructions: hi\ninstructions: ho\n',
    'x.yaml:2:1  `instructions` is here already: keep one of the two',
  ],
  ['YAML that does not close', 'instructions: "hi\n', 'x.yaml:2:1  Missing closing "quote'],
  ['tabs', 'instructions: hi\nmodel:\n\tvoice: marin\n', 'x.yaml:3:1  Tabs are not allowed as indentation: use spaces'],
  [
    'a colon in a text',
    'instructions: hi\ngreeting: Harbour Bikes: how can I help?\n',
    'x.yaml:2:11  Nested mappings are not allowed in compact mappings: if the text itself holds `: `, put it in quotes; else check the indentation',
  ],
  [
    'a second document',
    'instructions: hi\n---\ninstructions: ho\n',
    'x.yaml:2:1  one document a file: move what follows `---` to another',
  ],
  [
    'a text that looks like a tag',
    'instructions: !important be brief\n',
    'x.yaml:1:15  Unresolved tag: !important: a text that begins with `!` must be in quotes',
  ],
  ['an alias of nothing', 'instructions: *hours\n', 'x.yaml:1:15  nothing before is marked `&hours`'],
  [
    'aliases that would unfold to millions',
    `${['a', 'b', 'c', 'd', 'e'].map((name, i) => `${name}: &${name} [${Array(9).fill(i === 0 ? 'x' : `*${'abcde'[i - 1]}`)}]\n`).join('')}instructions: hi\n`,
    'x.yaml:1:1  aliases (`*name`) repeat too much: write the parts out',
  ],
  [
    'a key that belongs elsewhere',
    'instructions: hi\nvoice: marin\n',
    'x.yaml:2:1  voice: unknown key `voice`: it belongs at `model.voice`',
  ],
  [
    'a key that nobody knows',
    'instructions: hi\nlimits: { fortune: 1 }\n',
    'x.yaml:2:11  limits.fortune: unknown key `fortune`: the keys here are maxMinutes, maxCostUsd, maxCostUsdPerDay, maxCostUsdPerCallerPerDay, whenSpent, maxCalls, whenFull',
  ],
  [
    'a greeting that nobody would listen to',
    `instructions: hi\ngreeting: ${'x'.repeat(601)}\n`,
    `x.yaml:2:11  greeting: "${'x'.repeat(56)}… does not fit: at most 600 characters, and there are 601`,
  ],
  [
    'a number that YAML takes for an integer',
    'instructions: hi\nnumbers: [+15550100]\n',
    'x.yaml:2:11  numbers.0: 15550100 does not fit: a phone number in quotes, like "+15550100", or "*"',
  ],
  [
    'one where a list must be',
    'instructions: hi\nnumbers: "*"\n',
    'x.yaml:2:10  numbers: "*" does not fit: a list is needed, like ["*"]',
  ],
  [
    'a destination that is two',
    'instructions: hi\ndestinations: { desk: { phone: "+15550111", sip: "sip:a@b" } }\n',
    'x.yaml:2:23  destinations.desk: {"phone":"+15550111","sip":"sip:a@b"} does not fit: either `{ phone: "+15550100" }` or `{ sip: "sip:desk@example.com" }`, each with a `description` if you like',
  ],
  [
    'a destination with a name nobody can say',
    'instructions: hi\ndestinations: { The Desk: { phone: "+15550111" } }\n',
    'x.yaml:2:17  destinations.The Desk: `The Desk` does not fit: a name of small letters, digits, `_` and `-`',
  ],
  [
    'a choice that is none',
    'instructions: hi\nturn: { detection: server_vda }\n',
    'x.yaml:2:20  turn.detection: "server_vda" is not one of semantic_vad, server_vad, did you mean `server_vad`?',
  ],
  [
    'a choice of shapes that fits none',
    'instructions: hi\nmodel: { truncation: atuo }\n',
    'x.yaml:2:22  model.truncation: "atuo" does not fit: auto, disabled, or `{ retentionRatio: 0.8, maxTokens: 16000 }`',
  ],
  [
    'a key without a value',
    'instructions: hi\nmodel:\n',
    'x.yaml:2:7  model: is empty: give it a value, or remove the key',
  ],
  [
    'a list',
    '- instructions: hi\n',
    'x.yaml:1:1  [{"instructions":"hi"}] does not fit: keys with values are needed here',
  ],
  ['an empty file', '', 'x.yaml:1:1  the file is empty: an agent needs at least `instructions`'],
])('points at %s', async (_what, text, expected) => {
  expect((await told({ 'agents/x.yaml': text })).problems).toEqual([`agents/${expected}`])
})

it('reports everything that is wrong, of all files, and keeps the agents that are well', async () => {
  const { agents, problems } = await told({
    'agents/a.yaml': 'instructions: hi\ntools: [lookup_ordr, transfer_call]\nmodel: { provider: acme }\n',
    'agents/b.yaml': 'instructions: hi\nnumbers: ["+15550100"]\n',
    'agents/c.yaml': 'instructions: hi\nnumbers:\n  - "+15550101"\n  - "+15550100"\n',
    'agents/d.yaml': 'instruction: hi\ngreeting: 3\ntools: [end_cal, lookup_order, lookup_order]\n',
    'agents/b.yml': 'instructions: hi\nnumbers: ["*", "*"]\n',
  })
  expect(agents.map((agent) => agent.name)).toEqual(['b'])
  expect(problems).toEqual([
    'agents/a.yaml:2:9  tools.0: there is no tool `lookup_ordr`: did you mean `lookup_order`?',
    'agents/a.yaml:2:22  tools.1: transfer_call needs at least one name under `destinations`',
    'agents/a.yaml:3:20  model.provider: there is no provider `acme`: the providers are openai',
    'agents/b.yml:1:1  agents/b.yaml has the same name: rename one of them',
    'agents/b.yml:2:16  numbers.1: * is in the list already',
    'agents/c.yaml:4:5  numbers.1: +15550100 is answered by agent `b` already',
    'agents/d.yaml:1:1  instructions: is missing',
    'agents/d.yaml:2:11  greeting: 3 does not fit: a sentence, or one for each language: `{ en: Hello., de: Guten Tag. }`',
    'agents/d.yaml:1:1  instruction: unknown key `instruction`: did you mean `instructions`?',
    'agents/d.yaml:3:9  tools.0: there is no tool `end_cal`: did you mean `end_call`?',
    'agents/d.yaml:3:32  tools.2: `lookup_order` is in the list already',
  ])
})

it('fills every default, and names a version by all that holds and by nothing else', async () => {
  const one = await agentOf('instructions: hi\nturn: { eagerness: high }\n')
  expect(one).toMatchObject({
    name: 'x',
    greeting: null,
    audio: { wire: 'pcm16' },
    turn: { detection: 'semantic_vad', eagerness: 'high' },
    model: { provider: 'openai', name: 'gpt-realtime-2.1', voice: 'marin', reasoning: 'low' },
    limits: { maxMinutes: 30, maxCostUsd: 2, maxCalls: null },
  })
  const versionOf = async (yaml: string) => (await agentOf(yaml)).version
  expect(one.version).toMatch(/^[0-9a-f]{12}$/)
  expect(await versionOf('# the same\nturn: { eagerness: "high" }\ninstructions: "hi"\n')).toBe(one.version)
  expect(await versionOf('instructions: hi\nturn: { eagerness: high }\ngreeting: null\n')).toBe(one.version)
  expect(await versionOf('instructions: ho\nturn: { eagerness: high }\n')).not.toBe(one.version)
  expect(await versionOf('instructions: hi\nturn: { eagerness: high }\nlimits: { maxMinutes: 29 }\n')).not.toBe(
    one.version,
  )
})

it('lets nothing change an agent that a call may hold', async () => {
  const agent = await agentOf('instructions: hi\ntools: [end_call]\n')
  expect([agent, agent.model, agent.model.truncation, agent.tools, agent.limits].every(Object.isFrozen)).toBe(true)
})

it('says so when there is no agent at all, and takes no file of an editor for one', async () => {
  for (const config of [configWith({}), configWith({ 'agents/.#x.yaml': 'instructions: hi\n' }), '/nowhere']) {
    const { agents, problems } = await loadAgents(config, KNOWN)
    expect(agents).toEqual([])
    expect(problems.map(({ message }) => message)).toEqual([
      'there is no agent: write one, such as `reception.yaml` with at least `instructions`',
    ])
  }
})

it('answers a called number with the agent that names it, else with the one for any', async () => {
  const { agents } = await told({
    'agents/any.yaml': 'instructions: hi\nnumbers: ["*"]\n',
    'agents/shop.yaml': 'instructions: hi\nnumbers: ["+15550100"]\n',
  })
  expect(agentFor(agents, '+15550100')?.name).toBe('shop')
  expect(agentFor(agents, '+15550199')?.name).toBe('any')
  expect(
    agentFor(
      agents.filter(({ name }) => name === 'shop'),
      '+15550199',
    ),
  ).toBeNull()
})

it('reads the prices that are shipped', async () => {
  const { pricing, problems } = await loadPricing(join(import.meta.dirname, '../../config'))
  expect(problems).toEqual([])
  expect(pricing.get('gpt-realtime-2.1')).toMatchObject({ audioIn: 32, audioOut: 64 })
})

it.each([
  [
    'a price that is none',
    'checked: 2026-11-21\nmodels:\n  m: { textIn: free }\n',
    /^pricing\.yaml:3:16 {2}models\.m\.textIn: "free" does not fit: a number is needed$/,
  ],
  ['a day that is none', 'checked: soon\nmodels: {}\n', /^pricing\.yaml:1:10 {2}checked: .*a day, like 2026-11-21$/],
  ['YAML that does not close', 'checked: "2026\n', /^pricing\.yaml:2:1 {2}Missing closing "quote$/],
])('points at %s in pricing.yaml, and then knows no price', async (_what, text, expected) => {
  const config = configWith({ 'pricing.yaml': text })
  const { pricing, problems } = await loadPricing(config)
  expect(pricing.size).toBe(0)
  expect(problems.map((each) => each.text.slice(config.length + 1))).toContainEqual(expect.stringMatching(expected))
})

it('knows no price without pricing.yaml', async () => {
  expect(await loadPricing(configWith({}))).toEqual({ pricing: new Map(), problems: [] })
})
