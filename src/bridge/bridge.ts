/**
 * One live call: feeds facts to the core, performs its commands in order, and holds the call's one timer. Decides nothing.
 */
import type { CallAgent } from '../agents/agent.ts'
import type { AudioFormat } from '../audio/format.ts'
import { startCall, step } from '../call/call.ts'
import type { CallCommand, NextStep } from '../call/commands.ts'
import { nextDeadlineMs } from '../call/deadlines.ts'
import type { EventBody } from '../call/events.ts'
import type { CallFact, OperatorFact } from '../call/facts.ts'
import type { Call, CallSetup } from '../call/state.ts'
import type { Leg, LegEvent, LegSink } from '../carriers/carrier.ts'
import type { Provider, Session, SessionEvent, SessionSink } from '../providers/provider.ts'
import type { Tool } from '../tools/tool.ts'
import { AgentToCaller } from './agent-to-caller.ts'
import { CallerToAgent } from './caller-to-agent.ts'
import { sessionSettings } from './session-settings.ts'
import { type Tap, Taps } from './taps.ts'
import { ToolRunner } from './tool-runner.ts'

/** What every call needs and none owns. */
export interface CallParts {
  readonly provider: Provider
  readonly agent: CallAgent
  readonly tools: ReadonlyMap<string, Tool>
  readonly callerPseudonym: string
  /** The format every leg of this call's carrier speaks. */
  readonly legFormat: AudioFormat
  readonly log: CallLogger
  /** Monotonic, in ms. */
  readonly now: () => number
  readonly record: (body: EventBody, atMs: number) => void
  readonly durable: () => Promise<void>
  /** Begins to keep the call's audio. @param onFailed told at most once, with how much is kept */
  readonly openRecorder: (onFailed: (detail: string, keptMs: number) => void) => CallRecorder
  /** What the carrier is to be told when it asks what comes after the stream. */
  readonly onNext: (next: NextStep) => void
  /** The call is over and holds nothing any more. */
  readonly onForgotten: () => void
}

/** Half an hour of what nobody has heard yet, some fifteen megabytes: a model that says more would fill the memory of all calls. */
const AHEAD_MOST_MS = 30 * 60_000
const AHEAD_TOO_FAR: CallFact = {
  type: 'hang-up-asked',
  reason: 'model-lost',
  detail: 'the model was half an hour ahead of what the caller had heard',
}

/** Keeps what it is told of a call's audio. */
export interface CallRecorder extends Tap {
  /** Nothing of it may be left. */
  discard(): void
}

/** As pino has them; bound to the call. */
export interface CallLogger {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

export class LiveCall {
  readonly #parts: CallParts
  readonly #startedAt: number
  readonly #in: CallerToAgent
  readonly #out: AgentToCaller
  readonly #taps: Taps
  readonly #tools: ToolRunner
  readonly #sessions = new Map<number, Session>()
  #recording: { readonly recorder: CallRecorder; readonly untap: () => void } | null = null
  #call: Call
  #leg: Leg | null = null
  /** The session that serves the call; 0 while none does. */
  #serving = 0
  #facts: CallFact[] = []
  #stepping = false
  #forgotten = false
  #timer: NodeJS.Timeout | null = null
  #timerAtMs = Number.POSITIVE_INFINITY

  constructor(setup: CallSetup, parts: CallParts) {
    this.#parts = parts
    this.#startedAt = parts.now()
    const sessionFormat = parts.provider.format(parts.agent.audio.wire)
    this.#in = new CallerToAgent(parts.legFormat, sessionFormat, (receivedMs) =>
      this.tell({ type: 'caller-audio', receivedMs }),
    )
    this.#taps = new Taps(parts.legFormat, (error) => parts.log.error({ err: error }, 'a listener of this call failed'))
    this.#out = new AgentToCaller(sessionFormat, parts.legFormat, (fact) => this.tell(fact), this.#taps)
    this.#tools = new ToolRunner({
      tools: parts.tools,
      context: {
        callId: setup.callId,
        agent: setup.agent,
        from: setup.from,
        to: setup.to,
        // Whoever loads a tool gives it its own.
        secrets: {},
        log: (message, fields) => parts.log.info({ ...fields }, message),
      },
      durable: parts.durable,
      tell: (fact) => this.tell(fact),
    })
    const [call, commands] = startCall(setup)
    this.#call = call
    this.#stepping = true
    this.#perform(commands)
    this.#stepping = false
    this.#drainFacts()
  }

  get state(): Call {
    return this.#call
  }

  /** Its agent, as it was when the call began. */
  get agent(): CallAgent {
    return this.#parts.agent
  }

  /** What the model's provider knows the caller by. */
  get callerPseudonym(): string {
    return this.#parts.callerPseudonym
  }

  /** Call time. */
  get nowMs(): number {
    return this.#nowMs()
  }

  /** A stream for this call, the newest of which owns it: the one before is released. */
  attach(leg: Leg): LegSink {
    const before = this.#leg
    this.#leg = leg
    if (before !== null) {
      this.#out.detach()
      before.release()
    }
    this.tell({ type: 'leg-attached', streamId: leg.streamId })
    this.#guard(() => {
      if (this.#forgotten) return
      this.#taps.attached()
      this.#out.attach(leg, this.#nowMs())
      // Not all that was held may be due.
      this.#armTimer()
    })
    return {
      audio: (audio, base64) => {
        if (this.#leg !== leg) return
        try {
          const nowMs = this.#nowMs()
          this.#in.frame(audio, base64, nowMs)
          this.#taps.caller(audio, nowMs)
        } catch (error) {
          this.#broke(error)
        }
      },
      event: (event) => {
        if (this.#leg === leg) this.#onLeg(event)
      },
    }
  }

  /** What both sides of the call sound like from now on, for whoever records it or listens in. @returns how to stop */
  tap(tap: Tap): () => void {
    return this.#taps.add(tap)
  }

  /** Something happened. Facts told while a step is performed wait until it is done. */
  tell(fact: CallFact): void {
    if (this.#forgotten) return
    this.#facts.push(fact)
    if (!this.#stepping) this.#drainFacts()
  }

  /** A person does something to the call. */
  act(fact: OperatorFact): void {
    this.#tellSettled(fact)
  }

  #onLeg(event: LegEvent): void {
    if (event.type !== 'closed') return this.#tellSettled(event)
    this.#tellSettled({ type: 'leg-closed', why: event.why, detail: event.detail })
    this.#leg = null
    this.#out.detach()
  }

  /** Other facts are weighed against what was sent: the account comes first. */
  #tellSettled(fact: CallFact): void {
    this.#out.settle()
    this.tell(fact)
  }

  #sessionSink(number: number): SessionSink {
    return {
      audio: (responseId, itemId, base64) => {
        if (number !== this.#serving) return
        try {
          this.#out.audio(responseId, itemId, base64, this.#nowMs())
          if (this.#out.heldMs > AHEAD_MOST_MS) this.tell(AHEAD_TOO_FAR)
          else if (this.#out.heldMs > 0) this.#armTimer()
        } catch (error) {
          this.#broke(error)
        }
      },
      event: (event) => this.#guard(() => this.#onSession(number, event)),
    }
  }

  #onSession(number: number, event: SessionEvent): void {
    if (event.type === 'ready') {
      return this.#tellSettled({ type: 'session-ready', session: number, lifetimeMs: event.lifetimeMs })
    }
    if (event.type === 'closed') {
      this.#sessions.delete(number)
      if (number === this.#serving) {
        this.#serving = 0
        this.#in.hold()
        // No more of the item that was being made will come: what came of it is all of it.
        this.#out.endOpenItem(this.#nowMs())
      }
      const { code, detail, retry } = event
      this.#parts.log.warn({ session: number, code, detail }, 'model session closed')
      return this.#tellSettled({ type: 'session-closed', session: number, code, detail, retry })
    }
    if (number !== this.#serving) return
    const nowMs = this.#nowMs()
    switch (event.type) {
      case 'speech-started':
        return this.#tellSettled({
          type: 'caller-speech-started',
          itemId: event.itemId,
          atMs: this.#in.speechStart(event.audioMs, nowMs),
        })
      case 'speech-stopped':
        return this.#tellSettled({
          type: 'caller-speech-stopped',
          itemId: event.itemId,
          atMs: this.#in.speechEnd(event.audioMs, nowMs),
        })
      case 'turn-committed':
        return this.#tellSettled({ type: 'caller-turn-committed', itemId: event.itemId })
      case 'tool-called':
        return this.#tellSettled({ ...event, ...this.#tools.notesOn(event.name, event.arguments) })
      case 'item-started':
        return
      case 'item-audio-done':
        return this.#out.itemDone(event.itemId, nowMs)
      case 'response-ended':
        this.#out.responseDone(event.responseId, nowMs)
        return this.#tellSettled(event)
      case 'trouble': {
        const { code, detail, benign } = event
        if (benign) return this.#parts.log.debug({ code, detail }, 'benign trouble of the model session')
        this.#parts.log.warn({ code, detail }, 'trouble of the model session')
        return this.#tellSettled({ type: 'session-trouble', code, detail })
      }
      default:
        return this.#tellSettled(event)
    }
  }

  #drainFacts(): void {
    if (this.#stepping) return
    this.#stepping = true
    try {
      for (let fact = this.#facts.shift(); fact !== undefined; fact = this.#facts.shift()) {
        const [call, commands] = step(this.#call, fact, this.#nowMs())
        this.#call = call
        this.#perform(commands)
      }
    } catch (error) {
      this.#stepping = false
      return this.#broke(error)
    }
    this.#stepping = false
    this.#armTimer()
  }

  #perform(commands: readonly CallCommand[]): void {
    for (const command of commands) this.#performOne(command)
  }

  #performOne(command: CallCommand): void {
    const session = this.#sessions.get(this.#serving)
    switch (command.type) {
      case 'open-session': {
        const { provider, agent, tools, callerPseudonym } = this.#parts
        const settings = sessionSettings(agent, tools, command.seed, callerPseudonym)
        this.#sessions.set(command.session, provider.open(settings, this.#sessionSink(command.session)))
        return
      }
      case 'use-session':
        return this.#use(command.session)
      case 'instruct-session':
        return session?.instruct(command.instructions)
      case 'close-session':
        this.#sessions.get(command.session)?.close()
        this.#sessions.delete(command.session)
        if (command.session === this.#serving) {
          this.#serving = 0
          this.#in.hold()
        }
        return
      case 'create-response':
        return session?.createResponse({ instructions: command.instructions, allowTools: command.allowTools })
      case 'cancel-response':
        return session?.cancelResponse(command.responseId)
      case 'truncate-item':
        return session?.truncateItem(command.itemId, command.heardMs)
      case 'send-tool-result':
        return session?.sendToolResult(command.toolCallId, command.output)
      case 'tell-model':
        return session?.tell(command.text)
      case 'fill-silence':
        return this.#in.fillSilence(command.ms)
      case 'mark-leg':
        return this.#leg?.mark(command.name)
      case 'clear-leg':
        return this.#out.clear(this.#nowMs())
      case 'pass-on-heard':
        return this.#taps.heard(command.itemId, command.fromMs, command.ms, command.atMs)
      case 'start-recording':
        return this.#startRecording()
      case 'stop-recording':
        return this.#stopRecording(command.erase)
      case 'mute-response':
        return this.#out.mute(command.responseId)
      case 'run-tool':
        return this.#tools.run(command.toolCallId, command.name, command.arguments)
      case 'abort-tool':
        return this.#tools.abort(command.toolCallId)
      case 'release-leg':
        this.#parts.onNext(command.next)
        this.#leg?.release()
        return
      case 'record':
        return this.#record(command.event)
      case 'forget-call':
        return this.#forget()
    }
  }

  #use(number: number): void {
    const session = this.#sessions.get(number)
    if (session === undefined) return
    if (this.#serving !== number) {
      this.#sessions.get(this.#serving)?.close()
      this.#sessions.delete(this.#serving)
    }
    this.#serving = number
    this.#in.use(session)
  }

  #startRecording(): void {
    const recorder = this.#parts.openRecorder((detail, keptMs) =>
      this.tell({ type: 'recording-failed', detail, keptMs }),
    )
    this.#recording = { recorder, untap: this.#taps.add(recorder) }
  }

  #stopRecording(erase: boolean): void {
    if (this.#recording === null) return
    const { recorder, untap } = this.#recording
    this.#recording = null
    untap()
    if (erase) recorder.discard()
    else recorder.ended(this.#nowMs())
  }

  #record(body: EventBody): void {
    this.#parts.record(body, this.#nowMs())
  }

  #forget(): void {
    this.#forgotten = true
    this.#facts = []
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    this.#tools.abortAll()
    for (const session of this.#sessions.values()) session.close()
    this.#sessions.clear()
    this.#leg = null
    // The core has stopped it, unless a bug came between.
    this.#stopRecording(false)
    this.#taps.ended(this.#nowMs())
    this.#parts.onForgotten()
  }

  #nowMs(): number {
    return this.#parts.now() - this.#startedAt
  }

  /** One timer for whatever is due next. One that fires too early looks again; moving it at every fact would cost more. */
  #armTimer(): void {
    if (this.#forgotten) return
    const nowMs = this.#nowMs()
    const deadlineMs = nextDeadlineMs(this.#call.deadlines)
    const audioMs = this.#out.heldMs > 0 ? this.#out.release(nowMs) : null
    const dueMs = Math.min(deadlineMs ?? Number.POSITIVE_INFINITY, audioMs ?? Number.POSITIVE_INFINITY)
    if (dueMs >= this.#timerAtMs || dueMs === Number.POSITIVE_INFINITY) return
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timerAtMs = dueMs
    // setTimeout may fire up to a millisecond early by this clock; the step after would then find nothing due.
    this.#timer = setTimeout(() => this.#onTimer(), Math.max(0, dueMs - nowMs) + 1)
  }

  #onTimer(): void {
    this.#timer = null
    this.#timerAtMs = Number.POSITIVE_INFINITY
    const deadlineMs = nextDeadlineMs(this.#call.deadlines)
    if (deadlineMs !== null && deadlineMs <= this.#nowMs()) this.#tellSettled({ type: 'time-passed' })
    else this.#guard(() => this.#armTimer())
  }

  #guard(work: () => void): void {
    try {
      work()
    } catch (error) {
      this.#broke(error)
    }
  }

  /** A bug: this call ends, with an apology, and no other notices. */
  #broke(error: unknown): void {
    if (this.#forgotten) return
    this.#parts.log.error({ err: error }, 'a bug ended this call')
    this.#facts = []
    try {
      const [call, commands] = step(this.#call, { type: 'broken' }, this.#nowMs())
      this.#call = call
      this.#perform(commands)
    } catch (again) {
      this.#parts.log.error({ err: again }, 'a call could not be ended in order')
      this.#leg?.release()
      this.#forget()
    }
  }
}
