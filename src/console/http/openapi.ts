/** The contract as an OpenAPI 3.1 document, for tools and for people (docs-page.ts). */
import { z } from 'zod'
import { CallEventRecord } from '../../call/events.ts'
import { Usage } from '../../call/usage.ts'
import { Facets, FigureSet, Figures } from '../../call-log/query.ts'
import { CallRow, ListedCall, Note, Review } from '../../call-log/rows.ts'
import { StoryLine } from '../../call-log/transcript.ts'
import { AgentCard, AgentPage, Problem } from '../contract/agents.ts'
import { API, type EndpointName } from '../contract/api.ts'
import { CallDetail } from '../contract/calls.ts'
import { type Endpoint, Refusal } from '../contract/endpoint.ts'
import { Caption, LiveMessage, LiveRow } from '../contract/live.ts'
import { AuditEntry, Door, Key, User, View } from '../contract/people.ts'
import { API_ERRORS, type ApiErrorCode } from './errors.ts'
import { exampleOf, type JsonSchema, type SchemaOf } from './openapi-example.ts'

/** Schemas that have a name in the document; all others stand where they are used. */
const NAMED = {
  AgentCard,
  AgentPage,
  AuditEntry,
  CallDetail,
  CallRow,
  Caption,
  Door,
  Facets,
  FigureSet,
  Figures,
  Key,
  ListedCall,
  LiveMessage,
  LiveRow,
  Note,
  Problem,
  RawEvent: CallEventRecord,
  Refusal,
  Review,
  StoryLine,
  Usage,
  User,
  View,
}
/** What an endpoint refuses beyond what all of its kind do. */
const ALSO_REFUSES: Partial<Record<EndpointName, readonly ApiErrorCode[]>> = {
  hearRecording: ['CONFLICT', 'GONE', 'BAD_RANGE'],
  drawRecording: ['CONFLICT', 'GONE'],
  eraseCall: ['CONFLICT'],
  eraseCaller: ['CONFLICT'],
  openShare: ['GONE'],
  signIn: ['WRONG_CREDENTIALS'],
  signInByLink: ['WRONG_CREDENTIALS'],
  setPassword: ['WRONG_CREDENTIALS'],
  changePassword: ['WRONG_CREDENTIALS'],
  setUp: ['WRONG_CREDENTIALS', 'CONFLICT'],
  addUser: ['CONFLICT'],
}

interface Operation {
  readonly operationId: string
  readonly tags: readonly string[]
  readonly summary: string
  readonly description: string
  readonly security: readonly object[]
  readonly parameters: readonly Parameter[]
  readonly requestBody?: object
  readonly responses: Readonly<Record<string, object>>
}

interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query'
  readonly required: boolean
  readonly schema: JsonSchema
}

export interface OpenApi {
  readonly openapi: string
  readonly info: object
  readonly servers: readonly object[]
  readonly tags: readonly object[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: {
    readonly schemas: Readonly<Record<string, JsonSchema>>
    readonly responses: Readonly<Record<string, object>>
    readonly securitySchemes: object
  }
}

/** @param version of Earshot */
export function openApi(version: string): OpenApi {
  const schemas: Record<string, JsonSchema> = {}
  const registry = z.registry<{ id: string }>()
  for (const [id, schema] of Object.entries(NAMED)) registry.add(schema, { id })
  const schemaOf = (schema: z.ZodType, io: 'input' | 'output'): JsonSchema => {
    const made = z.toJSONSchema(schema, { io, unrepresentable: 'any', metadata: registry })
    const { $schema: _, $defs = {}, ...own } = moved(made)
    for (const [id, named] of Object.entries($defs)) schemas[id] ??= named
    return own
  }
  const paths: Record<string, Record<string, Operation>> = {}
  const endpoints = Object.entries(API) as [EndpointName, Endpoint][]
  for (const [name, endpoint] of endpoints) {
    const path = endpoint.path.replace(/:(\w+)/g, '{$1}')
    const one = { [endpoint.method.toLowerCase()]: operation(name, endpoint, schemaOf, schemas) }
    paths[path] = { ...paths[path], ...one }
  }
  schemaOf(Refusal, 'output')
  const tags = [...new Set(endpoints.map(([, { tag }]) => tag))]
  return {
    openapi: '3.1.0',
    info: {
      title: 'Earshot',
      version,
      description:
        'Calls, agents, live calls and people of one Earshot server. Times ending in `At` are milliseconds since 1970, those ending in `Ms` call time.',
    },
    servers: [{ url: '/api/v1' }],
    tags: tags.map((name) => ({ name })),
    paths,
    components: {
      schemas: sorted(schemas),
      responses: Object.fromEntries(
        Object.entries(API_ERRORS).map(([code, { what }]) => [code, refusalResponse(code, what)]),
      ),
      securitySchemes: {
        key: { type: 'http', scheme: 'bearer', description: 'A key, as `earshot keys create` prints it.' },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: '__Host-earshot',
          description: 'The session of somebody who has signed in.',
        },
      },
    },
  }
}

function operation(
  name: EndpointName,
  endpoint: Endpoint,
  schemaOf: SchemaOf,
  schemas: Readonly<Record<string, JsonSchema>>,
): Operation {
  const { role, summary, tag, kind, audit, body } = endpoint
  const said = [
    role === 'nobody' ? 'Needs no sign-in.' : `Role: ${role}${role === 'admin' ? '' : ' or more'}.`,
    ...(audit === null ? [] : [`Written down as \`${audit}\`.`]),
  ]
  const asks = body instanceof z.ZodUndefined ? null : schemaOf(body, 'input')
  return {
    operationId: name,
    tags: [tag],
    summary,
    description: said.join(' '),
    security: role === 'nobody' ? [] : [{ key: [] }, { session: [] }],
    parameters: [...parameters('path', endpoint.params, schemaOf), ...parameters('query', endpoint.query, schemaOf)],
    ...(asks === null ? {} : { requestBody: { required: true, content: jsonContent(asks, schemas) } }),
    responses: { ...success(name, endpoint, kind, schemaOf, schemas), ...refusals(name, endpoint) },
  }
}

function success(
  name: EndpointName,
  endpoint: Endpoint,
  kind: Endpoint['kind'],
  schemaOf: SchemaOf,
  schemas: Readonly<Record<string, JsonSchema>>,
): Record<string, object> {
  if (kind === 'socket') return { '101': { description: 'A WebSocket.' } }
  if (kind === 'file' && endpoint.tag === 'sign-in') return { '302': { description: 'Goes on elsewhere.' } }
  if (kind === 'file') {
    const types = name === 'hearRecording' ? ['audio/wav'] : ['text/csv', 'application/jsonl']
    const content = Object.fromEntries(types.map((type) => [type, {}]))
    const part = name === 'hearRecording' ? { '206': { description: 'The range that was asked for.', content } } : {}
    return { '200': { description: 'A file.', content }, ...part }
  }
  const reply = schemaOf(endpoint.reply, 'output')
  if (kind === 'json') return { '200': { description: 'Done.', content: jsonContent(reply, schemas) } }
  const content = { 'text/event-stream': { schema: { type: 'string' }, 'x-message': reply } }
  return {
    '200': { description: 'Server-sent events; `data` of each is a message as `x-message` describes it.', content },
  }
}

/** Codes of one status are told in one response, as OpenAPI wants it. */
function refusals(name: EndpointName, endpoint: Endpoint): Record<string, object> {
  const byStatus = new Map<number, ApiErrorCode[]>()
  for (const code of codesOf(name, endpoint)) {
    const { status } = API_ERRORS[code]
    byStatus.set(status, [...(byStatus.get(status) ?? []), code])
  }
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => {
      const [only, ...others] = codes
      if (others.length === 0) return [String(status), { $ref: `#/components/responses/${only}` }]
      return [
        String(status),
        refusalResponse(codes.join(' or '), codes.map((code) => API_ERRORS[code].what).join('; or ')),
      ]
    }),
  )
}

/** Every code that an endpoint may answer with. */
function codesOf(name: EndpointName, { role, params, query, body, kind }: Endpoint): ApiErrorCode[] {
  const takes = [params, query].some((each) => Object.keys(each.shape).length > 0) || !(body instanceof z.ZodUndefined)
  const codes: ApiErrorCode[] = [
    ...(takes ? (['BAD_REQUEST'] as const) : []),
    ...(role === 'nobody' ? [] : (['NOT_SIGNED_IN', 'NOT_ALLOWED'] as const)),
    'FOREIGN_ORIGIN',
    ...(Object.keys(params.shape).length > 0 ? (['NOT_FOUND'] as const) : []),
    ...(body instanceof z.ZodUndefined ? [] : (['TOO_LARGE', 'NOT_JSON'] as const)),
    ...(kind === 'socket' ? (['NOT_A_SOCKET'] as const) : []),
    ...(ALSO_REFUSES[name] ?? []),
    'TOO_MANY',
    'INTERNAL',
  ]
  return codes.toSorted((a, b) => API_ERRORS[a].status - API_ERRORS[b].status)
}

function parameters(place: 'path' | 'query', schema: z.ZodObject, schemaOf: SchemaOf): Parameter[] {
  const { properties = {}, required = [] } = schemaOf(schema, 'input')
  return Object.entries(properties).map(([name, each]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema: each,
  }))
}

function jsonContent(schema: JsonSchema, schemas: Readonly<Record<string, JsonSchema>>): object {
  return { 'application/json': { schema, example: exampleOf(schema, schemas) } }
}

function refusalResponse(code: string, what: string): object {
  const schema = { $ref: '#/components/schemas/Refusal' }
  const example = { error: { code: code.split(' ')[0], message: 'a sentence that names the thing and the fix' } }
  return { description: `\`${code}\`: ${what}`, content: { 'application/json': { schema, example } } }
}

interface Document {
  readonly $schema?: string
  readonly $defs?: Readonly<Record<string, JsonSchema>>
}

/** zod keeps named schemas beside each other in every document it makes; here they are in one place. */
function moved(schema: unknown): JsonSchema & Pick<Document, '$schema' | '$defs'> {
  const text = JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/')
  return JSON.parse(text)
}

function sorted<Value>(record: Readonly<Record<string, Value>>): Record<string, Value> {
  return Object.fromEntries(Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
