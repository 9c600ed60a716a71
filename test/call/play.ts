/**
 * Plays a call on paper: facts go in at their times, and what the call asks for is kept. The line is a perfect carrier
 * unless it is told not to be: caller audio comes all the time, and each mark comes back when what was sent before it
 * has sounded. Deadlines fire when they are due.
 */
import { startCall, step } from '../../src/call/call.ts'
import type { CallCommand } from '../../src/call/commands.ts'
import { nextDeadlineMs } from '../../src/call/deadlines.ts'
import type { EventBody, EventType } from '../../src/call/events.ts'
import type { CallFact } from '../../src/call/facts.ts'
import type { Call, CallSetup } from '../../src/call/state.ts'
import { NO_USAGE, type Usage } from '../../src/call/usage.ts'

export const SETUP: CallSetup = {
  callId: 'call_1',
  carrier: 'twilio',
  carrierCallId: 'CA1',
  from: '+15550111',
  to: '+15550100',
  agent: 'harbour',
  agentVersion: 'v1',
  provider: 'openai',
  model: 'gpt-realtime-2.1',
  instructions: 'You answer for Harbour Bikes.',
  greeting: 'Harbour Bikes, hello.',
  transcribed: true,
  tools: {
    lookup_order: { timeoutMs: 4_000, readOnly: false, confirm: false },
    slow: { timeoutMs: 30_000, readOnly: false, confirm: false },
    find: { timeoutMs: 4_000, readOnly: true, confirm: false },
    book: { timeoutMs: 4_000, readOnly: false, confirm: true },
  },
  lookup: null,
  maxMs: 30 * 60_000,
  maxCostUsd: 2,
  price: null,
  recording: { mode: 'off', ask: 'May we record this call?' },
  earlier: [],
}

interface Line {
  /** Whether marks come back. */
  marks: boolean
  /** Whether caller audio comes. */
  callerAudio: boolean
}

export interface Play {
  readonly call: Call
  readonly nowMs: number
  /** May be changed while the call goes on. */
  readonly line: Line
  /** Every command so far, in order. */
  readonly commands: readonly CallCommand[]
  /** Lets time pass until `ms`, then tells the facts. @returns the commands since the last `at` or `until` */
  at(ms: number, ...facts: readonly CallFact[]): readonly CallCommand[]
  until(ms: number): readonly CallCommand[]
}

export function playCall(changes: Partial<CallSetup> = {}, marks = true): Play {
  const line: Line = { marks, callerAudio: true }
  const commands: CallCommand[] = []
  let call: Call
  let nowMs = 0
  let reported = 0
  let audioDueMs = Number.POSITIVE_INFINITY
  let lineEndMs = 0
  let echoes: { readonly name: string; readonly atMs: number }[] = []

  function keep([next, more]: readonly [Call, readonly CallCommand[]]): void {
    call = next
    for (const each of more) {
      commands.push(each)
      if (each.type === 'mark-leg') echoes.push({ name: each.name, atMs: nowMs })
      if (each.type === 'clear-leg') {
        // What is dropped comes back as if it had been played. (telephony fact sheet 0.4)
        echoes = echoes.map((echo) => ({ ...echo, atMs: Math.min(echo.atMs, nowMs) }))
        lineEndMs = nowMs
      }
    }
  }

  function tell(fact: CallFact): void {
    if (fact.type === 'leg-attached') audioDueMs = nowMs + 1000
    if (fact.type === 'leg-closed') audioDueMs = Number.POSITIVE_INFINITY
    if (fact.type === 'audio-sent') {
      lineEndMs = Math.max(lineEndMs, fact.sentAtMs) + fact.ms + fact.padMs
      if (fact.mark !== null) echoes.push({ name: fact.mark, atMs: lineEndMs })
    }
    keep(step(call, fact, nowMs))
  }

  function pass(toMs: number): void {
    for (let steps = 0; ; steps++) {
      if (steps > 100_000) throw new Error(`the call asks for time without end at ${nowMs} ms`)
      const echo = line.marks ? echoes.toSorted((a, b) => a.atMs - b.atMs)[0] : undefined
      const audioMs = line.callerAudio ? audioDueMs : Number.POSITIVE_INFINITY
      const deadlineMs = nextDeadlineMs(call.deadlines) ?? Number.POSITIVE_INFINITY
      const nextMs = Math.min(echo?.atMs ?? Number.POSITIVE_INFINITY, audioMs, deadlineMs)
      if (nextMs > toMs || call.phase === 'ended') break
      nowMs = Math.max(nowMs, nextMs)
      if (nextMs === echo?.atMs) {
        echoes = echoes.filter((each) => each !== echo)
        tell({ type: 'mark-heard', name: echo.name })
      } else if (nextMs === audioMs) {
        audioDueMs += 1000
        tell({ type: 'caller-audio', receivedMs: nowMs })
      } else tell({ type: 'time-passed' })
    }
    nowMs = toMs
  }

  function report(): readonly CallCommand[] {
    // What is passed on to listeners changes nothing of the call: it is among `commands` alone.
    const since = commands.slice(reported).filter((each) => each.type !== 'pass-on-heard')
    reported = commands.length
    return since
  }

  const begun = startCall({ ...SETUP, ...changes })
  call = begun[0]
  keep(begun)
  report()
  return {
    get call() {
      return call
    },
    get nowMs() {
      return nowMs
    },
    line,
    commands,
    at(ms, ...facts) {
      pass(ms)
      for (const fact of facts) tell(fact)
      pass(ms)
      return report()
    },
    until(ms) {
      pass(ms)
      return report()
    },
  }
}

/** A call whose caller has heard the greeting (1 s of it, from 500 ms on) and is silent at 2 s. */
export function playGreeted(changes: Partial<CallSetup> = {}): Play {
  const play = playCall(changes)
  play.at(300, ready(1))
  play.at(320, started('r_hello'))
  play.at(400, attached('MZ1'))
  play.at(500, ...speech('i_hello', 'r_hello', 1000, 500), ended('r_hello'))
  play.until(2000)
  play.at(2000)
  return play
}

/** What is asked of the world, without what is written down or passed on to listeners. */
export function asks(commands: readonly CallCommand[]): readonly CallCommand[] {
  return commands.filter((each) => each.type !== 'record' && each.type !== 'pass-on-heard')
}

export function events(commands: readonly CallCommand[]): readonly EventBody[] {
  return commands.flatMap((each) => (each.type === 'record' ? [each.event] : []))
}

export function eventsOf<T extends EventType>(
  commands: readonly CallCommand[],
  type: T,
): readonly Extract<EventBody, { type: T }>[] {
  return events(commands).filter((event): event is Extract<EventBody, { type: T }> => event.type === type)
}

export function commandsOf<T extends CallCommand['type']>(
  commands: readonly CallCommand[],
  type: T,
): readonly Extract<CallCommand, { type: T }>[] {
  return commands.filter((each): each is Extract<CallCommand, { type: T }> => each.type === type)
}

/** Kinds of the responses asked for, in order. */
export function asked(commands: readonly CallCommand[]): readonly string[] {
  return commandsOf(commands, 'create-response').map((each) => each.kind)
}

export function endOf(play: Play): { readonly reason: string; readonly next: unknown } | null {
  const end = eventsOf(play.commands, 'call-ended')[0]
  const release = commandsOf(play.commands, 'release-leg')[0]
  return end === undefined ? null : { reason: end.reason, next: release?.next }
}

export const REPLY: CallCommand = { type: 'create-response', kind: 'reply', instructions: null, allowTools: true }

export const ready = (session: number, lifetimeMs: number | null = null): CallFact => ({
  type: 'session-ready',
  session,
  lifetimeMs,
})
export const lost = (session: number, retry = true): CallFact => ({
  type: 'session-closed',
  session,
  code: retry ? 'PROVIDER_CLOSED' : 'PROVIDER_REFUSED',
  detail: 'closed 1006',
  retry,
})
export const attached = (streamId: string): CallFact => ({ type: 'leg-attached', streamId })
export const legClosed = (why: 'ended' | 'lost' | 'bad-media' | 'by-us'): CallFact => ({
  type: 'leg-closed',
  why,
  detail: why,
})
export const speaks = (itemId: string, atMs: number): CallFact => ({ type: 'caller-speech-started', itemId, atMs })
export const stops = (itemId: string, atMs: number): CallFact => ({ type: 'caller-speech-stopped', itemId, atMs })
export const committed = (itemId: string): CallFact => ({ type: 'caller-turn-committed', itemId })
export const words = (itemId: string, text: string): CallFact => ({ type: 'agent-words', itemId, text })
export const callerWords = (itemId: string, text: string, final = true): CallFact => ({
  type: 'caller-transcript',
  itemId,
  text,
  final,
})
export const started = (responseId: string): CallFact => ({ type: 'response-started', responseId })
export const ended = (
  responseId: string,
  status: 'completed' | 'cancelled' | 'failed' | 'incomplete' = 'completed',
  usage: Usage = NO_USAGE,
): CallFact => ({ type: 'response-ended', responseId, status, detail: '', usage })
export const arrived = (itemId: string, responseId: string): CallFact => ({ type: 'audio-arrived', itemId, responseId })
export const sent = (itemId: string, ms: number, mark: string | null, sentAtMs: number, padMs = 0): CallFact => ({
  type: 'audio-sent',
  itemId,
  ms,
  padMs,
  sentAtMs,
  mark,
})
export const allSent = (itemId: string): CallFact => ({ type: 'audio-all-sent', itemId })
export const toolCalled = (
  responseId: string,
  toolCallId: string,
  name: string,
  outputIndex = 0,
  changes: Partial<Extract<CallFact, { type: 'tool-called' }>> = {},
): CallFact => {
  const args = changes.arguments ?? '{}'
  const called = { type: 'tool-called', responseId, outputIndex, toolCallId, name, arguments: args } as const
  return { ...called, logged: args, fault: null, ...changes }
}
export const toolSent = (toolCallId: string): CallFact => ({ type: 'tool-sent', toolCallId })
export const toolDone = (
  toolCallId: string,
  output = 'done',
  effect: Extract<CallFact, { type: 'tool-finished' }>['effect'] = null,
): CallFact => ({ type: 'tool-finished', toolCallId, status: 'done', output, logged: output, effect })

/** A whole item, written to the carrier at once with a mark every 200 ms. */
export function speech(itemId: string, responseId: string, ms: number, sentAtMs: number): readonly CallFact[] {
  const facts: CallFact[] = [arrived(itemId, responseId)]
  for (let from = 0; from < ms; from += 200) {
    facts.push(sent(itemId, Math.min(200, ms - from), `${itemId}@${from}`, sentAtMs))
  }
  return [...facts, allSent(itemId)]
}

/** A caller's turn from speech to commit, with the words that came of it. */
export function turn(itemId: string, fromMs: number, toMs: number): readonly CallFact[] {
  return [speaks(itemId, fromMs), stops(itemId, toMs), committed(itemId)]
}
