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
