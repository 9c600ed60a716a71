import { expect, it, onTestFinished } from 'vitest'
import { sendSms } from '../../src/tools/builtin/send-sms.ts'
import type { ToolContext } from '../../src/tools/tool.ts'
import { type Backend, json, startBackend } from './backend.ts'
import { toolContext } from './tool-context.ts'
import { toolSources } from './tool-sources.ts'

const ACCOUNT = { accountSid: 'AC0123456789abcdef', authToken: 'the-token' }

/** A stand-in for the carrier's messages. */
async function carrier(answer: Parameters<typeof startBackend>[0]): Promise<Backend> {
  const backend = await startBackend(answer)
  onTestFinished(() => backend[Symbol.asyncDispose]())
  return backend
}

async function send(baseUrl: string, text = 'Your order HB-1042 is ready.', changes: Partial<ToolContext> = {}) {
  const { context, logged } = toolContext()
  const tool = sendSms({ ...ACCOUNT, baseUrl }, toolSources().outgoing)
  return { ...(await tool.run(JSON.stringify({ text }), { ...context, ...changes })), log: logged }
}

it('sends a message to the caller from the number that was called', async () => {
  const twilio = await carrier((_, response) => json(response, { sid: 'SM1', status: 'queued', to: '+15550123' }, 201))
  expect(await send(twilio.origin, 'Grüße & 1+1')).toMatchObject({
    status: 'done',
    output: 'Sent.',
    logged: 'Sent.',
    effect: null,
    log: [],
  })
  expect(twilio.asked).toMatchObject([
    {
      method: 'POST',
      url: '/2010-04-01/Accounts/AC0123456789abcdef/Messages.json',
      headers: {
        authorization: `Basic ${Buffer.from('AC0123456789abcdef:the-token').toString('base64')}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
    },
  ])
  expect([...new URLSearchParams(twilio.asked[0]?.body)]).toEqual([
    ['To', '+15550123'],
    ['From', '+15550100'],
    ['Body', 'Grüße & 1+1'],
  ])
})

it('sends to nobody but the caller, whatever the model says', async () => {
  const twilio = await carrier((_, response) => json(response, { sid: 'SM1' }, 201))
  const tool = sendSms({ ...ACCOUNT, baseUrl: twilio.origin }, toolSources().outgoing)
  expect(Object.keys(Object(tool.parameters.properties))).toEqual(['text'])
  await tool.run('{"text":"hi","to":"+15550199","number":"+15550199"}', toolContext().context)
  expect(new URLSearchParams(twilio.asked[0]?.body).get('To')).toBe('+15550123')
})

it.each([
  [{ from: 'anonymous' }, 'Not sent: the caller’s number is withheld. Tell the caller.'],
  [{ from: '' }, 'Not sent: the caller’s number is withheld. Tell the caller.'],
  [{ to: 'sip:desk@example.com' }, 'Not sent: the called number cannot send messages. Tell the caller.'],
])('sends nothing for a call of %j', async (changes, output) => {
  const twilio = await carrier((_, response) => json(response, {}, 201))
  expect(await send(twilio.origin, 'hi', changes)).toMatchObject({ status: 'failed', output })
  expect(twilio.asked).toEqual([])
})

it('says that it was refused, and logs the carrier’s number for why, not its words', async () => {
  const twilio = await carrier((_, response) =>
    json(response, { code: 21610, message: '+15550123 has unsubscribed' }, 400),
  )
  const outcome = await send(twilio.origin)
  expect(outcome).toMatchObject({ status: 'failed', output: expect.stringContaining('the carrier refused it') })
  expect(outcome.log).toEqual([['the carrier refused a text message', { status: 400, code: 21610 }]])
  expect(JSON.stringify(outcome)).not.toContain('5550123')
})

it.each([
  ['that fails', 503, 'unknown'],
  ['that breaks off', 0, 'unknown'],
] as const)('does not know of a carrier %s whether it sent, and does not try again', async (_, status, expected) => {
  const twilio = await carrier((_asked, response, request) => {
    if (status === 0) request.socket.destroy()
    else response.writeHead(status).end()
  })
  expect(await send(twilio.origin)).toMatchObject({
    status: expected,
    output: expect.stringContaining('not known whether it acted'),
  })
  expect(twilio.asked.length).toBe(1)
})

it('knows that nothing was sent when the carrier was not reached', async () => {
  const gone = await startBackend(() => {})
  await gone[Symbol.asyncDispose]()
  expect(await send(gone.origin)).toMatchObject({
    status: 'failed',
    output: 'Not sent: the carrier cannot be reached. Tell the caller.',
  })
})
