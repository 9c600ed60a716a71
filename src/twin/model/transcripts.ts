/** Transcripts of the caller's turns: they come from another model, late, and often after the answer has begun (fact sheet, section 10). */
import type { MessageItem } from './conversation.ts'
import type { ServerEvent } from './responses.ts'
import type { TwinParts } from './twin-options.ts'
import { textTokens } from './usage.ts'

const COMPLETED = 'conversation.item.input_audio_transcription.completed'

export class Transcripts {
  readonly #parts: TwinParts
  readonly #send: (event: ServerEvent) => void
  readonly #timers = new Set<NodeJS.Timeout>()
  #beforeResponse: (() => void)[] = []
  #afterResponse: (() => void)[] = []

  constructor(parts: TwinParts, send: (event: ServerEvent) => void) {
    this.#parts = parts
    this.#send = send
  }

  /** @param model the transcription model, which decides how its work is billed */
  take(item: MessageItem, model: string): void {
    const tell = () => this.#tell(item, model)
    const reordered = this.#parts.faults.strike('reordered', COMPLETED)
    if (reordered) {
      const waiting = reordered.transcript === 'before-response' ? this.#beforeResponse : this.#afterResponse
      waiting.push(tell)
      return
    }
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      tell()
    }, this.#parts.timing.transcriptMs)
    this.#timers.add(timer)
  }

  /** A response is about to be created. */
  responding(): void {
    for (const tell of this.#beforeResponse.splice(0)) tell()
  }

  /** A response is done. */
  responded(): void {
    for (const tell of this.#afterResponse.splice(0)) tell()
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers.clear()
  }

  #tell(item: MessageItem, model: string): void {
    const part = item.parts[0]
    if (part?.type !== 'input_audio') return
    const transcript = item.words ?? ''
    part.transcript = transcript
    const place = { item_id: item.id, content_index: 0 }
    if (transcript !== '') {
      const delta = 'conversation.item.input_audio_transcription.delta'
      this.#send({ type: delta, ...place, delta: transcript })
    }
    const languages = model === 'gpt-transcribe' ? { languages: transcript === '' ? [] : [{ code: 'en' }] } : {}
    this.#send({ type: COMPLETED, ...place, transcript, usage: usage(part.audio.ms, transcript, model), ...languages })
  }
}

/** The gpt-4o transcribers are billed by tokens, the others by the length of the audio. */
function usage(audioMs: number, transcript: string, model: string): Readonly<Record<string, unknown>> {
  if (!model.startsWith('gpt-4o-')) return { type: 'duration', seconds: audioMs / 1000 }
  const [audio_tokens, output_tokens] = [Math.ceil(audioMs / 100), textTokens(transcript)]
  return {
    type: 'tokens',
    input_tokens: audio_tokens,
    output_tokens,
    total_tokens: audio_tokens + output_tokens,
    input_token_details: { audio_tokens, text_tokens: 0 },
  }
}
