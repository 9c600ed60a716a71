/** What the environment says about the HTTP server. */
import { z } from 'zod'

export const ServerEnv = z.object({
  PORT: z
    .string()
    .regex(/^\d{1,5}$/, 'PORT must be a number from 0 to 65535 (0: any free port)')
    .transform(Number)
    .refine((port) => port <= 65_535, 'PORT must be a number from 0 to 65535 (0: any free port)')
    .default(8080),
  HOST: z
    .string()
    .regex(/^[\w.:-]+$/, 'HOST must be an address to listen on, such as 127.0.0.1 or 0.0.0.0')
    .default('127.0.0.1'),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
      error: 'LOG_LEVEL must be one of fatal, error, warn, info, debug, trace, silent',
    })
    .default('info'),
  CONFIG_DIR: z
    .string()
    .min(1, 'CONFIG_DIR is empty: set it to a folder, or remove it for ./config')
    .default('./config'),
  DATA_DIR: z.string().min(1, 'DATA_DIR is empty: set it to a folder, or remove it for ./data').default('./data'),
})
