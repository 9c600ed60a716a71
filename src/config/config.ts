/** The environment, read once, to what the code needs. A misspelt, missing or bad variable stops the start with a sentence. */
import type { z } from 'zod'
import { nearest } from '../agents/nearest.ts'
import { CallLogEnv, RecordingsEnv, type S3Settings } from '../call-log/settings.ts'
import { TwilioEnv } from '../carriers/twilio/settings.ts'
import { DeskEnv, type OidcSettings } from '../desk/settings.ts'
import { OpenAiEnvironment, type OpenAiSettings, openAiSettings } from '../providers/openai/settings.ts'
import { ServerEnv } from '../server/settings.ts'

export interface Config {
  readonly port: number
  readonly host: string
  readonly logLevel: string
  readonly configDir: string
  readonly dataDir: string
  /** Null: the log is a file in `dataDir`. */
  readonly databaseUrl: string | null
  /** Null: no store of recordings is named. */
  readonly recordingsS3: S3Settings | null
  readonly twilio: {
    readonly publicUrl: string | null
    readonly accountSid: string | null
    readonly authToken: string | null
  }
  /** Null: neither a key nor another server is named, and a stand-in model answers (offline mode). */
  readonly openai: OpenAiSettings | null
  /** Null: people sign in with passwords alone. */
  readonly oidc: OidcSettings | null
}

/** One sentence that names a variable and the fix, and never a value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

type Env = Readonly<Record<string, string | undefined>>

/** Every variable there is; `.env.example` lists the same. */
export const VARIABLES = [
  'PORT',
  'HOST',
  'PUBLIC_URL',
  'CONFIG_DIR',
  'DATA_DIR',
  'DATABASE_URL',
  'RECORDINGS_S3_URL',
  'RECORDINGS_S3_REGION',
  'RECORDINGS_S3_KEY_ID',
  'RECORDINGS_S3_SECRET',
  'OPENAI_API_KEY',
  'OPENAI_BASE_URL',
  'TWILIO_ACCOUNT_SID',
  'TWILIO_AUTH_TOKEN',
  'OIDC_ISSUER',
  'OIDC_CLIENT_ID',
  'OIDC_CLIENT_SECRET',
  'OIDC_ROLE_CLAIM',
  'OIDC_NAME',
  'LOG_LEVEL',
] as const

const SECRETS: readonly string[] = ['OPENAI_API_KEY', 'TWILIO_AUTH_TOKEN', 'OIDC_CLIENT_SECRET', 'RECORDINGS_S3_SECRET']
/** Variables of these products that other programs read; they are none of ours, and no misspelling of ours. */
const OF_OTHERS: readonly string[] = [
  'OPENAI_ORG_ID',
  'OPENAI_ORGANIZATION',
  'OPENAI_PROJECT',
  'OPENAI_PROJECT_ID',
  'OPENAI_WEBHOOK_SECRET',
  'TWILIO_API_KEY',
  'TWILIO_API_SECRET',
  'TWILIO_EDGE',
  'TWILIO_REGION',
  'TWILIO_PHONE_NUMBER',
  'TWILIO_PROFILE',
]

/** @throws ConfigError at the first thing that is wrong */
export function readConfig(env: Env): Config {
  refuseUnknown(env)
  for (const name of SECRETS) {
    if (env[name]?.trim() === '') throw new ConfigError(`${name} is empty: set it to its secret, or remove it.`)
  }
  const server = parse(ServerEnv, env)
  const { DATABASE_URL } = parse(CallLogEnv, env)
  const openai = openAiSettings(parse(OpenAiEnvironment, env))
  return Object.freeze({
    port: server.PORT,
    host: server.HOST,
    logLevel: server.LOG_LEVEL,
    configDir: server.CONFIG_DIR,
    dataDir: server.DATA_DIR,
    databaseUrl: DATABASE_URL ?? null,
    recordingsS3: parse(RecordingsEnv, env),
    twilio: parse(TwilioEnv, env),
    openai,
    oidc: parse(DeskEnv, env),
  })
}

/** A variable that nobody reads is a setting that somebody believes in. */
function refuseUnknown(env: Env): void {
  for (const name of Object.keys(env)) {
    if (!/^(EARSHOT|OPENAI|TWILIO|OIDC|RECORDINGS)_/.test(name)) continue
    if ((VARIABLES as readonly string[]).includes(name) || OF_OTHERS.includes(name)) continue
    const meant = nearest(name, VARIABLES)
    if (meant !== null) throw new ConfigError(`${name} is not a variable Earshot knows: did you mean ${meant}?`)
    if (name.startsWith('EARSHOT_')) throw new ConfigError(`${name} is not a variable Earshot knows: remove it.`)
  }
}

function parse<Schema extends z.ZodType>(schema: Schema, env: Env): z.output<Schema> {
  const result = schema.safeParse(env)
  if (result.success) return result.data
  const issue = result.error.issues[0]
  const name = String(issue?.path[0] ?? 'a variable')
  const message = issue?.message ?? 'is wrong'
  throw new ConfigError(`${message.includes(name) ? message : `${name}: ${message}`}.`)
}
