/**
 * `send_sms`: a text message to the caller, by Twilio, from the number that was called. To nobody else: the model has no say
 * in the number. Source: twilio.com/docs/messaging/api/message-resource, "Create a Message".
 */
import { z } from 'zod'
import type { Outgoing } from '../network/outgoing.ts'
import { buildTool, type Tool, ToolFailure, unknownOutcome } from '../tool.ts'

export interface SmsAccount {
  readonly accountSid: string
  readonly authToken: string
  /** Default `https://api.twilio.com`; another in tests. */
  readonly baseUrl?: string
}

const PHONE = /^\+[1-9]\d{6,14}$/
const TIMEOUT_MS = 8_000
/** The core's patience beyond the tool's own, so that the tool can say itself what came of it. */
const GRACE_MS = 500
const REFUSED = 'The message was not sent: the carrier refused it. Tell the caller, and offer to say it instead.'

export function sendSms(account: SmsAccount, outgoing: Outgoing): Tool {
  const { accountSid, authToken, baseUrl = 'https://api.twilio.com' } = account
  const url = new URL(`/2010-04-01/Accounts/${encodeURIComponent(accountSid)}/Messages.json`, baseUrl)
  const headers = {
    accept: 'application/json',
    authorization: `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`,
    'content-type': 'application/x-www-form-urlencoded',
  }
  return buildTool(
    {
      name: 'send_sms',
      description:
        'Sends a text message to the number that the caller is calling from, and to no other. Ask the caller first whether they want it.',
      parameters: z.object({
        text: z.string().trim().min(1).max(480).describe('The whole message, as the caller will read it.'),
      }),
      timeoutMs: TIMEOUT_MS + GRACE_MS,
    },
    async ({ text }, { from, to, signal, log }) => {
      if (!PHONE.test(from)) throw new ToolFailure('Not sent: the caller’s number is withheld. Tell the caller.')
      if (!PHONE.test(to)) throw new ToolFailure('Not sent: the called number cannot send messages. Tell the caller.')
      const body = new URLSearchParams({ To: from, From: to, Body: text }).toString()
      const inTime = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)])
      const result = await outgoing.send({
        method: 'POST',
        url,
        headers,
        body,
        maxBytes: 65_536,
        reuse: false,
        signal: inTime,
      })
      if (result.type === 'answered' && result.status === 201) return { output: 'Sent.' }
      if (result.type === 'answered' && result.status < 500) {
        log('the carrier refused a text message', { status: result.status, code: carrierCode(result.body) })
        throw new ToolFailure(REFUSED)
      }
      const why = result.type === 'answered' ? { status: result.status } : { code: result.code }
      log('a text message may not have been sent', why)
      if (result.type === 'failed' && !result.sent)
        throw new ToolFailure('Not sent: the carrier cannot be reached. Tell the caller.')
      // The message resource knows no key against doing it twice, so that it is not tried again.
      return { status: 'unknown', output: unknownOutcome('send_sms') }
    },
  )
}

/** Twilio's number for what is wrong, which its pages explain; 0 when it says none. Its message may hold the caller's number. */
function carrierCode(body: Uint8Array): number {
  try {
    return z.object({ code: z.number() }).parse(JSON.parse(Buffer.from(body).toString('utf8'))).code
  } catch {
    return 0
  }
}
