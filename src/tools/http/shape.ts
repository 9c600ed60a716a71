/** The keys of an HTTP tool in YAML, each with what it is for. What no single key can tell is in faults.ts. */
import { z } from 'zod'
import { HttpParameter, PARAMETER_NAME } from './parameters.ts'

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const

/** Where a secret may stand: `${NAME}`. */
const secret = true

const Scalar = z
  .union([z.string(), z.number(), z.boolean()], { error: 'a text, a number, true or false is needed' })
  .meta({ secret })

const Picked = z.union(
  [
    z.string().regex(/^[^.\s]+(\.[^.\s]+)*$/, 'names joined by dots, like ticket.id'),
    z.strictObject({
      path: z
        .string()
        .regex(/^[^.\s]+(\.[^.\s]+)*$/, 'names joined by dots, like ticket.id')
        .meta({ description: 'Names from the outside in, joined by dots.', examples: ['customer.email'] }),
      pii: z
        .boolean()
        .default(false)
        .meta({ description: 'Personal: the model gets it, the log does not.', examples: [true] }),
    }),
  ],
  { error: 'names joined by dots, like ticket.id, or `{ path: customer.email, pii: true }`' },
)

const Answer = z.strictObject({
  pick: z
    .array(Picked)
    .min(1)
    .optional()
    .meta({
      description: 'The only fields of the answer that the model gets. A list on the way is gone through.',
      examples: [['status', 'items.name', { path: 'customer.email', pii: true }]],
    }),
  pickOnError: z
    .array(Picked)
    .min(1)
    .optional()
    .meta({
      description:
        'The fields that the model gets when the backend refuses (status 400 to 499). Without it: only the status.',
      examples: [['message']],
    }),
  pii: z
    .boolean()
    .default(false)
    .meta({ description: 'The whole answer is personal: the model gets it, the log does not.', examples: [true] }),
  maxBytes: z
    .int()
    .min(256)
    .max(1_048_576)
    .default(65_536)
    .meta({ description: 'How much of an answer is read; a longer one is not used.', unit: 'bytes', examples: [4096] }),
})

export const HttpToolShape = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/, 'a name of letters, digits, `_` and `-`, at most 64')
    .meta({ description: 'As the model calls it.', examples: ['open_ticket'] }),
  description: z
    .string()
    .trim()
    .min(1)
    .max(1000)
    .meta({
      description: 'For the model: what it does and when to use it.',
      examples: ['Opens a ticket for a fault that the caller reports.'],
    }),
  method: z
    .enum(METHODS)
    .default('GET')
    .meta({ description: 'Of the request.', examples: ['POST'] }),
  url: z
    .string()
    .min(1)
    .meta({
      description: `https, or http to a host of network.yaml. \`{{…}}\` may stand in path and query, \`\${…}\` in the query.`,
      examples: ['https://desk.example/api/customers/{{args.customer}}/tickets'],
      secret,
    }),
  parameters: z
    .record(z.string().regex(PARAMETER_NAME, 'a name of letters, digits and `_`'), HttpParameter)
    .default({})
    .meta({
      description: 'What the model gives, by name.',
      examples: [{ order: { type: 'string', description: 'The order number.' } }],
    }),
  query: z
    .record(z.string().min(1), Scalar)
    .default({})
    .meta({
      description: 'Added to the URL. An argument that was not given leaves its entry out.',
      examples: [{ q: '{{args.order}}' }],
    }),
  headers: z
    .record(z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'a name of a header'), z.string().meta({ secret }))
    .default({})
    .meta({ description: 'Sent with the request.', examples: [{ Authorization: `Bearer \${DESK_TOKEN}` }] }),
  body: z
    .json()
    .optional()
    .meta({
      description:
        'Sent as JSON, or as a form when the Content-Type header says application/x-www-form-urlencoded. A text that is one `{{args.…}}` keeps its type.',
      examples: [{ subject: '{{args.subject}}', caller: '{{call.from}}' }],
      secret,
    }),
  response: Answer.prefault({}).meta({ description: 'What becomes of the answer.' }),
  timeoutMs: z
    .int()
    .min(100)
    .max(60_000)
    .default(5000)
    .meta({ description: 'For all of it, retries too.', unit: 'ms', examples: [3000] }),
  retries: z
    .int()
    .min(0)
    .max(5)
    .default(0)
    .meta({ description: 'How often more it is tried when nothing came, or 429, 502, 503 or 504.', examples: [2] }),
  idempotent: z
    .boolean()
    .optional()
    .meta({
      description:
        'Asking twice does no more than asking once. GET, PUT and DELETE are; say it of others when the backend heeds the Idempotency-Key header.',
      examples: [true],
    }),
  readOnly: z
    .boolean()
    .optional()
    .meta({
      description: 'Nothing is changed by it. GET is; say it of a POST that only searches.',
      examples: [true],
    }),
  confirm: z
    .boolean()
    .default(false)
    .meta({ description: 'Only after a read-back and an answer of the caller.', examples: [true] }),
  maxConcurrent: z
    .int()
    .min(1)
    .max(1000)
    .default(10)
    .meta({
      description: 'How many requests may be on their way to this host at once, of all calls.',
      examples: [4],
    }),
})
export type HttpToolShape = z.infer<typeof HttpToolShape>

/** What changes nothing at the backend, unless it is told otherwise. */
export function isReadOnly(tool: Pick<HttpToolShape, 'method' | 'readOnly'>): boolean {
  return tool.readOnly ?? tool.method === 'GET'
}

export function isIdempotent(tool: Pick<HttpToolShape, 'method' | 'readOnly' | 'idempotent'>): boolean {
  return tool.idempotent ?? (isReadOnly(tool) || tool.method === 'PUT' || tool.method === 'DELETE')
}

/** Whether the body is sent as a form. */
export function isForm(headers: Readonly<Record<string, string>>): boolean {
  const type = Object.entries(headers).find(([name]) => name.toLowerCase() === 'content-type')?.[1]
  return /^application\/x-www-form-urlencoded\b/i.test(type ?? '')
}
