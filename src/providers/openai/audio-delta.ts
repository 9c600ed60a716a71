/**
 * Agent audio, recognised by its shape. Nearly all messages of a session are `response.output_audio.delta`; parsing each
 * as JSON copies its payload once more and checks fields nobody reads. This reader cuts three strings out instead, and
 * whatever is not quite plain goes to the full parser in protocol.ts; a property test holds both readings equal.
 */

export interface AudioDelta {
  readonly responseId: string
  readonly itemId: string
  /** Base64, as it came. */
  readonly delta: string
}

/** The ids of the delta before. */
export type KnownIds = Pick<AudioDelta, 'responseId' | 'itemId'>

const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a

/**
 * Reads a flat object of plain strings and whole numbers; keys in any order, others among them, whitespace anywhere.
 *
 * It is one long function because it runs for every delta of every call: in pieces it took a third longer. Loops go over
 * the few characters of keys; the payload is only ever searched by the engine's own functions.
 * @param known ids that are used again rather than cut out, so that a call that keeps an id does not keep alive the
 *   whole message it came in
 * @returns null when the message is another one, or is one that only the full parser may read
 */
export function readAudioDelta(text: string, known: KnownIds | null): AudioDelta | null {
  if (text.charCodeAt(0) !== 0x7b) return null
  let typed = false
  let responseId: string | null = null
  let itemId: string | null = null
  let delta: string | null = null
  let at = 0
  do {
    at += 1
    while (isSpace(text.charCodeAt(at))) at += 1
    if (text.charCodeAt(at) !== QUOTE) return null
    at += 1
    const keyAt = at
    for (let code = text.charCodeAt(at); code !== QUOTE; code = text.charCodeAt(at)) {
      if (Number.isNaN(code)) return null
      at += 1
    }
    const key = at - keyAt
    at += 1
    while (isSpace(text.charCodeAt(at))) at += 1
    if (text.charCodeAt(at) !== COLON) return null
    at += 1
    while (isSpace(text.charCodeAt(at))) at += 1
    if (text.charCodeAt(at) !== QUOTE) {
      // A number under a key as long as those that are strings is left to the full parser, which refuses it or not.
      if (key === 4 || key === 5 || key === 7 || key === 11) return null
      const start = at
      while (isDigit(text.charCodeAt(at))) at += 1
      if (at === start || (at > start + 1 && text.charCodeAt(start) === 0x30)) return null
    } else if (key === 4 && text.startsWith('type', keyAt)) {
      if (!text.startsWith('response.output_audio.delta"', at + 1)) return null
      typed = true
      at += 1 + 'response.output_audio.delta"'.length
    } else {
      at += 1
      const isItem = key === 7 && text.startsWith('item_id', keyAt)
      const isResponse = key === 11 && text.startsWith('response_id', keyAt)
      const id = isItem ? known?.itemId : isResponse ? known?.responseId : undefined
      if (id !== undefined && text.startsWith(id, at) && text.charCodeAt(at + id.length) === QUOTE) {
        if (isItem) itemId = id
        else responseId = id
        at += id.length + 1
      } else {
        const end = text.indexOf('"', at)
        if (end === -1) return null
        if (isItem) itemId = copyOf(text.slice(at, end))
        else if (isResponse) responseId = copyOf(text.slice(at, end))
        else if (key === 5 && text.startsWith('delta', keyAt)) delta = text.slice(at, end)
        at = end + 1
      }
    }
    while (isSpace(text.charCodeAt(at))) at += 1
  } while (text.charCodeAt(at) === COMMA)
  if (text.charCodeAt(at) !== 0x7d || text.slice(at + 1).trim() !== '') return null
  if (!typed || delta === null || itemId === null || responseId === null) return null
  // An escape anywhere may have hidden a quote or changed a value; without one, every quote above was a real one.
  return text.includes('\\') ? null : { responseId, itemId, delta }
}

/** The way through bytes is the point: a slice of a string holds on to all of it. */
function copyOf(slice: string): string {
  return Buffer.from(slice).toString()
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39
}
