import fc from 'fast-check'
import { expect, it } from 'vitest'
import { base64Bytes, decodeBase64 } from '../../../src/carriers/twilio/base64.ts'
import { cutMedia, type MediaCut } from '../../../src/carriers/twilio/cut-media.ts'
import { clearMessage, markMessage, mediaEnvelope, readMessage, UNTOLD } from '../../../src/carriers/twilio/protocol.ts'

const MEDIA = { track: 'inbound', chunk: '2', timestamp: '20', payload: '/38A' }

it('reads each message of the documentation, and leaves fields it does not know alone', () => {
  const streamSid = 'MZ1'
  const start = {
    accountSid: 'AC1',
    streamSid,
    callSid: 'CA1',
    tracks: ['inbound'],
    mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 },
  }
  const read = (message: unknown) => readMessage(JSON.stringify(message))
  expect(read({ event: 'connected', protocol: 'Call', version: '1.0.0' })).toEqual({ event: 'connected' })
  expect(
    read({
      event: 'start',
      sequenceNumber: '1',
      streamSid,
      start: { ...start, customParameters: { token: 'T', more: 'x' } },
    }),
  ).toEqual({ event: 'start', start: { ...start, token: 'T' } })
  expect(read({ event: 'start', start })).toEqual({ event: 'start', start: { ...start, token: null } })
  expect(read({ event: 'media', sequenceNumber: '4', streamSid, media: { ...MEDIA, new: {} }, new: [] })).toEqual({
    event: 'media',
    streamSid,
    track: 'inbound',
    chunk: 2,
    timestampMs: 20,
    payload: '/38A',
  })
  expect(read({ event: 'media', streamSid, media: { payload: '', chunk: 'x', timestamp: -5 } })).toEqual({
    event: 'media',
    streamSid,
    track: 'inbound',
    chunk: UNTOLD,
    timestampMs: UNTOLD,
    payload: '',
  })
  expect(read({ event: 'mark', sequenceNumber: '9', streamSid, mark: { name: 'é' } })).toEqual({
    event: 'mark',
    streamSid,
    name: 'é',
  })
  expect(read({ event: 'dtmf', streamSid, dtmf: { track: 'inbound_track', digit: '#' } })).toEqual({
    event: 'dtmf',
    streamSid,
    digit: '#',
  })
  expect(read({ event: 'stop', streamSid, stop: {} })).toEqual({ event: 'stop', streamSid })
  expect(read({ event: 'weather', sun: true })).toEqual({ event: 'unknown' })
})

it.each([
  '',
  'null',
  '[]',
  '{"event":5}',
  '{"event":"media","streamSid":"MZ1","media":{}}',
  '{"event":"media","media":{"payload":"AAAA"}}',
  '{"event":"mark","streamSid":"MZ1","mark":{"name":7}}',
  '{"event":"dtmf","streamSid":"MZ1","dtmf":{"digit":"12"}}',
  '{"event":"start","start":{"streamSid":"M\\"Z"}}',
  '{"event":"media"',
])('throws on %s', (text) => {
  expect(() => readMessage(text)).toThrow()
})

it('throws on a start that names two streams, or a stream whose name would need escaping', () => {
  const start = (streamSid: string, outer: string) =>
    JSON.stringify({
      event: 'start',
      streamSid: outer,
      start: {
        accountSid: 'AC1',
        streamSid,
        callSid: 'CA1',
        tracks: [],
        mediaFormat: { encoding: '', sampleRate: 1, channels: 1 },
      },
    })
  expect(() => readMessage(start('MZ1', 'MZ1'))).not.toThrow()
  expect(() => readMessage(start('MZ1', 'MZ2'))).toThrow()
  expect(() => readMessage(start('MZ"', 'MZ"'))).toThrow()
})

it('writes the three messages Twilio takes, with nothing more than their fields (31951)', () => {
  fc.assert(
    fc.property(fc.string(), fc.uint8Array(), (name, audio) => {
      const [head, tail] = mediaEnvelope('MZ1')
      const payload = Buffer.from(audio).toString('base64')
      expect(JSON.parse(head + payload + tail)).toEqual({ event: 'media', streamSid: 'MZ1', media: { payload } })
      expect(JSON.parse(markMessage('MZ1', name))).toEqual({ event: 'mark', streamSid: 'MZ1', mark: { name } })
    }),
  )
  expect(JSON.parse(clearMessage('MZ1'))).toEqual({ event: 'clear', streamSid: 'MZ1' })
})

// ---- The quick reading against the full one ----

const STREAM_SID = 'MZ18ad3ab5'
/** Usually what Twilio sends, so that messages with many fields are whole often enough. */
function usually<T>(usual: fc.Arbitrary<T>, rare: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return fc.oneof({ arbitrary: usual, weight: 15 }, { arbitrary: rare, weight: 1 })
}
const counters = usually<string | number>(
  fc.nat().map(String),
  fc.oneof(fc.constantFrom('0', '007', '', '-1', '1e3', '12345678901234567', ' 4', '٣'), fc.nat()),
)
const payloads = usually(
  fc.uint8Array({ maxLength: 170 }).map((bytes) => Buffer.from(bytes).toString('base64')),
  fc.oneof(fc.constantFrom('', 'a"b', 'a\\', '\\"', 'é', 'AA=', '{"x":1}', ','), fc.string({ maxLength: 8 })),
)

function shuffled<T>(things: readonly T[]): fc.Arbitrary<T[]> {
  return fc.shuffledSubarray([...things], { minLength: things.length })
}

/** Mostly what Twilio sends, with keys in any order; sometimes with a field more, missing, twice or of another kind. */
const mediaTexts = fc
  .record({
    inner: fc.record({
      track: usually(fc.constant('inbound'), fc.constant('outbound')),
      chunk: counters,
      timestamp: counters,
      payload: payloads,
    }),
    streamSid: usually(fc.constant(STREAM_SID), fc.constantFrom('MZ0', `${STREAM_SID}0`, '')),
    sequenceNumber: counters,
    innerOrder: shuffled(['track', 'chunk', 'timestamp', 'payload'] as const),
    outerOrder: shuffled(['event', 'media', 'streamSid', 'sequenceNumber'] as const),
    extra: usually(
      fc.constant(''),
      fc.constantFrom(
        '"new":null',
        '"event":"mark"',
        '"event":"media"',
        '"media":{}',
        '"streamSid":"MZ0"',
        '"payload":"QUJD"',
      ),
    ),
    extraInner: usually(
      fc.constant(''),
      fc.constantFrom('"new":{"a":1}', '"payload":"QUJD"', '"track":"outbound"', '"track":"inbound"', '"chunk":"1"'),
    ),
    left: usually(fc.constant(0), fc.constant(1)),
    space: usually(fc.constant(''), fc.constantFrom(' ', '\n')),
    slashes: usually(fc.constant(false), fc.constant(true)),
  })
  .map(({ inner, streamSid, sequenceNumber, innerOrder, outerOrder, extra, extraInner, left, space, slashes }) => {
    const join = (members: string[]) => `{${space}${members.filter((member) => member !== '').join(`,${space}`)}}`
    const innerText = join([
      ...innerOrder.slice(left).map((key) => `"${key}":${space}${JSON.stringify(inner[key])}`),
      extraInner,
    ])
    const outer = {
      event: '"media"',
      media: innerText,
      streamSid: JSON.stringify(streamSid),
      sequenceNumber: JSON.stringify(sequenceNumber),
    }
    const text = join([...outerOrder.map((key) => `"${key}":${space}${outer[key]}`), extra])
    return slashes ? text.replaceAll('/', '\\/') : text
  })

function isBase64(text: string): boolean {
  return /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text)
}

/** Cut, and accepted: the leg turns to the full reading when the payload turns out not to be base64. */
function quick(text: string): MediaCut | null {
  const cut: MediaCut = { chunk: 0, timestampMs: 0, payload: '' }
  const latin1 = Buffer.from(text).toString('latin1')
  return cutMedia(latin1, STREAM_SID, cut) && isBase64(cut.payload) ? cut : null
}

it('cuts out of a media message exactly what the full reading finds in it', () => {
  const seen = { cut: 0, left: 0 }
  fc.assert(
    fc.property(mediaTexts, (text) => {
      const cut = quick(text)
      seen[cut === null ? 'left' : 'cut']++
      if (cut !== null) {
        expect({ event: 'media', streamSid: STREAM_SID, track: 'inbound', ...cut }).toEqual(readMessage(text))
      }
    }),
    { numRuns: 5_000 },
  )
  // Neither side of the property is idle.
  expect(seen.cut).toBeGreaterThan(1_000)
  expect(seen.left).toBeGreaterThan(1_000)
})

it('cuts nothing out of a media message with a character changed, unless the full reading agrees', () => {
  const text = JSON.stringify({ event: 'media', sequenceNumber: '4', streamSid: STREAM_SID, media: MEDIA })
  expect(quick(text)).toEqual({ chunk: 2, timestampMs: 20, payload: '/38A' })
  const characters = fc.oneof(fc.constantFrom(...'"\\{}[],: 0/=é'), fc.string({ minLength: 0, maxLength: 2 }))
  fc.assert(
    fc.property(fc.nat(text.length), fc.nat(3), characters, (at, removed, put) => {
      const changed = text.slice(0, at) + put + text.slice(at + removed)
      const cut = quick(changed)
      if (cut !== null) {
        expect({ event: 'media', streamSid: STREAM_SID, track: 'inbound', ...cut }).toEqual(readMessage(changed))
      }
    }),
    { numRuns: 10_000 },
  )
})

it.each([
  ['as Twilio documents it', ['event', 'sequenceNumber', 'media', 'streamSid']],
  ['as the fact sheet lists it', ['event', 'sequenceNumber', 'streamSid', 'media']],
  ['without a sequence number', ['event', 'streamSid', 'media']],
])('cuts a media message %s', (_, order) => {
  const fields: Record<string, unknown> = { event: 'media', sequenceNumber: '4', media: MEDIA, streamSid: STREAM_SID }
  const text = JSON.stringify(Object.fromEntries(order.map((key) => [key, fields[key]])))
  expect(quick(text)).toEqual({ chunk: 2, timestampMs: 20, payload: '/38A' })
})

it('decodes base64 as strictly as its grammar, and as Buffer does', () => {
  const target = Buffer.alloc(256)
  const decode = (text: string) => {
    const bytes = base64Bytes(text)
    return bytes >= 0 && decodeBase64(text, bytes, target) ? Buffer.from(target.subarray(0, bytes)) : null
  }
  const alphabet = fc.constantFrom(...'ABab01+/=-_ \n"é')
  fc.assert(
    fc.property(fc.oneof(payloads, fc.string({ unit: alphabet, maxLength: 16 })), (text) => {
      expect(decode(text)).toEqual(isBase64(text) ? Buffer.from(text, 'base64') : null)
    }),
    { numRuns: 20_000 },
  )
  for (const bad of ['A', 'A===', '====', 'AB=C', 'AA==AAAA', 'AAA\n', 'AA-_', 'AAAA\u0000AAA', 'ＡAAA']) {
    expect(decode(bad)).toBeNull()
  }
})
