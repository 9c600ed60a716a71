/** What is known of a call in figures. */
import type { ReactNode } from 'react'
import { Link } from 'wouter'
import type { CallRow } from '../../../call-log/rows.ts'
import { Duration, Money, PhoneNumber, Time, Wait } from '../parts/figures.tsx'
import { replyTone, strainTone } from '../words/call-words.ts'
import { count } from '../words/format.ts'

export function FactsPanel({ call, onVersion }: { call: CallRow; onVersion: () => void }) {
  const facts: readonly (readonly [string, ReactNode, string?])[] = [
    ['Caller', <PhoneNumber key="from" number={call.from} />],
    ['Called', <PhoneNumber key="to" number={call.to} />],
    ['Started', <Time key="at" at={call.startedAt} />],
    ['Length', <Duration key="ms" ms={call.durationMs} />],
    [
      'Agent',
      <Link key="agent" className="facts-link" href={`/agents/${encodeURIComponent(call.agent)}`}>
        {call.agent}
      </Link>,
    ],
    [
      'Version',
      <button
        key="version"
        type="button"
        className="link-button"
        title="Compare with the present one"
        onClick={onVersion}
      >
        {call.agentVersion.slice(0, 12)}
        <span className="visually-hidden">, compare with the present one</span>
      </button>,
    ],
    ['Model', `${call.model} (${call.provider})`],
    [
      'Reply, median',
      <span key="p50" className={toneClass(call.replyP50Ms === null ? 'plain' : replyTone(call.replyP50Ms))}>
        <Wait ms={call.replyP50Ms} />
      </span>,
    ],
    [
      'Reply, p95',
      <span key="p95" className={toneClass(call.replyP95Ms === null ? 'plain' : replyTone(call.replyP95Ms))}>
        <Wait ms={call.replyP95Ms} />
      </span>,
      '95 of 100 replies came sooner',
    ],
    ['Caller’s turns', count(call.turns)],
    ['Interrupted by caller', count(call.interruptions)],
    ['Interrupted by agent', count(call.agentInterruptions)],
    ['Caller spoke', <Duration key="spoke" ms={call.callerSpokeMs} />],
    [
      'Caller heard',
      <Duration key="heard" ms={call.callerHeardMs} />,
      'How much of the agent’s voice reached the caller',
    ],
    ['Dead air', <Duration key="dead" ms={call.deadAirMs} />, 'Silences of both sides of more than 2 s, together'],
    [
      'Strain',
      <span key="strain" className={toneClass(strainTone(call.strain))}>
        {call.strain} of 100
      </span>,
      'How hard the call was on the caller',
    ],
    ['Cost', <Money key="usd" usd={call.costUsd} />],
  ]
  return (
    <section className="panel" aria-label="Facts">
      <header className="panel-head">
        <h2>Facts</h2>
      </header>
      <dl className="facts panel-body">
        {facts.map(([name, value, title]) => (
          <div key={name} title={title}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  )
}

function toneClass(tone: string): string | undefined {
  return tone === 'plain' ? undefined : `tone-${tone}`
}
