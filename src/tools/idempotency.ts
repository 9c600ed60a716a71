/** A key by which a backend can tell that it has been asked for the same thing before. */
import { createHash } from 'node:crypto'
import { canonicalJson } from '../call/canonical-json.ts'

/**
 * The same for the same call, tool and arguments, however the model spaced and ordered them.
 * @param argumentsJson as the model wrote them; what is not JSON counts by its letters
 * @returns 64 hexadecimal digits (SHA-256)
 */
export function idempotencyKey(callId: string, tool: string, argumentsJson: string): string {
  const canonical = `${JSON.stringify([callId, tool])}${canonicalJson(argumentsJson)}`
  return createHash('sha256').update(canonical).digest('hex')
}
