import { expect, it } from 'vitest'
import { dialTwiml, hangUpTwiml, streamTwiml } from '../../../src/carriers/twilio/twiml.ts'

const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'
const AFTER = 'https://h/twilio/next?after=dial'

it('connects a stream with its token, and redirects behind it', () => {
  expect(streamTwiml({ url: 'wss://h/twilio/media', token: 'T-_1', nextUrl: 'https://h/twilio/next' })).toBe(
    `${DECLARATION}<Response><Connect><Stream url="wss://h/twilio/media"><Parameter name="token" value="T-_1"/></Stream></Connect><Redirect method="POST">https://h/twilio/next</Redirect></Response>`,
  )
})

it('says a word before it hangs up, or none', () => {
  expect(hangUpTwiml(null)).toBe(`${DECLARATION}<Response><Hangup/></Response>`)
  expect(hangUpTwiml('  ')).toBe(`${DECLARATION}<Response><Hangup/></Response>`)
  expect(hangUpTwiml('Tom & <Jerry>')).toBe(
    `${DECLARATION}<Response><Say>Tom &amp; &lt;Jerry&gt;</Say><Hangup/></Response>`,
  )
})

it.each([
  ['de', 'de-DE'],
  ['de-AT', 'de-AT'],
  ['en', 'en-US'],
  ['pt-BR', 'pt-BR'],
  ['es-CO', 'es-ES'],
])('says words of the language %s with a voice for %s', (language, spoken) => {
  expect(hangUpTwiml('Hallo.', language)).toBe(
    `${DECLARATION}<Response><Say language="${spoken}">Hallo.</Say><Hangup/></Response>`,
  )
})

it('leaves words of a language that no voice speaks to the usual voice', () => {
  expect(hangUpTwiml('Saluton.', 'eo')).toBe(`${DECLARATION}<Response><Say>Saluton.</Say><Hangup/></Response>`)
})

it('leaves out what XML cannot carry instead of failing the call', () => {
  expect(hangUpTwiml('a\u0000b\uD800c\uFFFEd 😀')).toBe(
    `${DECLARATION}<Response><Say>a b c d 😀</Say><Hangup/></Response>`,
  )
})

it('dials a number or a SIP address, with ringback kept', () => {
  const dial = `<Dial answerOnBridge="true" action="${AFTER}" method="POST">`
  expect(dialTwiml({ phone: '+15550123' }, null, AFTER)).toBe(
    `${DECLARATION}<Response>${dial}<Number>+15550123</Number></Dial></Response>`,
  )
  expect(dialTwiml({ sip: 'sip:a@h;transport=tls?X-A=1&X-B=2' }, 'One moment.', AFTER)).toBe(
    `${DECLARATION}<Response><Say>One moment.</Say>${dial}<Sip>sip:a@h;transport=tls?X-A=1&amp;X-B=2</Sip></Dial></Response>`,
  )
})
