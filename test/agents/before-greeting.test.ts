import { expect, it } from 'vitest'
import { beforeGreetingOf, filledArguments } from '../../src/agents/before-greeting.ts'
import { agentOf, told } from './config-folder.ts'

const KNOWN = { toolNames: ['lookup_caller', 'book', 'note'], readOnlyTools: ['lookup_caller'] }
const FACTS = { id: 'call_1', from: '+15550123', to: '+15550100', agent: 'x' }

it('takes a tool, what it is asked with, and how long the greeting waits', async () => {
  const agent = await agentOf(
    `instructions: hi
tools: [lookup_caller]
beforeGreeting: { tool: lookup_caller, arguments: { phone: "{{call.from}}", n: 1, deep: true } }
`,
    KNOWN,
  )
  expect(agent.beforeGreeting).toEqual({
    tool: 'lookup_caller',
    arguments: { phone: '{{call.from}}', n: 1, deep: true },
    withinMs: 800,
  })
  expect(filledArguments(agent.beforeGreeting?.arguments ?? {}, FACTS)).toBe('{"phone":"+15550123","n":1,"deep":true}')
})

it('fills in facts as texts, whatever they hold', () => {
  const odd = { ...FACTS, from: '"}{{call.to}}$1' }
  expect(JSON.parse(filledArguments({ a: '<{{ call.from }}> {{call.id}}' }, odd))).toEqual({
    a: '<"}{{call.to}}$1> call_1',
  })
})

it('asks a tool named lookup_caller without another word', () => {
  expect(beforeGreetingOf(null, ['note'])).toBeNull()
  expect(beforeGreetingOf(null, ['note', 'lookup_caller'])).toEqual({
    tool: 'lookup_caller',
    arguments: {},
    withinMs: 800,
  })
})

const http = (more: string) => `{ http: { name: find, description: x, url: "https://desk.example"${more} } }`

it.each([
  [
    'a tool that the agent does not have',
    'tools: [lookup_caller]\nbeforeGreeting: { tool: lookup }',
    '3:25  beforeGreeting.tool: the agent has no tool `lookup`: the tools are lookup_caller',
  ],
  [
    'a handler that may change something',
    'tools: [book]\nbeforeGreeting: { tool: book }',
    '3:25  beforeGreeting.tool: `book` is asked before the greeting, so it must change nothing: mark it `readOnly`, or name another',
  ],
  [
    'a request that writes',
    `tools: [${http(', method: POST')}]\nbeforeGreeting: { tool: find }`,
    '3:25  beforeGreeting.tool: `find` is asked before the greeting, so it must change nothing: mark it `readOnly`, or name another',
  ],
  [
    'a tool of a server that is said to write',
    'tools: [{ mcp: { url: "https://x.example", allow: [find, add], readOnly: [find] } }]\nbeforeGreeting: { tool: add }',
    '3:25  beforeGreeting.tool: `add` is asked before the greeting, so it must change nothing: mark it `readOnly`, or name another',
  ],
  [
    'a place that stands for nothing',
    'tools: [lookup_caller]\nbeforeGreeting: { tool: lookup_caller, arguments: { phone: "{{args.phone}}" } }',
    '3:60  beforeGreeting.arguments.phone: "{{args.phone}}" does not fit: `{{args.phone}}` stands for nothing: there are {{call.from}}, {{call.to}}, {{call.id}}, {{call.agent}}',
  ],
])('says what is wrong: %s', async (_, lines, expected) => {
  const { problems } = await told({ 'agents/x.yaml': `instructions: hi\n${lines}\n` }, KNOWN)
  expect(problems).toEqual([`agents/x.yaml:${expected}`])
})

it('takes tools that read, of every kind', async () => {
  const tools = [
    http(''),
    http(', method: POST, readOnly: true'),
    '{ mcp: { url: "https://x.example", allow: [find] } }',
  ]
  for (const tool of tools) {
    const yaml = `instructions: hi\ntools: [${tool}]\nbeforeGreeting: { tool: find }\n`
    expect((await told({ 'agents/x.yaml': yaml }, KNOWN)).problems).toEqual([])
  }
})
