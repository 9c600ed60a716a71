import fc from 'fast-check'
import { expect, it } from 'vitest'
import { readAudioDelta } from '../../../src/providers/openai/audio-delta.ts'
import { readServerEvent } from '../../../src/providers/openai/protocol.ts'

const TYPE = 'response.output_audio.delta'

/** What the full parser makes of the same text; null when it is no audio, or refused. */
function readInFull(text: string) {
  try {
    const event = readServerEvent(text)
    if (event?.type !== TYPE) return null
    return { responseId: event.response_id, itemId: event.item_id, delta: event.delta }
  } catch {
    return null
  }
}

const space = fc.stringMatching(/^[ \n\r\t]{0,2}$/)
/** JSON with the escapes a server may choose to write: a slash, or any character, as an escape. */
const written = (value: fc.Arbitrary<string>) =>
  fc.tuple(value, fc.constantFrom('plain', 'plain', 'plain', 'plain', 'slashes', 'all')).map(([text, escapes]) => {
    if (escapes === 'plain') return JSON.stringify(text)
    if (escapes === 'slashes') return JSON.stringify(text).replaceAll('/', '\\/')
    return `"${[...Array(text.length).keys()].map((i) => `\\u${text.charCodeAt(i).toString(16).padStart(4, '0')}`).join('')}"`
  })
const id = fc.oneof(fc.constantFrom('resp_1', 'resp_10', 'item_1', ''), fc.string({ unit: 'grapheme' }))
const base64 = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString('base64'))
const anyValue = fc.oneof(
  written(fc.string({ unit: 'grapheme' })),
  fc.json(),
  fc.nat().map(String),
  fc.constantFrom('-1', '0', '1.5', '1e3', 'true', 'null', '{"type":"response.output_audio.delta"}', '"a\\"b"'),
)
const member = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.tuple(
      fc.constant('type'),
      fc.oneof(fc.constant(`"${TYPE}"`), written(fc.constantFrom(TYPE, 'error'))),
    ),
  },
  { weight: 4, arbitrary: fc.tuple(fc.constant('response_id'), written(id)) },
  { weight: 4, arbitrary: fc.tuple(fc.constant('item_id'), written(id)) },
  { weight: 4, arbitrary: fc.tuple(fc.constant('delta'), written(base64)) },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom('type', 'response_id', 'item_id', 'delta'), anyValue) },
  {
    weight: 3,
    arbitrary: fc.tuple(
      fc.oneof(
        fc.constantFrom('event_id', 'output_index', 'item', 'dalta', 'item_ix'),
        fc.string({ unit: 'grapheme' }),
      ),
      anyValue,
    ),
  },
)
const spacedMember = fc
  .tuple(member, space, space, space, space)
  .map(([[key, value], a, b, c, d]) => `${a}${JSON.stringify(key)}${b}:${c}${value}${d}`)
const required = fc
  .tuple(written(id), written(id), written(base64))
  .map(([response, item, delta]) => [
    `"type":"${TYPE}"`,
    `"response_id":${response}`,
    `"item_id":${item}`,
    `"delta":${delta}`,
  ])
const message = fc
  .oneof(
    fc.array(spacedMember, { maxLength: 10 }),
    fc
      .tuple(required, fc.array(spacedMember, { maxLength: 4 }))
      .chain(([needed, extra]) =>
        fc.shuffledSubarray([...needed, ...extra], { minLength: needed.length + extra.length }),
      ),
  )
  .map((members) => `{${members.join(',')}}`)
const known = fc.option(fc.record({ responseId: id, itemId: id }), { nil: null })

it('reads every message as the full parser does, or leaves it to it', () => {
  let short = 0
  fc.assert(
    fc.property(message, known, (text, ids) => {
      const read = readAudioDelta(text, ids)
      if (read === null) return
      short += 1
      expect(read).toEqual(readInFull(text))
    }),
    { numRuns: 5000 },
  )
  // The property would hold as well for a reader that leaves everything to the full parser.
  expect(short).toBeGreaterThan(100)
})

it.each([
  [
    'type first',
    `{"type":"${TYPE}","event_id":"e","response_id":"r","item_id":"i","output_index":0,"content_index":12,"delta":"AA=="}`,
  ],
  ['type last', `{"delta":"AA==","item_id":"i","response_id":"r","type":"${TYPE}"}`],
  ['spaced, as some servers write', `{"type": "${TYPE}", "response_id": "r", "item_id": "i", "delta": "AA=="}\n`],
])('takes the short way: %s', (_name, text) => {
  expect(readAudioDelta(text, null)).toEqual({ responseId: 'r', itemId: 'i', delta: 'AA==' })
})

it.each([
  ['another event', '{"type":"response.output_audio.done","response_id":"r","item_id":"i","delta":"AA=="}'],
  ['a longer name', `{"type":"${TYPE}s","response_id":"r","item_id":"i","delta":"AA=="}`],
  ['an escaped slash', `{"type":"${TYPE}","response_id":"r","item_id":"i","delta":"AA\\/A"}`],
  ['a quote in a value', `{"note":"\\",","type":"${TYPE}","response_id":"r","item_id":"i","delta":"AA=="}`],
  ['a nested object', `{"x":{"y":1},"type":"${TYPE}","response_id":"r","item_id":"i","delta":"AA=="}`],
  ['no item', `{"type":"${TYPE}","response_id":"r","delta":"AA=="}`],
  ['an item that is a number', `{"type":"${TYPE}","response_id":"r","item_id":7,"delta":"AA=="}`],
  ['a number no JSON has', `{"output_index":01,"type":"${TYPE}","response_id":"r","item_id":"i","delta":"AA=="}`],
  ['something behind it', `{"type":"${TYPE}","response_id":"r","item_id":"i","delta":"AA=="}{}`],
  ['half of it', `{"type":"${TYPE}","response_id":"r","item_id":"i","delta":"AA`],
  ['nothing', ''],
])('leaves to the full parser: %s', (_name, text) => {
  expect(readAudioDelta(text, null)).toBeNull()
})

it('uses known ids again, and is not misled by one that begins like another', () => {
  const ids = { responseId: 'resp_1', itemId: 'item_1' }
  const text = `{"type":"${TYPE}","response_id":"resp_1","item_id":"item_12","delta":""}`
  expect(readAudioDelta(text, ids)).toEqual({ responseId: 'resp_1', itemId: 'item_12', delta: '' })
})
