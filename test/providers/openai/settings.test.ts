import { describe, expect, it } from 'vitest'
import { OpenAiEnvironment, openAiSettings, realtimeUrl } from '../../../src/providers/openai/settings.ts'

const read = (environment: Record<string, string>) => openAiSettings(OpenAiEnvironment.parse(environment))
const urlOf = (baseUrl: string) => realtimeUrl({ apiKey: null, baseUrl }, 'gpt-realtime-2.1').href

it('is not configured without a key and without a server', () => {
  expect(read({})).toBeNull()
})

it('uses the official server when only a key is named, and no key when only a server is', () => {
  expect(read({ OPENAI_API_KEY: 'sk-1' })).toEqual({ apiKey: 'sk-1', baseUrl: 'https://api.openai.com/v1' })
  expect(read({ OPENAI_BASE_URL: 'http://127.0.0.1:9/v1' })).toEqual({ apiKey: null, baseUrl: 'http://127.0.0.1:9/v1' })
})

describe('the realtime socket is the base with ws(s) and /realtime', () => {
  it.each([
    ['https://api.openai.com/v1', 'wss://api.openai.com/v1/realtime?model=gpt-realtime-2.1'],
    ['https://api.openai.com/v1///', 'wss://api.openai.com/v1/realtime?model=gpt-realtime-2.1'],
    ['http://127.0.0.1:8080/v1/', 'ws://127.0.0.1:8080/v1/realtime?model=gpt-realtime-2.1'],
    ['ws://localhost:8080', 'ws://localhost:8080/realtime?model=gpt-realtime-2.1'],
    [
      'wss://models.example/openai/v1?tenant=a',
      'wss://models.example/openai/v1/realtime?tenant=a&model=gpt-realtime-2.1',
    ],
  ])('%s', (base, url) => {
    expect(urlOf(read({ OPENAI_BASE_URL: base })!.baseUrl)).toBe(url)
  })

  it('with any model name', () => {
    expect(realtimeUrl({ apiKey: null, baseUrl: 'https://h/v1' }, 'a b&c=d').search).toBe('?model=a+b%26c%3Dd')
  })
})

it.each(['http://localhost/v1', 'http://127.8.7.6/v1', 'http://[::1]:8080/v1', 'ws://127.0.0.1/v1'])(
  'allows plain http on this machine: %s',
  (url) => {
    expect(OpenAiEnvironment.safeParse({ OPENAI_BASE_URL: url }).success).toBe(true)
  },
)

it.each([
  ['http://models.example/v1', 'must be an https URL: plain http is for servers on this machine only'],
  ['ws://127.0.0.1.example.com/v1', 'must be an https URL: plain http is for servers on this machine only'],
  ['http://10.0.0.1/v1', 'must be an https URL: plain http is for servers on this machine only'],
  ['ftp://127.0.0.1/v1', 'must be an https or http URL'],
  ['https://me:secret@models.example/v1', 'must not hold a user name or a password'],
  ['api.openai.com/v1', 'must be a URL, like https://api.openai.com/v1'],
  ['', 'must be a URL, like https://api.openai.com/v1'],
])('refuses %s with a sentence that does not quote it', (url, sentence) => {
  const issues = OpenAiEnvironment.safeParse({ OPENAI_BASE_URL: url }).error?.issues
  expect(issues).toMatchObject([{ path: ['OPENAI_BASE_URL'], message: sentence }])
})

it.each(['', 'sk-1\n', 'two words', 'schlüssel'])('refuses a key that no header can hold: %j', (key) => {
  const issues = OpenAiEnvironment.safeParse({ OPENAI_API_KEY: key }).error?.issues
  expect(issues).toMatchObject([{ path: ['OPENAI_API_KEY'] }])
  if (key !== '') expect(JSON.stringify(issues)).not.toContain(key.trim())
})
