/**
 * What the server's events mean for the call, once the session runs. Everything is joined by ids: the order of
 * neighbouring events is not promised (fact sheet, section 10). Audio does not pass through here.
 */
import { NO_USAGE, type Usage } from '../../call/usage.ts'
import type { SessionEvent } from '../provider.ts'
import type { Item, Response, ServerEvent, WireUsage } from './protocol.ts'

/** Late deltas come within a round trip, so the ids of a few ended responses are enough. */
const ENDED_KEPT = 64

type ItemEvent = Extract<ServerEvent, { item: Item }>

export class Conversation {
  /** The response that writes to the conversation now. */
  #active: string | null = null
  /** Nothing of these reaches the call any more: cancelled, or out of band. */
  readonly #mute = new RecentIds()
  readonly #ended = new RecentIds()
  readonly #toolsCalled = new Set<string>()
  readonly #resultsSent = new Set<string>()
  /** The caller's words so far, by item, until they are final. */
  readonly #transcripts = new Map<string, string>()
  /** Items whose words came in parts. */
  readonly #worded = new RecentIds()
  readonly #transcribed: boolean

  /** @param transcribed false: the server was not asked for the caller's words, so each turn's are told empty at once */
  constructor(transcribed: boolean) {
    this.#transcribed = transcribed
  }

  get responseActive(): boolean {
    return this.#active !== null
  }

  /** Whether audio of this response is still for the caller. */
  isHeard(responseId: string): boolean {
    return responseId === this.#active || !this.#mute.has(responseId)
  }

  /** Whether cancelling this response would only be answered with an error. */
  hasEnded(responseId: string): boolean {
    return this.#ended.has(responseId)
  }

  resultSent(toolCallId: string): void {
    this.#resultsSent.add(toolCallId)
  }

  /** @returns what is to be told, in order */
  take(event: ServerEvent): readonly SessionEvent[] {
    switch (event.type) {
      case 'input_audio_buffer.speech_started':
        return [{ type: 'speech-started', itemId: event.item_id, audioMs: event.audio_start_ms }]
      case 'input_audio_buffer.speech_stopped':
        return [{ type: 'speech-stopped', itemId: event.item_id, audioMs: event.audio_end_ms }]
      case 'input_audio_buffer.committed':
        return this.#committed(event.item_id)
      case 'conversation.item.input_audio_transcription.delta':
        return this.#callerWords(event.item_id, event.delta ?? '')
      case 'conversation.item.input_audio_transcription.completed':
        return this.#callerSaid(event.item_id, event.transcript)
      case 'conversation.item.input_audio_transcription.failed':
        return [
          { type: 'trouble', benign: true, code: 'PROVIDER_ERROR', detail: 'a turn of the caller was not transcribed' },
          ...this.#callerSaid(event.item_id, ''),
        ]
      case 'conversation.item.added':
      case 'conversation.item.created':
      case 'conversation.item.done':
        return this.#itemIn(event.item)
      case 'response.created':
        return this.#responseStarted(event.response)
      case 'response.output_item.added':
        return this.#outputItemAdded(event)
      case 'response.output_item.done':
        return event.item.status === 'completed' && !this.#mute.has(event.response_id)
          ? this.#toolCalled(event.response_id, event.output_index, event.item)
          : []
      case 'response.output_audio.done':
        return this.isHeard(event.response_id)
          ? [{ type: 'item-audio-done', responseId: event.response_id, itemId: event.item_id }]
          : []
      case 'response.output_audio_transcript.delta':
        this.#worded.add(event.item_id)
        return this.#agentWords(event.response_id, event.item_id, event.delta)
      case 'response.output_audio_transcript.done':
        // Servers that do not stream the words give them here, once.
        return this.#worded.has(event.item_id)
          ? []
          : this.#agentWords(event.response_id, event.item_id, event.transcript)
      case 'response.done':
        return this.#responseDone(event.response)
      case 'response.output_audio.delta':
      case 'session.created':
      case 'session.updated':
      case 'error':
        return []
    }
  }

  #committed(itemId: string): readonly SessionEvent[] {
    const committed: SessionEvent = { type: 'turn-committed', itemId }
    return this.#transcribed ? [committed] : [committed, ...this.#callerSaid(itemId, '')]
  }

  #callerWords(itemId: string, delta: string): readonly SessionEvent[] {
    const text = (this.#transcripts.get(itemId) ?? '') + delta
    this.#transcripts.set(itemId, text)
    return [{ type: 'caller-transcript', itemId, text, final: false }]
  }

  #callerSaid(itemId: string, text: string): readonly SessionEvent[] {
    this.#transcripts.delete(itemId)
    return [{ type: 'caller-transcript', itemId, text, final: true }]
  }

  /** Our answer to a tool call, seen in the conversation; several events may show it. */
  #itemIn(item: Item): readonly SessionEvent[] {
    const toolCallId = item.type === 'function_call_output' ? item.call_id : undefined
    if (toolCallId === undefined || !this.#resultsSent.delete(toolCallId)) return []
    return [{ type: 'tool-result-accepted', toolCallId }]
  }

  #responseStarted(response: Response): readonly SessionEvent[] {
    const { id } = response
    if (id === undefined) return []
    if (isOutOfBand(response)) {
      this.#mute.add(id)
      return []
    }
    this.#active = id
    return [{ type: 'response-started', responseId: id }]
  }

  #outputItemAdded(event: Extract<ItemEvent, { type: 'response.output_item.added' }>): readonly SessionEvent[] {
    const { item, response_id: responseId } = event
    const speaks = item.type === 'message' && (item.role ?? 'assistant') === 'assistant'
    if (!speaks || item.id === undefined || !this.isHeard(responseId)) return []
    return [{ type: 'item-started', responseId, itemId: item.id }]
  }

  #agentWords(responseId: string, itemId: string, text: string): readonly SessionEvent[] {
    return text !== '' && this.isHeard(responseId) ? [{ type: 'agent-words', itemId, text }] : []
  }

  #toolCalled(responseId: string, outputIndex: number, item: Item): readonly SessionEvent[] {
    if (item.type !== 'function_call') return []
    const { call_id: toolCallId, name } = item
    if (toolCallId === undefined || name == null) {
      const detail = 'a function call without an id or a name'
      return [{ type: 'trouble', benign: false, code: 'PROVIDER_ERROR', detail }]
    }
    if (this.#toolsCalled.has(toolCallId)) return []
    this.#toolsCalled.add(toolCallId)
    return [{ type: 'tool-called', responseId, outputIndex, toolCallId, name, arguments: item.arguments ?? '' }]
  }

  #responseDone(response: Response): readonly SessionEvent[] {
    const responseId = response.id ?? this.#active
    if (responseId === null) return []
    const outOfBand = isOutOfBand(response) || (responseId !== this.#active && this.#mute.has(responseId))
    const status = statusOf(response)
    const told: SessionEvent[] = []
    if (!outOfBand && status === 'completed') {
      // A call that no `output_item.done` told of. Without a status of its own it shares its response's.
      for (const [index, item] of (response.output ?? []).entries()) {
        if ((item.status ?? status) === 'completed') told.push(...this.#toolCalled(responseId, index, item))
      }
    }
    if (responseId === this.#active) this.#active = null
    if (status === 'cancelled') this.#mute.add(responseId)
    this.#ended.add(responseId)
    // Out of band or not, it is paid for.
    told.push({
      type: 'response-ended',
      responseId,
      status,
      detail: detailOf(response),
      usage: usageOf(response.usage),
    })
    return told
  }
}

/** A response beside the conversation, matched by its metadata (fact sheet, section 10.12). Some servers name no conversation at all. */
function isOutOfBand(response: Response): boolean {
  return response.conversation_id === null && Object.keys(response.metadata ?? {}).length > 0
}

function statusOf({ status }: Response): 'completed' | 'cancelled' | 'failed' | 'incomplete' {
  if (status === 'cancelled' || status === 'failed' || status === 'incomplete') return status
  return status == null || status === 'completed' ? 'completed' : 'failed'
}

function detailOf({ status_details: details }: Response): string {
  return details?.reason ?? details?.error?.code ?? details?.error?.type ?? ''
}

/** Every count is optional on the wire; cached counts are a subset of the input (fact sheet, section 12). */
export function usageOf(usage: WireUsage | null | undefined): Usage {
  if (usage == null) return NO_USAGE
  const input = usage.input_token_details
  const cached = input?.cached_tokens_details
  const output = usage.output_token_details
  const inputText = whole(input?.text_tokens)
  const inputAudio = whole(input?.audio_tokens)
  const inputImage = whole(input?.image_tokens)
  return {
    inputText,
    inputTextCached: Math.min(inputText, whole(cached?.text_tokens)),
    inputAudio,
    inputAudioCached: Math.min(inputAudio, whole(cached?.audio_tokens)),
    inputImage,
    inputImageCached: Math.min(inputImage, whole(cached?.image_tokens)),
    outputText: whole(output?.text_tokens),
    outputAudio: whole(output?.audio_tokens),
  }
}

function whole(tokens: number | null | undefined): number {
  return tokens == null || !(tokens > 0) ? 0 : Math.floor(tokens)
}

/** The last few ids of a kind. */
class RecentIds {
  readonly #ids = new Set<string>()

  has(id: string): boolean {
    return this.#ids.has(id)
  }

  add(id: string): void {
    this.#ids.delete(id)
    this.#ids.add(id)
    if (this.#ids.size > ENDED_KEPT) {
      for (const oldest of this.#ids) {
        this.#ids.delete(oldest)
        break
      }
    }
  }
}
