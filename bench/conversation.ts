/**
 * What the model does in a call under load, over and over, eight seconds a round:
 *
 * 0.0 s  the caller speaks over what is left of B: `speech_started`, then the rest of B as late deltas, then its `response.done`
 * 0.8 s  the caller's turn ends and is transcribed
 * 0.9 s  answer A: four seconds of audio in real time, a delta every 20 ms; then a function call
 * 5.1 s  answer B, to the result of the function: five seconds of audio within one, in deltas of 200 ms, as models do,
 *        so that an interruption finds audio queued at the carrier
 */
import type { BenchCall } from './bench-call.ts'
import { audioDeltaText, eventText, newId } from './model-events.ts'
import type { Listener, ModelSession } from './model-session.ts'
import { SLOTS, type Ticked, type Ticker } from './ticker.ts'

/** In ticks of 20 ms. */
const ROUND = 400
const SPEECH_ENDS = 40
const ANSWER_A = 45
const TOOL = 245
const ANSWER_B = 255
/** Deltas of B. */
const FAST_DELTAS = 25
/** The last tick that brings a late one. */
const LATE_UNTIL = 3
const DELTA_FRAMES = 10
const TRANSCRIPT_EVERY = 10

const USAGE = {
  total_tokens: 320,
  input_tokens: 240,
  output_tokens: 80,
  input_token_details: { text_tokens: 120, audio_tokens: 120, cached_tokens: 0 },
  output_token_details: { text_tokens: 20, audio_tokens: 60 },
}

interface Answer {
  readonly kind: 'A' | 'B'
  readonly responseId: string
  readonly itemId: string
  sentMs: number
  deltas: number
}

export class Conversation implements Ticked, Listener {
  readonly #call: BenchCall
  readonly #session: ModelSession
  readonly #ticker: Ticker
  readonly #slot: number
  #at: number
  #answer: Answer | null = null
  /** What was last spoken, and what was last spoken over: the one that may be truncated. */
  #last: Answer | null = null
  #interrupted: Answer | null = null
  readonly #said = new Set<string>()
  #callerItem = newId('item')
  #toolCallId: string | null = null
  #toolAtMs = 0
  #answered = true
  #asked = true

  /** @param startAt tick of the round at which the call begins, so that calls are spread evenly over it */
  constructor(call: BenchCall, session: ModelSession, ticker: Ticker, startAt: number) {
    this.#call = call
    this.#session = session
    this.#ticker = ticker
    this.#slot = call.index + SLOTS / 2
    this.#at = startAt % ROUND
    session.listener = this
    if (this.#at > ANSWER_A && this.#at < TOOL) this.#begin('A')
    else if (this.#at > ANSWER_B) this.#begin('B')
    ticker.add(this.#slot, this)
  }

  stop(): void {
    this.#ticker.remove(this.#slot, this)
  }

  tick(): void {
    switch (this.#at) {
      case 0:
        this.#callerSpeaks()
        break
      case SPEECH_ENDS:
        this.#callerStops()
        break
      case ANSWER_A:
        this.#begin('A')
        break
      case TOOL:
        this.#askTool()
        break
      case ANSWER_B:
        // A model answers the result of a function when it is asked to; the bare bridge never asks.
        if (this.#asked || !this.#call.expected.converses) this.#begin('B')
    }
    this.#speak()
    this.#at = (this.#at + 1) % ROUND
  }

  truncated(itemId: string, audioEndMs: number): void {
    const item = this.#interrupted
    if (item === null || item.itemId !== itemId) {
      const which = this.#said.has(itemId) ? 'an item that was heard before' : 'an item that never was'
      return this.#session.refuse('item_truncate_invalid_item_id', `truncate of ${which}`)
    }
    if (!Number.isInteger(audioEndMs) || audioEndMs < 0 || audioEndMs > item.sentMs) {
      return this.#session.refuse('invalid_value', 'truncate past the end')
    }
    this.#call.truncated(audioEndMs)
    this.#say('conversation.item.truncated', { item_id: itemId, content_index: 0, audio_end_ms: audioEndMs })
  }

  toolAnswered(toolCallId: string, nowMs: number): void {
    if (toolCallId !== this.#toolCallId || this.#answered)
      return this.#session.refuse('invalid_value', 'a function call answered twice, or never made')
    this.#answered = true
    this.#call.measures.tool.add(nowMs - this.#toolAtMs)
  }

  responseAsked(): void {
    if (this.#answer !== null) {
      return this.#session.refuse('conversation_already_has_active_response', 'a response asked for while one is made')
    }
    if (this.#asked) return this.#call.measures.trouble('a response asked for without a reason')
    this.#asked = true
    if (this.#at > ANSWER_B) this.#begin('B')
  }

  #say(type: string, fields: object): void {
    this.#session.send(eventText(type, fields))
  }

  #callerSpeaks(): void {
    if (this.#call.expected.converses) {
      if (!this.#answered) this.#call.measures.trouble('a function call not answered in time')
      if (!this.#asked) this.#call.measures.trouble('no response asked for after a function call')
    }
    this.#answered = true
    this.#asked = true
    this.#callerItem = newId('item')
    const nowMs = performance.now()
    if (this.#answer !== null) {
      this.#interrupted = this.#answer
      this.#call.interrupt(nowMs, this.#answer.sentMs > 0)
    }
    this.#say('input_audio_buffer.speech_started', { item_id: this.#callerItem, audio_start_ms: this.#session.heardMs })
  }

  #callerStops(): void {
    const item_id = this.#callerItem
    this.#say('input_audio_buffer.speech_stopped', { item_id, audio_end_ms: this.#session.heardMs })
    this.#say('input_audio_buffer.committed', { item_id, previous_item_id: this.#last?.itemId ?? null })
    const content = [{ type: 'input_audio', transcript: null }]
    const item = { id: item_id, object: 'realtime.item', type: 'message', status: 'completed', role: 'user', content }
    this.#say('conversation.item.added', { previous_item_id: this.#last?.itemId ?? null, item })
    this.#say('conversation.item.done', { previous_item_id: this.#last?.itemId ?? null, item })
    const usage = { type: 'duration', seconds: 1 }
    const transcript = 'Where is my order?'
    this.#say('conversation.item.input_audio_transcription.completed', { item_id, content_index: 0, transcript, usage })
  }

  #begin(kind: Answer['kind']): void {
    const answer = { kind, responseId: newId('resp'), itemId: newId('item'), sentMs: 0, deltas: 0 }
    this.#answer = answer
    this.#last = answer
    this.#said.add(answer.itemId)
    this.#call.beginItem()
    const { responseId: response_id, itemId: item_id } = answer
    this.#say('response.created', { response: response(response_id, 'in_progress', []) })
    const limits = [{ name: 'tokens', limit: 4_000_000, remaining: 3_999_000, reset_seconds: 0.02 }]
    this.#say('rate_limits.updated', { rate_limits: limits })
    const item = message(item_id, 'in_progress', [])
    this.#say('response.output_item.added', { response_id, output_index: 0, item })
    this.#say('conversation.item.added', { previous_item_id: this.#callerItem, item })
    const part = { type: 'audio', transcript: '' }
    this.#say('response.content_part.added', { response_id, item_id, output_index: 0, content_index: 0, part })
  }

  /** Whatever audio is due in this tick. */
  #speak(): void {
    const answer = this.#answer
    if (answer === null) return
    if (answer.kind === 'A') {
      this.#delta(answer, 1)
      if (answer.deltas % TRANSCRIPT_EVERY === 0) this.#words(answer)
      return
    }
    const interrupted = this.#at <= LATE_UNTIL
    if (interrupted || (answer.deltas < FAST_DELTAS && this.#at % 2 === 0)) {
      this.#delta(answer, DELTA_FRAMES)
      this.#words(answer)
    }
    if (this.#at === LATE_UNTIL) this.#end(answer, 'cancelled', [])
  }

  #delta(answer: Answer, frames: number): void {
    const { index, modelAudio, down } = this.#call
    const audio = modelAudio.encode(index, down.sent, frames)
    answer.deltas++
    answer.sentMs += frames * 20
    // Latency is that of audio in real time; what comes in bursts waits for itself.
    down.send(frames, performance.now(), answer.kind === 'A')
    this.#session.send(audioDeltaText(answer.responseId, answer.itemId, audio))
  }

  #words(answer: Answer): void {
    const { responseId: response_id, itemId: item_id } = answer
    const where = { response_id, item_id, output_index: 0, content_index: 0 }
    this.#say('response.output_audio_transcript.delta', { ...where, delta: ' and some words' })
  }

  /** The end of A: its item is whole, and a function is called. */
  #askTool(): void {
    const answer = this.#answer
    if (answer === null) return
    const { responseId: response_id, itemId: item_id } = answer
    const where = { response_id, item_id, output_index: 0, content_index: 0 }
    this.#say('response.output_audio.done', where)
    this.#say('response.output_audio_transcript.done', { ...where, transcript: ' and some words'.repeat(20) })
    const spoken = message(item_id, 'completed', [{ type: 'output_audio', transcript: ' and some words'.repeat(20) }])
    this.#say('response.output_item.done', { response_id, output_index: 0, item: spoken })
    this.#say('conversation.item.done', { previous_item_id: this.#callerItem, item: spoken })

    const call_id = newId('call')
    const tool = { id: newId('item'), object: 'realtime.item', type: 'function_call', name: 'noop', call_id }
    const begun = { ...tool, status: 'in_progress', arguments: '' }
    const whole = { ...tool, status: 'completed', arguments: '{"order":"BX-1042"}' }
    this.#say('response.output_item.added', { response_id, output_index: 1, item: begun })
    this.#say('conversation.item.added', { previous_item_id: item_id, item: begun })
    const args = { response_id, item_id: tool.id, output_index: 1, call_id }
    this.#say('response.function_call_arguments.delta', { ...args, delta: whole.arguments })
    this.#say('response.function_call_arguments.done', { ...args, name: 'noop', arguments: whole.arguments })
    this.#toolCallId = call_id
    this.#answered = false
    this.#asked = false
    this.#toolAtMs = performance.now()
    this.#say('response.output_item.done', { response_id, output_index: 1, item: whole })
    this.#end(answer, 'completed', [spoken, whole])
  }

  #end(answer: Answer, status: 'completed' | 'cancelled', output: object[]): void {
    this.#answer = null
    this.#say('response.done', { response: response(answer.responseId, status, output) })
  }
}

function message(id: string, status: string, content: object[]): object {
  return { id, object: 'realtime.item', type: 'message', status, role: 'assistant', content }
}

function response(id: string, status: string, output: object[]): object {
  const reason = status === 'cancelled' ? { type: 'cancelled', reason: 'turn_detected' } : null
  const usage = status === 'in_progress' ? null : USAGE
  const fixed = { object: 'realtime.response', output_modalities: ['audio'], max_output_tokens: 'inf', metadata: null }
  return { id, status, status_details: reason, output, usage, conversation_id: 'conv_bench', ...fixed }
}
