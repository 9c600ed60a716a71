/** Sounds for the caller's mouth: text, WAV files and samples as µ-law at 8 kHz. */
import { readFile } from 'node:fs/promises'
import type { SampleRateHz } from '../../audio/format.ts'
import { encodeMulaw } from '../../audio/g711.ts'
import { createResampler } from '../../audio/resample.ts'
import { speak, type Voice } from '../speech.ts'
import { readWav, type Sound } from './wav.ts'

/** @throws RangeError when the rate is none of 8, 16 and 24 kHz */
export function soundToMulaw({ sampleRateHz, pcm }: Sound): Uint8Array {
  const narrow = createResampler(rateOf(sampleRateHz), 8000).resample(pcm)
  const mulaw = new Uint8Array(narrow.length)
  encodeMulaw(narrow, mulaw)
  return mulaw
}

/** @throws Error when the synthesiser fails */
export async function textToMulaw(text: string, voice: Voice): Promise<Uint8Array> {
  return soundToMulaw(await speak(text, { voice }))
}

/** @throws Error when it is no WAV of PCM16 or µ-law at 8, 16 or 24 kHz */
export async function wavToMulaw(path: string): Promise<Uint8Array> {
  return soundToMulaw(readWav(await readFile(path)))
}

function rateOf(sampleRateHz: number): SampleRateHz {
  if (sampleRateHz === 8000 || sampleRateHz === 16000 || sampleRateHz === 24000) return sampleRateHz
  throw new RangeError(`sound at ${sampleRateHz} Hz; 8000, 16000 and 24000 are understood`)
}
