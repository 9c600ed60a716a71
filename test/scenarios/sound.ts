/** What was sounded and what was heard, as bytes and as samples. */
import { type AudioFormat, MULAW_8K, PCM16_24K } from '../../src/audio/format.ts'
import { decodeMulaw } from '../../src/audio/g711.ts'
import { createResampler } from '../../src/audio/resample.ts'
import type { TwinCall } from '../../src/twin/carrier/call.ts'
import { speakInPieces } from '../../src/twin/model/agent-voice.ts'

const FRAME_BYTES = 160
const VOICE = 'slt'

/** The bytes in which the model says a text. */
export async function agentVoice(text: string, format: AudioFormat): Promise<Buffer> {
  const pieces: Buffer[] = []
  for await (const { audio } of speakInPieces(text, VOICE, format, 100)) pieces.push(audio)
  return Buffer.concat(pieces)
}

/** The same in µ-law, as whole frames: the last one ends in silence. */
export async function agentFrames(text: string): Promise<Buffer> {
  const bytes = await agentVoice(text, MULAW_8K)
  const frames = Buffer.alloc(Math.ceil(bytes.length / FRAME_BYTES) * FRAME_BYTES, 0xff)
  bytes.copy(frames)
  return frames
}

/** How long the model takes to say it. */
export async function agentVoiceMs(text: string): Promise<number> {
  return (await agentVoice(text, MULAW_8K)).length / 8
}

/** Every byte that came to the caller's carrier, heard or not, in order. */
export function arrived(call: TwinCall): Buffer {
  return Buffer.concat(call.streams.flatMap((stream) => stream.audio))
}

/** What of it was really heard. */
export function heard(call: TwinCall): Buffer {
  const audio = call.streams.flatMap((stream) => stream.audio)
  return Buffer.concat(call.segments.map(({ playedMs }, at) => audio[at]!.subarray(0, Math.round(playedMs * 8))))
}

/** How well what the caller got in µ-law agrees with what the model sent in 24 kHz: correlation and the level's change in dB. */
export function likeness(got: Uint8Array, sent: Buffer): { correlation: number; levelDb: number } {
  const heardPcm = new Int16Array(got.length)
  decodeMulaw(got, heardPcm)
  const sentPcm = new Int16Array(sent.length / 2)
  for (let i = 0; i < sentPcm.length; i++) sentPcm[i] = sent.readInt16LE(2 * i)
  const narrow = createResampler(PCM16_24K.sampleRateHz, MULAW_8K.sampleRateHz).resample(sentPcm)
  const energy = (samples: Int16Array) => samples.reduce((sum, each) => sum + each * each, 0)
  const most = Math.sqrt(energy(heardPcm) * energy(narrow))
  let correlation = 0
  // Both went through a filter, whose delays need not be the same.
  for (let lag = -24; lag <= 24; lag++) {
    let product = 0
    for (let i = 0; i < heardPcm.length; i++) product += heardPcm[i]! * (narrow[i + lag] ?? 0)
    correlation = Math.max(correlation, product / most)
  }
  return { correlation, levelDb: 10 * Math.log10(energy(heardPcm) / energy(narrow)) }
}
