/** What a call is. `call.ts` makes each next state from this one; nothing else does. */
import { type Agreements, NO_AGREEMENTS } from './agreements.ts'
import type { NextStep } from './commands.ts'
import { type Deadlines, NO_DEADLINES } from './deadlines.ts'
import type { EndReason } from './end-reason.ts'
import { type Lookup, type LookupSetup, NO_LOOKUP } from './lookup.ts'
import { NO_TOOLS, type PendingTools } from './pending-tools.ts'
import { EMPTY_PLAYOUT, type Playout } from './playout.ts'
import { NO_RESPONSES, type Responses } from './responses.ts'
import { NO_LINES, type Transcript } from './transcript.ts'
import { NOBODY, type Turn } from './turn.ts'
import { type ModelPrice, NO_USAGE, type Usage } from './usage.ts'

/** What the core must know of a tool. */
export interface ToolRules {
  /** How long it may take. */
  readonly timeoutMs: number
  /** It changes nothing, wherever it is stopped. */
  readonly readOnly: boolean
  /** It is run only when the caller has agreed. */
  readonly confirm: boolean
}

/** What a call must know from its first moment to its last. */
export interface CallSetup {
  readonly callId: string
  readonly carrier: string
  readonly carrierCallId: string
  readonly from: string
  readonly to: string
  readonly agent: string
  readonly agentVersion: string
  readonly provider: string
  readonly model: string
  /** The agent's instructions, which a response with instructions of its own must repeat. */
  readonly instructions: string
  readonly greeting: string | null
  /** Whether words of the caller will come at all. */
  readonly transcribed: boolean
  /** By name; one that is not here is answered, and not run by anybody. */
  readonly tools: Readonly<Record<string, ToolRules>>
  /** Asked before the greeting; null: nothing. */
  readonly lookup: LookupSetup | null
  readonly maxMs: number
  readonly maxCostUsd: number
  /** Null when the model's price is not known: then there is no cost and no limit on it. */
  readonly price: ModelPrice | null
  readonly recording: RecordingRules
  /** For a call that goes on after a restart of the server: what was said before. */
  readonly earlier: Transcript
}

/** What the agent says about keeping the call's audio. */
interface RecordingRules {
  readonly mode: 'off' | 'on' | 'after_consent'
  /** What the caller is asked, with `after_consent`. */
  readonly ask: string
}

export type Recording =
  | { readonly state: 'none' }
  | { readonly state: 'kept'; readonly sinceMs: number }
  /** It broke: no other is begun. */
  | { readonly state: 'failed' }

export const NO_RECORDING: Recording = { state: 'none' }

interface SessionState {
  /** The one that serves the call. */
  readonly number: number
  /** How many were opened in all: the next one's number is one more, so that no two ever share a number. */
  readonly opened: number
  readonly state: 'opening' | 'ready' | 'gone'
  readonly openedMs: number
  /** A renewal that is opening beside it. */
  readonly next: { readonly number: number; readonly openedMs: number; readonly linesSeeded: number } | null
  /** It is time for a renewal, at the next quiet moment. */
  readonly renewalDue: boolean
  readonly lastReconnectMs: number | null
  /** The caller waited for an answer when the session was lost. */
  readonly owesAnswer: boolean
}

/** The call is on its way out, once the caller has heard what was to be said. */
export interface Ending {
  readonly reason: EndReason
  readonly detail: string
  readonly next: NextStep
  /** The caller may take it back by speaking. */
  readonly cancellable: boolean
  /** The goodbye was still sounding when its time was up, and got a little more. */
  readonly extended: boolean
}

/** The parts of the reply being made, for its times. */
interface ReplyTimes {
  readonly callerStoppedMs: number | null
  readonly decidedMs: number | null
}

export interface Call {
  readonly setup: CallSetup
  readonly phase: 'ringing' | 'live' | 'ended'
  readonly legAttempts: number
  readonly legAttached: boolean
  readonly session: SessionState
  readonly turn: Turn
  readonly playout: Playout
  readonly responses: Responses
  readonly tools: PendingTools
  readonly lookup: Lookup
  readonly agreements: Agreements
  readonly recording: Recording
  /** Turns of the caller so far, spoken or with keys. */
  readonly callerTurns: number
  /** The item of the last of them that was spoken. */
  readonly committed: string | null
  readonly lines: Transcript
  /** Words of items whose first audio has not come yet: the model's words run ahead of its audio. */
  readonly wordsAhead: ReadonlyMap<string, string>
  /** What the model is to be told as soon as there is a session to tell. */
  readonly untold: readonly string[]
  readonly deadlines: Deadlines
  readonly ending: Ending | null
  readonly greeting: 'none' | 'due' | 'begun'
  readonly reply: ReplyTimes
  /** Responses whose first audio has not been proven heard yet. */
  readonly untimed: ReadonlyMap<string, ReplyTimes & { readonly firstModelAudioMs: number }>
  readonly digits: string
  /** Items truncated already: their audio is gone, whatever still comes of it. */
  readonly truncated: ReadonlySet<string>
  /** Items still in line whose session is gone. */
  readonly foreign: ReadonlySet<string>
  readonly usage: Usage
  readonly costUsd: number
  /** The model has been asked again after a silence, and nothing has come since. */
  readonly prodded: boolean
}

export function newCall(setup: CallSetup): Call {
  return {
    setup,
    phase: 'ringing',
    legAttempts: 0,
    legAttached: false,
    session: {
      number: 0,
      opened: 0,
      state: 'gone',
      openedMs: 0,
      next: null,
      renewalDue: false,
      lastReconnectMs: null,
      owesAnswer: false,
    },
    turn: NOBODY,
    playout: EMPTY_PLAYOUT,
    responses: NO_RESPONSES,
    tools: NO_TOOLS,
    lookup: NO_LOOKUP,
    agreements: NO_AGREEMENTS,
    recording: NO_RECORDING,
    callerTurns: 0,
    committed: null,
    lines: setup.earlier.length > 0 ? setup.earlier : NO_LINES,
    wordsAhead: new Map(),
    untold: [],
    deadlines: NO_DEADLINES,
    ending: null,
    greeting: setup.greeting === null || setup.earlier.length > 0 ? 'none' : 'due',
    reply: { callerStoppedMs: null, decidedMs: null },
    untimed: new Map(),
    digits: '',
    truncated: new Set(),
    foreign: new Set(),
    usage: NO_USAGE,
    costUsd: 0,
    prodded: false,
  }
}
