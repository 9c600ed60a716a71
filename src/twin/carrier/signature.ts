/** X-Twilio-Signature, computed as the carrier does it. Source: fact sheet telephony.md, section 1.7. */
import { createHmac } from 'node:crypto'

/** Form fields in the order they are sent; a name may come more than once. */
export type Fields = readonly (readonly [name: string, value: string])[]

/**
 * base64(HMAC-SHA1(auth token, URL + sorted fields)). Names are sorted by case; a repeated name contributes each different
 * value once, sorted; nothing stands between names and values.
 * @param url exactly what is dialled: scheme, host, port if written, path and query as written, no fragment
 * @param fields of a form POST; none for a GET and for the WebSocket upgrade, whose URL keeps its ws or wss scheme
 */
export function sign(authToken: string, url: string, fields: Fields): string {
  const valuesOf = new Map<string, Set<string>>()
  for (const [name, value] of fields) {
    const values = valuesOf.get(name)
    if (values) values.add(value)
    else valuesOf.set(name, new Set([value]))
  }
  let signed = url
  for (const name of [...valuesOf.keys()].sort()) {
    for (const value of [...valuesOf.get(name)!].sort()) signed += name + value
  }
  return createHmac('sha1', authToken).update(signed, 'utf8').digest('base64')
}

/** The same signature with one character changed, still base64 of the same length. */
export function alter(signature: string): string {
  return (signature.startsWith('A') ? 'B' : 'A') + signature.slice(1)
}
