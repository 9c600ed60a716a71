/** From dialling to a session that runs with the settings asked for: handshakes, `session.update`, and the echo. */
import type { RawData, WebSocket } from 'ws'
import type { SessionEvent, SessionSettings } from '../provider.ts'
import { sessionUpdate } from './client-events.ts'
import { closeEnding, describe, type Ending, isAboutTranscription, refusalOf } from './errors.ts'
import type { Inbox } from './inbox.ts'
import { dial, drop, type Line, type Tuning } from './line.ts'
import type { EchoedSession, ServerError, ServerEvent } from './protocol.ts'
import { echoFaults, sessionObject } from './session-object.ts'

export interface OpeningSink {
  /** The session runs; its socket changes hands, without listeners. `transcribed`: the caller's words will be told. */
  opened(socket: WebSocket, transcribed: boolean, lifetimeMs: number | null): void
  failed(ending: Ending): void
  event(event: SessionEvent): void
}

export class Opening {
  readonly #line: Line
  readonly #settings: SessionSettings
  readonly #tuning: Tuning
  readonly #inbox: Inbox
  readonly #sink: OpeningSink
  readonly #overall: NodeJS.Timeout
  #retryTimer: NodeJS.Timeout | undefined
  #socket: WebSocket | null = null
  #retries = 0
  #updates = 0
  #transcribe: boolean
  #expiresAtSeconds: number | null = null

  constructor(line: Line, settings: SessionSettings, tuning: Tuning, inbox: Inbox, sink: OpeningSink) {
    this.#line = line
    this.#settings = settings
    this.#tuning = tuning
    this.#inbox = inbox
    this.#sink = sink
    this.#transcribe = settings.model.transcription !== null
    const detail = `not ready within ${tuning.openWithinMs} ms`
    this.#overall = setTimeout(
      () => this.#fail({ code: 'PROVIDER_UNREACHABLE', detail, retry: true }),
      tuning.openWithinMs,
    )
    this.#dial()
  }

  /** Gives up without a word. A handshake under way is cut, so no socket comes late. */
  cancel(): void {
    clearTimeout(this.#overall)
    clearTimeout(this.#retryTimer)
    if (this.#socket !== null) drop(this.#socket)
    this.#socket = null
  }

  #dial(): void {
    this.#updates = 0
    this.#expiresAtSeconds = null
    // An HTTP answer that is still being read when the try is over must not speak for the next one.
    const refused = (ending: Ending) => this.#socket === socket && this.#tryFailed(ending)
    const socket: WebSocket = dial(this.#line, this.#tuning.handshakeWithinMs, refused)
    socket.on('close', (code, reason) => this.#tryFailed(closeEnding(code, reason.toString(), false)))
    socket.on('message', (data) => this.#read(socket, data))
    this.#socket = socket
  }

  /** Whatever went wrong before the session ran, another try is worth it when the trouble may pass. */
  #tryFailed(ending: Ending): void {
    if (this.#socket !== null) drop(this.#socket)
    this.#socket = null
    const delayMs = this.#tuning.retryDelaysMs[this.#retries]
    if (!ending.retry || delayMs === undefined) return this.#fail(ending)
    this.#retries += 1
    this.#retryTimer = setTimeout(() => this.#dial(), delayMs + this.#tuning.jitterMs(delayMs))
  }

  #fail(ending: Ending): void {
    this.cancel()
    const { secret } = this.#line
    const detail = secret === null ? ending.detail : ending.detail.replaceAll(secret, '(key)')
    this.#sink.failed({ ...ending, detail })
  }

  #read(socket: WebSocket, data: RawData): void {
    const event = this.#inbox.read(data.toString())
    if (event === 'unreadable') this.#unreadable()
    else if (event !== null) this.#take(socket, event)
  }

  #unreadable(): void {
    const detail = 'a message could not be read'
    if (this.#inbox.countBad()) return this.#fail({ code: 'PROVIDER_REFUSED', detail, retry: false })
    this.#sink.event({ type: 'trouble', benign: true, code: 'PROVIDER_ERROR', detail })
  }

  #take(socket: WebSocket, event: ServerEvent): void {
    switch (event.type) {
      case 'session.created':
        this.#expiresAtSeconds = event.session.expires_at ?? this.#expiresAtSeconds
        // One update in flight at a time: its echo does not say which it answers (fact sheet, section 5).
        if (this.#updates === 0) this.#update(socket)
        return
      case 'session.updated':
        if (this.#updates > 0) this.#compare(socket, event.session)
        return
      case 'error':
        return this.#refused(socket, event.error)
      default:
        return
    }
  }

  #update(socket: WebSocket): void {
    this.#updates += 1
    socket.send(JSON.stringify(sessionUpdate(this.#updates, sessionObject(this.#settings, this.#transcribe))))
  }

  /** Better a call without the caller's words in the log than no call. */
  #refused(socket: WebSocket, error: ServerError): void {
    if (!this.#transcribe || this.#updates === 0 || !isAboutTranscription(error))
      return this.#tryFailed(refusalOf(error))
    this.#transcribe = false
    const detail = `the caller's words will not be transcribed: ${describe(error)}`
    this.#sink.event({ type: 'trouble', benign: false, code: 'PROVIDER_ERROR', detail })
    this.#update(socket)
  }

  #compare(socket: WebSocket, echo: EchoedSession): void {
    for (const { field, asked, got, fatal } of echoFaults(this.#settings, echo)) {
      const detail = `the server uses ${got} for ${field}, not ${asked}`
      if (fatal) return this.#fail({ code: 'PROVIDER_REFUSED', detail, retry: false })
      this.#sink.event({ type: 'trouble', benign: false, code: 'PROVIDER_ERROR', detail })
    }
    // Told of a difference, the sink may have closed the session.
    if (this.#socket !== socket) return
    this.#socket = null
    this.cancel()
    socket.removeAllListeners()
    this.#sink.opened(socket, this.#transcribe, this.#lifetimeMs(echo))
  }

  /** A time that is past already means that the clocks differ, and says nothing. */
  #lifetimeMs(echo: EchoedSession): number | null {
    const expiresAtSeconds = echo.expires_at ?? this.#expiresAtSeconds
    const lifetimeMs = expiresAtSeconds === null ? 0 : expiresAtSeconds * 1000 - this.#tuning.now()
    return lifetimeMs > 0 ? lifetimeMs : null
  }
}
