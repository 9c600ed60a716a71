import { afterEach, expect, it } from 'vitest'
import type { TwilioCarrierOptions } from '../../../src/carriers/twilio/twilio.ts'
import { ACCOUNT_SID, dial, openRig, PUBLIC_URL, post, type Rig, sign, tokenFor, voiceForm, warnings } from './rig.ts'

const rigs: Rig[] = []
afterEach(async () => {
  for (const rig of rigs.splice(0)) await rig.close()
})
async function rigWith(options: Partial<TwilioCarrierOptions> = {}): Promise<Rig> {
  const rig = await openRig(options)
  rigs.push(rig)
  return rig
}

it('answers a call with a stream, its token and a redirect, all at PUBLIC_URL', async () => {
  const rig = await rigWith({ randomToken: () => 'TOKEN' })
  expect(await post(rig, '/twilio/voice', voiceForm('CA1'))).toEqual({
    status: 200,
    type: 'text/xml',
    text: '<?xml version="1.0" encoding="UTF-8"?><Response><Connect><Stream url="wss://voice.example.com/twilio/media"><Parameter name="token" value="TOKEN"/></Stream></Connect><Redirect method="POST">https://voice.example.com/twilio/next</Redirect></Response>',
  })
  expect(rig.carrier.unusedTokens).toBe(1)
})

it('gives each answer of a repeated webhook a token of its own', async () => {
  const rig = await rigWith()
  expect(await tokenFor(rig, 'CA1')).not.toBe(await tokenFor(rig, 'CA1'))
  expect(rig.exchange.calls.map((call) => call.carrierCallId)).toEqual(['CA1', 'CA1'])
})

it('calls a caller without a number anonymous', async () => {
  const rig = await rigWith()
  await post(rig, '/twilio/voice', { ...voiceForm('CA1'), From: '' })
  expect(rig.exchange.calls).toMatchObject([{ from: 'anonymous' }])
})

it('computes the signature over the query as it came, and repeated fields', async () => {
  const rig = await rigWith()
  expect(await post(rig, '/twilio/voice?tenant=a%2Fb&x=%27+%7e', voiceForm('CA1'))).toMatchObject({ status: 200 })
  expect(await post(rig, '/twilio/voice', { ...voiceForm('CA2'), a: ['2', '1', '2'] })).toMatchObject({ status: 200 })
})

it.each([
  ['no signature', null],
  ['no base64', 'x'],
  ['another token', sign(`${PUBLIC_URL}/twilio/voice`, voiceForm('CA1'), '54321')],
  ['another field', sign(`${PUBLIC_URL}/twilio/voice`, { ...voiceForm('CA1'), To: '+15550199' })],
  ['another path', sign(`${PUBLIC_URL}/twilio/next`, voiceForm('CA1'))],
  ['another host', sign('https://127.0.0.1/twilio/voice', voiceForm('CA1'))],
  ['http', sign('http://voice.example.com/twilio/voice', voiceForm('CA1'))],
])('refuses a webhook signed with %s, and logs the address it should be signed over', async (_, signature) => {
  const rig = await rigWith()
  const answer = await post(rig, '/twilio/voice', voiceForm('CA1'), signature)
  expect(answer.status).toBe(403)
  expect(answer.text).toMatch(/X-Twilio-Signature/)
  expect(rig.exchange.calls).toEqual([])
  expect(warnings(rig)).toMatchObject([
    {
      msg: 'twilio request refused',
      status: 403,
      why: signature === null ? 'no signature' : 'wrong signature',
      url: 'https://voice.example.com/twilio/voice',
    },
  ])
})

it('believes no header about the address', async () => {
  const rig = await rigWith()
  const response = await fetch(`http://127.0.0.1:${rig.port}/twilio/voice`, {
    method: 'POST',
    body: new URLSearchParams({ CallSid: 'CA1' }),
    headers: {
      'x-forwarded-host': 'evil.example.com',
      'x-forwarded-proto': 'https',
      'x-twilio-signature': sign('https://evil.example.com/twilio/voice', { CallSid: 'CA1' }),
    },
  })
  expect(response.status).toBe(403)
})

it.each(['CallSid', 'From', 'To', 'CallStatus'])('names the missing field %s', async (field) => {
  const rig = await rigWith()
  const { [field]: _, ...rest } = voiceForm('CA1')
  const answer = await post(rig, '/twilio/voice', rest)
  expect(answer).toMatchObject({ status: 400, text: expect.stringContaining(field) })
  const repeated = await post(rig, '/twilio/voice', { ...rest, [field]: ['a', 'b'] })
  expect(repeated).toMatchObject({ status: 400, text: expect.stringContaining(field) })
  expect(rig.exchange.calls).toEqual([])
})

it('takes small forms and nothing else', async () => {
  const rig = await rigWith()
  const send = async (body: string, type: string) => {
    const headers = { 'content-type': type, 'x-twilio-signature': sign(`${PUBLIC_URL}/twilio/voice`) }
    return (await fetch(`http://127.0.0.1:${rig.port}/twilio/voice`, { method: 'POST', body, headers })).status
  }
  expect(await send('{}', 'application/json')).toBe(415)
  expect(await send('x', 'text/plain')).toBe(415)
  expect(await send(`a=${'x'.repeat(64 * 1024)}`, 'application/x-www-form-urlencoded')).toBe(413)
  expect(await post(rig, '/twilio/voice', {})).toMatchObject({ status: 400 })
  const many = Object.fromEntries(Array.from({ length: 600 }, (_, i) => [`f${i}`, '']))
  expect(await post(rig, '/twilio/voice', { ...voiceForm('CA1'), ...many })).toMatchObject({ status: 403 })
  expect(rig.exchange.calls).toEqual([])
})

it('tells an operator who set a webhook to GET, and keeps the query out of the log', async () => {
  const rig = await rigWith()
  const response = await fetch(`http://127.0.0.1:${rig.port}/twilio/voice?From=%2B15550111`)
  expect(response.status).toBe(405)
  expect(await response.text()).toContain('POST')
  expect(rig.log.join('')).not.toContain('15550111')
})

it('goes on with what the exchange says is next', async () => {
  const rig = await rigWith({ randomToken: () => 'TOKEN' })
  const next = async () => (await post(rig, '/twilio/next', { CallSid: 'CA1' })).text
  expect(await next()).toContain('<Response><Hangup/></Response>')
  rig.exchange.onNext = () => ({ type: 'hang-up', say: 'Goodbye.' })
  expect(await next()).toContain('<Response><Say>Goodbye.</Say><Hangup/></Response>')
  rig.exchange.onNext = () => ({ type: 'stream', callId: 'call-1' })
  expect(await next()).toContain('<Parameter name="token" value="TOKEN"/>')
  rig.exchange.onNext = () => ({ type: 'dial', destination: { phone: '+15550123' }, say: null })
  expect(await next()).toContain(
    '<Response><Dial answerOnBridge="true" action="https://voice.example.com/twilio/next?after=dial" method="POST"><Number>+15550123</Number></Dial></Response>',
  )
  expect(await post(rig, '/twilio/next', {})).toMatchObject({ status: 400, text: expect.stringContaining('CallSid') })
  expect(rig.exchange.asked).toEqual(Array(4).fill({ carrier: 'twilio', carrierCallId: 'CA1' }))
})

it('hangs up after a transfer, with an apology when nobody was reached', async () => {
  const rig = await rigWith()
  const after = async (fields: Record<string, string>) =>
    (await post(rig, '/twilio/next?after=dial', { CallSid: 'CA1', ...fields })).text
  for (const DialCallStatus of ['completed', 'answered']) {
    expect(await after({ DialCallStatus })).toContain('<Response><Hangup/></Response>')
  }
  for (const DialCallStatus of ['busy', 'no-answer', 'failed', 'canceled', 'whatever']) {
    expect(await after({ DialCallStatus })).toMatch(/<Response><Say>[^<]*sorry[^<]*<\/Say><Hangup\/><\/Response>/)
  }
  expect(rig.exchange.asked).toEqual([])
})

it('apologises to the caller when we fail, and logs the fault', async () => {
  const rig = await rigWith()
  rig.exchange.onAnswer = rig.exchange.onNext = () => {
    throw new Error('a bug')
  }
  for (const path of ['/twilio/voice', '/twilio/next']) {
    const { status, text } = await post(rig, path, voiceForm('CA1'))
    expect(status).toBe(200)
    expect(text).toMatch(/<Response><Say>[^<]*sorry[^<]*<\/Say><Hangup\/><\/Response>/)
  }
  expect(warnings(rig)).toMatchObject(
    Array(2).fill({ level: 50, msg: 'twilio request failed', callSid: 'CA1', err: { message: 'a bug' } }),
  )
})

it('passes status callbacks on in order, the end once, and stream callbacks not at all', async () => {
  const rig = await rigWith()
  const status = async (fields: Record<string, string>) =>
    (await post(rig, '/twilio/status', { CallSid: 'CA1', ...fields })).status
  expect(await status({ CallStatus: 'in-progress', SequenceNumber: '2' })).toBe(204)
  expect(await status({ CallStatus: 'ringing', SequenceNumber: '1' })).toBe(204)
  expect(await status({ CallStatus: 'no-answer', SequenceNumber: 'x' })).toBe(204)
  expect(await status({ CallStatus: 'completed', SequenceNumber: '3' })).toBe(204)
  expect(await status({ StreamEvent: 'stream-error', StreamError: 'x', StreamSid: 'MZ1' })).toBe(204)
  expect(await status({})).toBe(400)
  const call = { carrier: 'twilio', carrierCallId: 'CA1' }
  expect(rig.exchange.statuses).toEqual([
    { ...call, status: 'in-progress', final: false },
    { ...call, status: 'no-answer', final: true },
  ])
})

it('forgets the tokens of a call that is over, and tokens whose time is over', async () => {
  const rig = await rigWith()
  await tokenFor(rig, 'CA1')
  await tokenFor(rig, 'CA1')
  await tokenFor(rig, 'CA2')
  expect(rig.carrier.unusedTokens).toBe(3)
  await post(rig, '/twilio/status', { CallSid: 'CA1', CallStatus: 'completed' })
  expect(rig.carrier.unusedTokens).toBe(1)
  rig.clock.nowMs += 60_000
  expect(rig.carrier.unusedTokens).toBe(0)
})

it('serves nobody without a token, and says what is missing', async () => {
  const rig = await rigWith({ authToken: null, accountSid: null })
  const answer = await post(rig, '/twilio/voice', voiceForm('CA1'))
  expect(answer).toMatchObject({ status: 503, text: expect.stringContaining('TWILIO_AUTH_TOKEN is not set') })
  await expect(dial(rig)).rejects.toThrow('HTTP 503')
  expect(rig.exchange.calls).toEqual([])
  expect(warnings(rig)).toMatchObject([
    { msg: 'TWILIO_AUTH_TOKEN is not set: no phone call is answered' },
    { why: 'TWILIO_AUTH_TOKEN is not set', status: 503 },
    { why: 'TWILIO_AUTH_TOKEN is not set', status: 503, url: 'wss://voice.example.com/twilio/media' },
  ])
})

it('serves unsigned requests in local development, from this machine alone', async () => {
  const rig = await rigWith({ verify: false, authToken: null, publicUrl: null })
  expect(warnings(rig)).toMatchObject([{ msg: expect.stringContaining('local development') }])
  const { text } = await post(rig, '/twilio/voice', voiceForm('CA1'), null)
  expect(text).toContain(`<Stream url="ws://127.0.0.1:${rig.port}/twilio/media">`)
  expect(text).toContain(`>http://127.0.0.1:${rig.port}/twilio/next</Redirect>`)
  for (const header of ['x-forwarded-for', 'forwarded', 'origin']) {
    const headers = { [header]: 'http://evil.example.com' }
    const options = { method: 'POST', body: new URLSearchParams({ CallSid: 'CA1' }), headers }
    expect((await fetch(`http://127.0.0.1:${rig.port}/twilio/next`, options)).status).toBe(403)
    await expect(dial(rig, { signature: null, headers })).rejects.toThrow('HTTP 403')
  }
  const side = await dial(rig, { signature: null })
  side.socket.close()
})

it('keeps the path of PUBLIC_URL, whether a proxy strips it or not', async () => {
  const publicUrl = 'https://voice.example.com/earshot'
  const rig = await rigWith({ publicUrl })
  const form = voiceForm('CA1')
  const { text } = await post(rig, '/twilio/voice', form, sign(`${publicUrl}/twilio/voice`, form))
  expect(text).toContain('<Stream url="wss://voice.example.com/earshot/twilio/media">')
  expect(text).toContain('>https://voice.example.com/earshot/twilio/next</Redirect>')
  const kept = await post(rig, '/earshot/twilio/voice', form, sign(`${publicUrl}/twilio/voice`, form))
  expect(kept).toMatchObject({ status: 200 })
  const wrong = await post(rig, '/twilio/voice', form, sign('https://voice.example.com/twilio/voice', form))
  expect(wrong).toMatchObject({ status: 403 })
  const signature = sign('wss://voice.example.com/earshot/twilio/media')
  for (const path of ['/twilio/media', '/earshot/twilio/media']) {
    const side = await dial(rig, { path, signature })
    side.socket.close()
  }
})

it('takes an http PUBLIC_URL on loopback, with its upgrade signed as ws or as wss', async () => {
  const rig = await rigWith({ publicUrl: 'http://127.0.0.1:8080' })
  const form = voiceForm('CA1')
  const { text } = await post(rig, '/twilio/voice', form, sign('http://127.0.0.1:8080/twilio/voice', form))
  expect(text).toContain('<Stream url="ws://127.0.0.1:8080/twilio/media">')
  for (const scheme of ['ws', 'wss']) {
    const side = await dial(rig, { signature: sign(`${scheme}://127.0.0.1:8080/twilio/media`) })
    side.socket.close()
  }
  await expect(dial(rig, { signature: sign('http://127.0.0.1:8080/twilio/media') })).rejects.toThrow('HTTP 403')
})

it('writes no number, no word and no secret to the log at info or above', async () => {
  const rig = await rigWith({})
  rig.exchange.onAnswer = (call) =>
    call.carrierCallId === 'CA2'
      ? { type: 'refuse', say: 'Secret words.', reason: 'no agent answers this number' }
      : { type: 'stream', callId: 'call-1' }
  rig.exchange.onNext = () => ({ type: 'dial', destination: { phone: '+15550123' }, say: 'Secret words.' })
  const token = await tokenFor(rig, 'CA1')
  await post(rig, '/twilio/voice', voiceForm('CA2'))
  await post(rig, '/twilio/voice?From=%2B15550111', voiceForm('CA1'))
  await post(rig, '/twilio/voice?From=%2B15550111', voiceForm('CA1'), null)
  await post(rig, '/twilio/voice', { ...voiceForm('+15550111'), To: ['+15550111', '+15550112'] })
  await post(rig, '/twilio/next', voiceForm('CA1'))
  await post(rig, '/twilio/next?after=dial', { ...voiceForm('CA1'), DialCallStatus: 'busy' })
  await post(rig, '/twilio/status', { ...voiceForm('CA1'), CallStatus: 'completed' })
  await expect(dial(rig, { path: '/twilio/media?From=+15550111' })).rejects.toThrow('HTTP 400')
  const again = await tokenFor(rig, 'CA1')
  const side = await dial(rig)
  side.start('CA1', again)
  const sink = await rig.exchange.attached.take()
  side.send({ event: 'dtmf', streamSid: 'MZ0001', dtmf: { digit: '7' } })
  side.send({ event: 'mark', streamSid: 'MZ0001', mark: { name: '+15550111' } })
  side.send({ event: 'stop', streamSid: 'MZ0001' })
  for (const type of ['dtmf', 'mark-heard', 'closed']) expect(await sink.told.take()).toMatchObject({ type })
  const stranger = await dial(rig)
  stranger.start('+15550111', 'x', { accountSid: ACCOUNT_SID })
  expect(await stranger.closeCode()).toBe(1008)
  const loud = rig.log.filter((line) => JSON.parse(line).level >= 30)
  expect(loud.length).toBeGreaterThan(10)
  for (const line of loud) {
    expect(line).not.toMatch(/1555|Secret|"digit"/)
    expect(line).not.toContain(token)
    expect(line).not.toContain(again)
    expect(line).not.toContain('"12345"')
  }
})
