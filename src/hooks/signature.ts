/** Signatures of messages. Source: github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md. */
import { createHmac } from 'node:crypto'

const SECRET = /^whsec_((?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?)$/
/** What the specification allows. */
const LEAST_BYTES = 24
const MOST_BYTES = 64

/** @returns the key; null when it is none: what stands behind `whsec_` must be base64 of 24 to 64 bytes */
export function signingKey(secret: string): Buffer | null {
  const base64 = SECRET.exec(secret.trim())?.[1]
  if (base64 === undefined) return null
  const key = Buffer.from(base64, 'base64')
  return key.length < LEAST_BYTES || key.length > MOST_BYTES ? null : key
}

/** @param atS seconds since 1970: a receiver refuses what is too old, so every attempt is signed anew */
export function signedHeaders(key: Buffer, messageId: string, atS: number, body: string): Record<string, string> {
  const signature = createHmac('sha256', key).update(`${messageId}.${atS}.${body}`).digest('base64')
  return { 'webhook-id': messageId, 'webhook-timestamp': String(atS), 'webhook-signature': `v1,${signature}` }
}
