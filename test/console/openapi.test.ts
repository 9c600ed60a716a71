/** The OpenAPI document: whole, true to the contract, and readable. */
import { expect, it } from 'vitest'
import { z } from 'zod'
import { API, type EndpointName } from '../../src/console/contract/api.ts'
import type { Endpoint } from '../../src/console/contract/endpoint.ts'
import { Refusal } from '../../src/console/contract/endpoint.ts'
import { docsPage } from '../../src/console/http/docs-page.ts'
import { openApi } from '../../src/console/http/openapi.ts'

const document = openApi('0.1.0')
const endpoints = Object.entries(API) as [EndpointName, Endpoint][]

/** As OpenAPI 3.1.0 has it, as far as we use it; strict where a misspelt key would be a silent loss. */
const Schema = z.looseObject({ type: z.union([z.string(), z.array(z.string())]).optional() })
const Content = z.record(z.string().regex(/^\w+\/[\w.+-]+$/), z.looseObject({ schema: Schema.optional() }))
const Response = z.union([
  z.strictObject({ $ref: z.string() }),
  z.strictObject({ description: z.string().min(1), content: Content.optional() }),
])
const Operation = z.strictObject({
  operationId: z.string(),
  tags: z.array(z.string()).length(1),
  summary: z.string().regex(/\.$/),
  description: z.string(),
  security: z.array(z.record(z.string(), z.array(z.string()))),
  parameters: z.array(
    z.strictObject({ name: z.string(), in: z.enum(['path', 'query']), required: z.boolean(), schema: Schema }),
  ),
  requestBody: z.strictObject({ required: z.literal(true), content: Content }).optional(),
  responses: z.record(z.string().regex(/^[1-5]\d\d$/), Response),
})
const Document = z.strictObject({
  openapi: z.literal('3.1.0'),
  info: z.strictObject({ title: z.string(), version: z.string(), description: z.string() }),
  servers: z.array(z.strictObject({ url: z.string() })).length(1),
  tags: z.array(z.strictObject({ name: z.string() })),
  paths: z.record(
    z.string().regex(/^\/[\w/{}-]+$/),
    z
      .record(z.enum(['get', 'post', 'put', 'patch', 'delete']), Operation)
      .or(z.partialRecord(z.enum(['get', 'post', 'put', 'patch', 'delete']), Operation)),
  ),
  components: z.strictObject({
    schemas: z.record(z.string(), Schema),
    responses: z.record(z.string(), Response),
    securitySchemes: z.record(z.string(), z.looseObject({ type: z.string() })),
  }),
})

/** Every value under a key, anywhere in it. */
function all(value: unknown, key: string): unknown[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, part]) => [...(name === key ? [part] : []), ...all(part, key)])
}

function at(pointer: string): unknown {
  let value: unknown = document
  for (const part of pointer.split('/').slice(1)) value = Reflect.get(Object(value), part)
  return value
}

const operationOf = ({ path, method }: Endpoint) =>
  document.paths[path.replace(/:(\w+)/g, '{$1}')]?.[method.toLowerCase()]

it('has the structure of OpenAPI 3.1', () => {
  expect(Document.safeParse(document).error?.issues ?? []).toEqual([])
})

it('tells of every endpoint, its role, its parameters and its codes', () => {
  expect(Object.values(document.paths).flatMap((each) => Object.values(each))).toHaveLength(endpoints.length)
  for (const [name, endpoint] of endpoints) {
    const operation = operationOf(endpoint)
    expect(operation?.operationId).toBe(name)
    expect(operation?.description).toContain(endpoint.role === 'nobody' ? 'no sign-in' : endpoint.role)
    const inPath = operation?.parameters.filter((each) => each.in === 'path').map((each) => each.name)
    expect(inPath, name).toEqual([...endpoint.path.matchAll(/:(\w+)/g)].map((match) => match[1]))
    const inQuery = operation?.parameters.filter((each) => each.in === 'query').map((each) => each.name)
    expect(inQuery, name).toEqual(Object.keys(endpoint.query.shape))
    expect(Object.keys(operation?.responses ?? {}).includes('401'), name).toBe(
      endpoint.role !== 'nobody' ||
        (name.startsWith('signIn') && endpoint.kind === 'json') ||
        ['setUp', 'setPassword'].includes(name),
    )
  }
  expect(operationOf(API.listCalls)?.parameters.find(({ name }) => name === 'flags')?.schema).toMatchObject({
    type: 'array',
    items: { enum: expect.arrayContaining(['unheard-speech']) },
  })
})

it('points at nothing that is not there', () => {
  const refs = new Set(all(document, '$ref').map(String))
  expect(refs.size).toBeGreaterThan(20)
  for (const ref of refs) expect(at(ref), ref).toBeTypeOf('object')
  expect(all(document, '$defs')).toEqual([])
})

it('gives examples that the contract takes', () => {
  let tried = 0
  for (const [name, endpoint] of endpoints) {
    const operation = operationOf(endpoint)
    const [body] = all(operation?.requestBody, 'example')
    const [reply] = all(operation?.responses['200'], 'example')
    if (body !== undefined) expect(endpoint.body.safeParse(body).error?.issues ?? [], `${name} body`).toEqual([])
    if (reply !== undefined) expect(endpoint.reply.safeParse(reply).error?.issues ?? [], `${name} reply`).toEqual([])
    tried += Number(body !== undefined) + Number(reply !== undefined)
  }
  expect(tried).toBeGreaterThan(40)
  for (const example of all(document.components.responses, 'example'))
    expect(Refusal.safeParse(example).success).toBe(true)
})

it('is a page with every endpoint on it, and nothing that runs', () => {
  const page = docsPage(document)
  for (const [name] of endpoints) expect(page).toContain(`id="${name}"`)
  expect(page).not.toMatch(/<script|style=|\son\w+=|https?:\/\/(?!\w+\.example)/)
  expect(page).toContain('<code>BAD_RANGE</code>')
})
