import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  ALAW_8K,
  type AudioFormat,
  bytesPerMs,
  frameBytes,
  MULAW_8K,
  PCM16_24K,
  silenceByte,
} from '../../src/audio/format.ts'
import { encodeMulaw } from '../../src/audio/g711.ts'
import { createResampler } from '../../src/audio/resample.ts'
import { createTranscoder } from '../../src/audio/transcode.ts'
import { decibels, firstDifference, fitTone, noises, tone } from './tones.ts'

const PCM16_8K: AudioFormat = { encoding: 'pcm16', sampleRateHz: 8000 }
const PCM16_16K: AudioFormat = { encoding: 'pcm16', sampleRateHz: 16000 }
const FORMATS = [MULAW_8K, ALAW_8K, PCM16_8K, PCM16_16K, PCM16_24K]
const CHANGES = FORMATS.flatMap((from) => FORMATS.filter((to) => to !== from).map((to) => ({ from, to })))

const bytesOf = (pcm: Int16Array) => new Uint8Array(pcm.buffer, pcm.byteOffset, pcm.byteLength)
const samplesOf = (bytes: Uint8Array) => new Int16Array(Uint8Array.from(bytes).buffer)

describe.each(CHANGES)('$from.encoding $from.sampleRateHz → $to.encoding $to.sampleRateHz', ({ from, to }) => {
  it('turns a frame into a frame, in one memory', () => {
    const transcoder = createTranscoder(from, to)
    const frame = new Uint8Array(frameBytes(from)).fill(0x33)
    const first = transcoder.transcode(frame)
    expect(first.length).toBe(frameBytes(to))
    for (let i = 0; i < 5; i++) expect(transcoder.transcode(frame)).toBe(first)
  })

  it('never changes a byte by how the stream is cut or where it lies in memory', () => {
    const stream = fc.tuple(noises(1500), fc.boolean()).map(([pcm, odd]) => bytesOf(pcm).subarray(odd ? 1 : 0))
    const cuts = fc.array(fc.tuple(fc.oneof(fc.nat(5), fc.nat(700)), fc.nat(3)), { maxLength: 20 })
    fc.assert(
      fc.property(stream, cuts, (bytes, pieces) => {
        const expected = [...createTranscoder(from, to).transcode(bytes)]
        const transcoder = createTranscoder(from, to)
        const heard: number[] = []
        let at = 0
        for (const [length, offset] of [...pieces, [bytes.length, 1] as const]) {
          const piece = bytes.subarray(at, at + length)
          const elsewhere = new Uint8Array(offset + piece.length).subarray(offset)
          elsewhere.set(piece)
          heard.push(...transcoder.transcode(elsewhere))
          at += piece.length
        }
        expect(firstDifference(heard, expected)).toBeUndefined()
      }),
      { numRuns: 20 },
    )
  })

  it('after reset knows nothing of what came before, half a sample included', () => {
    const fresh = createTranscoder(from, to)
    const used = createTranscoder(from, to)
    const frame = Uint8Array.from({ length: frameBytes(from) }, (_, i) => (i * 37) & 255)
    used.transcode(frame)
    used.transcode(frame.subarray(0, 41))
    used.reset()
    expect(used.transcode(frame)).toEqual(fresh.transcode(frame))
  })

  it('leaves the input alone', () => {
    const frame = Uint8Array.from({ length: frameBytes(from) }, (_, i) => (i * 37) & 255)
    const before = Uint8Array.from(frame)
    createTranscoder(from, to).transcode(frame)
    expect(frame).toEqual(before)
  })

  it('turns silence into silence', () => {
    const heard = createTranscoder(from, to).transcode(
      new Uint8Array(frameBytes(from)).fill(silenceByte(from.encoding)),
    )
    // A-law has no zero: its silence is +8, which a filter from silence slowly rises to and µ-law may keep as 0 or 8.
    const quiet = samplesOf(createTranscoder(to, PCM16_8K).transcode(heard))
    expect(Math.max(...quiet.map(Math.abs))).toBeLessThanOrEqual(
      from.encoding === 'alaw' || to.encoding === 'alaw' ? 9 : 0,
    )
  })
})

it.each(FORMATS)('hands $encoding at $sampleRateHz Hz through untouched when nothing is to be done', (format) => {
  const bytes = Uint8Array.of(1, 2, 3)
  const transcoder = createTranscoder(format, { ...format })
  expect(transcoder.transcode(bytes)).toBe(bytes)
  transcoder.reset()
  expect(transcoder.transcode(bytes)).toBe(bytes)
})

it('decodes, resamples and encodes, in that order', () => {
  const wide = tone(1000, 24000, 2400, 12_000)
  const narrow = createResampler(24000, 8000).resample(wide)
  const expected = new Uint8Array(narrow.length)
  encodeMulaw(narrow, expected)
  expect(createTranscoder(PCM16_24K, MULAW_8K).transcode(bytesOf(wide))).toEqual(expected)
})

it('a voice survives the way to the model and back as well as G.711 lets it', () => {
  // Not 1,000 Hz: eight samples a cycle would meet the same eight steps of G.711 for ever.
  const spoken = tone(1013, 8000, 1600, 20_000)
  const wire = new Uint8Array(spoken.length)
  encodeMulaw(spoken, wire)
  const toModel = createTranscoder(MULAW_8K, PCM16_24K)
  const toCaller = createTranscoder(PCM16_24K, MULAW_8K)
  const toEar = createTranscoder(MULAW_8K, PCM16_8K)
  const heard: number[] = []
  for (let at = 0; at < wire.length; at += 160) {
    heard.push(...samplesOf(toEar.transcode(toCaller.transcode(toModel.transcode(wire.subarray(at, at + 160))))))
  }
  expect(heard.length).toBe(bytesPerMs(MULAW_8K) * 200)
  const { amplitude, restRms } = fitTone(Int16Array.from(heard), 160, 1013, 8000)
  expect(Math.abs(decibels(amplitude / 20_000))).toBeLessThan(0.1)
  expect(decibels(restRms / (20_000 / Math.SQRT2))).toBeLessThan(-30)
})
