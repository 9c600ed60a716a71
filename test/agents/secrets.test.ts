import { expect, it } from 'vitest'
import { z } from 'zod'
import { textOf } from '../../src/agents/effective.ts'
import { secretFaults } from '../../src/agents/secrets.ts'
import { agentOf, told } from './config-folder.ts'

const Schema = z.strictObject({
  name: z.string(),
  auth: z.union([z.strictObject({ bearer: z.string().meta({ secret: true }) }), z.literal('none')]).optional(),
  headers: z.record(z.string(), z.string().min(1).meta({ secret: true })).default({}),
  list: z.array(z.strictObject({ key: z.string().meta({ secret: true }).optional() })).default([]),
})

it('takes secrets where the schema says that they belong, in whatever shape', () => {
  const content = {
    name: 'x',
    auth: { bearer: `\${TOKEN}` },
    headers: { authorization: `Basic \${USER_1}:\${TOKEN}` },
    list: [{ key: `\${TOKEN}` }],
  }
  expect(secretFaults(Schema, content, { TOKEN: 'a', USER_1: 'b' })).toEqual([])
})

it('tells of one that is not set, or empty', () => {
  const content = { name: 'x', headers: { a: `\${TOKEN} \${TOKEN}`, b: `\${BLANK}` } }
  expect(secretFaults(Schema, content, { BLANK: ' ' })).toEqual([
    {
      path: ['headers', 'a'],
      name: 'TOKEN',
      message: 'the environment has no TOKEN: set it, or name another variable',
    },
    {
      path: ['headers', 'b'],
      name: 'BLANK',
      message: 'the environment has no BLANK: set it, or name another variable',
    },
  ])
})

it('reads none anywhere else, and says where', () => {
  expect(secretFaults(Schema, { name: `I am \${TOKEN}` }, { TOKEN: 'hush' })).toEqual([
    {
      path: ['name'],
      name: 'TOKEN',
      message: `\`\${TOKEN}\` is read only where secrets belong: only \`auth.bearer\`, \`headers.*\`, \`list.*.key\``,
    },
  ])
})

it('leaves other templates alone', () => {
  expect(secretFaults(Schema, { name: `\${order} $TOKEN {{TOKEN}} \${} \${a.b}` }, {})).toEqual([])
})

it('points at the very place in an agent, its base and its included text', async () => {
  const { problems } = await told(
    {
      'agents/base/b.yaml': `greeting: |\n  Hello from\n  \${SHOP}.\n`,
      'agents/a.yaml': 'extends: base/b.yaml\ninstructions: { file: a.md }\n',
      'agents/a.md': `Your key is\nnever \${API_KEY}.\n`,
    },
    { env: { SHOP: 'x', API_KEY: 'hush' } },
  )
  expect(problems).toEqual([
    expect.stringMatching(/^agents\/base\/b\.yaml:1:11 {2}greeting: `\$\{SHOP\}` is read only where secrets belong/),
    expect.stringMatching(/^agents\/a\.md:2:7 {2}instructions: `\$\{API_KEY\}` is read only where secrets belong/),
  ])
  expect(problems.join()).not.toContain('hush')
})

it('is a name, and no value, in the agent, its version and the text that the log keeps', async () => {
  const yaml = `instructions: hi
tools:
  - http:
      name: open_ticket
      description: Opens a ticket.
      url: https://desk.example/tickets
      headers: { Authorization: "Bearer \${DESK_TOKEN}" }
`
  const agent = await agentOf(yaml, { env: { DESK_TOKEN: 'hush' } })
  expect(textOf(agent)).toContain(`Bearer \${DESK_TOKEN}`)
  expect(JSON.stringify(agent)).not.toContain('hush')
  expect((await agentOf(yaml, { env: { DESK_TOKEN: 'another' } })).version).toBe(agent.version)
  expect((await told({ 'agents/x.yaml': yaml })).problems).toEqual([
    'agents/x.yaml:7:33  tools.0.http.headers.Authorization: the environment has no DESK_TOKEN: set it, or name another variable',
  ])
})
