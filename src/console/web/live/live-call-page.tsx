/** One call in progress: read, listened to, helped, and if need be taken over. */
import { useQuery } from '@tanstack/react-query'
import { useRef } from 'react'
import { Link } from 'wouter'
import { endInWords } from '../../../call/end-words.ts'
import { call } from '../api/call.ts'
import { useLive } from '../api/live-feed.ts'
import { Badge } from '../parts/badge.tsx'
import { Icon } from '../parts/icon.tsx'
import { useKeys } from '../shell/keys.tsx'
import { Page } from '../shell/page.tsx'
import { useSession } from '../shell/session.tsx'
import { phoneNumber } from '../words/format.ts'
import { CaptionLines } from './caption-lines.tsx'
import './captions.css'
import { HangUp } from './hang-up.tsx'
import { FLOOR_WORDS } from './live-card.tsx'
import { LiveFacts } from './live-facts.tsx'
import { Connection } from './live-page.tsx'
import './live.css'
import { Listen } from './listen.tsx'
import { Minutes } from './minutes.tsx'
import { TakeOver } from './take-over.tsx'
import { useCaptions } from './use-captions.ts'
import { Whisper } from './whisper.tsx'

export function LiveCallPage({ callId }: { callId: string }) {
  const feed = useLive()
  const { may } = useSession()
  const captions = useCaptions(callId)
  const whisperField = useRef<HTMLTextAreaElement>(null)
  const over = feed.ended.find((each) => each.call.callId === callId)
  const row = feed.calls.find((each) => each.callId === callId) ?? over?.call ?? null
  const reason = captions.ended?.reason ?? over?.reason ?? null
  // Neither on the wall nor in the stream: it was over before this page was opened.
  const missing = row === null && reason === null && feed.state === 'open' && captions.lines.length === 0
  const gone = useQuery({
    queryKey: ['call', callId],
    queryFn: () => call('openCall', { params: { callId } }),
    enabled: missing,
    retry: false,
  })
  const ended = reason ?? gone.data?.call.endReason ?? null
  useKeys(
    'Live call',
    may('manager') && ended === null
      ? [{ key: 'w', does: 'Whisper to the agent', run: () => whisperField.current?.focus() }]
      : [],
  )
  return (
    <Page
      title={row === null ? 'Live call' : `${phoneNumber(row.from) || 'Unknown caller'} to ${row.agent}`}
      beside={
        ended !== null ? (
          <Badge>Ended</Badge>
        ) : (
          row !== null && (
            <>
              <Badge tone="accent">{FLOOR_WORDS[row.floor]}</Badge>
              <Minutes from={row.startedAt} />
            </>
          )
        )
      }
      actions={
        <Link href="/live" className="button">
          <Icon name="left" />
          All calls
        </Link>
      }
    >
      {ended === null && !gone.isError && <Connection state={captions.state} />}
      {ended !== null && (
        <div className="live-over" role="status">
          <p>
            <strong>The call is over:</strong> {endInWords(ended)}.
          </p>
          <Link href={`/calls/${encodeURIComponent(callId)}`} className="button button-main">
            Look at it
            <Icon name="right" />
          </Link>
        </div>
      )}
      {gone.isError && (
        <div className="live-over" role="alert">
          <p>There is no such call. It may have been erased.</p>
        </div>
      )}
      <div className="live-columns">
        <section className="panel live-words" aria-label="What is said">
          <header className="panel-head">
            <h2>What is said</h2>
            <span className="muted">the agent’s words as they are heard</span>
          </header>
          <CaptionLines
            lines={captions.lines}
            over={ended !== null}
            empty={
              ended === null ? 'The words appear here as they are spoken.' : 'The words are on the page of the call.'
            }
          />
        </section>
        <div className="live-side">
          {row !== null && <LiveFacts call={row} />}
          {may('manager') && ended === null && !gone.isError && (
            <>
              <Listen callId={callId} />
              <Whisper callId={callId} field={whisperField} />
              <section className="panel" aria-label="Step in">
                <header className="panel-head">
                  <h2>Step in</h2>
                </header>
                <div className="panel-body live-step-in">
                  <TakeOver callId={callId} agent={row?.agent ?? null} />
                  <HangUp callId={callId} />
                </div>
              </section>
            </>
          )}
        </div>
      </div>
    </Page>
  )
}
