/** What the names in a call's row mean, in the words that the pages use. */
import type { Flag } from '../../../call-log/query.ts'
import type { CallRow, Outcome } from '../../../call-log/rows.ts'

type EndReason = NonNullable<CallRow['endReason']>
type EndFamily = NonNullable<CallRow['endFamily']>
export type Tone = 'plain' | 'good' | 'warn' | 'bad' | 'accent'

export const OUTCOME_WORDS: Readonly<Record<Outcome, string>> = {
  contained: 'Contained',
  transferred: 'Transferred',
  abandoned: 'Abandoned',
  'cut-short': 'Cut short',
  failed: 'Failed',
}

export const OUTCOME_MEANS: Readonly<Record<Outcome, string>> = {
  contained: 'It ended in order and without a person.',
  transferred: 'A person was given the call.',
  abandoned: 'The caller hung up before anything was answered.',
  'cut-short': 'A limit or an operator ended it.',
  failed: 'A fault ended it.',
}

export const OUTCOME_TONES: Readonly<Record<Outcome, Tone>> = {
  contained: 'good',
  transferred: 'accent',
  abandoned: 'warn',
  'cut-short': 'warn',
  failed: 'bad',
}

export const END_WORDS: Readonly<Record<EndReason, string>> = {
  'caller-hung-up': 'Caller hung up',
  'agent-ended': 'Agent said goodbye',
  transferred: 'Handed to a person',
  'max-length': 'Longest length reached',
  'over-budget': 'Cost limit reached',
  'operator-hung-up': 'Operator hung up',
  drained: 'Server was stopped',
  'stream-not-opened': 'No media stream',
  'stream-lost': 'Media stream lost',
  'no-media': 'No sound from caller',
  'bad-media': 'Unreadable sound',
  'model-refused': 'Model refused',
  'model-lost': 'Model connection lost',
  'model-silent': 'Model did not answer',
  'internal-error': 'Fault of Earshot',
  interrupted: 'Server died',
}

export const FAMILY_WORDS: Readonly<Record<EndFamily, string>> = {
  caller: 'By the caller',
  agent: 'By the agent',
  limit: 'By a limit',
  operator: 'By an operator',
  carrier: 'Carrier trouble',
  model: 'Model trouble',
  earshot: 'Server trouble',
}

export const FLAG_WORDS: Readonly<Record<Flag, string>> = {
  live: 'Live now',
  'unheard-speech': 'Has unheard speech',
  interrupted: 'Caller interrupted',
  'tool-failed': 'Tool failed',
  'tool-unknown': 'Tool outcome unknown',
  'asked-for-person': 'Asked for a person',
  'over-budget': 'Over budget',
  slow: 'Slow',
  'has-recording': 'Has a recording',
  'has-notes': 'Has notes',
  'not-reviewed': 'Not reviewed',
}

export function endWords(reason: CallRow['endReason']): string {
  return reason === null ? 'Live' : END_WORDS[reason]
}

/** How a strain of 0 to 100 is to be taken. */
export function strainTone(strain: number): Tone {
  if (strain >= 60) return 'bad'
  return strain >= 30 ? 'warn' : 'plain'
}

/** What a reply's p95 is to be taken as: above 3 s a caller asks whether anybody is there. */
export function replyTone(ms: number): Tone {
  if (ms > 3000) return 'bad'
  return ms > 2000 ? 'warn' : 'plain'
}
