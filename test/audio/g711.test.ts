import { describe, expect, it } from 'vitest'
import { decodeAlaw, decodeMulaw, encodeAlaw, encodeMulaw } from '../../src/audio/g711.ts'

const EVERY_CODE = Uint8Array.from({ length: 256 }, (_, code) => code)
const EVERY_SAMPLE = Int16Array.from({ length: 65_536 }, (_, i) => i - 32_768)

/** ITU-T G.711 written out, at 16 bits: sign, segment and step of a code that has its bits already turned upright. */
function mulawByTheBook(code: number): number {
  const upright = ~code & 255
  const magnitude = ((((upright & 15) << 3) + 132) << ((upright >> 4) & 7)) - 132
  return upright & 128 ? 0 - magnitude : magnitude
}
function alawByTheBook(code: number): number {
  const upright = code ^ 0x55
  const [segment, step] = [(upright >> 4) & 7, upright & 15]
  const magnitude = segment === 0 ? 16 * step + 8 : (16 * step + 264) << (segment - 1)
  return upright & 128 ? magnitude : 0 - magnitude
}

const LAWS = [
  { law: 'µ-law', decode: decodeMulaw, encode: encodeMulaw, byTheBook: mulawByTheBook, bias: 132, floor: 4 },
  { law: 'A-law', decode: decodeAlaw, encode: encodeAlaw, byTheBook: alawByTheBook, bias: 0, floor: 8 },
] as const

function decoded(decode: (bytes: Uint8Array, pcm: Int16Array) => void, bytes: Uint8Array): Int16Array {
  const pcm = new Int16Array(bytes.length)
  decode(bytes, pcm)
  return pcm
}
function encoded(encode: (pcm: Int16Array, bytes: Uint8Array) => void, pcm: Int16Array): Uint8Array {
  const bytes = new Uint8Array(pcm.length)
  encode(pcm, bytes)
  return bytes
}

describe.each(LAWS)('$law', ({ decode, encode, byTheBook, bias, floor }) => {
  it('decodes each of the 256 codes as G.711 says', () => {
    expect([...decoded(decode, EVERY_CODE)]).toEqual([...EVERY_CODE].map((code) => byTheBook(code) + 0))
  })

  it('encodes each of the 65,536 samples to a code at most half a step away, and never out of order', () => {
    const heard = decoded(decode, encoded(encode, EVERY_SAMPLE))
    const loudest = Math.max(...decoded(decode, EVERY_CODE))
    for (let i = 0; i < EVERY_SAMPLE.length; i++) {
      const sample = Math.max(-loudest, Math.min(loudest, EVERY_SAMPLE[i]!))
      // A segment starts at 16 steps (counted with µ-law's bias), so half a step is at most a 32nd of the level.
      const halfStep = Math.max(floor, (Math.abs(heard[i]!) + bias) / 32)
      if (Math.abs(heard[i]! - sample) > halfStep) expect.fail(`${EVERY_SAMPLE[i]} became ${heard[i]}`)
      if (i > 0 && heard[i]! < heard[i - 1]!) expect.fail(`${EVERY_SAMPLE[i]} became ${heard[i]}, below its neighbour`)
    }
  })

  it('writes no further than it was asked to, and refuses what does not fit', () => {
    const bytes = new Uint8Array(4).fill(7)
    encode(Int16Array.of(0, 0, 0, 0), bytes, 2)
    expect([...bytes.subarray(2)]).toEqual([7, 7])
    expect(bytes[0]).not.toBe(7)
    const pcm = new Int16Array(3).fill(7)
    decode(bytes.subarray(0, 1), pcm)
    expect([...pcm.subarray(1)]).toEqual([7, 7])
    expect(() => decode(new Uint8Array(2), new Int16Array(1))).toThrow(RangeError)
    expect(() => encode(new Int16Array(2), new Uint8Array(1))).toThrow(RangeError)
    expect(() => encode(new Int16Array(1), new Uint8Array(2), 2)).toThrow(RangeError)
  })
})

it('every µ-law code survives decoding and encoding, but minus zero (0x7F), which becomes plus zero (0xFF)', () => {
  const expected = Uint8Array.from(EVERY_CODE, (code) => (code === 0x7f ? 0xff : code))
  expect(encoded(encodeMulaw, decoded(decodeMulaw, EVERY_CODE))).toEqual(expected)
})

it('every A-law code survives decoding and encoding', () => {
  expect(encoded(encodeAlaw, decoded(decodeAlaw, EVERY_CODE))).toEqual(EVERY_CODE)
})

it('the anchors of the telephone network', () => {
  expect([...decoded(decodeMulaw, Uint8Array.of(0xff, 0x7f, 0x00, 0x80))]).toEqual([0, 0, -32_124, 32_124])
  expect([...decoded(decodeAlaw, Uint8Array.of(0xd5, 0x55))]).toEqual([8, -8])
  expect([...encoded(encodeMulaw, Int16Array.of(0, 32_767, -32_768))]).toEqual([0xff, 0x80, 0x00])
  expect([...encoded(encodeAlaw, Int16Array.of(0, 32_767, -32_768))]).toEqual([0xd5, 0xaa, 0x2a])
})
