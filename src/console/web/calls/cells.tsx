/** What stands in each column of the list of calls. */
import type { ReactNode } from 'react'
import type { ListedCall } from '../../../call-log/rows.ts'
import { Badge } from '../parts/badge.tsx'
import { Duration, Money, None, PhoneNumber, Time } from '../parts/figures.tsx'
import { Icon } from '../parts/icon.tsx'
import { endWords, OUTCOME_MEANS, OUTCOME_TONES, OUTCOME_WORDS, replyTone, strainTone } from '../words/call-words.ts'
import { exactMoment, wait } from '../words/format.ts'
import type { ColumnName } from './columns.ts'

export const CELLS: Readonly<Record<ColumnName, (call: ListedCall) => ReactNode>> = {
  started: (call) => <Time at={call.startedAt} />,
  caller: (call) => <PhoneNumber number={call.from} />,
  number: (call) => <PhoneNumber number={call.to} />,
  agent: (call) => <span title={`${call.agent}, version ${call.agentVersion}`}>{call.agent}</span>,
  length: (call) => <Duration ms={call.durationMs} />,
  outcome: (call) => <OutcomeBadge call={call} />,
  ended: (call) =>
    call.endReason === null ? <None /> : <span title={call.endDetail || undefined}>{endWords(call.endReason)}</span>,
  turns: (call) => call.turns,
  reply: (call) => <Reply p50={call.replyP50Ms} p95={call.replyP95Ms} />,
  interruptions: (call) => (call.interruptions === 0 ? <Zero /> : call.interruptions),
  tools: (call) => <Tools call={call} />,
  cost: (call) => <Money usd={call.costUsd} />,
  strain: (call) => <Strain strain={call.strain} />,
  rating: (call) => (call.review.rating === null ? <None /> : `${call.review.rating} / 5`),
  reviewed: (call) => <Reviewed call={call} />,
}

export function OutcomeBadge({ call }: { call: Pick<ListedCall, 'outcome'> }) {
  if (call.outcome === null) return <Badge tone="accent">Live</Badge>
  return (
    <Badge tone={OUTCOME_TONES[call.outcome]} title={OUTCOME_MEANS[call.outcome]}>
      {OUTCOME_WORDS[call.outcome]}
    </Badge>
  )
}

/** A nought says that nothing happened; the eye should pass over it. */
function Zero() {
  return <span className="muted">0</span>
}

function Reply({ p50, p95 }: { p50: number | null; p95: number | null }) {
  if (p50 === null || p95 === null) return <None />
  const tone = replyTone(p95)
  return (
    <span title={`Half within ${wait(p50)}, 19 in 20 within ${wait(p95)}`}>
      {seconds(p50)} <span className="muted">/</span>{' '}
      <span className={tone === 'plain' ? undefined : `tone-${tone}`}>{seconds(p95)} s</span>
    </span>
  )
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(2)
}

function Tools({ call }: { call: ListedCall }) {
  if (call.toolCalls === 0) return <Zero />
  if (call.toolsUnknown > 0) return <span className="tone-bad">{call.toolsUnknown} unknown</span>
  if (call.toolsFailed > 0) return <span className="tone-bad">{call.toolsFailed} failed</span>
  return call.toolCalls
}

export function Strain({ strain }: { strain: number }) {
  return (
    <span className={`strain strain-${strainTone(strain)}`}>
      <span className="strain-bar" aria-hidden="true">
        <span style={{ width: `${strain}%` }} />
      </span>
      <span className="strain-figure">{strain}</span>
    </span>
  )
}

function Reviewed({ call }: { call: ListedCall }) {
  const { reviewedAt, reviewedBy } = call.review
  return (
    <span className="reviewed">
      {reviewedAt === null ? (
        <None />
      ) : (
        <span className="tone-good" title={`${reviewedBy ?? 'Somebody'}, ${exactMoment(reviewedAt)}`}>
          <Icon name="check" />
          <span className="visually-hidden">Reviewed</span>
        </span>
      )}
      {call.notes > 0 && (
        <span className="muted" title={call.notes === 1 ? 'One note' : `${call.notes} notes`}>
          <Icon name="note" />
          <span className="visually-hidden">{call.notes} notes</span>
        </span>
      )}
    </span>
  )
}
