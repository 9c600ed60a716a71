/**
 * One realtime session on one socket. Opening it is opening.ts; what its events mean is conversation.ts; this file holds
 * the socket while the session runs. After `close()` by us the sink is told nothing more at all, `closed` included.
 */
import type { RawData, WebSocket } from 'ws'
import { NO_USAGE } from '../../call/usage.ts'
import type { ResponseRequest, Session, SessionEvent, SessionSettings, SessionSink } from '../provider.ts'
import { type AudioDelta, type KnownIds, readAudioDelta } from './audio-delta.ts'
import * as say from './client-events.ts'
import { Conversation } from './conversation.ts'
import { brokenEnding, closeEnding, describe, type Ending, sortError } from './errors.ts'
import type { Heartbeat, Pulse } from './heartbeat.ts'
import { Inbox } from './inbox.ts'
import { drop, type Line, type Tuning } from './line.ts'
import { Opening } from './opening.ts'
import type { ServerError, ServerEvent } from './protocol.ts'

/** A quarter of a minute in PCM, more than one in G.711: the network takes nothing any more. */
const BACKLOG_BYTES = 1024 * 1024
const PINGS_UNANSWERED = 2

const TEXT = { binary: false }
/**
 * Every append is put together here. ws masks a buffer into memory of its own before `send` returns, which costs less
 * than turning a joined string into bytes: measured 7 to 15 per cent of a send.
 */
const APPEND = Buffer.alloc(64 * 1024)
const APPEND_AT = APPEND.write(say.APPEND_HEAD, 0, 'latin1')

export class OpenAiSession implements Session, Pulse {
  readonly #settings: SessionSettings
  readonly #sink: SessionSink
  readonly #heartbeat: Heartbeat
  readonly #inbox = new Inbox()
  #opening: Opening | null
  /** Held from `ready` until the session is over. */
  #socket: WebSocket | null = null
  #conversation = new Conversation(true)
  #closed = false
  #sent = 0
  #unansweredPings = 0
  #backlogTold = false
  #lastIds: KnownIds | null = null

  constructor(line: Line, settings: SessionSettings, sink: SessionSink, heartbeat: Heartbeat, tuning: Tuning) {
    this.#settings = settings
    this.#sink = sink
    this.#heartbeat = heartbeat
    this.#opening = new Opening(line, settings, tuning, this.#inbox, {
      opened: (socket, transcribed, lifetimeMs) => this.#opened(socket, transcribed, lifetimeMs),
      failed: (ending) => this.#end(ending),
      event: (event) => this.#tell(event),
    })
  }

  /** Events this dialect does not have, ignored so far. */
  get unknownEvents(): number {
    return this.#inbox.unknownEvents
  }

  get backlogBytes(): number {
    return this.#socket?.bufferedAmount ?? 0
  }

  sendAudio(audio: Uint8Array, base64: string | null): void {
    if (this.#socket === null) return
    const payload = base64 ?? Buffer.from(audio.buffer, audio.byteOffset, audio.byteLength).toString('base64')
    if (payload.length > APPEND.length - APPEND_AT - say.APPEND_TAIL.length) {
      this.#socket.send(say.APPEND_HEAD + payload + say.APPEND_TAIL)
    } else {
      const tailAt = APPEND_AT + APPEND.write(payload, APPEND_AT, 'latin1')
      const end = tailAt + APPEND.write(say.APPEND_TAIL, tailAt, 'latin1')
      this.#socket.send(APPEND.subarray(0, end), TEXT)
    }
    if (!this.#backlogTold && this.#socket.bufferedAmount > BACKLOG_BYTES) this.#tellBacklog()
  }

  createResponse(request: ResponseRequest): void {
    this.#send(say.responseCreate(this.#next(), request))
  }

  cancelResponse(responseId: string): void {
    if (!this.#conversation.hasEnded(responseId)) this.#send(say.responseCancel(this.#next(), responseId))
  }

  truncateItem(itemId: string, audioEndMs: number): void {
    this.#send(say.itemTruncate(this.#next(), itemId, audioEndMs))
  }

  sendToolResult(toolCallId: string, output: string): void {
    this.#conversation.resultSent(toolCallId)
    this.#send(say.toolResult(toolCallId, output))
  }

  instruct(instructions: string): void {
    this.#send(say.instruct(this.#next(), instructions))
  }

  tell(text: string): void {
    this.#send(say.tellItem(this.#next(), text))
  }

  close(): void {
    this.#closed = true
    this.#release()
  }

  /** Called by the heartbeat. Anything the server sends is a sign of life. */
  beat(): void {
    if (this.#unansweredPings >= PINGS_UNANSWERED) {
      // Nobody is there to say goodbye to.
      this.#socket?.terminate()
      const detail = `no sign of life after ${PINGS_UNANSWERED} pings`
      return this.#end({ code: 'PROVIDER_CLOSED', detail, retry: true })
    }
    this.#unansweredPings += 1
    this.#socket?.ping()
  }

  #opened(socket: WebSocket, transcribed: boolean, lifetimeMs: number | null): void {
    this.#opening = null
    this.#socket = socket
    this.#conversation = new Conversation(transcribed)
    socket.on('message', (data) => this.#read(data))
    socket.on('pong', () => {
      this.#unansweredPings = 0
    })
    socket.on('error', (error) => this.#end(brokenEnding(error)))
    socket.on('close', (code, reason) => this.#end(closeEnding(code, reason.toString(), true)))
    this.#heartbeat.watch(this)
    for (const seed of this.#settings.seed) this.#send(say.seedItem(this.#next(), seed))
    this.#tell({ type: 'ready', lifetimeMs })
  }

  #read(data: RawData): void {
    this.#unansweredPings = 0
    const text = data.toString()
    const audio = readAudioDelta(text, this.#lastIds)
    if (audio !== null) return this.#audio(audio)
    const event = this.#inbox.read(text)
    if (event === 'unreadable') this.#bad({ benign: true, detail: 'a message could not be read' })
    else if (event !== null) this.#take(event)
  }

  #take(event: ServerEvent): void {
    if (event.type === 'response.output_audio.delta') {
      return this.#audio({ responseId: event.response_id, itemId: event.item_id, delta: event.delta })
    }
    if (event.type === 'error') return this.#error(event.error)
    for (const told of this.#conversation.take(event)) this.#tell(told)
  }

  #audio({ responseId, itemId, delta }: AudioDelta): void {
    this.#inbox.countGood()
    if (this.#lastIds?.itemId !== itemId || this.#lastIds.responseId !== responseId) {
      this.#lastIds = { responseId, itemId }
    }
    if (this.#closed || !this.#conversation.isHeard(responseId)) return
    try {
      this.#sink.audio(responseId, itemId, delta)
    } catch (error) {
      this.#bug(error)
    }
  }

  #error(error: ServerError): void {
    const verdict = sortError(error)
    const detail = describe(error)
    switch (verdict.type) {
      case 'over':
        return this.#end(verdict.ending)
      case 'benign':
        return this.#tell({ type: 'trouble', benign: true, code: 'PROVIDER_ERROR', detail })
      case 'busy':
        return this.#tell({ type: 'response-refused', detail })
      case 'trouble':
        return this.#bad({ benign: false, detail })
      case 'no-response':
        this.#bad({ benign: false, detail })
        return this.#notMade(error.event_id ?? '', detail)
    }
  }

  /**
   * The response asked for will never be made, and no event of its own will say so. Beside another one it is refused;
   * alone it is told as one that failed at once, so that nobody waits for it.
   */
  #notMade(responseId: string, detail: string): void {
    if (this.#conversation.responseActive) return this.#tell({ type: 'response-refused', detail })
    this.#tell({ type: 'response-started', responseId })
    this.#tell({ type: 'response-ended', responseId, status: 'failed', detail, usage: NO_USAGE })
  }

  #bad({ benign, detail }: { benign: boolean; detail: string }): void {
    if (this.#inbox.countBad())
      return this.#end({ code: 'PROVIDER_ERROR', detail: `again and again: ${detail}`, retry: true })
    this.#tell({ type: 'trouble', benign, code: 'PROVIDER_ERROR', detail })
  }

  #tellBacklog(): void {
    this.#backlogTold = true
    const detail = `${this.backlogBytes} bytes of caller audio wait for the network`
    this.#tell({ type: 'trouble', benign: false, code: 'PROVIDER_ERROR', detail })
  }

  #send(event: object): void {
    this.#socket?.send(JSON.stringify(event))
  }

  #next(): number {
    this.#sent += 1
    return this.#sent
  }

  #tell(event: SessionEvent): void {
    if (this.#closed) return
    try {
      this.#sink.event(event)
    } catch (error) {
      this.#bug(error)
    }
  }

  /** A bug of ours ends this session, and no other. */
  #bug(error: unknown): void {
    const detail = error instanceof Error ? `${error.name}: ${error.message}` : 'something was thrown'
    this.#end({ code: 'INTERNAL', detail, retry: false })
  }

  #end(ending: Ending): void {
    if (this.#closed) return
    this.close()
    this.#sink.event({ type: 'closed', ...ending })
  }

  #release(): void {
    this.#opening?.cancel()
    this.#opening = null
    this.#heartbeat.unwatch(this)
    if (this.#socket !== null) drop(this.#socket)
    this.#socket = null
  }
}
