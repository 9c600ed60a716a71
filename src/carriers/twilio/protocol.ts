/**
 * Twilio Media Streams messages, both ways. Source: twilio.com/docs/voice/media-streams/websocket-messages.
 * Lenient where Twilio may grow (unknown events, unknown fields), strict where we act on a value.
 */
import { z } from 'zod'

/** `sequenceNumber`, `chunk` and `timestamp` are strings of digits; -1 for one that is missing or garbled. */
export const UNTOLD = -1

const Count = z
  .union([z.string(), z.number()])
  .transform((value) => (/^\d{1,15}$/.test(`${value}`) ? Number(value) : UNTOLD))
  .catch(UNTOLD)

/** Plain, so that it can stand in outgoing JSON and be compared with incoming JSON as it is. */
const StreamSid = z.string().regex(/^[\w.-]{1,128}$/)

const Envelope = z.object({ event: z.string() })
const Start = z.object({
  streamSid: StreamSid.optional(),
  start: z.object({
    streamSid: StreamSid,
    callSid: z.string().min(1).max(128),
    accountSid: z.string(),
    tracks: z.array(z.string()),
    customParameters: z.object({ token: z.string().optional() }).default({}),
    mediaFormat: z.object({ encoding: z.string(), sampleRate: z.number(), channels: z.number() }),
  }),
})
const Media = z.object({
  streamSid: z.string(),
  media: z.object({
    track: z.string().default('inbound'),
    chunk: Count,
    timestamp: Count,
    payload: z.string(),
  }),
})
const Mark = z.object({ streamSid: z.string(), mark: z.object({ name: z.string() }) })
const Dtmf = z.object({ streamSid: z.string(), dtmf: z.object({ digit: z.string().regex(/^[0-9A-D*#]$/) }) })
const Stop = z.object({ streamSid: z.string() })

export interface StreamStart {
  readonly streamSid: string
  readonly callSid: string
  readonly accountSid: string
  readonly tracks: readonly string[]
  readonly token: string | null
  readonly mediaFormat: { readonly encoding: string; readonly sampleRate: number; readonly channels: number }
}

export type Message =
  | { readonly event: 'connected' }
  | { readonly event: 'start'; readonly start: StreamStart }
  | {
      readonly event: 'media'
      readonly streamSid: string
      readonly track: string
      readonly chunk: number
      readonly timestampMs: number
      readonly payload: string
    }
  | { readonly event: 'mark'; readonly streamSid: string; readonly name: string }
  | { readonly event: 'dtmf'; readonly streamSid: string; readonly digit: string }
  | { readonly event: 'stop'; readonly streamSid: string }
  /** An event that this list does not know: to be ignored and counted. */
  | { readonly event: 'unknown' }

/**
 * @param text one WebSocket text message
 * @throws SyntaxError or ZodError when it is not JSON, has no event, or a known event lacks what we need of it
 */
export function readMessage(text: string): Message {
  const json: unknown = JSON.parse(text)
  switch (Envelope.parse(json).event) {
    case 'media': {
      const { streamSid, media } = Media.parse(json)
      const { track, chunk, timestamp, payload } = media
      return { event: 'media', streamSid, track, chunk, timestampMs: timestamp, payload }
    }
    case 'mark': {
      const { streamSid, mark } = Mark.parse(json)
      return { event: 'mark', streamSid, name: mark.name }
    }
    case 'dtmf': {
      const { streamSid, dtmf } = Dtmf.parse(json)
      return { event: 'dtmf', streamSid, digit: dtmf.digit }
    }
    case 'stop':
      return { event: 'stop', streamSid: Stop.parse(json).streamSid }
    case 'start':
      return { event: 'start', start: readStart(json) }
    case 'connected':
      return { event: 'connected' }
    default:
      return { event: 'unknown' }
  }
}

function readStart(json: unknown): StreamStart {
  const { streamSid, start } = Start.parse(json)
  if (streamSid !== undefined && streamSid !== start.streamSid) throw new SyntaxError('start names two streams')
  const { customParameters, ...rest } = start
  return { ...rest, token: customParameters.token ?? null }
}

/** The two halves of an outgoing `media` message; what stands between them is base64 and needs no escaping. */
export function mediaEnvelope(streamSid: string): readonly [head: string, tail: string] {
  return [`{"event":"media","streamSid":${JSON.stringify(streamSid)},"media":{"payload":"`, '"}}']
}

export function markMessage(streamSid: string, name: string): string {
  return `{"event":"mark","streamSid":${JSON.stringify(streamSid)},"mark":{"name":${JSON.stringify(name)}}}`
}

export function clearMessage(streamSid: string): string {
  return `{"event":"clear","streamSid":${JSON.stringify(streamSid)}}`
}
