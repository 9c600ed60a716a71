/** What the environment says about the call log. */
import { z } from 'zod'

const FORM =
  'DATABASE_URL must be like postgres://user:password@host:5432/earshot; without it the log is an SQLite file in DATA_DIR'

export const CallLogEnv = z.object({
  /** Unset: an SQLite file in DATA_DIR. */
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/, error: FORM })
    .refine((url) => new URL(url).pathname.length > 1, FORM)
    .optional(),
})

export interface S3Settings {
  /** With the bucket, and a folder in it if need be. */
  readonly url: string
  readonly region: string
  readonly keyId: string
  readonly secret: string
}

const NAMES = ['RECORDINGS_S3_URL', 'RECORDINGS_S3_KEY_ID', 'RECORDINGS_S3_SECRET'] as const

/** Where recordings of agents with `store: s3` go; nothing set: nowhere. */
export const RecordingsEnv = z
  .object({
    RECORDINGS_S3_URL: z
      .url({ protocol: /^https?$/, error: 'RECORDINGS_S3_URL must be an https address that ends in the bucket' })
      .refine(
        (url) => URL.parse(url)?.username === '',
        'RECORDINGS_S3_URL must not hold a key: set RECORDINGS_S3_KEY_ID',
      )
      .refine((url) => {
        const parsed = URL.parse(url)
        return parsed?.search === '' && parsed.hash === ''
      }, 'RECORDINGS_S3_URL must have no query')
      .transform((url) => url.replace(/\/+$/, ''))
      .optional(),
    RECORDINGS_S3_REGION: z
      .string()
      .trim()
      .min(1, 'RECORDINGS_S3_REGION is empty: set it, or remove it')
      .default('auto'),
    RECORDINGS_S3_KEY_ID: z.string().trim().min(1).optional(),
    RECORDINGS_S3_SECRET: z.string().trim().min(1).optional(),
  })
  .superRefine((env, context) => {
    const missing = NAMES.filter((name) => env[name] === undefined)
    if (missing.length === 0 || missing.length === NAMES.length) return
    const message = `${missing[0]} is not set, but other RECORDINGS_S3 variables are: set all of them, or none`
    context.addIssue({ code: 'custom', path: [missing[0] ?? ''], message })
  })
  .transform((env): S3Settings | null => {
    const { RECORDINGS_S3_URL: url, RECORDINGS_S3_REGION: region } = env
    const { RECORDINGS_S3_KEY_ID: keyId, RECORDINGS_S3_SECRET: secret } = env
    if (url === undefined || keyId === undefined || secret === undefined) return null
    return { url, region, keyId, secret }
  })
