/** One response: its events in order and in time, whatever ends it (fact sheet, sections 8 and 10). */
import type { FaultPlan } from '../faults.ts'
import type { Voice } from '../speech.ts'
import { speakInPieces, type VoicePieces } from './agent-voice.ts'
import { type CallItem, type Conversation, type Item, ItemAudio, type MessageItem, wireItem } from './conversation.ts'
import type { Identifiers } from './identifiers.ts'
import { audioFormat, type WireFormat } from './shapes.ts'
import type { Timing } from './twin-options.ts'
import { agentAudioTokens, type ResponseUsage, textTokens } from './usage.ts'

export type ServerEvent = { readonly type: string } & Readonly<Record<string, unknown>>
export type ResponseStatus = 'in_progress' | 'completed' | 'cancelled' | 'failed' | 'incomplete'

export interface ResponsePlan {
  readonly say: string
  /** Arguments as the JSON text that the model writes. */
  readonly calls: readonly { readonly name: string; readonly arguments: string }[]
  readonly voice: Voice
  /** Null: outside the conversation. */
  readonly conversation: Conversation | null
  readonly modality: 'audio' | 'text'
  readonly format: WireFormat
  readonly voiceName: unknown
  readonly maxOutputTokens: number | 'inf'
  readonly metadata: unknown
}

export interface ResponseHost {
  readonly timing: Timing
  readonly faults: FaultPlan
  readonly ids: Identifiers
  send(event: ServerEvent): void
  rateLimits(): void
  usage(output: readonly Item[]): ResponseUsage
  ended(response: Response): void
}

export class Response {
  readonly id: string
  readonly plan: ResponsePlan
  readonly output: Item[] = []
  status: ResponseStatus = 'in_progress'
  statusDetails: Readonly<Record<string, unknown>> | null = null
  usage: ResponseUsage | null = null
  /** Audio sent, whether or not the client keeps it. */
  audioMs = 0
  readonly #host: ResponseHost
  readonly #startedAt = performance.now()
  #announced = false
  /** Ends what is being written, in order, when the response ends before it. */
  #open: ((status: 'completed' | 'incomplete') => void) | null = null
  #wake: (() => void) | null = null

  constructor(host: ResponseHost, plan: ResponsePlan) {
    this.#host = host
    this.plan = plan
    this.id = host.ids.next('resp')
  }

  start(): void {
    this.#run().catch((error: unknown) => {
      const message = error instanceof Error ? error.message : String(error)
      this.#end('failed', { type: 'failed', error: { type: 'server_error', code: 'server_error', message } })
    })
  }

  /** Ends it at once: `response.done` is sent before this returns. Does nothing once it has ended. */
  cancel(reason: 'turn_detected' | 'client_cancelled'): void {
    this.#end('cancelled', { type: 'cancelled', reason })
  }

  /** The session is gone: nothing more is sent. */
  abandon(): void {
    this.status = 'cancelled'
    this.#wake?.()
  }

  async #run(): Promise<void> {
    const { timing, faults } = this.#host
    const late = faults.strike('late', 'response.created')
    if (late) await this.#until(late.ms)
    // Stalled: accepted, and never heard of again, until the client cancels it.
    if (this.#over || faults.strike('stalled', 'response.created')) return
    this.#announce()
    const failed = faults.strike('failed', 'response.done')
    if (failed) {
      const { type, code, message } = failed
      this.#end('failed', { type: 'failed', error: { type, code, message } })
      return
    }
    const { say, modality, voice, format } = this.plan
    // The voice is made while the model is still thinking, so that the first audio is late by that time alone.
    const pieces = modality === 'audio' ? speakInPieces(say, voice, audioFormat(format), timing.pieceMs) : null
    await this.#until((late?.ms ?? 0) + timing.firstAudioMs)
    if (!this.#over && say !== '') await this.#say(pieces)
    for (const call of this.plan.calls) if (!this.#over) await this.#call(call.name, call.arguments)
    this.#end('completed', null)
  }

  get #over(): boolean {
    return this.status !== 'in_progress'
  }

  #announce(): void {
    if (this.#announced) return
    this.#announced = true
    this.#host.send({ type: 'response.created', response: this.wire() })
    this.#host.rateLimits()
  }

  #end(status: ResponseStatus, details: Readonly<Record<string, unknown>> | null): void {
    if (this.#over) return
    this.#announce()
    this.#close(status === 'completed' ? 'completed' : 'incomplete')
    this.status = status
    this.statusDetails = details
    this.usage = this.#host.usage(this.output)
    this.#host.send({ type: 'response.done', response: this.wire() })
    this.#host.ended(this)
    this.#wake?.()
  }

  async #say(pieces: VoicePieces | null): Promise<void> {
    const item: MessageItem = {
      type: 'message',
      id: this.#host.ids.next('item'),
      role: 'assistant',
      status: 'in_progress',
      parts: [],
      truncatedAtMs: null,
      words: null,
    }
    this.#begin(item, this.plan.conversation)
    const place = { response_id: this.id, item_id: item.id, output_index: this.output.length - 1, content_index: 0 }
    if (pieces) await this.#speak(item, place, pieces)
    else this.#write(item, place, this.plan.say)
    if (!this.#over) this.#close('completed')
  }

  #write(item: MessageItem, place: Readonly<Record<string, unknown>>, say: string): void {
    const part = { type: 'output_text' as const, text: '' }
    item.parts.push(part)
    this.#send('response.content_part.added', { ...place, part: { type: 'text', text: '' } })
    this.#open = (status) => {
      this.#send('response.output_text.done', { ...place, text: part.text })
      this.#send('response.content_part.done', { ...place, part: { type: 'text', text: part.text } })
      this.#finish(item, status)
    }
    for (const [word] of say.matchAll(/\s*\S+/g)) {
      if (this.#spent(textTokens(part.text + word))) return
      part.text += word
      this.#send('response.output_text.delta', { ...place, delta: word })
    }
  }

  async #speak(item: MessageItem, place: Readonly<Record<string, unknown>>, pieces: VoicePieces): Promise<void> {
    const part = {
      type: 'output_audio' as const,
      transcript: '' as string | null,
      audio: new ItemAudio(audioFormat(this.plan.format)),
    }
    let transcript = ''
    item.parts.push(part)
    this.#send('response.content_part.added', { ...place, part: { type: 'audio', transcript: '' } })
    this.#open = (status) => {
      this.#send('response.output_audio.done', place)
      this.#send('response.output_audio_transcript.done', { ...place, transcript })
      this.#send('response.content_part.done', { ...place, part: { type: 'audio', transcript } })
      this.#finish(item, status)
    }
    let beganMs: number | null = null
    for await (const { words, audio } of pieces) {
      beganMs ??= performance.now() - this.#startedAt
      await this.#until(beganMs + this.audioMs / this.#host.timing.speed)
      if (this.#over) return
      const piece = new ItemAudio(part.audio.format, audio)
      if (this.#spent(textTokens(transcript + words.join('')) + agentAudioTokens(this.audioMs + piece.ms))) return
      transcript += words.join('')
      this.audioMs += piece.ms
      if (item.truncatedAtMs === null) {
        part.transcript = transcript
        part.audio.append(audio)
      }
      for (const delta of words) this.#send('response.output_audio_transcript.delta', { ...place, delta })
      if (audio.length > 0) this.#send('response.output_audio.delta', { ...place, delta: audio.toString('base64') })
    }
  }

  async #call(name: string, written: string): Promise<void> {
    const { ids, faults, timing } = this.#host
    const item: CallItem = {
      type: 'function_call',
      id: ids.next('item'),
      status: 'in_progress',
      callId: ids.next('call'),
      name,
      arguments: '',
    }
    this.#begin(item, this.plan.conversation)
    const place = {
      response_id: this.id,
      item_id: item.id,
      output_index: this.output.length - 1,
      call_id: item.callId,
    }
    this.#open = (status) => {
      this.#send('response.function_call_arguments.done', { ...place, arguments: item.arguments, name })
      this.#finish(item, status)
    }
    const cut = faults.strike('arguments-cut', 'response.function_call_arguments.done')
    const text = cut ? written.slice(0, Math.ceil(written.length / 2)) : written
    const beganMs = performance.now() - this.#startedAt
    const deltas = text.match(/[\s\S]{1,12}/g) ?? []
    for (const [index, delta] of deltas.entries()) {
      await this.#until(beganMs + (timing.argumentsMs * (index + 1)) / deltas.length)
      if (this.#over) return
      item.arguments += delta
      this.#send('response.function_call_arguments.delta', { ...place, delta })
    }
    if (cut) this.#end('incomplete', { type: 'incomplete', reason: 'max_output_tokens' })
    else this.#close('completed')
  }

  #begin(item: Item, conversation: Conversation | null): void {
    this.output.push(item)
    this.#send('response.output_item.added', {
      response_id: this.id,
      output_index: this.output.length - 1,
      item: wireItem(item),
    })
    if (conversation) {
      const previous_item_id = conversation.add(item)
      this.#send('conversation.item.added', { item: wireItem(item), previous_item_id })
    }
  }

  #finish(item: MessageItem | CallItem, status: 'completed' | 'incomplete'): void {
    item.status = status
    this.#send('response.output_item.done', {
      response_id: this.id,
      output_index: this.output.indexOf(item),
      item: wireItem(item),
    })
    const { conversation } = this.plan
    if (!conversation?.find(item.id)) return
    const index = conversation.items.indexOf(item)
    const previous_item_id = conversation.items[index - 1]?.id ?? null
    this.#send('conversation.item.done', { item: wireItem(item), previous_item_id })
  }

  #close(status: 'completed' | 'incomplete'): void {
    const close = this.#open
    this.#open = null
    close?.(status)
  }

  /** @returns true, and the response is over, when the next piece would exceed its limit */
  #spent(tokens: number): boolean {
    if (this.plan.maxOutputTokens === 'inf' || tokens <= this.plan.maxOutputTokens) return false
    this.#end('incomplete', { type: 'incomplete', reason: 'max_output_tokens' })
    return true
  }

  #send(type: string, fields: Readonly<Record<string, unknown>>): void {
    this.#host.send({ type, ...fields })
  }

  /** Waits until so long after the response was asked for, or until it is over. */
  #until(dueMs: number): Promise<void> {
    const waitMs = dueMs - (performance.now() - this.#startedAt)
    if (this.#over || waitMs <= 0) return Promise.resolve()
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#wake?.(), waitMs)
      this.#wake = () => {
        clearTimeout(timer)
        this.#wake = null
        resolve()
      }
    })
  }

  /** The response as the wire shows it; its items come without audio. */
  wire(): Record<string, unknown> {
    const { conversation, modality, format, voiceName, maxOutputTokens, metadata } = this.plan
    return {
      object: 'realtime.response',
      id: this.id,
      status: this.status,
      status_details: this.statusDetails,
      output: this.output.map((item) => wireItem(item)),
      conversation_id: conversation?.id ?? null,
      output_modalities: [modality],
      max_output_tokens: maxOutputTokens,
      audio: { output: { format, voice: voiceName } },
      usage: this.usage,
      metadata,
    }
  }
}
