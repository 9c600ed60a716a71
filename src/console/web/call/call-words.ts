/** What happened in a call, in the words of its page. */
import type { CallErrorCode } from '../../../call/errors.ts'
import { CALL_ERRORS } from '../../../call/errors.ts'
import type { Tone } from '../words/call-words.ts'
import { duration, wait } from '../words/format.ts'
import type { LineOf, TurnEnd } from './story.ts'

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`

/** Why nobody went on speaking. */
export function turnEndWords(ended: TurnEnd): { readonly text: string; readonly tone: Tone } {
  switch (ended.why) {
    case 'heard':
      return { text: 'Heard to the end', tone: 'plain' }
    case 'interrupted':
      return {
        text: `Interrupted by the caller after ${seconds(ended.afterMs)}${notHeard(ended.unheardMs)}`,
        tone: 'warn',
      }
    case 'call-ended':
      return { text: `The call ended after ${seconds(ended.afterMs)} of it${notHeard(ended.unheardMs)}`, tone: 'warn' }
    case 'cut':
      return { text: `Cut off after ${seconds(ended.afterMs)}${notHeard(ended.unheardMs)}`, tone: 'warn' }
    case 'unheard':
      return { text: 'None of it was heard', tone: 'bad' }
    case 'answered':
      return { text: `Answered after ${wait(ended.waitMs)}`, tone: ended.waitMs > 3000 ? 'warn' : 'plain' }
    case 'went-on':
      return { text: 'Went on speaking before an answer came', tone: 'plain' }
    case 'not-answered':
      return { text: 'Nothing was answered', tone: 'plain' }
  }
}

function notHeard(ms: number): string {
  return ms < 50 ? '' : `; ${seconds(ms)} more had been sent and was never heard`
}

type ToolStatus = NonNullable<LineOf<'tool'>['result']>['status']

interface ToolWords {
  readonly label: string
  readonly tone: Tone
  /** Null where the label says it all. */
  readonly means: string | null
}

export const TOOL_WORDS: Readonly<Record<ToolStatus, ToolWords>> = {
  done: { label: 'Done', tone: 'good', means: null },
  failed: { label: 'Failed', tone: 'bad', means: 'It did not act; the agent was told why.' },
  'timed-out': { label: 'Timed out', tone: 'bad', means: 'The look-up did not answer in time. It changed nothing.' },
  unknown: {
    label: 'Outcome unknown',
    tone: 'bad',
    means:
      'The backend may or may not have acted: the answer never came. Nothing was tried again by itself. Look it up there before anybody does it once more.',
  },
  repeated: {
    label: 'Repeated',
    tone: 'plain',
    means: 'The same call had been made in this turn. It was not run again and got the first one’s answer.',
  },
  held: { label: 'Held', tone: 'warn', means: 'Not run: the caller had to hear what it would do and agree first.' },
  aborted: { label: 'Given up', tone: 'warn', means: 'Stopped before it was done. It changed nothing.' },
}

/** Of a tool that was running when the log ends. */
export const TOOL_OPEN: ToolWords = {
  label: 'No answer yet',
  tone: 'warn',
  means: 'It was still running when the log was read.',
}

const FAULT_WORDS: Readonly<Record<string, string>> = {
  operator: 'whoever runs the server',
  carrier: 'the carrier',
  provider: 'the provider of the model',
  backend: 'whoever runs the backend of the tool',
  model: 'whoever writes the agent: the model called it wrongly',
  earshot: 'Earshot; please report it with the server’s log',
}

export function troubleWords(code: CallErrorCode | null): { readonly what: string; readonly who: string } | null {
  if (code === null) return null
  const { what, fault } = CALL_ERRORS[code]
  return { what, who: FAULT_WORDS[fault] ?? fault }
}

/** A sentence's first letter is large. */
export function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

export function operatorWords(line: LineOf<'operator'>): string {
  switch (line.action) {
    case 'listened':
      return `${line.who} listened in`
    case 'whispered':
      return `${line.who} whispered to the agent`
    case 'took-over':
      return `${line.who} took over`
    case 'hung-up':
      return `${line.who} hung up`
  }
}

/** JSON as people read it; anything else as it is. */
export function pretty(text: string): string {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? JSON.stringify(value, null, 2) : text
  } catch {
    return text
  }
}

/** Why there is nothing to hear, and what can be done; null when there is. */
export function silentBecause(
  recording: 'none' | 'live' | 'kept' | 'erased',
  may: { readonly listen: boolean; readonly has: boolean; readonly over: boolean },
): string | null {
  if (recording === 'kept' && !may.listen) return 'Your role shows the words of calls, not their sound.'
  if (may.has) return null
  switch (recording) {
    case 'none':
      return 'This call was not recorded. Recording is switched on in the agent’s file, with recording: { mode: on } or after_consent.'
    case 'live':
      return may.over
        ? 'The recording is being finished; it will be here in a moment.'
        : 'The recording is still being written; it can be heard when the call has ended.'
    case 'erased':
      return 'The recording was erased, by hand or because its time was up.'
    case 'kept':
      return 'The recording is not where it should be. Whoever runs the server can look into DATA_DIR, or the store of recordings.'
  }
}

/** A place in the call, as 0:04: the second that it is in. */
export function place(ms: number): string {
  return duration(Math.floor(ms / 1000) * 1000)
}
