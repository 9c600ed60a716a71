/** What a call's cost is made of, by today's price. */
import type { ModelPrice, Usage } from '../../call/usage.ts'
import type { CallDetail } from '../contract/calls.ts'

export function costParts(usage: Usage, price: ModelPrice): NonNullable<CallDetail['costParts']> {
  const parts = [
    { part: 'textIn', tokens: usage.inputText - usage.inputTextCached },
    { part: 'textCached', tokens: usage.inputTextCached },
    { part: 'textOut', tokens: usage.outputText },
    { part: 'audioIn', tokens: usage.inputAudio - usage.inputAudioCached },
    { part: 'audioCached', tokens: usage.inputAudioCached },
    { part: 'audioOut', tokens: usage.outputAudio },
    { part: 'imageIn', tokens: usage.inputImage - usage.inputImageCached },
    { part: 'imageCached', tokens: usage.inputImageCached },
  ] as const
  return parts
    .filter(({ tokens }) => tokens > 0)
    .map(({ part, tokens }) => ({ part, tokens, usd: (tokens * price[part]) / 1e6 }))
}
