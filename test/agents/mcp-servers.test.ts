// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references to secrets are part of what is tested
import { expect, it } from 'vitest'
import { urlFault } from '../../src/tools/network/rules.ts'
import { agentOf, told } from './config-folder.ts'

const KNOWN = {
  env: { CRM_TOKEN: 's3cret' },
  hostFault: (url: URL) => urlFault(url, { allowHosts: ['crm.internal'] }),
}

/** An agent with one server of which these lines are said, beside what every server needs. */
function yaml(lines: string, url = 'https://crm.example/mcp', allow = '[find, add_note]'): string {
  const body = [`url: ${url}`, `allow: ${allow}`, ...lines.split('\n')].map((line) => `      ${line}`).join('\n')
  return `instructions: hi
tools:
  - lookup_order
  - mcp:
${body}
`
}

it('takes a server with every default, and knows its secret by name only', async () => {
  const agent = await agentOf(yaml('auth: ${CRM_TOKEN}'), KNOWN)
  expect(agent.tools[1]).toEqual({
    mcp: {
      url: 'https://crm.example/mcp',
      auth: '${CRM_TOKEN}',
      headers: {},
      allow: ['find', 'add_note'],
      confirm: [],
      pii: [],
      piiResult: false,
      timeoutMs: 8000,
      maxConcurrent: 10,
    },
  })
})

it.each([
  ['no list of tools', '', undefined, '', '6:14  tools.1.mcp.allow: is empty: give it a value, or remove the key'],
  ['an empty list', '', undefined, '[]', '6:14  tools.1.mcp.allow: [] does not fit: at least 1'],
  ['a tool twice', '', undefined, '[a, a]', '6:18  tools.1.mcp.allow.1: "a" does not fit: `a` is in the list already'],
  [
    'a misspelt key',
    'readonly: [find]',
    undefined,
    undefined,
    '7:7  tools.1.mcp.readonly: unknown key `readonly`: did you mean `readOnly`?',
  ],
  [
    'a rule for a tool that is not allowed',
    'confirm: [fly]',
    undefined,
    undefined,
    '7:17  tools.1.mcp.confirm.0: "fly" does not fit: `fly` is not under `allow`: add it there, or remove it',
  ],
  [
    'a token written out',
    'auth: s3cret',
    undefined,
    undefined,
    '7:13  tools.1.mcp.auth: "s3cret" does not fit: the name of a variable of the environment, like ${CRM_TOKEN}',
  ],
  [
    'a token that is not set',
    'auth: ${CRM_TOKEM}',
    undefined,
    undefined,
    '7:13  tools.1.mcp.auth: the environment has no CRM_TOKEM: set it, or name another variable',
  ],
  [
    'a header of the protocol',
    'headers: { Mcp-Session-Id: x }',
    undefined,
    undefined,
    '7:34  tools.1.mcp.headers.Mcp-Session-Id: "x" does not fit: `Mcp-Session-Id` is set by Earshot: remove it',
  ],
  [
    'a private address',
    '',
    'https://10.0.0.5/mcp',
    undefined,
    '5:12  tools.1.mcp.url: 10.0.0.5 is a private address: list it under `allowHosts` in network.yaml if it is meant',
  ],
  [
    'a URL that is none',
    '',
    'crm.example',
    undefined,
    '5:12  tools.1.mcp.url: "crm.example" does not fit: a URL is needed, like "https://crm.example/mcp"',
  ],
  [
    'a name that another tool has',
    '',
    undefined,
    '[find, lookup_order]',
    '6:21  tools.1.mcp.allow.1: `lookup_order` is in the list already; or give the server a `name`, which stands before those of its tools',
  ],
])('says what is wrong: %s', async (_, lines, url, allow, expected) => {
  const { problems } = await told({ 'agents/x.yaml': yaml(lines, url, allow) }, KNOWN)
  expect(problems).toEqual([`agents/x.yaml:${expected}`])
})

it('takes two servers with the same tools when one of them has a name', async () => {
  const two = `instructions: Call \`crm_find\`.
tools:
  - mcp: { url: "https://one.example/mcp", allow: [find] }
  - mcp: { url: "https://two.example/mcp", allow: [find], name: crm }
`
  expect((await told({ 'agents/x.yaml': two }, KNOWN)).problems).toEqual([])
  expect((await told({ 'agents/x.yaml': two.replace(', name: crm', '') }, KNOWN)).problems).toEqual([
    'agents/x.yaml:4:52  tools.1.mcp.allow.0: `find` is in the list already; or give the server a `name`, which stands before those of its tools',
  ])
})
