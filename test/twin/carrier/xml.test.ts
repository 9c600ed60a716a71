import fc from 'fast-check'
import VoiceResponse from 'twilio/lib/twiml/VoiceResponse.js'
import { expect, it } from 'vitest'
import { parseXml, XmlError } from '../../../src/twin/carrier/xml.ts'

it('reads elements, attributes, text, entities, comments and CDATA', () => {
  const source = `<?xml version="1.0" encoding="UTF-8"?>
<!-- a call --><Response>
  <Say voice='alice'>Fish &amp; chips &#x2014; <![CDATA[<b>]]></Say><Hangup/>
</Response>
`
  const root = parseXml(source)
  expect(root.name).toBe('Response')
  expect(root.text.trim()).toBe('')
  expect(root.children.map(({ name, text, attributes }) => [name, text, [...attributes]])).toEqual([
    ['Say', 'Fish & chips — <b>', [['voice', 'alice']]],
    ['Hangup', '', []],
  ])
})

it.each([
  ['', 'must begin'],
  ['Response', 'must begin'],
  [' <?xml version="1.0"?><Response/>', 'first characters'],
  ['<Response>', 'never closed'],
  ['<Response></response>', 'closes <Response>'],
  ['<Response/><Response/>', 'nothing may follow'],
  ['<Response/>x', 'nothing may follow'],
  ['<Response a=1/>', 'not quoted'],
  ['<Response a="1"b="2"/>', 'a space is missing'],
  ['<Response a="1" a="2"/>', 'comes twice'],
  ['<Response a="<"/>', 'may not hold <'],
  ['<Response a="/x?a=1&b=2"/>', '&amp;'],
  ['<Response>you & me</Response>', '&amp;'],
  ['<Response>&nbsp;</Response>', '&amp;'],
  ['<Response>&#x110000;</Response>', 'no character'],
  ['<Response>&#0;</Response>', '&amp;'],
  ['<Response>\u0007</Response>', 'does not allow'],
  ['<Response>]]></Response>', 'may not stand'],
  ['<Response><!-- a -- b --></Response>', 'may not stand'],
  ['<!DOCTYPE x [<!ENTITY a "b">]><Response/>', 'a name is expected'],
  ['<Response', 'never closed'],
  ['< Response/>', 'a name is expected'],
  ['<Response><Say>x</Response>', 'closes <Say>'],
  ['</Response>', 'closes'],
])('refuses %j', (source, why) => {
  expect(() => parseXml(source)).toThrow(XmlError)
  expect(() => parseXml(source)).toThrow(why)
})

it('says where', () => {
  expect(() => parseXml('<Response>\n  <Say>a & b</Say>\n</Response>')).toThrow('line 2, column 10')
})

it('reads what the official package writes, to the letter', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 40 }).filter((s) => !/[\p{Cc}\p{Cs}\ufffe\uffff]/u.test(s))
  fc.assert(
    fc.property(text, text, (said, value) => {
      const response = new VoiceResponse()
      response.say(said)
      response.connect().stream({ url: 'wss://h/media' }).parameter({ name: 'n', value })
      const root = parseXml(response.toString())
      expect(root.children[0]?.text).toBe(said)
      expect(root.children[1]?.children[0]?.children[0]?.attributes.get('value')).toBe(value)
    }),
  )
})

it('ends on anything, with an element or an XmlError', () => {
  const piece = fc.constantFrom(
    '<',
    '>',
    '/',
    'a',
    '=',
    '"',
    "'",
    '&',
    ';',
    '#',
    '!',
    '-',
    '[',
    ']',
    '?',
    'CDATA',
    ' ',
    '\n',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      try {
        expect(parseXml(pieces.join('')).name).toMatch(/./)
      } catch (error) {
        expect(error).toBeInstanceOf(XmlError)
      }
    }),
  )
})

it('is not exhausted by depth', () => {
  const deep = 20_000
  expect(parseXml('<a>'.repeat(deep) + '</a>'.repeat(deep)).name).toBe('a')
})
