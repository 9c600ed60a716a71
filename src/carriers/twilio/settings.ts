/** What the environment says about Twilio. A bad value stops the start with one sentence that names the variable, never its value. */
import { z } from 'zod'

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/i

/** @returns what is wrong with it, or null */
function publicUrlFault(text: string): string | null {
  const url = URL.parse(text)
  if (url === null) return 'PUBLIC_URL is not an address such as https://voice.example.com'
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'PUBLIC_URL must start with https://'
  if (url.protocol === 'http:' && !LOOPBACK.test(url.hostname)) {
    return 'PUBLIC_URL must be https: http is only for a loopback address such as http://127.0.0.1:8080'
  }
  if (/[?#]/.test(text))
    return 'PUBLIC_URL must have no query and no fragment: Twilio strips them from stream addresses'
  if (url.username !== '' || url.password !== '') return 'PUBLIC_URL must not carry a user name or password'
  return null
}

/** Kept to the letter but for trailing slashes, since Twilio signs the address to the letter. */
const PublicUrl = z
  .string()
  .check((context) => {
    const fault = publicUrlFault(context.value)
    if (fault !== null) context.issues.push({ code: 'custom', message: fault, input: context.value })
  })
  .transform((text) => text.replace(/\/+$/, ''))

const AccountSid = z
  .string()
  .regex(/^AC\w{1,62}$/, 'TWILIO_ACCOUNT_SID must be an account SID: AC followed by letters and digits')
const AuthToken = z
  .string()
  .regex(
    /^\S+$/,
    'TWILIO_AUTH_TOKEN is empty or contains spaces: set it to the auth token of the account, or remove it',
  )

/** Parses an environment (other variables are left alone) to what `createTwilioCarrier` takes. */
export const TwilioEnv = z
  .object({
    PUBLIC_URL: PublicUrl.optional(),
    TWILIO_ACCOUNT_SID: AccountSid.optional(),
    TWILIO_AUTH_TOKEN: AuthToken.optional(),
  })
  .check(({ value, issues }) => {
    const missing = (name: string, message: string) =>
      issues.push({ code: 'custom', path: [name], message, input: undefined })
    if (value.TWILIO_ACCOUNT_SID !== undefined && value.TWILIO_AUTH_TOKEN === undefined) {
      missing(
        'TWILIO_AUTH_TOKEN',
        'TWILIO_AUTH_TOKEN is not set, and TWILIO_ACCOUNT_SID is: without the auth token nothing proves that a request comes from Twilio',
      )
    }
    if (value.TWILIO_AUTH_TOKEN !== undefined && value.PUBLIC_URL === undefined) {
      missing(
        'PUBLIC_URL',
        'PUBLIC_URL is not set, and TWILIO_AUTH_TOKEN is: signatures are computed over the address that Twilio dials',
      )
    }
  })
  .transform((env) => ({
    publicUrl: env.PUBLIC_URL ?? null,
    accountSid: env.TWILIO_ACCOUNT_SID ?? null,
    authToken: env.TWILIO_AUTH_TOKEN ?? null,
  }))

export interface TwilioSettings {
  /** No trailing slash. Null: the address the server listens on, for a carrier on the same machine. */
  readonly publicUrl: string | null
  readonly accountSid: string | null
  readonly authToken: string | null
  /** False only when the server was started explicitly for local development: unsigned requests from loopback are served. */
  readonly verify: boolean
}

/**
 * Holds the settings together once more, whoever made them.
 * @throws Error when they would let a stranger in
 */
export function assertSafe(settings: TwilioSettings): void {
  if (settings.authToken === '') throw new Error('TWILIO_AUTH_TOKEN is empty')
  const fault = settings.publicUrl === null ? null : publicUrlFault(settings.publicUrl)
  if (fault !== null) throw new Error(fault)
  if (!settings.verify && settings.publicUrl !== null && !settings.publicUrl.startsWith('http:')) {
    throw new Error('Unsigned Twilio requests are for local development: PUBLIC_URL must be http on loopback, or unset')
  }
}
