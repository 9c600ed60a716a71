/** Tokens of one response, and what they cost. Source: realtime fact sheet, section 12. */
import { z } from 'zod'

const tokens = z.int().min(0)

/** Cached counts are a subset of the input counts. A count the provider leaves out is 0. */
export const Usage = z.strictObject({
  inputText: tokens,
  inputTextCached: tokens,
  inputAudio: tokens,
  inputAudioCached: tokens,
  inputImage: tokens,
  inputImageCached: tokens,
  outputText: tokens,
  outputAudio: tokens,
})
export type Usage = z.infer<typeof Usage>

export const NO_USAGE: Usage = {
  inputText: 0,
  inputTextCached: 0,
  inputAudio: 0,
  inputAudioCached: 0,
  inputImage: 0,
  inputImageCached: 0,
  outputText: 0,
  outputAudio: 0,
}

export function addUsage(a: Usage, b: Usage): Usage {
  return {
    inputText: a.inputText + b.inputText,
    inputTextCached: a.inputTextCached + b.inputTextCached,
    inputAudio: a.inputAudio + b.inputAudio,
    inputAudioCached: a.inputAudioCached + b.inputAudioCached,
    inputImage: a.inputImage + b.inputImage,
    inputImageCached: a.inputImageCached + b.inputImageCached,
    outputText: a.outputText + b.outputText,
    outputAudio: a.outputAudio + b.outputAudio,
  }
}

/** US dollars per million tokens. */
export const ModelPrice = z.strictObject({
  textIn: z.number().min(0),
  textCached: z.number().min(0),
  textOut: z.number().min(0),
  audioIn: z.number().min(0),
  audioCached: z.number().min(0),
  audioOut: z.number().min(0),
  imageIn: z.number().min(0).default(0),
  imageCached: z.number().min(0).default(0),
})
export type ModelPrice = z.infer<typeof ModelPrice>

/** @returns US dollars */
export function costUsd(usage: Usage, price: ModelPrice): number {
  const perMillion =
    (usage.inputText - usage.inputTextCached) * price.textIn +
    usage.inputTextCached * price.textCached +
    (usage.inputAudio - usage.inputAudioCached) * price.audioIn +
    usage.inputAudioCached * price.audioCached +
    (usage.inputImage - usage.inputImageCached) * price.imageIn +
    usage.inputImageCached * price.imageCached +
    usage.outputText * price.textOut +
    usage.outputAudio * price.audioOut
  return perMillion / 1e6
}
