/** The vectors of the fact sheet, section 1.7: token `12345`, computed with twilio@6.2.0. */
import { expect, it } from 'vitest'
import { isSignedByTwilio } from '../../../src/carriers/twilio/signature.ts'

const TOKEN = '12345'
const VOICE = 'https://voice.example.com/twilio/voice?tenant=a'
const FIELDS = {
  CallSid: 'CA1234567890ABCDE',
  Caller: '+14158675310',
  Digits: '1234',
  From: '+14158675310',
  To: '+18005551212',
}
const signed = (signature: string | string[] | undefined, url: string, fields: Record<string, unknown> = {}) =>
  isSignedByTwilio(TOKEN, signature, url, fields)

it('accepts a webhook’s signature over exactly its address and form', () => {
  const signature = '5DYhTSZsGijxiO+8Fkypy7x7H4k='
  expect(signed(signature, VOICE, FIELDS)).toBe(true)
  expect(signed(signature, VOICE.replace('.com/', '.com:443/'), FIELDS)).toBe(true)
  expect(signed(signature, VOICE.replace('https:', 'http:'), FIELDS)).toBe(false)
  expect(signed(signature, VOICE.replace('voice?', 'voice/?'), FIELDS)).toBe(false)
  expect(signed(signature, VOICE.replace('tenant=a', 'tenant=b'), FIELDS)).toBe(false)
  expect(signed(signature, VOICE, { ...FIELDS, Digits: '1235' })).toBe(false)
  expect(signed(signature, VOICE, { ...FIELDS, More: '' })).toBe(false)
  expect(isSignedByTwilio('12346', signature, VOICE, FIELDS)).toBe(false)
})

it('accepts repeated fields', () => {
  expect(signed('g6/qkMUvFO/q0bSwc6at9IaEJXo=', VOICE, { a: ['2', '1', '2'] })).toBe(true)
  expect(signed('g6/qkMUvFO/q0bSwc6at9IaEJXo=', VOICE, { a: ['2', '1', '3'] })).toBe(false)
})

it('accepts an upgrade’s signature over the wss address alone', () => {
  const signature = 'C6FHkKjYMuvoBVOntnfRi3NjKEA='
  expect(signed(signature, 'wss://voice.example.com/media/twilio')).toBe(true)
  expect(signed(signature, 'https://voice.example.com/media/twilio')).toBe(false)
  expect(signed(signature, 'wss://voice.example.com/media/twilio/')).toBe(false)
  // The package takes the port off and finds the signed address underneath.
  expect(signed('CC05lJxU6Ilfsr1NxhYdpZZjV7Q=', 'https://voice.example.com/status')).toBe(true)
})

it('refuses headers that are no signature, without computing one', () => {
  for (const none of [undefined, '', 'C6FHkKjYMuvoBVOntnfRi3NjKEA', ['C6FHkKjYMuvoBVOntnfRi3NjKEA='], 'x'.repeat(28)]) {
    expect(signed(none, 'wss://voice.example.com/media/twilio')).toBe(false)
  }
  expect(signed('C6FHkKjYMuvoBVOntnfRi3NjKEA=', 'not a url')).toBe(false)
})

it('never works with an empty token', () => {
  expect(() => isSignedByTwilio('', 'C6FHkKjYMuvoBVOntnfRi3NjKEA=', VOICE, {})).toThrow(RangeError)
})
