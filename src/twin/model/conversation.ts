/** The conversation as the model keeps it: items in order, their audio, what was cut off (fact sheet, sections 9 and 11). */
import { type AudioFormat, bytesPerMs, bytesToMs } from '../../audio/format.ts'
import type { NewItem } from './client-events.ts'
import { ProtocolError } from './protocol-error.ts'

/** A client retrieves audio it has just heard of; older audio would fill the memory of a long call. */
const ITEMS_WITH_AUDIO = 20

type ItemStatus = 'in_progress' | 'completed' | 'incomplete'

/** Audio of one content part. Its length in ms follows from its bytes. */
export class ItemAudio {
  readonly format: AudioFormat
  #chunks: Buffer[] = []
  #bytes = 0

  constructor(format: AudioFormat, bytes?: Buffer) {
    this.format = format
    if (bytes) this.append(bytes)
  }

  get ms(): number {
    return bytesToMs(this.format, this.#bytes)
  }

  append(bytes: Buffer): void {
    this.#chunks.push(bytes)
    this.#bytes += bytes.length
  }

  cutAt(ms: number): void {
    this.#bytes = bytesPerMs(this.format) * ms
    this.#chunks = [this.bytes().subarray(0, this.#bytes)]
  }

  /** Lets the samples go; how long they were stays known. */
  forget(): void {
    this.#chunks = []
  }

  /** Empty once forgotten. */
  bytes(): Buffer {
    return Buffer.concat(this.#chunks)
  }
}

type Part =
  | { readonly type: 'input_text' | 'output_text'; text: string }
  | { readonly type: 'input_audio' | 'output_audio'; transcript: string | null; readonly audio: ItemAudio }
  | { readonly type: 'input_image'; readonly image_url: string; readonly detail: string }

export interface MessageItem {
  readonly type: 'message'
  readonly id: string
  readonly role: 'system' | 'user' | 'assistant'
  status: ItemStatus
  readonly parts: Part[]
  /** Where the client cut an assistant's audio off; null when it has not. */
  truncatedAtMs: number | null
  /** What a caller turn says, by the side channel; null when nobody told. The wire shows it only once transcribed. */
  readonly words: string | null
}
export interface CallItem {
  readonly type: 'function_call'
  readonly id: string
  status: ItemStatus
  readonly callId: string
  readonly name: string
  arguments: string
}
export interface OutputItem {
  readonly type: 'function_call_output'
  readonly id: string
  status: ItemStatus
  readonly callId: string
  readonly output: string
}
export type Item = MessageItem | CallItem | OutputItem

/** An item as the wire shows it. Audio is left out of every event but `conversation.item.retrieved`. */
export function wireItem(item: Item, withAudio = false): Record<string, unknown> {
  const { id, type, status } = item
  const head = { id, type, object: 'realtime.item', status }
  switch (item.type) {
    case 'message':
      return { ...head, role: item.role, content: item.parts.map((part) => wirePart(part, withAudio)) }
    case 'function_call':
      return { ...head, call_id: item.callId, name: item.name, arguments: item.arguments }
    case 'function_call_output':
      return { ...head, call_id: item.callId, output: item.output }
  }
}

function wirePart(part: Part, withAudio: boolean): Record<string, unknown> {
  if (!('audio' in part)) return { ...part }
  // The official client insists on the caller's transcript being there, if only as null; an assistant's may be absent.
  const transcript = part.type === 'output_audio' && part.transcript === null ? {} : { transcript: part.transcript }
  return { type: part.type, ...transcript, ...(withAudio ? { audio: part.audio.bytes().toString('base64') } : {}) }
}

/** Makes an item of what a client wrote. @param inputFormat how the audio of a caller's part is encoded */
export function itemOf(written: NewItem, id: string, callId: string, inputFormat: AudioFormat): Item {
  switch (written.type) {
    case 'function_call':
      return {
        type: 'function_call',
        id,
        status: 'completed',
        callId: written.call_id ?? callId,
        name: written.name,
        arguments: written.arguments,
      }
    case 'function_call_output':
      return {
        type: 'function_call_output',
        id,
        status: 'completed',
        callId: written.call_id,
        output: written.output,
      }
    case 'message': {
      const parts = written.content.map((part): Part => {
        if (part.type === 'input_audio') {
          const audio = new ItemAudio(inputFormat, Buffer.from(part.audio, 'base64'))
          return { type: 'input_audio', transcript: part.transcript ?? null, audio }
        }
        if (part.type === 'input_image') return { ...part, detail: part.detail ?? 'auto' }
        return { ...part }
      })
      const words = parts.map((part) => ('text' in part ? part.text : 'transcript' in part ? part.transcript : null))
      return {
        type: 'message',
        id,
        role: written.role,
        status: 'completed',
        parts,
        truncatedAtMs: null,
        words: words.filter((text) => text).join(' ') || null,
      }
    }
  }
}

export class Conversation {
  readonly id: string
  #items: Item[] = []

  constructor(id: string) {
    this.id = id
  }

  get items(): readonly Item[] {
    return this.#items
  }

  lastId(): string | null {
    return this.#items.at(-1)?.id ?? null
  }

  find(id: string): Item | undefined {
    return this.#items.find((item) => item.id === id)
  }

  /**
   * @param after the item it follows; `root`: the very beginning; absent: the end
   * @returns the id of the item before it; null at the beginning
   * @throws ProtocolError when `after` is unknown, the id is taken, or an output answers no call or one answered already
   */
  add(item: Item, after?: string): string | null {
    if (this.find(item.id)) {
      throw new ProtocolError('invalid_value', `An item with id '${item.id}' already exists.`, 'item.id')
    }
    if (item.type === 'function_call_output') this.#refuseAnswer(item)
    const index = after === undefined ? this.#items.length : after === 'root' ? 0 : this.#indexAfter(after)
    this.#items.splice(index, 0, item)
    forgetAudio(this.#items.at(-1 - ITEMS_WITH_AUDIO))
    return this.#items[index - 1]?.id ?? null
  }

  #indexAfter(id: string): number {
    const index = this.#items.findIndex((item) => item.id === id)
    if (index >= 0) return index + 1
    throw new ProtocolError(
      'invalid_value',
      `Error inserting item: the previous item with id '${id}' does not exist.`,
      'previous_item_id',
    )
  }

  #refuseAnswer({ callId }: OutputItem): void {
    if (!this.#items.some((item) => item.type === 'function_call' && item.callId === callId)) {
      throw new ProtocolError(
        'invalid_tool_call_id',
        `Tool call ID '${callId}' not found in conversation.`,
        'item.call_id',
      )
    }
    if (this.#items.some((item) => item.type === 'function_call_output' && item.callId === callId)) {
      throw new ProtocolError('invalid_tool_call_id', `Tool call ID '${callId}' already has an output.`, 'item.call_id')
    }
  }

  /** @param doing for the message and the code: `deleting`, `retrieving`, `truncating` @throws ProtocolError when there is none */
  get(id: string, doing: 'delete' | 'retrieve' | 'truncate'): Item {
    const item = this.find(id)
    if (item) return item
    throw new ProtocolError(
      `item_${doing}_invalid_item_id`,
      `Error ${doing.slice(0, -1)}ing item: the item with id '${id}' does not exist.`,
      'item_id',
    )
  }

  /** Nobody will ask for audio any more. */
  close(): void {
    this.#items.forEach(forgetAudio)
  }

  delete(id: string): void {
    const item = this.get(id, 'delete')
    this.#items = this.#items.filter((each) => each !== item)
  }

  /**
   * Cuts an assistant's audio off and forgets what it says, since the text of what was not heard must not stay.
   * @throws ProtocolError when there is no such audio, or it is shorter than that already
   */
  truncate(id: string, contentIndex: number, audioEndMs: number): void {
    const item = this.get(id, 'truncate')
    const part = item.type === 'message' && item.role === 'assistant' ? item.parts[contentIndex] : undefined
    if (item.type !== 'message' || part?.type !== 'output_audio' || part.audio.ms === 0) {
      throw new ProtocolError(
        'unsupported_content_type',
        'Only model output audio messages can be truncated.',
        contentIndex === 0 ? 'item_id' : 'content_index',
      )
    }
    if (audioEndMs > part.audio.ms) {
      throw new ProtocolError(
        'invalid_value',
        `Audio content of ${Math.floor(part.audio.ms)}ms is already shorter than ${audioEndMs}ms`,
        'audio_end_ms',
      )
    }
    part.audio.cutAt(audioEndMs)
    part.transcript = null
    item.truncatedAtMs = audioEndMs
  }
}

function forgetAudio(item: Item | undefined): void {
  if (item?.type === 'message') for (const part of item.parts) if ('audio' in part) part.audio.forget()
}
