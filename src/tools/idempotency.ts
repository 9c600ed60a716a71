/** A key by which a backend can tell that it has been asked for the same thing before. */
import { createHash } from 'node:crypto'

/**
 * The same for the same call, tool and arguments, however the model spaced and ordered them.
 * @param argumentsJson as the model wrote them; what is not JSON counts by its letters
 * @returns 64 hexadecimal digits (SHA-256)
 */
export function idempotencyKey(callId: string, tool: string, argumentsJson: string): string {
  const canonical = `${JSON.stringify([callId, tool])}${canonicalJson(argumentsJson)}`
  return createHash('sha256').update(canonical).digest('hex')
}

function canonicalJson(json: string): string {
  try {
    return write(JSON.parse(json === '' ? '{}' : json))
  } catch {
    return json
  }
}

function write(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(write).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([key, each]) => `${JSON.stringify(key)}:${write(each)}`).join(',')}}`
}
