import { pino } from 'pino'
import { expect, it } from 'vitest'
import type { z } from 'zod'
import { TwilioEnv, type TwilioSettings } from '../../../src/carriers/twilio/settings.ts'
import { createTwilioCarrier } from '../../../src/carriers/twilio/twilio.ts'

const SID = 'AC00000000000000000000000000000000'
const SECRET = 'a secret with a space'

function faults(env: Record<string, string>): string[] {
  const result = TwilioEnv.safeParse(env)
  return result.success ? [] : result.error.issues.map((issue: z.core.$ZodIssue) => `${issue.path}: ${issue.message}`)
}

it('reads what is set, keeps the path of PUBLIC_URL and leaves other variables alone', () => {
  expect(TwilioEnv.parse({ PATH: '/bin' })).toEqual({ publicUrl: null, accountSid: null, authToken: null })
  const env = { PUBLIC_URL: 'https://Voice.example.com/earshot/', TWILIO_ACCOUNT_SID: SID, TWILIO_AUTH_TOKEN: 't0ken' }
  expect(TwilioEnv.parse(env)).toEqual({
    publicUrl: 'https://Voice.example.com/earshot',
    accountSid: SID,
    authToken: 't0ken',
  })
})

it.each(['http://127.0.0.1:8080', 'http://localhost', 'http://[::1]:1', 'http://127.9.9.9/p', 'https://h:8443'])(
  'takes %s for PUBLIC_URL',
  (PUBLIC_URL) => {
    expect(TwilioEnv.parse({ PUBLIC_URL }).publicUrl).toBe(PUBLIC_URL)
  },
)

it.each([
  'http://voice.example.com',
  'http://127.0.0.1.example.com',
  'http://localhost.example.com',
  'ws://127.0.0.1',
  'voice.example.com',
  '',
  'https://h/?a=b',
  'https://h/?',
  'https://h/#top',
  'https://me:pw@h/',
])('refuses %j for PUBLIC_URL, in one sentence that names it', (PUBLIC_URL) => {
  expect(faults({ PUBLIC_URL })).toEqual([expect.stringMatching(/^PUBLIC_URL: PUBLIC_URL /)])
})

it('refuses an account without its token, naming TWILIO_AUTH_TOKEN', () => {
  expect(faults({ TWILIO_ACCOUNT_SID: SID })).toEqual([
    expect.stringMatching(/^TWILIO_AUTH_TOKEN: TWILIO_AUTH_TOKEN is not set/),
  ])
})

it('refuses an empty token or one with spaces, without repeating it', () => {
  for (const TWILIO_AUTH_TOKEN of ['', SECRET]) {
    const [fault, ...more] = faults({ PUBLIC_URL: 'https://h', TWILIO_AUTH_TOKEN })
    expect(fault).toMatch(/^TWILIO_AUTH_TOKEN: TWILIO_AUTH_TOKEN is empty or contains spaces/)
    expect(fault).not.toContain(SECRET)
    expect(more).toEqual([])
  }
})

it('refuses a token without PUBLIC_URL, and an account SID that is none', () => {
  expect(faults({ TWILIO_AUTH_TOKEN: 't' })).toEqual([expect.stringMatching(/^PUBLIC_URL: PUBLIC_URL is not set/)])
  expect(faults({ PUBLIC_URL: 'https://h', TWILIO_ACCOUNT_SID: 'SK1', TWILIO_AUTH_TOKEN: 't' })).toEqual([
    expect.stringMatching(/^TWILIO_ACCOUNT_SID: TWILIO_ACCOUNT_SID must be/),
  ])
})

it('makes no carrier that would let strangers in', () => {
  const safe: TwilioSettings = { publicUrl: 'https://h', accountSid: null, authToken: 't', verify: true }
  const create = (changed: Partial<TwilioSettings>) => () =>
    createTwilioCarrier({ ...safe, ...changed, log: pino({ enabled: false }), now: () => 0 })
  expect(create({})).not.toThrow()
  expect(create({ authToken: '' })).toThrow('TWILIO_AUTH_TOKEN is empty')
  expect(create({ publicUrl: 'http://voice.example.com' })).toThrow('PUBLIC_URL must be https')
  expect(create({ verify: false })).toThrow('local development')
  expect(create({ verify: false, publicUrl: 'http://127.0.0.1:8080' })).not.toThrow()
  expect(create({ verify: false, publicUrl: null })).not.toThrow()
})
