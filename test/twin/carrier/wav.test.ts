import { expect, it } from 'vitest'
import { soundToMulaw } from '../../../src/twin/carrier/caller-audio.ts'
import { Playout } from '../../../src/twin/carrier/playout.ts'
import { agentTrack, callerTrack } from '../../../src/twin/carrier/recording.ts'
import { readWav, stereoWav } from '../../../src/twin/carrier/wav.ts'

it('writes two channels that other programs read, as PCM and as µ-law', () => {
  // Anchors of µ-law (ITU-T G.711): 0x80 is the loudest positive sample, 0x00 the loudest negative, 0xFF zero.
  const left = Uint8Array.of(0x80, 0xff, 0x00)
  const right = Uint8Array.of(0xff, 0x80, 0xff)
  const pcm = stereoWav(left, right, 'pcm16')
  expect(pcm.toString('latin1', 0, 4) + pcm.toString('latin1', 8, 16)).toBe('RIFFWAVEfmt ')
  expect(pcm.readUInt32LE(4)).toBe(pcm.length - 8)
  // PCM, 2 channels, 8000 Hz, 32,000 bytes a second, 4 bytes a frame of 16 bits.
  expect([20, 22].map((at) => pcm.readUInt16LE(at))).toEqual([1, 2])
  expect([24, 28].map((at) => pcm.readUInt32LE(at))).toEqual([8000, 32_000])
  expect([32, 34].map((at) => pcm.readUInt16LE(at))).toEqual([4, 16])
  expect(pcm.readUInt32LE(40)).toBe(12)
  expect([0, 1, 2, 3, 4, 5].map((i) => pcm.readInt16LE(44 + 2 * i))).toEqual([32124, 0, 0, 32124, -32124, 0])
  const mulaw = stereoWav(left, right, 'mulaw')
  expect(mulaw.readUInt16LE(20)).toBe(7)
  expect(mulaw.readUInt32LE(4)).toBe(mulaw.length - 8)
  expect([...mulaw.subarray(-6)]).toEqual([0x80, 0xff, 0xff, 0x80, 0x00, 0xff])
  for (const file of [pcm, mulaw]) {
    expect(readWav(file)).toEqual({ sampleRateHz: 8000, pcm: Int16Array.of(32124, 0, -32124) })
  }
})

it('refuses other files', () => {
  expect(() => readWav(Buffer.from('ID3 not a wav at all'))).toThrow('not a WAV')
  const float = stereoWav(new Uint8Array(4), new Uint8Array(4), 'pcm16')
  float.writeUInt16LE(3, 20)
  expect(() => readWav(float)).toThrow('format 3')
  expect(() => soundToMulaw({ sampleRateHz: 44_100, pcm: new Int16Array(4) })).toThrow('44100')
})

it('turns sound of 16 kHz into half as many samples of µ-law', () => {
  expect(soundToMulaw({ sampleRateHz: 16_000, pcm: new Int16Array(1600) })).toEqual(new Uint8Array(800).fill(0xff))
})

it('lays out on one time line what was said and what was really heard', () => {
  const playout = new Playout(true)
  playout.push(16, 1)
  playout.push(16, 1)
  playout.clear(4)
  const audio = [new Uint8Array(16).fill(1), new Uint8Array(16).fill(2)]
  const heard = playout.segments(6).map((segment, i) => ({ segment, audio: audio[i]! }))
  const silent = (bytes: number) => Array(bytes).fill(0xff)
  expect([...agentTrack(heard, 6)]).toEqual([...silent(8), ...Array(16).fill(1), ...Array(8).fill(2), ...silent(16)])
  // The caller's last words go on past the end of the call, and are cut there.
  const said = [
    { startMs: 0, mulaw: new Uint8Array(8).fill(3) },
    { startMs: 5, mulaw: new Uint8Array(80).fill(4) },
  ]
  expect([...callerTrack(said, 6)]).toEqual([...Array(8).fill(3), ...silent(32), ...Array(8).fill(4)])
})
