/**
 * The quick reading of a `media` message: 50 a second for every call, so it is recognised by its shape and its payload cut
 * out, without building objects. It says yes only to text whose every character it accounts for; whatever else falls
 * to `readMessage`, and a property test holds both readings equal.
 */

/** Written in place and reused for every message. */
export interface MediaCut {
  chunk: number
  timestampMs: number
  /** Not yet known to be base64: whoever decodes it must turn to `readMessage` when it is not. */
  payload: string
}

const QUOTE = 0x22
const COMMA = 0x2c
const OPEN = 0x7b
const CLOSE = 0x7d
const ZERO = 0x30
const NINE = 0x39
const LETTER_C = 0x63
const LETTER_E = 0x65
const LETTER_M = 0x6d
const LETTER_P = 0x70
const LETTER_T = 0x74
/** More digits than any counter of Twilio's has, and still an exact number. */
const MAX_DIGITS = 15

const EVENT = '"event":"media"'
const MEDIA = '"media":{'
const STREAM_SID = '"streamSid":"'
const SEQUENCE_NUMBER = '"sequenceNumber":"'
const TRACK = '"track":"inbound"'
const CHUNK = '"chunk":"'
const TIMESTAMP = '"timestamp":"'
const PAYLOAD = '"payload":"'

/** The number that `digits` has just read. */
let number = 0

/** @returns where the text goes on behind a string of digits and its closing quote, or -1 */
function digits(text: string, start: number): number {
  let at = start
  number = 0
  for (let code = text.charCodeAt(at); code >= ZERO && code <= NINE; code = text.charCodeAt(++at)) {
    number = number * 10 + (code - ZERO)
  }
  return at > start && at - start <= MAX_DIGITS && text.charCodeAt(at) === QUOTE ? at + 1 : -1
}

/**
 * @param text one WebSocket text message, its bytes read as latin1
 * @param streamSid the stream's id: plain characters only, none that JSON escapes
 * @param cut good only when the answer is true
 * @returns whether this is an inbound media message of that stream, with all its usual fields in any order
 */
export function cutMedia(text: string, streamSid: string, cut: MediaCut): boolean {
  if (text.charCodeAt(0) !== OPEN) return false
  let at = 1
  let event = false
  let stream = false
  let media = false
  for (;;) {
    switch (text.charCodeAt(at + 1)) {
      case LETTER_E:
        if (event || !text.startsWith(EVENT, at)) return false
        event = true
        at += EVENT.length
        break
      case LETTER_M:
        if (media || !text.startsWith(MEDIA, at)) return false
        media = true
        at = cutFields(text, at + MEDIA.length, cut)
        if (at < 0) return false
        break
      default:
        if (text.startsWith(SEQUENCE_NUMBER, at)) {
          at = digits(text, at + SEQUENCE_NUMBER.length)
          if (at < 0) return false
        } else {
          if (stream || !text.startsWith(STREAM_SID, at)) return false
          stream = true
          at += STREAM_SID.length
          if (!text.startsWith(streamSid, at)) return false
          at += streamSid.length
          if (text.charCodeAt(at++) !== QUOTE) return false
        }
    }
    const next = text.charCodeAt(at++)
    if (next === CLOSE) return at === text.length && event && stream && media
    if (next !== COMMA) return false
  }
}

/** @returns where the text goes on behind the closing brace of the `media` object, or -1 */
function cutFields(text: string, start: number, cut: MediaCut): number {
  let at = start
  let track = false
  let chunk = false
  let timestamp = false
  let payload = false
  for (;;) {
    switch (text.charCodeAt(at + 1)) {
      case LETTER_P: {
        if (payload || !text.startsWith(PAYLOAD, at)) return -1
        payload = true
        at += PAYLOAD.length
        // An escaped quote ends the payload too early; what is cut then ends in a backslash, which is not base64.
        const end = text.indexOf('"', at)
        if (end < 0) return -1
        cut.payload = text.slice(at, end)
        at = end + 1
        break
      }
      case LETTER_C:
        if (chunk || !text.startsWith(CHUNK, at)) return -1
        chunk = true
        at = digits(text, at + CHUNK.length)
        if (at < 0) return -1
        cut.chunk = number
        break
      case LETTER_T:
        if (text.startsWith(TRACK, at)) {
          if (track) return -1
          track = true
          at += TRACK.length
        } else {
          if (timestamp || !text.startsWith(TIMESTAMP, at)) return -1
          timestamp = true
          at = digits(text, at + TIMESTAMP.length)
          if (at < 0) return -1
          cut.timestampMs = number
        }
        break
      default:
        return -1
    }
    const next = text.charCodeAt(at++)
    if (next === CLOSE) return track && chunk && timestamp && payload ? at : -1
    if (next !== COMMA) return -1
  }
}
