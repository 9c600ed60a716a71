import { request } from 'node:http'
import { text as textOf } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { alter, type Fields, sign } from '../../src/twin/carrier/signature.ts'
import { AUTH_TOKEN, Place } from '../process/place.ts'
import type { SteadyCall } from './steady-call.ts'

const FORM = 'application/x-www-form-urlencoded'
const CALL: Fields = [
  ['CallSid', `CA${'7'.repeat(32)}`],
  ['From', '+15550123'],
  ['To', '+15550100'],
  ['CallStatus', 'ringing'],
]

/** A request to the server, right in every way but those that a test names. */
interface Asked {
  readonly path?: string
  readonly method?: string
  readonly fields?: Fields
  readonly body?: string
  readonly type?: string | null
  /** What is signed, where it is not the request. */
  readonly signed?: { readonly url?: string; readonly fields?: Fields; readonly token?: string }
  /** Null: none. */
  readonly signature?: (right: string) => string | null
  readonly headers?: Readonly<Record<string, string>>
}

let place: Place
/** One call goes on through all of it, and must notice nothing. */
let steady: SteadyCall

beforeAll(async () => {
  place = await Place.open({ serve: 'counting' })
  steady = await place.steady()
})
afterAll(() => place[Symbol.asyncDispose]())

async function ask(asked: Asked): Promise<{ readonly status: number; readonly text: string }> {
  const { path = '/twilio/voice', method = 'POST', fields = CALL, type = FORM, signed = {}, headers = {} } = asked
  const body =
    asked.body ?? new URLSearchParams(fields.map(([name, value]): [string, string] => [name, value])).toString()
  const base = place.webhookUrl.replace(/\/twilio\/voice$/, '')
  const right = sign(signed.token ?? AUTH_TOKEN, signed.url ?? base + path, signed.fields ?? fields)
  const signature = asked.signature === undefined ? right : asked.signature(right)
  const sent = request(base, {
    agent: false,
    method,
    path,
    headers: {
      ...(type !== null && { 'Content-Type': type }),
      ...(signature !== null && { 'X-Twilio-Signature': signature }),
      ...headers,
    },
  })
  return new Promise((resolve, reject) => {
    sent.on('response', (response) => {
      textOf(response).then((text) => resolve({ status: response.statusCode ?? 0, text }), reject)
    })
    // A server that will not read all of a body may answer and cut the rest.
    sent.on('error', (error: Error & { code?: string }) => {
      if (error.code !== 'EPIPE' && error.code !== 'ECONNRESET') reject(error)
    })
    sent.end(method === 'POST' || method === 'PUT' ? body : undefined)
  })
}

const without = (name: string) => CALL.filter(([each]) => each !== name)
const withField = (name: string, value: string): Fields => [...without(name), [name, value]]
const big = (bytes: number) => withField('Extra', 'x'.repeat(bytes))
const JSON_BODY = JSON.stringify(Object.fromEntries(CALL))

const REFUSED: readonly [what: string, asked: Asked, status: number][] = [
  ['without a signature', { signature: () => null }, 403],
  ['with an empty signature', { signature: () => '' }, 403],
  ['with an altered signature', { signature: alter }, 403],
  ['with two signatures', { signature: (right) => `${right}, ${right}` }, 403],
  ['signed with an empty token', { signed: { token: '' } }, 403],
  ['signed for another address', { signed: { url: 'https://elsewhere.example.com/twilio/voice' } }, 403],
  ['signed for another path', { signed: { url: 'http://127.0.0.1/twilio/next' } }, 403],
  ['with a field altered', { fields: withField('To', '+15550199'), signed: { fields: CALL } }, 403],
  ['with a field added', { fields: [...CALL, ['Extra', '1']], signed: { fields: CALL } }, 403],
  ['with a field taken away', { fields: without('From'), signed: { fields: CALL } }, 403],
  [
    'with a query that was not signed',
    { path: '/twilio/voice?after=dial', signed: { url: 'http://127.0.0.1/twilio/voice' } },
    403,
  ],
  ['without a CallSid', { fields: without('CallSid') }, 400],
  ['without a From', { fields: without('From') }, 400],
  ['without a To', { fields: without('To') }, 400],
  ['without any field', { fields: [] }, 400],
  ['with an empty CallSid', { fields: withField('CallSid', '') }, 400],
  ['with a CallSid of a kilobyte', { fields: withField('CallSid', `CA${'1'.repeat(1024)}`) }, 400],
  ['with two CallSids', { fields: [...CALL, ['CallSid', 'CA2']] }, 400],
  ['with a CallSid for a prototype', { fields: [...without('CallSid'), ['__proto__[CallSid]', 'CA1']] }, 400],
  ['with ten thousand fields', { fields: Array.from({ length: 10_000 }, (_, i) => [`f${i}`, ''] as const) }, 413],
  ['of seventy kilobytes', { fields: big(70_000) }, 413],
  ['of a megabyte', { fields: big(1 << 20) }, 413],
  ['of a megabyte in chunks', { fields: big(1 << 20), headers: { 'Transfer-Encoding': 'chunked' } }, 413],
  ['as JSON', { body: JSON_BODY, type: 'application/json' }, 415],
  ['as plain text', { body: JSON_BODY, type: 'text/plain' }, 415],
  ['as a multipart form', { body: '--x--', type: 'multipart/form-data; boundary=x' }, 415],
  ['of no type', { type: null }, 415],
  ['of a type that is none', { type: ';;;' }, 415],
  ['by GET', { method: 'GET' }, 405],
  ['by PUT', { method: 'PUT' }, 404],
  ['by DELETE', { method: 'DELETE' }, 404],
  ['by OPTIONS', { method: 'OPTIONS' }, 404],
]

it.each(REFUSED)('refuses a webhook %s', async (_, asked, status) => {
  const handshakes = place.model.handshakes
  const answer = await ask(asked)
  expect(answer.status).toBe(status)
  expect(answer.text).not.toMatch(/<Response|Stream|\+1555|CA7/)
  expect(place.model.handshakes).toBe(handshakes)
})

const PATHS = [
  '/twilio/voice/',
  '/twilio//voice',
  '//twilio/voice',
  '/TWILIO/voice',
  '/twilio/./voice',
  '/x/../twilio/voice',
  '/twilio/%76oice',
  '/twilio/voice%00',
  '/twilio/voice%2f..',
  '/twilio/voice;x=1',
  '/twilio\\voice',
  '/twilio/voice?a=/twilio/next',
  '/twilio/%ff',
  'http://elsewhere.example.com/twilio/voice',
  '/twilio/media',
  '/',
]

it('refuses an unsigned request on any path that looks like ours', async () => {
  for (const path of PATHS) {
    const { status } = await ask({ path, signature: () => null })
    expect([path, status]).toEqual([path, expect.toSatisfy((code) => [400, 403, 404, 405].includes(Number(code)))])
    // Nor does a signature of the right address open another path.
    const signed = await ask({ path, signed: { url: place.webhookUrl } })
    expect([path, signed.status]).toEqual([
      path,
      expect.toSatisfy((code) => [400, 403, 404, 405].includes(Number(code))),
    ])
  }
  expect(place.model.handshakes).toBe(1)
})

it('answers what is replayed of a call that is over, and opens nothing for it', async () => {
  const { call } = await place.plain()
  const handshakes = place.model.handshakes
  const fields: Fields = [...without('CallSid'), ['CallSid', call.callSid]]
  // While the call lives, a webhook that comes twice is answered alike.
  expect((await ask({ fields })).text).toMatch(/<Stream/)
  await call.hangUp()
  for (const path of ['/twilio/voice', '/twilio/next', '/twilio/voice']) {
    const { status, text } = await ask({ path, fields })
    expect([status, text]).toEqual([200, expect.stringMatching(/<Response><Hangup\/><\/Response>$/)])
  }
  for (const status of ['completed', 'in-progress', 'completed']) {
    const path = '/twilio/status'
    expect(
      (await ask({ path, fields: [...fields, ['CallStatus', status], ['SequenceNumber', '9']] })).status,
    ).toBeGreaterThanOrEqual(200)
  }
  expect(place.model.handshakes).toBe(handshakes)
})

it('a flood of 2,000 unsigned webhooks is refused and leaves nothing behind', async () => {
  const handshakes = place.model.handshakes
  const startedMs = performance.now()
  let next = 0
  const statuses = new Map<number, number>()
  const worker = async () => {
    while (next++ < 2000) {
      const { status } = await ask({ signature: () => null, fields: big(next % 10 === 0 ? 60_000 : 100) })
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
    }
  }
  await Promise.all(Array.from({ length: 50 }, worker))
  console.log(`2,000 unsigned webhooks in ${((performance.now() - startedMs) / 1000).toFixed(1)} s`)
  expect([...statuses]).toEqual([[403, 2000]])
  expect(place.model.handshakes).toBe(handshakes)
})

it('the call beside them has noticed nothing, nothing is left, and no secret and no number was logged', async () => {
  await steady.finish()
  await place.idle()
  const { log, stdout } = place.server
  expect(log.filter(({ level }) => level >= 50)).toEqual([])
  expect(stdout).not.toContain(AUTH_TOKEN)
  // The caller's number, the called ones, and those that were made up.
  expect(stdout).not.toMatch(/15550(123|100|199)/)
})
