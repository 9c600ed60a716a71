/** What browsers are given: the console as it was built, the pages of the API, and the headers that hold them in. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type ConsoleServer, startConsole } from './console-server.ts'

let folder: string
let server: ConsoleServer

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'earshot-console-'))
  await mkdir(join(folder, 'assets'))
  await mkdir(join(folder, '.vite'))
  await writeFile(join(folder, 'index.html'), '<!doctype html><title>Earshot</title>')
  await writeFile(join(folder, 'theme.js'), 'theme()')
  await writeFile(join(folder, 'assets/index-DkT9aB3x.js'), 'app()')
  await writeFile(join(folder, '.vite/manifest.json'), '{}')
  await writeFile(join(folder, '../earshot-outside.txt'), 'outside')
  server = await startConsole({ handlers: {}, pages: { folder, version: '0.1.0' } })
})
afterEach(async () => {
  await server[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

const get = async (path: string, init: RequestInit = {}) => {
  const response = await fetch(`${server.url}${path}`, init)
  return { status: response.status, headers: Object.fromEntries(response.headers), text: await response.text() }
}

it('gives the console for each of its addresses, never to be kept', async () => {
  for (const path of ['/', '/calls/c1?at=3', '/live', '/phone', '/agents/harbour-bikes', '/link/abc', '/sign-in']) {
    const { status, headers, text } = await get(path)
    expect([path, status, headers['cache-control'], text]).toEqual([
      path,
      200,
      'no-store',
      '<!doctype html><title>Earshot</title>',
    ])
  }
})

it('lets browsers keep what has its content in its name, and ask again for the rest', async () => {
  const app = await get('/assets/index-DkT9aB3x.js')
  expect([app.text, app.headers['cache-control'], app.headers['content-type']]).toEqual([
    'app()',
    'public, max-age=31536000, immutable',
    'application/javascript; charset=utf-8',
  ])
  const theme = await get('/theme.js')
  expect([theme.text, theme.headers['cache-control']]).toEqual(['theme()', 'no-cache'])
  expect(theme.headers.etag).toMatch(/^(W\/)?".+"$/)
})

it('gives nothing from outside, nothing hidden, and no page in the place of what is not there', async () => {
  for (const path of [
    '/assets/gone-DkT9aB3x.js',
    '/.vite/manifest.json',
    '/..%2fearshot-outside.txt',
    '/%2e%2e/earshot-outside.txt',
    '/assets/..%2f..%2fearshot-outside.txt',
    '/%E0%A4%A',
    '/api/v1/nowhere',
    '/api/nowhere',
    '/twilio/nowhere',
    '/readyz',
  ]) {
    const { status, text } = await get(path)
    expect([path, status >= 400 && status < 500]).toEqual([path, true])
    expect(text).not.toMatch(/outside|doctype/)
    expect(JSON.parse(text).error.code).toMatch(/^(NOT_FOUND|BAD_REQUEST)$/)
  }
})

it('holds every answer in by its headers', async () => {
  for (const path of ['/', '/theme.js', '/docs', '/api/v1/openapi.json', '/api/v1/nowhere']) {
    const { headers } = await get(path)
    expect(headers, path).toMatchObject({
      'content-security-policy':
        "default-src 'none';script-src 'self';style-src 'self';img-src 'self' data:;connect-src 'self';media-src 'self' blob:;worker-src 'self';font-src 'self';frame-ancestors 'none';base-uri 'none';form-action 'self'",
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'x-frame-options': 'DENY',
      'permissions-policy': expect.stringContaining('microphone=(self)'),
    })
    expect(headers).not.toHaveProperty('x-powered-by')
  }
})

it('gives the document of the API in two places, and a page of it', async () => {
  const [here, there, page, css] = [
    await get('/openapi.json'),
    await get('/api/v1/openapi.json'),
    await get('/docs'),
    await get('/docs.css'),
  ]
  expect(JSON.parse(here.text).openapi).toBe('3.1.0')
  expect(there.text).toBe(here.text)
  expect([page.status, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8'])
  expect(css.headers['content-type']).toBe('text/css; charset=utf-8')
})

it('says how the console is built when it is not', async () => {
  await rm(join(folder, 'index.html'))
  const { status, text } = await get('/calls')
  expect([status, text]).toEqual([503, expect.stringContaining('npm run build')])
  expect(text).not.toMatch(/<script|style=/)
})
