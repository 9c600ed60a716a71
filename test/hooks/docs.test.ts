/** The example of docs/api.md takes what is sent, and nothing else. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { FLAGS } from '../../src/call-log/query.ts'
import { CallListQuery } from '../../src/console/contract/calls.ts'
import { REQUEST_LIMITS } from '../../src/console/http/request-limits.ts'
import { signedHeaders, signingKey } from '../../src/hooks/signature.ts'

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
let page: string
let folder: string
let verified: (headers: object, body: string, secret: string) => unknown

beforeAll(async () => {
  page = await readFile(join(import.meta.dirname, '../../docs/api.md'), 'utf8')
  folder = await mkdtemp(join(tmpdir(), 'earshot-docs-'))
  const file = join(folder, 'verified.mjs')
  await writeFile(file, /```js\n(.*?)```/s.exec(page)?.[1] ?? '')
  verified = (await import(file)).verified
})
afterAll(() => rm(folder, { recursive: true }))

it('verifies a message of ours', () => {
  const body = '{"type":"call.ended","words":"ü <img>"}'
  const headers = (secret: string, atS: number) => signedHeaders(signingKey(secret)!, 'msg_1', atS, body)
  const now = Math.floor(Date.now() / 1000)
  expect(verified(headers(SECRET, now), body, SECRET)).toEqual(JSON.parse(body))
  const other = `whsec_${Buffer.alloc(32, 8).toString('base64')}`
  expect(() => verified(headers(other, now), body, SECRET)).toThrow('not signed')
  expect(() => verified(headers(SECRET, now), `${body} `, SECRET)).toThrow('not signed')
  expect(() => verified(headers(SECRET, now - 600), body, SECRET)).toThrow('too old')
})

it('takes no secret that is none', () => {
  for (const secret of [
    '',
    'hunter2',
    'whsec_',
    'whsec_c2hvcnQ=',
    `whsec_${'A'.repeat(100)}`,
    SECRET.replace('whsec_', ''),
  ])
    expect(signingKey(secret), secret).toBeNull()
})

it('names every parameter of the list, every flag, and the limit as it is', () => {
  for (const name of Object.keys(CallListQuery.shape)) expect(page).toContain(`\`${name}\``)
  for (const flag of FLAGS) expect(page).toContain(`\`${flag}\``)
  expect(page).toContain(`${REQUEST_LIMITS.knownPerMinute.toLocaleString('en')} requests a minute`)
})
