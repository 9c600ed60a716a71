import { describe, expect, it } from 'vitest'
import { markedAudio, NOT_OURS } from '../../bench/marked-audio.ts'
import { MULAW_8K, PCM16_24K } from '../../src/audio/format.ts'
import { createTranscoder } from '../../src/audio/transcode.ts'

const FRAMES = 40

describe('frames that carry their number', () => {
  it('are read again where G.711 passes through untouched', () => {
    const { caller, model } = markedAudio('g711')
    const audio = Buffer.from(caller.encode(7, 70_000, 3), 'base64')
    const numbers = [0, 1, 2].map((i) => model.read(audio, i * model.frameBytes, 0))
    expect(numbers).toEqual([70_000, 70_001, 70_002])
  })

  it.each([
    ['caller to model', 'caller', 'model', MULAW_8K, PCM16_24K],
    ['model to caller', 'model', 'caller', PCM16_24K, MULAW_8K],
  ] as const)('are read again through decoding, filter and encoding: %s', (_, from, to, fromFormat, toFormat) => {
    const ends = markedAudio('pcm16')
    const transcoder = createTranscoder(fromFormat, toFormat)
    const numbers = Array.from({ length: FRAMES }, (_, number) => {
      const sent = Buffer.from(ends[from].encode(0, number, 1), 'base64')
      return ends[to].read(Buffer.from(transcoder.transcode(sent)), 0, number)
    })
    expect(numbers).toEqual(Array.from({ length: FRAMES }, (_, number) => number))
  })

  it('tell up to four frames lost or three doubled where only a level tells them apart', () => {
    const { caller } = markedAudio('pcm16')
    const heard = (number: number, expected: number) =>
      caller.read(Buffer.from(caller.encode(0, number, 1), 'base64'), 0, expected)
    for (const off of [-3, -2, -1, 0, 1, 2, 3, 4]) expect(heard(100 + off, 100)).toBe(100 + off)
  })

  it('are not taken for silence, nor silence for them', () => {
    const silence = { g711: Buffer.alloc(160, 0xff), pcm16: Buffer.alloc(960) }
    expect(markedAudio('g711').caller.read(silence.g711, 0, 5)).toBe(NOT_OURS)
    expect(markedAudio('pcm16').caller.read(silence.g711, 0, 5)).toBe(NOT_OURS)
    expect(markedAudio('pcm16').model.read(silence.pcm16, 0, 5)).toBe(NOT_OURS)
  })
})
