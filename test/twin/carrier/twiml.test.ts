import VoiceResponse from 'twilio/lib/twiml/VoiceResponse.js'
import { expect, it } from 'vitest'
import { readTwiml, TwimlError } from '../../../src/twin/carrier/twiml.ts'

const HERE = 'https://voice.example.com/twilio/voice?tenant=a'
const response = (inner: string) => `<?xml version="1.0" encoding="UTF-8"?><Response>${inner}</Response>`
const codes = (inner: string) => readTwiml(response(inner), HERE).problems.map(({ code }) => code)

it('reads the answer that attaches a stream, as the official package writes it', () => {
  const twiml = new VoiceResponse()
  const stream = twiml
    .connect({ action: '/done' })
    .stream({ url: 'wss://h.example/media', name: 's', statusCallback: '/s' })
  stream.parameter({ name: 'token', value: 'a&b "c"' })
  twiml.redirect({ method: 'POST' }, 'https://h.example/next?x=1&y=2')
  expect(readTwiml(twiml.toString(), HERE)).toEqual({
    problems: [],
    verbs: [
      {
        verb: 'Connect',
        action: { url: 'https://voice.example.com/done', method: 'POST' },
        stream: {
          url: 'wss://h.example/media',
          name: 's',
          parameters: { token: 'a&b "c"' },
          statusCallback: { url: 'https://voice.example.com/s', method: 'POST' },
        },
      },
      { verb: 'Redirect', target: { url: 'https://h.example/next?x=1&y=2', method: 'POST' } },
    ],
  })
})

it('reads the other verbs', () => {
  const twiml = new VoiceResponse()
  twiml.say({ voice: 'Polly.Amy' }, 'One moment.')
  twiml.pause({ length: 2 })
  twiml.play({ digits: 'ww12' })
  const dial = twiml.dial({ callerId: '+15550100', answerOnBridge: true, action: '/dialled' })
  dial.number('+15550123')
  dial.sip({ username: 'u' }, 'sip:desk@pbx.example;transport=tls')
  twiml.reject({ reason: 'busy' })
  twiml.hangup()
  expect(readTwiml(twiml.toString(), HERE)).toEqual({
    problems: [],
    verbs: [
      { verb: 'Say', text: 'One moment.' },
      { verb: 'Pause', lengthMs: 2000 },
      { verb: 'Play', url: null, digits: 'ww12' },
      {
        verb: 'Dial',
        action: { url: 'https://voice.example.com/dialled', method: 'POST' },
        attributes: { callerId: '+15550100', answerOnBridge: 'true', action: '/dialled' },
        to: [
          { noun: 'Number', number: '+15550123', attributes: {} },
          { noun: 'Sip', uri: 'sip:desk@pbx.example;transport=tls', attributes: { username: 'u' } },
        ],
      },
      { verb: 'Reject', reason: 'busy' },
      { verb: 'Hangup' },
    ],
  })
  expect(readTwiml(response('<Dial>+15550123</Dial>'), HERE).verbs).toEqual([
    { verb: 'Dial', action: null, attributes: {}, to: [{ noun: 'Number', number: '+15550123', attributes: {} }] },
  ])
})

it('refuses what is no TwiML at all', () => {
  expect(() => readTwiml('{"not":"xml"}', HERE)).toThrow(TwimlError)
  expect(() => readTwiml('<html></html>', HERE)).toThrow('not <Response>')
})

const stream = (attributes: string, inner = '') => `<Connect><Stream ${attributes}>${inner}</Stream></Connect>`
const parameter = (name: string, value: string) => `<Parameter name="${name}" value="${value}"/>`

it.each([
  ['plain ws beyond loopback', stream('url="ws://h.example/media"'), 31922],
  ['https', stream('url="https://h.example/media"'), 31922],
  ['no URL', stream(''), 31923],
  ['a URL that is none', stream('url="wss://"'), 31923],
  ['the outbound track', stream('url="wss://h.example/m" track="both_tracks"'), 31941],
])('does not dial a stream with %s', (_, inner, code) => {
  expect(codes(inner)).toEqual([code])
  expect(readTwiml(response(inner), HERE).verbs).toEqual([{ verb: 'Connect', stream: null, action: null }])
})

it.each([
  ['a query', stream('url="wss://h.example/m?t=1"'), {}],
  ['500 characters', stream('url="wss://h.example/m"', parameter('t', 'x'.repeat(499))), {}],
  ['a repeated name', stream('url="wss://h.example/m"', parameter('t', '1') + parameter('t', '2')), { t: '1' }],
  ['a nameless one', stream('url="wss://h.example/m"', '<Parameter value="1"/>'), {}],
  ['an unknown attribute', stream('url="wss://h.example/m" codec="opus"'), {}],
])('warns of %s, and dials without it', (_, inner, parameters) => {
  const { verbs, problems } = readTwiml(response(inner), HERE)
  expect(problems.map(({ code, level }) => [code, level])).toEqual([[12200, 'warning']])
  const dialled = { url: 'wss://h.example/m', name: null, parameters, statusCallback: null }
  expect(verbs).toEqual([{ verb: 'Connect', stream: dialled, action: null }])
})

it('takes a parameter of 499 characters, ws on loopback, and a relative stream URL', () => {
  expect(codes(stream('url="ws://127.0.0.1:8080/m"', parameter('t', 'x'.repeat(498))))).toEqual([])
  expect(readTwiml(response(stream('url="/media"')), HERE).verbs).toMatchObject([
    { stream: { url: 'wss://voice.example.com/media' } },
  ])
})

it.each([
  ['two streams', '<Connect><Stream url="wss://a/m"/><Stream url="wss://b/m"/></Connect>'],
  ['an unknown verb', '<Gather/>'],
  ['text beside verbs', 'hello<Hangup/>'],
  ['a Dial to nobody', '<Dial></Dial>'],
  ['a Dial to a word', '<Dial><Number>reception</Number></Dial>'],
  ['an odd method', '<Redirect method="PUT">/x</Redirect>'],
  ['an odd pause', '<Pause length="soon"/>'],
])('warns of %s', (_, inner) => {
  expect(codes(inner)).toEqual([12200])
})
