/** Figures over many calls, as the few that a manager looks at first. */
import type { FigureSet } from '../../../call-log/query.ts'
import { count, duration, money, share, wait } from './format.ts'

export interface Headline {
  readonly key: string
  readonly words: string
  readonly value: string
  /** A second figure that explains the first. */
  readonly beside: string
  readonly means: string
}

export function headlinesOf(set: FigureSet): readonly Headline[] {
  const { calls } = set
  const perCall = (value: number): string => (calls === 0 ? '–' : (value / calls).toFixed(1))
  return [
    {
      key: 'calls',
      words: 'Calls',
      value: count(calls),
      beside: calls === 0 ? '' : `${duration(set.talkMs / calls)} each`,
      means: 'Calls that have ended, and how long they were on average',
    },
    {
      key: 'contained',
      words: 'Contained',
      value: share(set.contained, calls),
      beside: calls === 0 ? '' : `${share(set.transferred, calls)} transferred`,
      means: 'Ended in order and without a person',
    },
    {
      key: 'failed',
      words: 'Failed',
      value: share(set.failed, calls),
      beside: calls === 0 ? '' : `${share(set.abandoned, calls)} abandoned`,
      means: 'A fault ended them',
    },
    {
      key: 'reply',
      words: 'Reply, p50',
      value: set.reply.p50 === null ? '–' : wait(set.reply.p50),
      beside: set.reply.p95 === null ? '' : `p95 ${wait(set.reply.p95)}`,
      means: 'From the caller’s last sound to the first that they heard of the reply',
    },
    {
      key: 'interruptions',
      words: 'Cut in, per call',
      value: perCall(set.interruptions),
      beside: calls === 0 ? '' : `${duration(set.deadAirMs / calls)} dead air`,
      means: 'How often callers cut the agent off; silences of more than 2 s',
    },
    {
      key: 'tools',
      words: 'Tools failed',
      value: share(set.toolsFailed, set.toolCalls),
      beside: set.toolCalls === 0 ? '' : `of ${count(set.toolCalls)}`,
      means: 'Tool calls that failed, timed out or were aborted',
    },
    {
      key: 'cost',
      words: 'Cost per call',
      value: set.costUsd === null || calls === 0 ? '–' : money(set.costUsd / calls),
      beside: set.costPerResolvedUsd === null ? '' : `${money(set.costPerResolvedUsd)} per resolved`,
      means: 'Of all calls; and the cost of all by those that were contained',
    },
    {
      key: 'repeat',
      words: 'Repeat calls',
      value: share(set.repeatCalls, calls),
      beside: 'within 24 h',
      means: 'By a caller who had called within the 24 hours before',
    },
  ]
}
