/** What the environment says about the call log. */
import { z } from 'zod'

export const CallLogEnv = z.object({
  /** Unset: an SQLite file in DATA_DIR. */
  DATABASE_URL: z
    .string()
    .refine(
      () => false,
      'DATABASE_URL is set, but this version keeps its log in an SQLite file in DATA_DIR only: remove it',
    )
    .optional(),
})
