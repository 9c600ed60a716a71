import { expect, it } from 'vitest'
import { z } from 'zod'
import { secretFaults } from '../../src/agents/secrets.ts'
import { told } from './config-folder.ts'

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
