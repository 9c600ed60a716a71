// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references to secrets are part of what is tested
import { expect, it } from 'vitest'
import { urlFault } from '../../src/tools/network/rules.ts'
import { agentOf, told } from './config-folder.ts'

const KNOWN = {
  env: { DESK_TOKEN: 's3cret', EMPTY: '' },
  hostFault: (url: URL) => urlFault(url, { allowHosts: ['desk.internal'] }),
}

/** An agent with one tool of which these lines are said, beside what every tool needs. */
function yaml(lines: string, url = 'url: https://desk.example/api'): string {
  const body = [...(url === '' ? [] : [url]), ...lines.split('\n')].map((line) => `      ${line}`).join('\n')
  return `instructions: hi
tools:
  - http:
      name: desk
      description: Asks the desk.
${body}
`
}

it('takes a request that is described whole, with every default', async () => {
  const agent = await agentOf(
    yaml(`method: POST
parameters:
  order: { type: string, description: The order number., pattern: "HB-[0-9]{4}", pii: true }
  day: { type: string, description: When., format: date, required: false }
  people: { type: integer, description: How many., minimum: 1, default: 2 }
  tags: { type: array, description: Which., items: { type: string, enum: [a, b] } }
  urgent: { type: boolean, description: Whether., required: false }
query: { lang: en, n: 3, key: "\${DESK_TOKEN}" }
headers: { Authorization: "Bearer \${DESK_TOKEN}" }
body: { order: "{{args.order}}", deep: { list: ["{{args.day}}", "\${DESK_TOKEN}", 1, null] } }
response: { pick: [id, { path: customer.email, pii: true }], pickOnError: [message], maxBytes: 4096 }
idempotent: true
retries: 2
confirm: true`),
    KNOWN,
  )
  expect(agent.tools).toMatchObject([
    {
      http: {
        name: 'desk',
        method: 'POST',
        parameters: { order: { type: 'string', required: true, minLength: 1, maxLength: 500 }, people: { default: 2 } },
        headers: { Authorization: 'Bearer ${DESK_TOKEN}' },
        timeoutMs: 5000,
        maxConcurrent: 10,
        confirm: true,
      },
    },
  ])
  // What is kept of an agent names its secrets and does not hold them.
  expect(JSON.stringify(agent)).not.toContain('s3cret')
})

it.each([
  [
    'a misspelt key',
    'timoutMs: 5',
    undefined,
    '7:7  tools.0.http.timoutMs: unknown key `timoutMs`: did you mean `timeoutMs`?',
  ],
  [
    'an unknown method',
    'method: FETCH',
    undefined,
    '7:15  tools.0.http.method: "FETCH" is not one of GET, POST, PUT, PATCH, DELETE',
  ],
  [
    'a URL that is none',
    '',
    'url: desk.example',
    '6:12  tools.0.http.url: "desk.example" does not fit: a URL is needed, like "https://desk.example/api/orders/{{args.order}}"',
  ],
  [
    'a host to be filled in',
    '',
    'url: "https://{{args.host}}/"',
    '6:12  tools.0.http.url: "https://{{args.host}}/" does not fit: the host must be written out: only path and query can be filled in',
  ],
  [
    'http in the open',
    '',
    'url: http://desk.example/',
    '6:12  tools.0.http.url: http to desk.example is not encrypted: use https, or list the host under `allowHosts` in network.yaml',
  ],
  [
    'a private address',
    '',
    'url: https://10.0.0.5/',
    '6:12  tools.0.http.url: 10.0.0.5 is a private address: list it under `allowHosts` in network.yaml if it is meant',
  ],
  [
    'a metadata service',
    '',
    'url: https://169.254.169.254/latest',
    '6:12  tools.0.http.url: 169.254.169.254 is a metadata address: list it under `allowHosts` in network.yaml if it is meant',
  ],
  [
    'a parameter that is not there, in the URL',
    'parameters: { order: { type: string, description: x } }',
    'url: "https://desk.example/{{args.ordr}}"',
    '6:12  tools.0.http.url: "https://desk.example/{{args.ordr}}" does not fit: there is no parameter `ordr`: the parameters are order',
  ],
  [
    'a parameter that is not there, deep in the body',
    'method: POST\nbody:\n  a:\n    - b: "{{args.x}}"',
    undefined,
    '10:16  tools.0.http.body.a.0.b: "{{args.x}}" does not fit: there is no parameter `x`: the tool has none',
  ],
  [
    'an optional parameter in the path',
    'parameters: { order: { type: string, description: x, required: false } }',
    'url: "https://desk.example/{{args.order}}"',
    '6:12  tools.0.http.url: "https://desk.example/{{args.order}}" does not fit: {{args.order}} stands in the path: the parameter must be required, or have a default',
  ],
  [
    'a place that stands for nothing',
    'query: { a: "{{call.secret}}" }',
    undefined,
    '7:19  tools.0.http.query.a: "{{call.secret}}" does not fit: `{{call.secret}}` stands for nothing: there are {{args.…}} of the parameters, and {{call.id}}, {{call.from}}, {{call.to}}, {{call.agent}}',
  ],
  [
    'a place that is not closed',
    'headers: { A: "{{args.x" }',
    undefined,
    '7:21  tools.0.http.headers.A: "{{args.x" does not fit: `{{` is not closed: write {{args.name}}, {{call.id}} or ${SECRET}',
  ],
  [
    'a secret that is not set',
    'headers: { A: "Bearer ${DESK_TOKN}" }',
    undefined,
    '7:21  tools.0.http.headers.A: the environment has no DESK_TOKN: set it, or name another variable',
  ],
  [
    'a secret that is empty, deep in a body',
    'method: POST\nbody: { a: [{ b: "${EMPTY}" }] }',
    undefined,
    '8:24  tools.0.http.body.a.0.b: the environment has no EMPTY: set it, or name another variable',
  ],
  [
    'a secret in a path',
    '',
    'url: "https://desk.example/${DESK_TOKEN}"',
    '6:12  tools.0.http.url: "https://desk.example/${DESK_TOKEN}" does not fit: a secret does not belong in a path, which backends write to their logs: send it as a header',
  ],
  [
    'a body that a GET has not',
    'body: { a: 1 }',
    undefined,
    '7:13  tools.0.http.body: {"a":1} does not fit: a GET has no body: use `query`, or another `method`',
  ],
  [
    'a body that is no JSON',
    'method: POST\nbody: hello',
    undefined,
    '8:13  tools.0.http.body: "hello" does not fit: keys with values, or a list, are needed here: they are sent as JSON',
  ],
  [
    'a form that is not flat',
    'method: POST\nheaders: { Content-Type: application/x-www-form-urlencoded }\nbody: { a: [1] }',
    undefined,
    '9:13  tools.0.http.body: {"a":[1]} does not fit: a form has names and single values: nothing may lie deeper',
  ],
  [
    'retries that may act twice',
    'method: POST\nretries: 2',
    undefined,
    '8:16  tools.0.http.retries: 2 does not fit: a POST may act twice when it is tried again: only with `idempotent: true`, for a backend that heeds the Idempotency-Key header',
  ],
  [
    'a DELETE that claims to read',
    'method: DELETE\nreadOnly: true',
    undefined,
    '8:17  tools.0.http.readOnly: true does not fit: a DELETE changes something: only a GET, or a POST that searches, is read-only',
  ],
  [
    'a header that is ours',
    'headers: { Host: x }',
    undefined,
    '7:24  tools.0.http.headers.Host: "x" does not fit: `Host` is set by Earshot: remove it',
  ],
  [
    'a header twice',
    'headers: { X-A: a, x-a: b }',
    undefined,
    '7:31  tools.0.http.headers.x-a: "b" does not fit: `X-A` is the same header',
  ],
  [
    'a header that is none',
    'headers: { "a b": x }',
    undefined,
    '7:18  tools.0.http.headers.a b: `a b` does not fit: a name of a header',
  ],
  [
    'a parameter without words',
    'parameters: { a: { type: string } }',
    undefined,
    '7:24  tools.0.http.parameters.a.description: is missing',
  ],
  [
    'a parameter of no kind',
    'parameters: { a: { type: text, description: x } }',
    undefined,
    '7:32  tools.0.http.parameters.a.type: "text" is not one of string, integer, number, boolean, array',
  ],
  [
    'a key of another kind of parameter',
    'parameters: { a: { type: boolean, description: x, minLength: 3 } }',
    undefined,
    /^agents\/x\.yaml:7:57 {2}tools\.0\.http\.parameters\.a\.minLength: unknown key `minLength`/,
  ],
  [
    'a pattern that is none',
    'parameters: { a: { type: string, description: x, pattern: "(" } }',
    undefined,
    '7:65  tools.0.http.parameters.a.pattern: "(" does not fit: a regular expression is needed',
  ],
  [
    'a default that does not fit',
    'parameters: { a: { type: string, description: x, enum: [b, c], default: d } }',
    undefined,
    /^agents\/x\.yaml:7:79 {2}tools\.0\.http\.parameters\.a\.default: "d" does not fit: the default does not fit the parameter: Invalid option/,
  ],
  [
    'a parameter that nobody could name',
    'parameters: { "a b": { type: string, description: x } }',
    undefined,
    '7:21  tools.0.http.parameters.a b: `a b` does not fit: a name of letters, digits and `_`',
  ],
  [
    'a field that is none',
    'response: { pick: ["a..b"] }',
    undefined,
    '7:26  tools.0.http.response.pick.0: "a..b" does not fit: names joined by dots, like ticket.id',
  ],
  [
    'too much of an answer',
    'response: { maxBytes: 5000000 }',
    undefined,
    '7:29  tools.0.http.response.maxBytes: 5000000 does not fit: at most 1048576',
  ],
])('points at %s', async (_, lines, url, expected) => {
  const { problems } = await told({ 'agents/x.yaml': yaml(lines, url) }, KNOWN)
  if (typeof expected === 'string') expect(problems).toEqual([`agents/x.yaml:${expected}`])
  else expect(problems).toEqual([expect.stringMatching(expected)])
})

it('takes no header that cannot be sent', async () => {
  for (const text of ['caf\u00e9 {{call.id}}', 'two\\nlines']) {
    const { problems } = await told({ 'agents/x.yaml': yaml(`headers: { A: "${text}" }`) }, KNOWN)
    expect(problems).toEqual([
      expect.stringMatching(/^agents\/x\.yaml:7:21 {2}tools\.0\.http\.headers\.A: .* a header is one line of ASCII/),
    ])
  }
})

it('says what every tool needs', async () => {
  const { problems } = await told({ 'agents/x.yaml': 'instructions: hi\ntools: [{ http: { method: POST } }]\n' }, KNOWN)
  expect(problems).toEqual([
    'agents/x.yaml:2:17  tools.0.http.name: is missing',
    'agents/x.yaml:2:17  tools.0.http.description: is missing',
    'agents/x.yaml:2:17  tools.0.http.url: is missing',
  ])
})

it('tells apart the tools of an agent by their names, wherever they come from', async () => {
  const http = (name: string) => `{ http: { name: ${name}, description: x, url: "https://desk.example" } }`
  const { problems } = await told(
    {
      'agents/x.yaml': `instructions: use find_it and \`desk\`
tools:
  - ${http('desk')}
  - ${http('desk')}
  - ${http('lookup_order')}
  - find_it
  - 7
  - { htp: {} }
`,
    },
    { ...KNOWN, toolNames: ['lookup_order', 'desk'] },
  )
  expect(problems).toEqual([
    'agents/x.yaml:7:5  tools.4: 7 does not fit: the name of a tool, `{ http: { name: …, description: …, url: … } }`, or `{ mcp: { url: …, allow: […] } }`',
    'agents/x.yaml:8:7  tools.5.htp: unknown key `htp`: did you mean `http`?',
    'agents/x.yaml:3:21  tools.0.http.name: the name `desk` is taken by another tool: choose another',
    'agents/x.yaml:4:21  tools.1.http.name: `desk` is in the list already',
    'agents/x.yaml:5:21  tools.2.http.name: the name `lookup_order` is taken by another tool: choose another',
    'agents/x.yaml:6:5  tools.3: there is no tool `find_it`: the tools are lookup_order, desk',
  ])
})
