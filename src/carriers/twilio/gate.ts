/** Who may ask: Twilio, by its signature; in local development also this machine. */
import type { FastifyRequest } from 'fastify'
import { isSignedByTwilio } from './signature.ts'

export interface Refusal {
  readonly status: 400 | 403 | 503
  /** For the log. */
  readonly why: string
  /** For whoever asks. */
  readonly sentence: string
}

/**
 * @param signedUrls what the signature may cover
 * @param fields the form's fields; none for an upgrade
 * @returns why not, or null to go on
 */
export type Gate = (
  request: FastifyRequest,
  signedUrls: readonly string[],
  fields: Readonly<Record<string, unknown>>,
) => Refusal | null

const LOOPBACK = /^(::1|(::ffff:)?127(\.\d{1,3}){3})$/
/** A tunnel or proxy connects from loopback as well, for callers who are not there; a browser does, for any page it shows. */
const NOT_FROM_HERE = ['x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip', 'forwarded', 'origin']

export function createGate(authToken: string | null, verify: boolean): Gate {
  if (!verify) return localOnly
  if (authToken === null) return () => NO_TOKEN
  return (request, signedUrls, fields) => {
    const signature = request.headers['x-twilio-signature']
    if (signature === undefined) return UNSIGNED
    return signedUrls.some((url) => isSignedByTwilio(authToken, signature, url, fields)) ? null : FORGED
  }
}

const localOnly: Gate = (request) =>
  LOOPBACK.test(request.socket.remoteAddress ?? '') &&
  NOT_FROM_HERE.every((name) => request.headers[name] === undefined)
    ? null
    : NOT_LOCAL

const NO_TOKEN: Refusal = {
  status: 503,
  why: 'TWILIO_AUTH_TOKEN is not set',
  sentence: 'TWILIO_AUTH_TOKEN is not set, so nothing proves that this request comes from Twilio.',
}
const UNSIGNED: Refusal = {
  status: 403,
  why: 'no signature',
  sentence: 'The request has no X-Twilio-Signature.',
}
const FORGED: Refusal = {
  status: 403,
  why: 'wrong signature',
  sentence: 'The X-Twilio-Signature does not fit the request.',
}
const NOT_LOCAL: Refusal = {
  status: 403,
  why: 'unsigned and not from this machine',
  sentence: 'Without signatures only requests from this machine are served.',
}
