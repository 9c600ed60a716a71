import { expect, it } from 'vitest'
import { ConfigError, readConfig } from '../../src/config/config.ts'

it('has a default for everything, and is offline without a key', () => {
  expect(readConfig({})).toEqual({
    port: 8080,
    host: '127.0.0.1',
    logLevel: 'info',
    configDir: './config',
    dataDir: './data',
    databaseUrl: null,
    recordingsS3: null,
    twilio: { publicUrl: null, accountSid: null, authToken: null },
    openai: null,
    oidc: null,
  })
})

it('reads what a deployment sets', () => {
  const env = {
    PORT: '9000',
    PUBLIC_URL: 'https://voice.example.com/phone/',
    TWILIO_ACCOUNT_SID: 'AC0123456789abcdef0123456789abcdef',
    TWILIO_AUTH_TOKEN: 'a-token',
    OPENAI_API_KEY: 'sk-a-key',
  }
  expect(readConfig(env)).toMatchObject({
    port: 9000,
    twilio: { publicUrl: 'https://voice.example.com/phone', authToken: 'a-token' },
    openai: { apiKey: 'sk-a-key' },
  })
})

it('reads where recordings go', () => {
  const env = {
    RECORDINGS_S3_URL: 'https://store.example.com/calls/',
    RECORDINGS_S3_KEY_ID: 'an-id',
    RECORDINGS_S3_SECRET: 'a-secret',
  }
  const read = { url: 'https://store.example.com/calls', region: 'auto', keyId: 'an-id', secret: 'a-secret' }
  expect(readConfig(env).recordingsS3).toEqual(read)
  expect(readConfig({ ...env, RECORDINGS_S3_REGION: 'eu-central-1' }).recordingsS3?.region).toBe('eu-central-1')
})

it('takes a server that needs no key, on loopback over plain http', () => {
  expect(readConfig({ OPENAI_BASE_URL: 'http://127.0.0.1:9999/v1' }).openai).toMatchObject({ apiKey: null })
})

it.each([
  [{ EARSHOT_PORT: '1' }, /^EARSHOT_PORT is not a variable Earshot knows/],
  [{ OPENAI_APIKEY: 'sk-secret' }, /^OPENAI_APIKEY is not a variable Earshot knows: did you mean OPENAI_API_KEY\?$/],
  [{ TWILIO_AUTHTOKEN: 'hush' }, /did you mean TWILIO_AUTH_TOKEN\?$/],
  [{ OPENAI_API_KEY: '' }, /^OPENAI_API_KEY is empty/],
  [{ TWILIO_AUTH_TOKEN: ' ' }, /^TWILIO_AUTH_TOKEN is empty/],
  [{ PORT: 'http' }, /^PORT must be a number/],
  [{ PORT: '70000' }, /^PORT must be a number/],
  [{ LOG_LEVEL: 'loud' }, /^LOG_LEVEL must be one of/],
  [{ PUBLIC_URL: 'http://voice.example.com' }, /^PUBLIC_URL must be https/],
  [{ PUBLIC_URL: 'https://voice.example.com?a=1' }, /^PUBLIC_URL must have no query/],
  [{ TWILIO_ACCOUNT_SID: 'AC0123456789abcdef0123456789abcdef' }, /TWILIO_AUTH_TOKEN is not set/],
  [{ TWILIO_AUTH_TOKEN: 'hush' }, /PUBLIC_URL is not set/],
  [{ OPENAI_BASE_URL: 'http://models.example.com/v1' }, /^OPENAI_BASE_URL/],
  [{ DATABASE_URL: 'mysql://hush@db/earshot' }, /^DATABASE_URL must be like postgres:/],
  [{ DATABASE_URL: 'postgres://hush@db' }, /^DATABASE_URL must be like postgres:/],
  [{ OIDC_ISSUER: 'http://login.example.com' }, /^OIDC_ISSUER must be https/],
  [{ OIDC_ISSUER: 'hush' }, /^OIDC_ISSUER is not an address/],
  [{ OIDC_CLIENT_ID: 'hush' }, /^OIDC_ISSUER is not set, and OIDC_CLIENT_ID is/],
  [{ OIDC_ISSUER: 'https://login.example.com', OIDC_CLIENT_ID: 'earshot' }, /^OIDC_CLIENT_SECRET is not set/],
  [{ OIDC_CLIENT_SECRET: '' }, /^OIDC_CLIENT_SECRET is empty/],
  [{ OIDC_CLIENTID: 'hush' }, /did you mean OIDC_CLIENT_ID\?$/],
  [
    { OIDC_CLIENT_SECRET: 'hush', OIDC_CLIENT_ID: 'earshot', OIDC_ISSUER: 'https://login.example.com' },
    /^PUBLIC_URL is not set, and OIDC_ISSUER is/,
  ],
  [{ CONFIG_DIR: '' }, /^CONFIG_DIR is empty/],
  [{ RECORDINGS_S3_URL: 'ftp://store.example.com/calls' }, /^RECORDINGS_S3_URL must be an https address/],
  [{ RECORDINGS_S3_SECRET: 'hush-hush' }, /^RECORDINGS_S3_URL is not set, but other RECORDINGS_S3 variables are/],
  [{ RECORDINGS_S3_KEY: 'hush-hush' }, /did you mean RECORDINGS_S3_\w+\?$/],
  [{ RECORDINGS_S3_SECRET: ' ' }, /^RECORDINGS_S3_SECRET is empty/],
])('refuses %o with one sentence that names the variable and never its value', (env, expected) => {
  const secret = Object.values(env)[0]
  let message = ''
  try {
    readConfig(env)
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError)
    message = error instanceof Error ? error.message : ''
  }
  expect(message).toMatch(expected)
  expect(message.split('\n')).toHaveLength(1)
  if (secret !== undefined && secret.trim().length > 4) expect(message).not.toContain(secret)
})

it('leaves the variables of others alone', () => {
  expect(() => readConfig({ OPENAI_ORG_ID: 'org', TWILIO_REGION: 'ie1', PATH: '/bin' })).not.toThrow()
})

it('takes an identity provider as a whole', () => {
  const env = { PUBLIC_URL: 'https://voice.example.com', OIDC_ISSUER: 'https://login.example.com/realms/staff' }
  expect(readConfig({ ...env, OIDC_CLIENT_ID: 'earshot', OIDC_CLIENT_SECRET: 'hush' }).oidc).toEqual({
    issuer: 'https://login.example.com/realms/staff',
    clientId: 'earshot',
    clientSecret: 'hush',
    roleClaim: 'roles',
    name: 'single sign-on',
  })
})
