/** What the desk refuses, as the API says it. */
import type { FastifyReply } from 'fastify'
import { DeskError, type DeskFault } from '../../desk/faults.ts'
import { ApiError, type ApiErrorCode } from '../http/errors.ts'

const CODES: Readonly<Record<DeskFault, ApiErrorCode>> = {
  WRONG_SIGN_IN: 'WRONG_CREDENTIALS',
  WRONG_PASSWORD: 'WRONG_CREDENTIALS',
  LINK_USED: 'WRONG_CREDENTIALS',
  SLOW_DOWN: 'TOO_MANY',
  BUSY: 'UNAVAILABLE',
  WEAK_PASSWORD: 'BAD_REQUEST',
  TAKEN: 'CONFLICT',
  NAME_TAKEN: 'CONFLICT',
  SET_UP_ALREADY: 'CONFLICT',
  NO_SUCH_USER: 'NOT_FOUND',
  NO_SUCH_KEY: 'NOT_FOUND',
  NO_SUCH_VIEW: 'NOT_FOUND',
  NO_SUCH_SHARE: 'GONE',
  LAST_ADMIN: 'CONFLICT',
  ROLE_FROM_PROVIDER: 'CONFLICT',
  PASSWORD_FROM_PROVIDER: 'CONFLICT',
  NO_ROLE: 'NOT_ALLOWED',
  NO_EMAIL: 'NOT_ALLOWED',
  DISABLED: 'NOT_ALLOWED',
  PROVIDER_FAILED: 'UNAVAILABLE',
  SIGN_IN_LOST: 'WRONG_CREDENTIALS',
  TOO_MANY: 'CONFLICT',
}

/** @throws ApiError for what the desk refuses; anything else as it is */
export async function asking<Result>(reply: FastifyReply, ask: () => Promise<Result>): Promise<Result> {
  try {
    return await ask()
  } catch (error) {
    if (!(error instanceof DeskError)) throw error
    if (error.retryAfterMs !== null) reply.header('retry-after', String(Math.ceil(error.retryAfterMs / 1000)))
    const fields = error.code === 'WEAK_PASSWORD' ? [{ path: 'body.password', message: error.message }] : undefined
    throw new ApiError(CODES[error.code], error.message, fields)
  }
}
