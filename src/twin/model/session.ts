/** One connection: client events in, server events out, in the order the realtime API keeps (fact sheet, sections 7 to 10). */
import type { WebSocket } from 'ws'
import { CallerTurns } from './caller-turns.ts'
import { type ClientEvent, type Received, readClientEvent, receive } from './client-events.ts'
import { Conversation, type Item, itemOf, wireItem } from './conversation.ts'
import { ProtocolError } from './protocol-error.ts'
import { RateLimits } from './rate-limits.ts'
import { planResponse, type ResponseRequest } from './response-plan.ts'
import { Response, type ServerEvent } from './responses.ts'
import { chooseScript } from './script.ts'
import { Log, type SeenItem, type SeenResponse, seenItem, type TwinSession } from './session-record.ts'
import { defaultSettings, type Model, type Settings, updateSettings } from './session-settings.ts'
import type { TwinParts } from './twin-options.ts'
import { Unanswered } from './unanswered.ts'
import { PromptCache } from './usage.ts'
import { Wire } from './wire.ts'

const EXPIRED = 'Your session hit the maximum duration of 60 minutes.'

interface Running {
  readonly response: Response
  readonly trigger: ResponseRequest['trigger']
}

export class Session implements TwinSession {
  readonly id: string
  readonly headers: Readonly<Record<string, string>>
  readonly expiresAtMs: number
  closed: { readonly code: number; readonly reason: string } | null = null
  settings: Settings
  readonly #socket: WebSocket
  readonly #wire: Wire
  readonly #parts: TwinParts
  readonly #model: Model
  readonly #conversation: Conversation
  readonly #turns: CallerTurns
  readonly #unanswered: Unanswered
  readonly #cache = new PromptCache()
  readonly #limits = new RateLimits()
  readonly #received = new Log<Received>()
  readonly #responses = new Log<Running>()
  readonly #expiry: NodeJS.Timeout
  /** The one response that writes to the conversation; others run beside it. */
  #active: Response | null = null
  #agentAudio = false

  constructor(
    socket: WebSocket,
    parts: TwinParts,
    model: { readonly name: string; readonly traits: Model },
    headers: Readonly<Record<string, string>>,
  ) {
    this.#socket = socket
    this.#wire = new Wire(socket, parts)
    this.#parts = parts
    this.#model = model.traits
    this.headers = headers
    this.id = parts.ids.next('sess')
    this.settings = defaultSettings(model.name, model.traits)
    this.expiresAtMs = Date.now() + parts.sessionMs
    this.#conversation = new Conversation(parts.ids.next('conv'))
    this.#unanswered = new Unanswered(this.#conversation)
    this.#turns = new CallerTurns(parts, {
      caller: headers['openai-safety-identifier'],
      settings: () => this.settings,
      busy: () => this.#active !== null,
      interrupt: () => this.#active?.cancel('turn_detected'),
      send: (event) => this.#send(event),
      add: (item) => this.#addItem(item),
      lastItemId: () => this.#conversation.lastId(),
      respond: (trigger) => this.#respondUnasked(trigger),
    })
    this.#expiry = setTimeout(() => this.#expire(), parts.sessionMs)
    this.#expiry.unref()
    socket.on('message', (data, isBinary) => this.#onMessage(isBinary ? '' : String(data)))
    socket.on('close', (code, reason) => this.#onClose(code, reason.toString()))
    socket.on('error', () => {}) // A frame too large or malformed: `close` follows, and says so.
  }

  /** Greets the client: the first events of every session. */
  start(): void {
    this.#send({ type: 'session.created', session: this.#wireSettings() })
    this.#send({
      type: 'conversation.created',
      conversation: { id: this.#conversation.id, object: 'realtime.conversation' },
    })
  }

  hears(words: string): void {
    this.#turns.hears(words)
  }

  get received(): readonly Received[] {
    return this.#received.entries
  }

  get sent(): readonly ServerEvent[] {
    return this.#wire.sent
  }

  get errors(): readonly ServerEvent[] {
    return this.#wire.errors
  }

  get items(): readonly SeenItem[] {
    return this.#conversation.items.map(seenItem)
  }

  get responses(): readonly SeenResponse[] {
    return this.#responses.entries.map(({ response, trigger }) => ({
      id: response.id,
      trigger,
      inConversation: response.plan.conversation !== null,
      status: response.status,
      statusDetails: response.statusDetails,
      itemIds: response.output.map((item) => item.id),
      audioMs: response.audioMs,
      usage: response.usage,
    }))
  }

  get appendedBytes(): number {
    return this.#turns.input.appendedBytes
  }

  get appendedMs(): number {
    return this.#turns.input.appendedMs
  }

  get callerSpeaking(): boolean {
    return this.#turns.input.speaking
  }

  #onMessage(text: string): void {
    const received = receive(text)
    if (received.type !== 'input_audio_buffer.append') this.#received.add(received)
    try {
      this.#handle(readClientEvent(received), received.raw)
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      this.#refuse(error, received.eventId)
    }
    this.#parts.changed()
  }

  #refuse({ code, message, param }: ProtocolError, eventId: string | null): void {
    this.#send({
      type: 'error',
      error: { type: 'invalid_request_error', code, message, param, event_id: eventId },
    })
  }

  #handle(event: ClientEvent, raw: unknown): void {
    switch (event.type) {
      case 'session.update':
        return this.#update(event, raw)
      case 'input_audio_buffer.append':
        return this.#turns.input.append(event.audio)
      case 'input_audio_buffer.commit':
        return this.#turns.commit()
      case 'input_audio_buffer.clear':
        this.#turns.input.clear()
        return this.#send({ type: 'input_audio_buffer.cleared' })
      case 'conversation.item.create':
        return this.#createItem(event)
      case 'conversation.item.delete':
        this.#conversation.delete(event.item_id)
        return this.#send({ type: 'conversation.item.deleted', item_id: event.item_id })
      case 'conversation.item.retrieve': {
        const item = this.#conversation.get(event.item_id, 'retrieve')
        return this.#send({ type: 'conversation.item.retrieved', item: wireItem(item, true) })
      }
      case 'conversation.item.truncate': {
        const { item_id, content_index, audio_end_ms } = event
        this.#conversation.truncate(item_id, content_index, audio_end_ms)
        return this.#send({ type: 'conversation.item.truncated', item_id, content_index, audio_end_ms })
      }
      case 'response.create':
        return this.#respond({ trigger: 'client', options: event.response ?? {} })
      case 'response.cancel':
        return this.#cancel(event.response_id)
      case 'output_audio_buffer.clear':
        throw new ProtocolError(
          'invalid_value',
          'output_audio_buffer.clear is only for WebRTC and SIP sessions.',
          'type',
        )
    }
  }

  #update({ session }: Extract<ClientEvent, { type: 'session.update' }>, raw: unknown): void {
    const asWritten = typeof raw === 'object' && raw !== null && 'session' in raw ? raw.session : {}
    this.settings = updateSettings(this.settings, session, asWritten, this.#model, {
      agentAudio: this.#agentAudio,
      callerAudio: this.#turns.input.appendedBytes > 0,
      responseActive: this.#active !== null,
    })
    this.#turns.configure()
    this.#send({ type: 'session.updated', session: this.#wireSettings() })
  }

  #createItem({ item: written, previous_item_id }: Extract<ClientEvent, { type: 'conversation.item.create' }>): void {
    const { ids } = this.#parts
    const item = itemOf(written, written.id ?? ids.next('item'), ids.next('call'), this.#turns.input.format)
    this.#addItem(item, previous_item_id)
  }

  #addItem(item: Item, after?: string): void {
    const previous_item_id = this.#conversation.add(item, after)
    this.#unanswered.note(item)
    this.#send({ type: 'conversation.item.added', item: wireItem(item), previous_item_id })
    this.#send({ type: 'conversation.item.done', item: wireItem(item), previous_item_id })
  }

  #respondUnasked(trigger: 'turn' | 'idle'): void {
    try {
      this.#respond({ trigger, options: {} })
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      this.#refuse(error, null)
    }
  }

  /** @throws ProtocolError when a response is active already, or the options do not fit */
  #respond(request: ResponseRequest): void {
    const inConversation = request.options.conversation !== 'none'
    if (inConversation && this.#active) {
      throw new ProtocolError(
        'conversation_already_has_active_response',
        `Conversation already has an active response in progress: ${this.#active.id}. Wait until the response is finished before creating a new one.`,
      )
    }
    const { plan, input, instructions, tools } = planResponse(request, {
      settings: this.settings,
      model: this.#model,
      conversation: this.#conversation,
      script: chooseScript(this.#parts.scripts, this.settings.instructions),
      unanswered: this.#unanswered,
      voiceLocked: this.#agentAudio,
      inputFormat: this.#turns.input.format,
      ids: this.#parts.ids,
    })
    const answered = inConversation ? this.#unanswered.take() : null
    const { timing, faults, ids } = this.#parts
    const response = new Response(
      {
        timing,
        faults,
        ids,
        send: (event) => this.#send(event),
        rateLimits: () => this.#send({ type: 'rate_limits.updated', rate_limits: this.#limits.begin(Date.now()) }),
        usage: (output) => {
          const usage = this.#cache.count(instructions, tools, input, output, inConversation)
          this.#limits.settle(usage.total_tokens)
          return usage
        },
        ended: () => {
          // A response that failed answered nobody: what it was to answer is still to be answered.
          if (response.status === 'failed' && answered) this.#unanswered.restore(answered)
          this.#ended(response)
        },
      },
      plan,
    )
    this.#responses.add({ response, trigger: request.trigger })
    if (inConversation) {
      this.#active = response
      this.#turns.responding()
    }
    response.start()
    this.#parts.changed()
  }

  #ended(response: Response): void {
    if (response !== this.#active) return
    this.#active = null
    this.#turns.responded(response.audioMs)
  }

  #cancel(responseId: string | undefined): void {
    const running = this.#responses.entries.find(
      ({ response }) =>
        response.status === 'in_progress' && (responseId ? response.id === responseId : response === this.#active),
    )
    if (!running) {
      throw new ProtocolError('response_cancel_not_active', 'Cancellation failed: no active response found')
    }
    running.response.cancel('client_cancelled')
  }

  #send(event: ServerEvent): void {
    if (event.type === 'response.output_audio.delta') this.#agentAudio = true
    this.#wire.send(event)
  }

  #expire(): void {
    this.#refuse(new ProtocolError('session_expired', EXPIRED), null)
    this.#socket.close(1001, EXPIRED)
  }

  #onClose(code: number, reason: string): void {
    this.closed = { code, reason }
    clearTimeout(this.#expiry)
    this.#turns.close()
    this.#conversation.close()
    for (const { response } of this.#responses.entries) if (response.status === 'in_progress') response.abandon()
    this.#active = null
    this.#parts.changed()
  }

  #wireSettings(): Record<string, unknown> {
    return {
      ...this.settings,
      object: 'realtime.session',
      id: this.id,
      expires_at: Math.floor(this.expiresAtMs / 1000),
    }
  }
}
