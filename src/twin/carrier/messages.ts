/**
 * The messages of a media stream, both ways, written and read as strictly as the carrier does.
 * Source: fact sheet telephony.md, sections 1.2 and 1.3. sequenceNumber, chunk and timestamp are strings.
 */
import { z } from 'zod'

interface MediaFormat {
  readonly encoding: string
  readonly sampleRate: number
  readonly channels: number
}

export interface Start {
  readonly accountSid: string
  readonly callSid: string
  readonly customParameters: Readonly<Record<string, string>>
  readonly mediaFormat: MediaFormat
}

/** The first message; the only one without a sequence number. */
export const CONNECTED = '{"event":"connected","protocol":"Call","version":"1.0.0"}'

export function startMessage(sequence: number, streamSid: string, start: Start): string {
  const { accountSid, callSid, customParameters, mediaFormat } = start
  return JSON.stringify({
    event: 'start',
    sequenceNumber: String(sequence),
    start: { accountSid, streamSid, callSid, tracks: ['inbound'], mediaFormat, customParameters },
    streamSid,
  })
}

/** Put together by hand: it is written fifty times a second for every call, and its parts need no escaping. */
export function mediaMessage(
  sequence: number,
  streamSid: string,
  chunk: number,
  timestampMs: number,
  payload: string,
): string {
  return `{"event":"media","sequenceNumber":"${sequence}","media":{"track":"inbound","chunk":"${chunk}","timestamp":"${timestampMs}","payload":"${payload}"},"streamSid":"${streamSid}"}`
}

export function dtmfMessage(sequence: number, streamSid: string, digit: string): string {
  return JSON.stringify({
    event: 'dtmf',
    streamSid,
    sequenceNumber: String(sequence),
    dtmf: { track: 'inbound_track', digit },
  })
}

export function markMessage(sequence: number, streamSid: string, name: string): string {
  return JSON.stringify({ event: 'mark', sequenceNumber: String(sequence), streamSid, mark: { name } })
}

export function stopMessage(sequence: number, streamSid: string, accountSid: string, callSid: string): string {
  return JSON.stringify({
    event: 'stop',
    sequenceNumber: String(sequence),
    streamSid,
    stop: { accountSid, callSid },
  })
}

const streamSid = z.string()
const ServerMessage = z.discriminatedUnion('event', [
  z.strictObject({ event: z.literal('media'), streamSid, media: z.strictObject({ payload: z.string().min(1) }) }),
  z.strictObject({ event: z.literal('mark'), streamSid, mark: z.strictObject({ name: z.string().min(1) }) }),
  z.strictObject({ event: z.literal('clear'), streamSid }),
])

export type Received =
  | { readonly type: 'media'; readonly audio: Buffer }
  | { readonly type: 'mark'; readonly name: string }
  | { readonly type: 'clear' }
  /** A message the carrier does not accept: it is reported and has no effect. */
  | { readonly type: 'refused'; readonly detail: string }

/**
 * Reads one text message of the server.
 * @param expectedStreamSid the stream it came on; null before its start was sent, when no message can be right
 */
export function readServerMessage(text: string, expectedStreamSid: string | null): Received {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return { type: 'refused', detail: `not JSON: ${text.slice(0, 80)}` }
  }
  const read = ServerMessage.safeParse(json)
  if (!read.success) {
    const issues = read.error.issues.map((issue) => `${issue.path.join('.') || 'message'}: ${issue.message}`)
    return { type: 'refused', detail: issues.join('; ') }
  }
  const message = read.data
  if (expectedStreamSid === null) return { type: 'refused', detail: `${message.event} before the stream has started` }
  if (message.streamSid !== expectedStreamSid)
    return { type: 'refused', detail: `streamSid is not ${expectedStreamSid}` }
  if (message.event === 'mark') return { type: 'mark', name: message.mark.name }
  if (message.event === 'clear') return { type: 'clear' }
  const audio = decodeBase64(message.media.payload)
  return audio ? { type: 'media', audio } : { type: 'refused', detail: 'media.payload is not base64' }
}

/** Standard base64 with its padding, or null. Buffer skips what it does not know, and so comes out too short. */
function decodeBase64(text: string): Buffer | null {
  if (text.length % 4 !== 0 || text.includes('-') || text.includes('_')) return null
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  const bytes = Buffer.from(text, 'base64')
  return bytes.length === (text.length / 4) * 3 - padding && bytes.length > 0 ? bytes : null
}
