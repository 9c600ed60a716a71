/** The console's pages, as `npm run build` made them, and the pages of the API. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { DOCS_CSS, docsPage } from './docs-page.ts'
import { ApiError, sendNotFound } from './errors.ts'
import { openApi } from './openapi.ts'

export interface PageParts {
  /** What Vite built. */
  readonly folder: string
  /** Of Earshot. */
  readonly version: string
}

/** Addresses of the server's own, which are no pages of the console. */
const NOT_PAGES = /^\/(api|twilio|browser|healthz|readyz|metrics|docs|openapi\.json)(\/|\.|$)/
/** Vite puts a hash of the content into these names: what has such a name never changes. */
const HASHED = /^\/assets\/.+-[\w-]{8,}\.\w+$/

export async function addPages(app: FastifyInstance, parts: PageParts): Promise<void> {
  await app.register(async (scope) => addRoutes(scope, parts), { logLevel: 'warn' })
}

async function addRoutes(scope: FastifyInstance, { folder, version }: PageParts): Promise<void> {
  // Made when somebody asks for it first: a server that starts has better things to do.
  let made: { readonly json: string; readonly page: string } | null = null
  const described = () => {
    if (made === null) {
      const document = openApi(version)
      made = { json: JSON.stringify(document), page: docsPage(document) }
    }
    return made
  }
  // Said by us: the plug-in that would refuse it writes the address down, and there may be anything in it.
  scope.addHook('onRequest', async (request) => {
    if (request.ws) throw new ApiError('NOT_A_SOCKET', 'there is no WebSocket here')
  })
  for (const path of ['/openapi.json', '/api/v1/openapi.json'])
    scope.get(path, async (_request, reply) => reply.type('application/json; charset=utf-8').send(described().json))
  scope.get('/docs', async (_request, reply) => reply.type('text/html; charset=utf-8').send(described().page))
  scope.get('/docs.css', async (_request, reply) => reply.type('text/css; charset=utf-8').send(DOCS_CSS))

  await scope.register(fastifyStatic, {
    root: folder,
    serve: false,
    index: false,
    dotfiles: 'ignore',
    preCompressed: true,
    cacheControl: false,
    suppressWarning: true,
  })
  scope.get('/*', async (request, reply) => {
    const path = pathOf(request)
    if (path === null || NOT_PAGES.test(path)) return sendNotFound(request, reply)
    if (/\.\w+$/.test(path)) return sendAsset(path, reply)
    return sendConsole(folder, reply)
  })
}

function sendAsset(path: string, reply: FastifyReply): FastifyReply {
  const forever = HASHED.test(path)
  reply.header('cache-control', forever ? 'public, max-age=31536000, immutable' : 'no-cache')
  return reply.sendFile(path)
}

/** Which page of the console is meant is for the page itself to say. */
function sendConsole(folder: string, reply: FastifyReply): FastifyReply {
  reply.header('cache-control', 'no-store')
  if (existsSync(join(folder, 'index.html'))) return reply.sendFile('index.html')
  return reply.code(503).type('text/html; charset=utf-8').send(NOT_BUILT)
}

function pathOf(request: FastifyRequest): string | null {
  try {
    return decodeURIComponent(request.url.split('?')[0] ?? '/')
  } catch {
    return null
  }
}

const NOT_BUILT = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Earshot</title><link rel="stylesheet" href="/docs.css"></head>
<body><main><h1>The console has not been built</h1>
<p>Run <code>npm run build</code> in the folder of Earshot, and load this page again. Calls are answered meanwhile,
and everything the console shows is in <a href="/docs">the API</a>.</p></main></body></html>
`
