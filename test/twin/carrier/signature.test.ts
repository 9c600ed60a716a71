import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { getExpectedTwilioSignature, validateRequest } from 'twilio/lib/webhooks/webhooks.js'
import { expect, it } from 'vitest'
import { alter, sign } from '../../../src/twin/carrier/signature.ts'

const TOKEN = '12345'
const VOICE = 'https://voice.example.com/twilio/voice?tenant=a'
const MEDIA = 'wss://voice.example.com/media/twilio'
const FORM = [
  ['To', '+18005551212'],
  ['CallSid', 'CA1234567890ABCDE'],
  ['Caller', '+14158675310'],
  ['Digits', '1234'],
  ['From', '+14158675310'],
] as const

it('gives the signatures of the fact sheet', () => {
  expect(sign(TOKEN, VOICE, FORM)).toBe('5DYhTSZsGijxiO+8Fkypy7x7H4k=')
  expect(sign(TOKEN, MEDIA, [])).toBe('C6FHkKjYMuvoBVOntnfRi3NjKEA=')
  expect(sign(TOKEN, 'https://voice.example.com/status', [])).toBe('CC05lJxU6Ilfsr1NxhYdpZZjV7Q=')
  const repeated = [
    ['a', '2'],
    ['a', '1'],
    ['a', '2'],
  ] as const
  expect(sign(TOKEN, VOICE, repeated)).toBe('g6/qkMUvFO/q0bSwc6at9IaEJXo=')
})

it('gives other signatures for another scheme, slash or port', () => {
  const right = sign(TOKEN, MEDIA, [])
  for (const url of [MEDIA.replace('wss', 'https'), `${MEDIA}/`, MEDIA.replace('.com', '.com:443')]) {
    expect(sign(TOKEN, url, [])).not.toBe(right)
  }
})

it('is accepted by the official package for any form, and refused when it is altered', () => {
  const word = fc.string({ unit: 'binary', maxLength: 20 })
  const form = fc.array(fc.tuple(word, word), { maxLength: 12 })
  fc.assert(
    fc.property(form, (fields) => {
      const params: Record<string, string[]> = Object.create(null)
      for (const [name, value] of fields) params[name] = [...(params[name] ?? []), value]
      const signature = sign(TOKEN, VOICE, fields)
      expect(signature).toBe(getExpectedTwilioSignature(TOKEN, VOICE, params))
      expect(validateRequest(TOKEN, signature, VOICE, params)).toBe(true)
      expect(validateRequest(TOKEN, alter(signature), VOICE, params)).toBe(false)
    }),
  )
})

it('alters a signature into another of the same length, whatever it begins with', () => {
  for (let i = 0; i < 200; i++) {
    const signature = createHmac('sha1', TOKEN).update(String(i)).digest('base64')
    expect(alter(signature)).not.toBe(signature)
    expect(alter(signature)).toHaveLength(signature.length)
  }
})
