import { afterEach, beforeEach, expect, it } from 'vitest'
import { type CarrierTwin, createCarrierTwin } from '../../../src/twin/carrier/carrier-twin.ts'
import { CallOver } from '../../../src/twin/carrier/events.ts'
import { AUTH_TOKEN, TinyServer } from './tiny-server.ts'

let server: TinyServer
let twin: CarrierTwin

beforeEach(async () => {
  server = await TinyServer.listen()
  twin = createCarrierTwin({ authToken: AUTH_TOKEN })
  server.answers.set('/voice', () => server.connectTwiml())
  server.answers.set('/next', () => '<Response><Say>Goodbye.</Say><Hangup/></Response>')
  server.answers.set('/status', () => ({ status: 204, body: '' }))
})
afterEach(async () => {
  await twin.close()
  await server[Symbol.asyncDispose]()
})

const numbers = { from: '+15550111', to: '+15550100' }
const place = (options: Partial<Parameters<CarrierTwin['placeCall']>[0]> = {}) =>
  twin.placeCall({ webhookUrl: `${server.url}/voice?tenant=a`, ...numbers, ...options })

it('dials, reports the outcome, and goes on', async () => {
  const dial = '<Dial action="/dialled" callerId="+15550100"><Sip>sip:desk@pbx.example</Sip></Dial>'
  server.answers.set('/voice', () => `<Response><Say>One moment.</Say>${dial}</Response>`)
  server.answers.set('/dialled', ({ DialCallStatus }) => `<Response><Say>${DialCallStatus}</Say></Response>`)
  const call = await place({ dialStatus: 'no-answer' })
  expect((await call.ended).why).toBe('twiml-finished')
  expect(call.dialled.map(({ to }) => to)).toEqual([[{ noun: 'Sip', uri: 'sip:desk@pbx.example', attributes: {} }]])
  expect(call.saidByCarrier).toEqual(['One moment.', 'no-answer'])
})

it('follows a GET with the fields in the signed query', async () => {
  server.answers.set('/voice', () => '<Response><Redirect method="GET">/got?x=1</Redirect></Response>')
  server.answers.set('/got', () => '<Response><Hangup/></Response>')
  const call = await place()
  await call.ended
  const got = server.posted.find(({ path }) => path.startsWith('/got'))
  expect(got).toMatchObject({ method: 'GET', form: {}, signed: true })
  expect(got?.path).toContain(`x=1&AccountSid=${twin.accountSid}&`)
})

it('reports streams to whom the TwiML names', async () => {
  server.answers.set('/voice', () =>
    server.connectTwiml().replace('<Stream ', '<Stream name="main" statusCallback="/stream-status" '),
  )
  server.answers.set('/stream-status', () => ({ status: 204, body: '' }))
  const call = await place()
  await call.streaming
  const streamSid = call.streams[0]?.streamSid
  server.streams[0]?.socket.close()
  await call.ended
  expect(server.posts('/stream-status').map(({ form, signed }) => ({ ...form, signed, Timestamp: '' }))).toEqual(
    ['stream-started', 'stream-stopped'].map((StreamEvent) => ({
      AccountSid: twin.accountSid,
      CallSid: call.callSid,
      StreamSid: streamSid,
      StreamName: 'main',
      StreamEvent,
      Timestamp: '',
      signed: true,
    })),
  )
})

it('rejects without answering, and waits out a pause unless the caller hangs up', async () => {
  server.answers.set('/voice', () => '<Response><Reject reason="busy"/></Response>')
  const rejected = await place({ statusCallbackUrl: `${server.url}/status` })
  expect((await rejected.ended).why).toBe('rejected')
  expect(server.posts('/status').map(({ form }) => form.CallStatus)).toEqual(['initiated', 'ringing', 'busy'])
  server.answers.set('/voice', () => '<Response><Pause length="600"/></Response>')
  const paused = await place()
  expect((await paused.hangUp()).why).toBe('caller-hung-up')
  server.answers.set('/voice', () => '<Response><Pause length="1"/></Response>')
  const waited = await place()
  const { why, atMs } = await waited.ended
  expect(why).toBe('twiml-finished')
  expect(atMs).toBeGreaterThanOrEqual(1000)
})

it('hangs up while it rings', async () => {
  const asked = Promise.withResolvers<void>()
  server.answers.set('/voice', () => {
    asked.resolve()
    return new Promise(() => {})
  })
  const placing = place({ statusCallbackUrl: `${server.url}/status` })
  await asked.promise
  const [call] = twin.calls
  expect((await call!.hangUp()).why).toBe('caller-hung-up')
  expect(await placing).toBe(call)
  expect(server.posts('/status').at(-1)?.form.CallStatus).toBe('canceled')
  expect([call!.errors, server.upgrades]).toEqual([[], []])
})

it.each([
  ['an error status', { status: 500, body: '' }, 11200],
  ['JSON', { contentType: 'application/json', body: '<Response/>' }, 12300],
  ['plain text', { contentType: 'text/plain', body: '<Response/>' }, 12300],
  ['broken XML', { body: '<Response><Say>Fish & chips</Say></Response>' }, 12100],
  ['too much', { body: `<Response><Say>${'x'.repeat(70_000)}</Say></Response>` }, 11750],
])('ends the call when the webhook is answered with %s', async (_, answer, code) => {
  server.answers.set('/voice', () => answer)
  const call = await place()
  expect((await call.ended).why).toBe('application-error')
  expect(call.errors.map((error) => error.code)).toEqual([code])
  expect(server.streams).toEqual([])
})

it('gives up on documents that redirect for ever', async () => {
  server.answers.set('/voice', () => '<Response><Redirect>/voice</Redirect></Response>')
  const call = await place({ maxDocuments: 5 })
  expect((await call.ended).why).toBe('application-error')
  expect(call.documents).toHaveLength(5)
})

it('says why there is no stream: refused, or nobody there', async () => {
  server.answers.set('/next', () => '<Response/>')
  server.answers.set('/voice', () => server.connectTwiml().replace('</Connect>', '</Connect><Say>Sorry.</Say>'))
  const stranger = createCarrierTwin({ authToken: 'another' })
  const refused = await stranger.placeCall({ webhookUrl: `${server.url}/voice`, ...numbers })
  await expect(refused.streaming).rejects.toThrow(CallOver)
  expect((await refused.ended).verbs.map(({ verb }) => verb)).toEqual(['Connect', 'Say', 'Redirect'])
  expect(refused.errors).toMatchObject([{ code: 31920, detail: expect.stringContaining('403') }])
  await stranger.close()
  server.answers.set('/voice', () => server.connectTwiml().replace(/ws:[^"]+/, 'ws://127.0.0.1:1/media'))
  const unreachable = await place()
  await unreachable.ended
  expect(unreachable.errors.map(({ code }) => code)).toEqual([31902])
})
