import { expect, it } from 'vitest'
import { ALAW_8K, type AudioFormat, MULAW_8K, PCM16_24K } from '../../src/audio/format.ts'
import { encodeAlaw, encodeMulaw } from '../../src/audio/g711.ts'
import { createVoiceActivity } from '../../src/audio/voice-activity.ts'

/** 20 ms of a tone with a little of everything else in it, at a peak level. */
function frameOf(format: AudioFormat, peak: number, offset: number): Uint8Array {
  const pcm = Int16Array.from({ length: 160 }, (_, i) =>
    Math.round(peak * (0.8 * Math.sin((i + offset) * 0.37) + 0.2 * Math.sin((i + offset) * 1.91))),
  )
  const frame = new Uint8Array(160)
  if (format.encoding === 'alaw') encodeAlaw(pcm, frame)
  else encodeMulaw(pcm, frame)
  return frame
}

/** @param peaks the level of each 20 ms @returns when speech was last heard */
function listen(format: AudioFormat, peaks: readonly number[]): number {
  const voice = createVoiceActivity(format)
  for (const [i, peak] of peaks.entries()) voice.frame(frameOf(format, peak, i * 160), (i + 1) * 20)
  return voice.lastVoicedMs
}

const of = (ms: number, peak: number): number[] => Array.from({ length: ms / 20 }, () => peak)

it.each([MULAW_8K, ALAW_8K])('dates the end of speech to the frame: $encoding', (format) => {
  expect(listen(format, [...of(500, 0), ...of(1000, 6000), ...of(700, 0)])).toBe(1500)
  expect(listen(format, of(1000, 0))).toBe(Number.NEGATIVE_INFINITY)
})

it('hears speech above the noise of its line, and not the noise', () => {
  expect(listen(MULAW_8K, [...of(15_000, 400), ...of(1000, 8000), ...of(1000, 400)])).toBe(16_000)
})

it('goes on hearing a caller who speaks for half a minute', () => {
  const speech = Array.from({ length: 30 }, () => [...of(900, 6000), ...of(100, 100)]).flat()
  expect(listen(MULAW_8K, speech)).toBe(29_900)
})

it('is for G.711 only', () => {
  expect(() => createVoiceActivity(PCM16_24K)).toThrow(RangeError)
})
