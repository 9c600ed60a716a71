/** Why an MCP server has not answered, and whether it may have acted. What an error says may hold anything: only codes go on. */
import type { Client } from '@modelcontextprotocol/client'
import { ProtocolError, ProtocolErrorCode, SdkError, SdkErrorCode, SdkHttpError } from '@modelcontextprotocol/client'
import { RequestFailed } from '../network/guarded-fetch.ts'
import type { McpAnswer } from './mcp-tool.ts'

/** The server read the request and would not take it. */
const REFUSALS: readonly number[] = [
  ProtocolErrorCode.ParseError,
  ProtocolErrorCode.InvalidRequest,
  ProtocolErrorCode.MethodNotFound,
  ProtocolErrorCode.InvalidParams,
]

export function failureOf(error: unknown, signal: AbortSignal): McpAnswer {
  const failed = causeIn(error)
  if (failed !== null) return { type: 'failed', sent: failed.sent, code: failed.code }
  if (signal.aborted) return { type: 'failed', sent: true, code: 'ABORTED' }
  if (error instanceof SdkHttpError)
    return { type: 'failed', sent: error.status >= 500, code: `STATUS_${error.status}` }
  if (error instanceof ProtocolError) {
    const code = `RPC_${error.code}`
    if (REFUSALS.includes(error.code)) return { type: 'refused', code, why: error.message }
    return { type: 'failed', sent: true, code }
  }
  if (error instanceof SdkError)
    return { type: 'failed', sent: error.code !== SdkErrorCode.NotConnected, code: error.code }
  return { type: 'failed', sent: true, code: 'UNKNOWN' }
}

/** A session that the server does not know (any more) is refused before it is looked at what is asked in it. */
export function isSessionGone(error: unknown, { transport }: Client): boolean {
  if (!(error instanceof SdkHttpError) || transport?.sessionId === undefined) return false
  return error.status === 404 || error.status === 400
}

/** The transport passes on what its fetch threw, as it is or as a cause. */
function causeIn(error: unknown): RequestFailed | null {
  for (let each = error; each instanceof Error; each = each.cause) if (each instanceof RequestFailed) return each
  return null
}
