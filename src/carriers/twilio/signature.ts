/** X-Twilio-Signature (fact sheet, section 1.7): HMAC-SHA1 with the account's auth token over the URL and the form's fields. */
import { validateRequest } from 'twilio/lib/webhooks/webhooks.js'

/** Base64 of the 20 bytes of a SHA-1: nothing else is worth computing a signature for. */
const SHAPE = /^[A-Za-z0-9+/]{27}=$/

/**
 * Compared in constant time, by Twilio's own package, which also tries the URL with and without its port.
 * @param authToken never empty: an empty token would make every forger's signature right
 * @param signature the header as it came
 * @param url exactly what Twilio dialled: scheme, host, path, raw query
 * @param fields the form's fields, repeated ones as arrays; empty for a WebSocket upgrade
 */
export function isSignedByTwilio(
  authToken: string,
  signature: string | readonly string[] | undefined,
  url: string,
  fields: Readonly<Record<string, unknown>>,
): boolean {
  if (authToken === '') throw new RangeError('the auth token is empty')
  if (typeof signature !== 'string' || !SHAPE.test(signature)) return false
  try {
    return validateRequest(authToken, signature, url, fields)
  } catch {
    return false // a URL that the package cannot parse
  }
}
