/** Live calls: answers, finds, continues and drains them. What carriers may ask of us (`Exchange`) is here. */
import { createHmac, randomBytes } from 'node:crypto'
import { admit } from '../agents/admit.ts'
import { type Agent, type CallAgent, inCall } from '../agents/agent.ts'
import { MULAW_8K } from '../audio/format.ts'
import type { NextStep } from '../call/commands.ts'
import type { EndReason } from '../call/end-reason.ts'
import type { CallSetup } from '../call/state.ts'
import type { Transcript } from '../call/transcript.ts'
import type { ModelPrice } from '../call/usage.ts'
import type { Answer, Exchange, IncomingCall, Leg, LegSink, Next } from '../carriers/carrier.ts'
import type { Provider } from '../providers/provider.ts'
import type { Tool } from '../tools/tool.ts'
import { type CallLogger, type CallRecorder, LiveCall } from './bridge.ts'
import { destinationOf } from './destinations.ts'
import type { Journal } from './journal.ts'
import { lookupFor } from './lookup.ts'
import { instructionsOf } from './session-settings.ts'

export interface SwitchboardParts {
  readonly agents: () => readonly Agent[]
  readonly toolsOf: (agent: Agent) => ReadonlyMap<string, Tool>
  readonly providerOf: (agent: Agent) => Provider
  readonly priceOf: (model: string) => ModelPrice | null
  readonly recorderOf: (
    callId: string,
    agent: CallAgent,
    onFailed: (detail: string, keptMs: number) => void,
  ) => CallRecorder
  readonly journal: Journal
  /** Which budget of the day would not bear another call; default: none is held to one. */
  readonly spentOf?: (agent: Agent, from: string) => 'agent' | 'caller' | null
  readonly log: CallLogger & { child(bindings: object): CallLogger }
  /** Monotonic ms, and ms since 1970. */
  readonly now: () => number
  readonly wallClock: () => number
  readonly maxCalls: number
}

/** A call that a crash cut off, which its carrier may still hold on the line. */
export interface InterruptedCall {
  readonly carrier: string
  readonly carrierCallId: string
  readonly from: string
  readonly to: string
  readonly agent: string
  readonly lines: Transcript
}

const NO_SUCH_AGENT = 'There is no agent of this name.'
const BUDGET_SPENT = 'The budget of this agent for today is spent.'
const SORRY_BUSY = 'We are sorry, all lines are busy. Please call again in a few minutes.'
/** How long a carrier may take to ask what comes after the stream. */
const DECISION_KEPT_MS = 10 * 60_000
/** How long a server that is being stopped stays for that question: without an answer the caller hears an error. */
const LAST_QUESTION_MS = 3_000
/** How many phone calls are remembered as over, about a megabyte of them. */
const OVER_KEPT = 10_000
/** A stream that breaks this often will not hold. */
const STREAMS_A_CALL_MOST = 6

interface Decision {
  readonly next: Next
  readonly atMs: number
  /** The carrier has been told, or has nobody on the line any more. */
  told: boolean
}

export class Switchboard implements Exchange {
  readonly #parts: SwitchboardParts
  readonly #live = new Map<string, LiveCall>()
  readonly #byCarrierCall = new Map<string, string>()
  readonly #decided = new Map<string, Decision>()
  readonly #interrupted = new Map<string, InterruptedCall>()
  /** Phone calls that are over, the newest of them. */
  readonly #over = new Set<string>()
  readonly #pseudonymKey = randomBytes(32)
  #draining = false
  #whenEmpty: (() => void) | null = null
  #whenTold: (() => void) | null = null

  constructor(parts: SwitchboardParts) {
    this.#parts = parts
  }

  get liveCalls(): number {
    return this.#live.size
  }

  /** Ended calls whose carriers may still ask what comes next. */
  get decisionsKept(): number {
    return this.#decided.size
  }

  find(callId: string): LiveCall | undefined {
    return this.#live.get(callId)
  }

  /** The calls in progress, oldest first. */
  get calls(): readonly LiveCall[] {
    return [...this.#live.values()]
  }

  answer(incoming: IncomingCall): Answer {
    const known = this.#byCarrierCall.get(carrierKey(incoming))
    if (known !== undefined) return { type: 'stream', callId: known }
    // A signed request says nothing of its age: one that was seen on its way may come again, and would open a session.
    if (this.#over.has(carrierKey(incoming))) return { type: 'refuse', say: '', reason: 'this phone call is over' }
    if (this.#draining) return { type: 'refuse', say: SORRY_BUSY, reason: 'the server is being stopped' }
    if (this.#live.size >= this.#parts.maxCalls) return { type: 'refuse', say: SORRY_BUSY, reason: 'at capacity' }
    if (incoming.agent !== undefined) return this.#answerByName(incoming, incoming.agent)
    const spentOf = this.#parts.spentOf ?? (() => null)
    const asking = { ...incoming, callsOf: (agent: string) => this.callsOf(agent), spentOf }
    const admission = admit(this.#parts.agents(), asking, this.#parts.wallClock())
    if (admission.type === 'agent') return { type: 'stream', callId: this.#begin(incoming, admission.agent, []) }
    const { reason } = admission
    if (admission.type === 'say') {
      const { say, language } = admission
      return { type: 'refuse', say, ...(language === null ? {} : { language }), reason }
    }
    const destination = destinationOf(admission.agent, admission.destination)
    return destination === null ? { type: 'refuse', say: SORRY_BUSY, reason } : { type: 'dial', destination, reason }
  }

  /** A person who tries an agent out is neither a caller of its numbers nor bound to its hours. */
  #answerByName(incoming: IncomingCall, name: string): Answer {
    const agent = this.#parts.agents().find((each) => each.name === name)
    if (agent === undefined) return { type: 'refuse', say: NO_SUCH_AGENT, reason: 'there is no agent of this name' }
    if (this.#parts.spentOf?.(agent, incoming.from) === 'agent')
      return { type: 'refuse', say: BUDGET_SPENT, reason: 'its budget for the day is spent' }
    return { type: 'stream', callId: this.#begin(incoming, agent, []) }
  }

  attach(callId: string, leg: Leg): LegSink | null {
    return this.#live.get(callId)?.attach(leg) ?? null
  }

  next(carrier: string, carrierCallId: string): Next {
    const key = carrierKey({ carrier, carrierCallId })
    const callId = this.#byCarrierCall.get(key)
    const live = callId === undefined ? undefined : this.#live.get(callId)
    if (callId !== undefined && live !== undefined) {
      if (live.state.legAttempts < STREAMS_A_CALL_MOST) return { type: 'stream', callId }
      live.tell({ type: 'hang-up-asked', reason: 'stream-lost', detail: 'the media stream kept breaking' })
    }
    const interrupted = this.#interrupted.get(key)
    if (interrupted !== undefined && !this.#draining) {
      this.#interrupted.delete(key)
      const agent = this.#parts.agents().find((each) => each.name === interrupted.agent)
      if (agent !== undefined) return { type: 'stream', callId: this.#begin(interrupted, agent, interrupted.lines) }
    }
    this.#nowTold(key)
    return this.#decided.get(key)?.next ?? { type: 'hang-up', say: null }
  }

  status(carrier: string, carrierCallId: string, status: string, final: boolean): void {
    const key = carrierKey({ carrier, carrierCallId })
    const callId = this.#byCarrierCall.get(key)
    if (final) {
      this.#nowTold(key)
      this.#decided.delete(key)
      this.#interrupted.delete(key)
    }
    if (callId !== undefined) this.#live.get(callId)?.tell({ type: 'carrier-status', status, final })
  }

  /** Calls that were live when the server died: their callers may still be on the line and ask what comes next. */
  expectBack(calls: readonly InterruptedCall[]): void {
    for (const call of calls) this.#interrupted.set(carrierKey(call), call)
  }

  /**
   * No call is answered any more; resolves when the last has ended by itself, or was hung up after `graceMs`, and the
   * carriers know what to do with whom they still have on the line.
   */
  async drain(graceMs: number): Promise<void> {
    this.#draining = true
    if (this.#live.size > 0) {
      const empty = new Promise<void>((resolve) => {
        this.#whenEmpty = resolve
      })
      const timer = setTimeout(() => this.hangUpAll('drained', 'the server is being stopped'), graceMs)
      await empty
      clearTimeout(timer)
    }
    if (this.#allTold()) return
    const told = Promise.withResolvers<void>()
    this.#whenTold = told.resolve
    const timer = setTimeout(told.resolve, LAST_QUESTION_MS)
    await told.promise
    clearTimeout(timer)
  }

  hangUpAll(reason: EndReason, detail: string): void {
    for (const call of [...this.#live.values()]) call.tell({ type: 'hang-up-asked', reason, detail })
  }

  /** Calls of an agent that are live. */
  callsOf(agent: string): number {
    let calls = 0
    for (const call of this.#live.values()) if (call.state.setup.agent === agent) calls++
    return calls
  }

  #begin(incoming: IncomingCall, answering: Agent, earlier: Transcript): string {
    const agent = inCall(answering, calledNumber(answering, incoming))
    const { journal, now, wallClock } = this.#parts
    const callId = newCallId(wallClock())
    const key = carrierKey(incoming)
    const log = this.#parts.log.child({ callId, carrier: incoming.carrier, agent: agent.name })
    const tools = this.#parts.toolsOf(agent)
    const facts = { id: callId, from: incoming.from, to: incoming.to, agent: agent.name }
    const lookup = lookupFor(agent, tools, facts, (tool, why) =>
      log.warn({ tool, why }, 'a tool cannot be asked before the greeting'),
    )
    const setup = { ...this.#setup(callId, incoming, agent, tools, earlier), lookup }
    const startedAt = wallClock()
    const call = new LiveCall(setup, {
      provider: this.#parts.providerOf(agent),
      agent,
      tools,
      callerPseudonym: this.#pseudonymOf(incoming),
      legFormat: MULAW_8K,
      log,
      now,
      record: (body, atMs) => {
        if (body.type === 'call-ended') {
          log.info({ reason: body.reason, atMs: Math.round(atMs) }, 'call ended')
          // Nobody is on the line to be told anything.
          if (body.reason === 'caller-hung-up') this.#nowTold(key)
        }
        journal.record(callId, body, Math.round(startedAt + atMs), atMs)
      },
      durable: () => journal.durable(callId),
      openRecorder: (onFailed) => this.#parts.recorderOf(callId, agent, onFailed),
      onNext: (next) => this.#decide(key, agent, next),
      onForgotten: () => this.#forget(callId, key),
    })
    // A provider that refuses at once has ended the call before it could be listed.
    if (call.state.phase === 'ended') return callId
    this.#live.set(callId, call)
    this.#byCarrierCall.set(key, callId)
    log.info({}, earlier.length === 0 ? 'call answered' : 'interrupted call taken up again')
    return callId
  }

  /** Callers are told apart by their numbers; people who try agents out, who may make two calls at once, by the call. */
  #pseudonymOf({ from, carrierCallId, agent }: IncomingCall): string {
    const who = agent === undefined ? from : carrierCallId
    return createHmac('sha256', this.#pseudonymKey).update(who).digest('hex').slice(0, 32)
  }

  #setup(
    callId: string,
    incoming: IncomingCall,
    agent: CallAgent,
    tools: ReadonlyMap<string, Tool>,
    earlier: Transcript,
  ): Omit<CallSetup, 'lookup'> {
    return {
      callId,
      carrier: incoming.carrier,
      carrierCallId: incoming.carrierCallId,
      from: incoming.from,
      to: incoming.to,
      agent: agent.name,
      agentVersion: agent.version,
      provider: agent.model.provider,
      model: agent.model.name,
      instructions: instructionsOf(agent),
      greeting: agent.greeting,
      transcribed: agent.model.transcription !== null,
      tools: Object.fromEntries(
        [...tools.values()].map(({ name, timeoutMs, readOnly, confirm }) => [name, { timeoutMs, readOnly, confirm }]),
      ),
      maxMs: agent.limits.maxMinutes * 60_000,
      maxCostUsd: agent.limits.maxCostUsd,
      price: this.#parts.priceOf(agent.model.name),
      recording: { mode: agent.recording.mode, ask: agent.recording.ask },
      earlier,
    }
  }

  #decide(key: string, agent: Agent, next: NextStep): void {
    const nowMs = this.#parts.now()
    for (const [old, decision] of this.#decided) {
      if (nowMs - decision.atMs < DECISION_KEPT_MS) break
      this.#decided.delete(old)
    }
    this.#decided.set(key, { next: nextFor(agent, next), atMs: nowMs, told: false })
  }

  #nowTold(key: string): void {
    const decision = this.#decided.get(key)
    if (decision !== undefined) decision.told = true
    if (this.#whenTold !== null && this.#allTold()) this.#whenTold()
  }

  #allTold(): boolean {
    const recentlyMs = this.#parts.now() - LAST_QUESTION_MS
    return [...this.#decided.values()].every(({ told, atMs }) => told || atMs < recentlyMs)
  }

  #forget(callId: string, key: string): void {
    this.#live.delete(callId)
    if (this.#byCarrierCall.get(key) === callId) this.#byCarrierCall.delete(key)
    this.#parts.journal.end(callId)
    this.#over.add(key)
    if (this.#over.size > OVER_KEPT) {
      for (const oldest of this.#over) {
        this.#over.delete(oldest)
        break
      }
    }
    if (this.#live.size === 0) this.#whenEmpty?.()
  }
}

/** Who was asked for by name speaks the language of its own first number. */
function calledNumber(agent: Agent, { agent: name, to }: IncomingCall): string {
  return name === undefined ? to : (agent.numbers[0] ?? to)
}

/** A destination is a name in the agent's YAML; what it stands for never comes from the model. */
function nextFor(agent: Agent, next: NextStep): Next {
  if (next.type === 'hang-up') return next
  const { destination: name, say = null } = next
  const destination = destinationOf(agent, name)
  return destination === null ? { type: 'hang-up', say: SORRY_BUSY } : { type: 'dial', destination, say, name }
}

function carrierKey(call: { readonly carrier: string; readonly carrierCallId: string }): string {
  return `${call.carrier}:${call.carrierCallId}`
}

/** Rises with time, so that a list of calls sorts by age; short enough to read out. */
function newCallId(wallClockMs: number): string {
  return `c${Math.floor(wallClockMs).toString(36)}${randomBytes(5).toString('hex')}`
}
