/** The caller's side of a session: turns found or committed, their transcripts, and silence that lasts too long (fact sheet, sections 6 and 10). */
import { type Item, ItemAudio, type MessageItem } from './conversation.ts'
import { InputAudio } from './input-audio.ts'
import type { ServerEvent } from './responses.ts'
import { chooseScript } from './script.ts'
import type { Settings } from './session-settings.ts'
import { audioFormat } from './shapes.ts'
import { Transcripts } from './transcripts.ts'
import type { TwinParts } from './twin-options.ts'

/** What turns need of their session. */
interface TurnHost {
  /** By which the client tells its callers apart, if it does. */
  readonly caller: string | undefined
  settings(): Settings
  /** A response to the conversation is active. */
  busy(): boolean
  /** Cancels it: the caller speaks. */
  interrupt(): void
  send(event: ServerEvent): void
  add(item: Item): void
  lastItemId(): string | null
  respond(trigger: 'turn' | 'idle'): void
}

export class CallerTurns {
  readonly input: InputAudio
  readonly #parts: TwinParts
  readonly #host: TurnHost
  readonly #transcripts: Transcripts
  /** Of the turn under way; it is told before the turn is committed. */
  #itemId: string | null = null
  readonly #words: string[] = []
  #scripted = 0
  /** When, in appended audio, the caller has been silent for too long; from when that silence counts. */
  #idle: { readonly fromMs: number; readonly dueMs: number } | null = null

  constructor(parts: TwinParts, host: TurnHost) {
    this.#parts = parts
    this.#host = host
    this.#transcripts = new Transcripts(parts, (event) => host.send(event))
    const { format, turn_detection } = host.settings().audio.input
    this.input = new InputAudio(audioFormat(format), turn_detection, {
      speechStarted: (startMs) => this.#speechStarted(startMs),
      speechStopped: (endMs) => this.#speechStopped(endMs),
      heard: (nowMs) => this.#heard(nowMs),
    })
  }

  /** The session's settings have changed. */
  configure(): void {
    const { format, turn_detection } = this.#host.settings().audio.input
    this.input.configure(audioFormat(format), turn_detection)
  }

  hears(words: string): void {
    this.#words.push(words)
  }

  /** The client ends the turn. @throws ProtocolError when there is next to no audio */
  commit(): void {
    const bytes = this.input.commit()
    this.#commit(bytes, this.#itemId ?? this.#parts.ids.next('item'))
  }

  /** A response to the conversation begins. */
  responding(): void {
    this.#idle = null
    this.#transcripts.responding()
  }

  /** It is done. @param audioMs how much it said */
  responded(audioMs: number): void {
    this.#transcripts.responded()
    const detection = this.#host.settings().audio.input.turn_detection
    if (detection?.type !== 'server_vad' || detection.idle_timeout_ms === null) return
    // The API counts from the response's end plus its playing time. Time here is appended audio, as for all turns.
    const fromMs = this.input.appendedMs + audioMs
    this.#idle = { fromMs, dueMs: fromMs + detection.idle_timeout_ms }
  }

  close(): void {
    this.#transcripts.close()
    this.input.close()
  }

  #speechStarted(startMs: number): void {
    this.#idle = null
    this.#itemId = this.#parts.ids.next('item')
    this.#host.send({
      type: 'input_audio_buffer.speech_started',
      audio_start_ms: Math.round(startMs),
      item_id: this.#itemId,
    })
    if (this.#host.settings().audio.input.turn_detection?.interrupt_response) this.#host.interrupt()
  }

  #speechStopped(endMs: number): void {
    const itemId = this.#itemId ?? this.#parts.ids.next('item')
    this.#host.send({
      type: 'input_audio_buffer.speech_stopped',
      audio_end_ms: Math.round(endMs),
      item_id: itemId,
    })
    this.#commit(this.input.commitTurn(endMs), itemId)
    if (this.#host.settings().audio.input.turn_detection?.create_response) this.#host.respond('turn')
  }

  #heard(nowMs: number): void {
    if (this.#idle === null || nowMs < this.#idle.dueMs || this.input.speaking || this.#host.busy()) return
    const { fromMs } = this.#idle
    this.#idle = null
    const itemId = this.#parts.ids.next('item')
    this.#host.send({
      type: 'input_audio_buffer.timeout_triggered',
      audio_start_ms: Math.round(fromMs),
      audio_end_ms: Math.round(nowMs),
      item_id: itemId,
    })
    this.#commit(this.input.commitSilence(fromMs, nowMs), itemId, '')
    this.#host.respond('idle')
  }

  /** @param words what the turn says, where that is known; else whoever plays the caller has told, or the script does */
  #commit(bytes: Buffer, itemId: string, words = this.#nextWords()): void {
    this.#itemId = null
    const audio = new ItemAudio(this.input.format, bytes)
    const item: MessageItem = {
      type: 'message',
      id: itemId,
      role: 'user',
      status: 'completed',
      parts: [{ type: 'input_audio', transcript: null, audio }],
      truncatedAtMs: null,
      words,
    }
    this.#host.send({
      type: 'input_audio_buffer.committed',
      item_id: itemId,
      previous_item_id: this.#host.lastItemId(),
    })
    this.#host.add(item)
    const { transcription } = this.#host.settings().audio.input
    if (transcription) this.#transcripts.take(item, transcription.model)
  }

  #nextWords(): string {
    const told = this.#words.shift() ?? this.#parts.nextWords(this.#host.caller)
    if (told !== undefined) return told
    const { callerTurns } = chooseScript(this.#parts.scripts, this.#host.settings().instructions)
    return callerTurns[this.#scripted++] ?? ''
  }
}
