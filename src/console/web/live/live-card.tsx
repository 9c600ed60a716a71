/** One call on the wall. The whole card leads to it. */
import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { endInWords } from '../../../call/end-words.ts'
import type { LiveRow } from '../../contract/live.ts'
import { Badge } from '../parts/badge.tsx'
import { PhoneNumber } from '../parts/figures.tsx'
import { Icon } from '../parts/icon.tsx'
import { replyTone, strainTone } from '../words/call-words.ts'
import { money, wait } from '../words/format.ts'
import { Minutes } from './minutes.tsx'

export const FLOOR_WORDS = { nobody: 'Quiet', caller: 'Caller speaks', agent: 'Agent speaks' } as const

export function LiveCard({ call }: { call: LiveRow }) {
  return (
    <Link href={`/live/${encodeURIComponent(call.callId)}`} className={`live-card live-floor-${call.floor}`}>
      <span className="live-card-head">
        <strong>
          <PhoneNumber number={call.from} />
        </strong>
        <span className="muted live-agent">{call.agent}</span>
        <Minutes from={call.startedAt} />
      </span>
      <span className="live-floor">
        <span className="live-dot" aria-hidden="true" />
        {FLOOR_WORDS[call.floor]}
        {call.toolRunning !== null && <Badge tone="accent">{call.toolRunning}</Badge>}
        {call.listeners > 0 && (
          <span className="live-listeners" title={`${call.listeners} listening in`}>
            <Icon name="live" />
            {call.listeners}
            <span className="visually-hidden"> listening in</span>
          </span>
        )}
      </span>
      <span className="live-line">
        {call.lastLine === null ? (
          <span className="muted">Nothing was said yet</span>
        ) : (
          <>
            <span className={`live-by-${call.lastLine.by}`}>
              {call.lastLine.by === 'caller' ? 'Caller' : 'Agent'}:{' '}
            </span>
            {call.lastLine.text}
          </>
        )}
      </span>
      <span className="live-figures">
        <Figure name="Reply" tone={call.replyMs === null ? 'plain' : replyTone(call.replyMs)}>
          {call.replyMs === null ? '–' : wait(call.replyMs)}
        </Figure>
        <Figure name="Cost" tone="plain">
          {call.costUsd === null ? '–' : money(call.costUsd)}
        </Figure>
        <Figure name="Turns" tone="plain">
          {call.turns}
        </Figure>
        <Figure name="Strain" tone={strainTone(call.strain)}>
          {call.strain}
        </Figure>
      </span>
    </Link>
  )
}

export function EndedCard({ call, reason }: { call: LiveRow; reason: string }) {
  return (
    <Link href={`/calls/${encodeURIComponent(call.callId)}`} className="live-card live-card-over">
      <span className="live-card-head">
        <strong>
          <PhoneNumber number={call.from} />
        </strong>
        <span className="muted live-agent">{call.agent}</span>
      </span>
      <span className="live-floor">It ended: {endInWords(reason)}.</span>
      <span className="live-look">Look at it</span>
    </Link>
  )
}

function Figure(props: { name: string; tone: string; children: ReactNode }) {
  return (
    <span>
      <span className="muted">{props.name}</span>{' '}
      <span className={props.tone === 'plain' ? 'figure' : `figure tone-${props.tone}`}>{props.children}</span>
    </span>
  )
}
