// biome-ignore-all lint/suspicious/noTemplateCurlyInString: names of secrets are written like this
/** The keys of an MCP server in YAML, under `tools: [{ mcp: … }]`: which of its tools an agent has, and what is known of them. */
import { z } from 'zod'
import { urlFaultOf } from './url.ts'

const toolNames = z.array(z.string().min(1).max(128))

const McpServerKeys = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z0-9-]{1,24}$/, 'a name of letters, digits and `-`, at most 24')
    .optional()
    .meta({
      description: 'Stands before the names of its tools, as `name_tool`: keeps tools of two servers apart.',
      examples: ['crm'],
    }),
  url: z
    .string()
    .min(1)
    .meta({
      description: 'Where the server speaks streamable HTTP.',
      allowed: 'https, or http to a host of network.yaml',
      examples: ['https://crm.example/mcp'],
    }),
  auth: z
    .string()
    .regex(/^\$\{[A-Z_][A-Z0-9_]*\}$/, 'the name of a variable of the environment, like ${CRM_TOKEN}')
    .optional()
    .meta({
      secret: true,
      description: 'Sent as a bearer token.',
      allowed: '`${ENV_NAME}`',
      examples: ['${CRM_TOKEN}'],
    }),
  headers: z
    .record(z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'a name of a header'), z.string().meta({ secret: true }))
    .default({})
    .meta({ description: 'Sent with every request.', examples: [{ 'X-Shop': 'harbour', 'X-Key': '${CRM_KEY}' }] }),
  allow: toolNames.min(1).meta({
    description: 'Which of its tools the agent has, by the server’s names for them. Others are never offered.',
    examples: [['find_customer', 'add_note']],
  }),
  readOnly: toolNames.optional().meta({
    description: 'Which of those change nothing. Without it, what the server says of each counts.',
    examples: [['find_customer']],
  }),
  confirm: toolNames.default([]).meta({
    description: 'Which of those are run only after a read-back and an answer of the caller.',
    examples: [['add_note']],
  }),
  pii: z
    .array(z.string().min(1))
    .default([])
    .meta({
      description: 'Names of arguments that are personal: the server gets them, the log does not.',
      examples: [['phone', 'email']],
    }),
  piiResult: z
    .boolean()
    .default(false)
    .meta({ description: 'What its tools answer is personal: the model gets it, the log does not.', examples: [true] }),
  timeoutMs: z
    .int()
    .min(100)
    .max(60_000)
    .default(8000)
    .meta({
      description: 'How long a tool may take; progress that it reports changes nothing.',
      unit: 'ms',
      examples: [3000],
    }),
  maxConcurrent: z
    .int()
    .min(1)
    .max(1000)
    .default(10)
    .meta({ description: 'How many requests may be on their way to this host at once, of all calls.', examples: [4] }),
})
export type McpServerKeys = z.infer<typeof McpServerKeys>

/** The connection's own, or the protocol's. */
const NOT_YOURS = [
  'accept',
  'accept-encoding',
  'connection',
  'content-length',
  'content-type',
  'expect',
  'host',
  'keep-alive',
  'last-event-id',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]

export const McpServerDefinition = McpServerKeys.superRefine((server, context) => {
  const fault = (path: (string | number)[], message: string): void =>
    void context.addIssue({ code: 'custom', path, message })
  const ofUrl = urlFaultOf(server.url)
  if (ofUrl !== null) fault(['url'], ofUrl)
  for (const key of ['readOnly', 'confirm'] as const) {
    for (const [index, name] of (server[key] ?? []).entries()) {
      if (!server.allow.includes(name))
        fault([key, index], `\`${name}\` is not under \`allow\`: add it there, or remove it`)
    }
  }
  for (const [index, name] of server.allow.entries()) {
    if (server.allow.indexOf(name) < index) fault(['allow', index], `\`${name}\` is in the list already`)
    else if (mcpToolName(server, name).length > 64)
      fault(['allow', index], `a model knows tools by at most 64 letters: shorten \`name\``)
  }
  for (const [name, value] of Object.entries(server.headers)) {
    const lower = name.toLowerCase()
    if (NOT_YOURS.includes(lower) || lower.startsWith('mcp-'))
      fault(['headers', name], `\`${name}\` is set by Earshot: remove it`)
    if (lower === 'authorization' && server.auth !== undefined)
      fault(['headers', name], '`auth` says it already: remove one of them')
    if (!/^[\t\x20-\x7e]*$/.test(value)) fault(['headers', name], 'a header is one line of ASCII letters')
  }
})
export type McpServerDefinition = z.infer<typeof McpServerDefinition>

/** As the model knows a tool of the server: its own name, with what a model cannot say replaced. */
export function mcpToolName({ name }: Pick<McpServerKeys, 'name'>, tool: string): string {
  const own = tool.replace(/[^A-Za-z0-9_-]/g, '_')
  return name === undefined ? own : `${name}_${own}`
}
